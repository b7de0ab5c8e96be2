"""A run goes on with the data that it began with, wherever they are by then, and with no others."""

import shutil
import zipfile
from pathlib import Path

import numpy as np
import pytest
import question_set
from experiment_support import QUICK, interrupt_at, metrics, neuroep, one_line

from neuroep.errors import InputError
from neuroep.runs.contents import contents_of, moved
from neuroep.runs.options import TrainOptions


@pytest.fixture
def interrupted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    data, run = tmp_path / "here" / "train.csv", tmp_path / "run"
    data.parent.mkdir()
    question_set.write_questions(data, 60)
    assert neuroep("new", "texts", "--data", data, "-o", tmp_path / "chip.toml") == 0
    with monkeypatch.context() as patch:
        interrupt_at(patch, 2)
        asked = ("train", tmp_path / "chip.toml", "--data", data, *QUICK)
        assert neuroep(*asked, "--epochs", 2, "--out", run) == 130
    return run


def test_moved_data(interrupted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here, there = (interrupted.parent / name / "train.csv" for name in ("here", "there"))
    there.parent.mkdir()
    here.rename(there)
    capsys.readouterr()
    assert neuroep("train", "--resume", interrupted) == 2
    one_line(capsys.readouterr().err, f"{here}: no such file", "--data says where it is by now")
    # Other data at the old place, or named, are refused.
    question_set.write_questions(here, 60, seed=9)
    for more in ((), ("--data", here)):
        assert neuroep("train", "--resume", interrupted, *more) == 2
        one_line(capsys.readouterr().err, f"--data {here}: other data than this run began with")
    assert neuroep("train", "--resume", interrupted, "--validation", there) == 2
    one_line(capsys.readouterr().err, "--validation: this run has none of its own")
    assert neuroep("train", "--resume", interrupted, "--seed", 5) == 2
    one_line(capsys.readouterr().err, "--seed does not go with --resume")
    assert neuroep("train", "--resume", interrupted, "--data", there) == 0
    assert metrics(interrupted)["data"]


def test_a_folder_is_known_by_what_is_in_it(tmp_path: Path) -> None:
    folder = tmp_path / "images"
    for label in ("a", "b"):
        (folder / label).mkdir(parents=True)
        (folder / label / "1.png").write_bytes(label.encode())
    options = TrainOptions(data=str(folder))
    options = TrainOptions(data=str(folder), contents=contents_of(options))
    copy = tmp_path / "copy"
    shutil.copytree(folder, copy)
    (copy / ".DS_Store").touch()
    (copy / "a" / "Thumbs.db").write_bytes(b"1")
    assert moved(options, {"data": str(copy)}).data == str(copy)
    (copy / "b" / "1.png").rename(copy / "b" / "2.png")
    with pytest.raises(InputError, match=r"other data than this run began with"):
        moved(options, {"data": str(copy)})


def test_a_run_that_notes_nothing_takes_no_other_place(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.ones(3))
    path = str(tmp_path / "a.npy")
    assert moved(TrainOptions(data=path), {}).data == path
    with pytest.raises(InputError, match="does not say what its data held"):
        moved(TrainOptions(data=path), {"data": path})


def test_a_file_in_an_archive_is_known_by_the_archive(tmp_path: Path) -> None:
    for name, text in (("a", "text,label"), ("b", "text,label"), ("c", "label,text")):
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            archive.writestr(zipfile.ZipInfo("t.csv"), text)
    a, b, c = (str(tmp_path / f"{name}.zip" / "t.csv") for name in "abc")
    options = TrainOptions(data=a, contents=contents_of(TrainOptions(data=a)))
    assert moved(options, {"data": b}).data == b
    with pytest.raises(InputError, match="other data than this run began with"):
        moved(options, {"data": c})
    with pytest.raises(InputError, match=r"d\.zip/t\.csv: no such file or folder; --data says"):
        moved(options, {"data": str(tmp_path / "d.zip" / "t.csv")})
