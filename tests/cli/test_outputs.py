"""What is written takes the place of nothing that is read, or that is no file."""

import os
import shutil
import stat
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line

from neuroep.errors import InputError
from neuroep.traces.files import atomic_write, check_writable


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, finished_run: Path) -> Path:
    """Work in a folder with a run, a design, results and ramps."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(finished_run, tmp_path / "run")
    shutil.copy(finished_run / "design.toml", "my.toml")
    shutil.copy(finished_run / "metrics.json", "results.json")
    Path("ramps.csv").write_text("pulse,current\n1,1e-6\n")
    Path("link.json").symlink_to("results.json")
    Path("data").mkdir()
    Path("data/train.csv").write_text("text,label\ngood,a\nbad,b\n")
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


READ = "is what is read"
KEPT = "a run keeps such files"


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("netlist my.toml -o my.toml", READ),
        ("netlist attention_small --weights run -o run/trained.h5", KEPT),
        ("budget my.toml -o ./my.toml", READ),
        ("budget my.toml -o run/metrics.json", KEPT),
        ("fit ramps.csv -o ramps.csv", READ),
        ("fit ramps.csv -o a.toml --results a.toml", "written twice"),
        ("train my.toml --baselines results.json --results results.json", READ),
        ("train my.toml --data data --results data/train.csv", "is of the data"),
        ("baselines my.toml --data data/train.csv --results data/train.csv", READ),
        ("report results.json -o results.json", READ),
        ("report results.json -o link.json", READ),
        ("report run -o run/history.jsonl", KEPT),
        ("export run -o run/traces.h5 --format sonata", KEPT),
        ("export run -o run/figures/attention.json --format csv", KEPT),
        ("twins run run --results run/metrics.json", KEPT),
        ("verify my.toml --results my.toml", READ),
        ("verify my.toml --figure waves.txt", "must end in .png, .svg, .pdf"),
        ("verify my.toml --learn 1 --figure waves.txt", "must end in .png, .svg, .pdf"),
        ("twins run run -o twins.txt", "must end in .png, .svg, .pdf"),
        ("fit ramps.csv --figure fit.txt", "must end in .png, .svg, .pdf"),
        ("eval run --after 1h --figure aged.txt", "must end in .png, .svg, .pdf"),
        ("eval run --after 1h --figure run/design.toml", "must end in .png, .svg, .pdf"),
        ("gradcheck my.toml --results my.toml", READ),
        ("report run -o pipe", "is no regular file"),
        ("budget my.toml -o data", "is a folder"),
    ],
)
def test_what_is_read_stays(
    command: str, said: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(here / "pipe")
    before = contents(here)
    capsys.readouterr()
    assert neuroep(*command.split()) == 2
    last = command.split()[-1]
    one_line(capsys.readouterr().err, said, last if "/" in last or "." in last else "")
    assert contents(here) == before
    assert stat.S_ISFIFO((here / "pipe").stat().st_mode)


def test_a_card_beside_its_design_stays(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    card = Path("my_card.toml")
    shutil.copy(Path(__file__).parents[2] / "circuits" / "devices" / "soft_64.toml", card)
    Path("with.toml").write_text(
        Path("my.toml").read_text() + '\n[devices]\ncard = "my_card.toml"\n'
    )
    before = card.read_bytes()
    assert neuroep("budget", "with.toml", "-o", card) == 2
    one_line(capsys.readouterr().err, "my_card.toml: is what is read")
    assert card.read_bytes() == before


def test_what_was_made_is_made_anew(here: Path) -> None:
    """Pages beside their runs, and results of an earlier call."""
    for _ in range(2):
        assert neuroep("report", "run") == 0
        assert neuroep("report", "run", "-o", "link.json") == 0
        assert neuroep("export", "run", "-o", "run/run.csv") == 0
    assert Path("link.json").is_symlink()
    assert Path("results.json").read_text().startswith("<!")


@pytest.mark.parametrize("write", [lambda p: atomic_write(p, b"x"), check_writable])
def test_what_is_no_file_is_not_replaced(write: Callable[[Path], None], tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to("/dev/null")
    (tmp_path / "loop").symlink_to("loop")
    for name in ("pipe", "null", "loop"):
        before = (tmp_path / name).lstat().st_ino
        with pytest.raises(InputError, match=f"{name}: cannot be written: ") as caught:
            write(tmp_path / name)
        assert "\n" not in str(caught.value)
        assert (tmp_path / name).lstat().st_ino == before
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)  # noqa: PTH116
    (tmp_path / "file").write_bytes(np.arange(3).tobytes())
    (tmp_path / "link").symlink_to("file")
    write(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
