"""A disk that fills up at any moment: one line, exit code 2, and every file there is whole."""

import errno
import os
from pathlib import Path

import h5py
import pytest
from experiment_support import full_disk, metrics, neuroep, one_line, skip_reports, train, tree
from matplotlib.figure import Figure

from neuroep.traces import checkpoint


def whole(run: Path) -> None:
    """Every visible file of a run opens, and no temporary one is left."""
    for name in tree(run):
        assert not Path(name).name.startswith("."), name
    for path in run.glob("*.h5"):
        if path.name.startswith("traces"):
            with h5py.File(path) as file:
                assert file.attrs["complete"]
        else:
            checkpoint.load(path)


@pytest.mark.parametrize("name", ["start.h5", "options.json", "design.toml"])
def test_before_the_run_begins(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    refused = full_disk(monkeypatch, name)
    assert train(tmp_path, out="new/run") == 2
    assert refused
    one_line(capsys.readouterr().err, f"run/{name}", "No space left on device")
    assert tree(tmp_path) == {"tiny.toml"}


# What is full, and what the run has by then.
BEGUN = {"start.h5", "options.json", "design.toml"}
TRAINS = BEGUN | {"history.jsonl"}
MOMENTS = {
    "traces.h5": TRAINS,
    "checkpoint.h5": TRAINS | {"traces.h5.part"},
    "trained.h5": TRAINS | {"traces.h5", "checkpoint.h5"},
    "answers.json": TRAINS | {"traces.h5", "checkpoint.h5", "trained.h5"},
    "metrics.json": TRAINS | {"traces.h5", "checkpoint.h5", "trained.h5", "answers.json"},
}


@pytest.mark.parametrize("name", MOMENTS)
def test_while_the_run_goes_on(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    with monkeypatch.context() as patch:
        refused = full_disk(patch, name)
        assert train(tmp_path) == 2
    assert refused
    one_line(capsys.readouterr().err, f"run/{name}", "No space left on device")
    run = tmp_path / "run"
    left = tree(run)
    if name == "traces.h5":  # refused at a flush: what came before it may stand in the .part
        left -= {"traces.h5.part"}
    assert left == MOMENTS[name]
    whole(run)
    # When there is space again, the same run goes on.
    assert neuroep("train", "--resume", run) == 0
    assert metrics(run)["best_epoch"] >= 1
    whole(run)


def test_while_figures_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def savefig(figure: Figure, path: Path, **_: object) -> None:
        Path(path).write_bytes(b"\x89PNG, half of it")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Figure, "savefig", savefig)
    assert train(tmp_path, "--epochs", 1) == 2
    one_line(capsys.readouterr().err, "figures/training.png", "No space left on device")
    run = tmp_path / "run"
    done = {"traces.h5", "checkpoint.h5", "trained.h5", "answers.json", "metrics.json"}
    assert tree(run) == TRAINS | done | {"figures"}
    whole(run)


def test_standard_output_that_is_full(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        assert neuroep("info", finished_run) == 2
        monkeypatch.undo()
    one_line(capsys.readouterr().err, "no space left on device")
