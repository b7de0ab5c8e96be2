"""One process at a time works on a run; what a killed one left is removed by the next."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest
from experiment_support import metrics, neuroep, one_line, skip_reports, train, tree

from neuroep.errors import InputError
from neuroep.runs.folder import RunFolder
from neuroep.tasks.reviews.task import TextTask

LEFT = (
    ".checkpoint.h5.0123abcd",
    ".trained.h5.deadbeef",
    ".metrics.json.00000000",
    ".traces-2.h5.new",
    "figures/.training.png.123.part",
)
KEPT = (".notes", ".checkpoint.h5", ".checkpoint.h5.0123abcX", "notes.h5.0123abcd")


def test_what_a_killed_process_left_is_removed(
    finished_run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_reports(monkeypatch)
    assert train(tmp_path, "--epochs", 1) == 0
    run = tmp_path / "run"
    (run / "figures").mkdir()
    for name in (*LEFT, *KEPT):
        (run / name).write_bytes(b"half")
    before = metrics(run)
    assert neuroep("train", "--resume", run) == 0
    assert tree(run) >= set(KEPT)
    assert not tree(run) & set(LEFT)
    assert metrics(run) == before


def test_a_second_process_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    assert train(tmp_path, "--epochs", 1) == 0
    run = tmp_path / "run"
    code = (
        "import sys; from neuroep.runs.folder import RunFolder\n"
        "with RunFolder.open(sys.argv[1]).locked(): print('held', flush=True); sys.stdin.read()"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", code, str(run)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        before = tree(run)
        capsys.readouterr()
        assert neuroep("train", "--resume", run) == 2
        one_line(capsys.readouterr().err, f"{run}: another process works on this run")
        assert tree(run) == before
    finally:
        other.kill()
        other.communicate()
    # The lock of a dead process does not hold.
    assert neuroep("train", "--resume", run) == 0


def test_training_holds_the_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    real, refused = TextTask.open, []

    def opened(self: TextTask, options: object) -> object:
        with pytest.raises(InputError, match="another process"), RunFolder(run).locked():
            pass
        refused.append(run)
        return real(self, options)

    run = tmp_path / "run"
    monkeypatch.setattr(TextTask, "open", opened)
    assert train(tmp_path, "--epochs", 1) == 0
    assert refused
    with RunFolder(run).locked():
        pass


def test_a_file_system_without_locks_lets_everybody_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def flock(*_: object) -> None:
        raise OSError(37, os.strerror(37))

    monkeypatch.setattr(fcntl, "flock", flock)
    with RunFolder(tmp_path).locked(), RunFolder(tmp_path).locked():
        pass
