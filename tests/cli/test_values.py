"""Values of options: numbers in their range, paths that can be, and none that is empty."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from experiment_support import neuroep, one_line

from neuroep.cli.main import parser
from neuroep.cli.parser import PATHS


def options() -> Iterator[tuple[str, argparse.Action]]:
    """Yield every option of every command that takes a value, after its command."""
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    for name, command in commands.choices.items():
        for action in command._actions:
            if action.nargs != 0:
                yield name, action


def given(name: str, action: argparse.Action, value: str) -> list[str]:
    """Return a command line whose first wrong value is this one."""
    if action.option_strings:
        return [name, f"{action.option_strings[-1]}={value}"]
    return [name, value]


def test_no_option_takes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    checked = 0
    for name, action in options():
        if not action.option_strings and name in ("predict", "new") and action.dest != "folder":
            continue  # behind another one
        assert neuroep(*given(name, action, "")) == 2, (name, action)
        one_line(capsys.readouterr().err, f"neuroep {name}: argument ", "must not be empty")
        checked += 1
    assert checked > 100


@pytest.mark.parametrize("value", ["nan", "1e308", "9" * 5000, "-0x1", "\udcff"])
def test_no_number_is_anything_but_one_in_its_range(
    value: str, capsys: pytest.CaptureFixture[str]
) -> None:
    checked = 0
    for name, action in options():
        if action.type is not None:
            assert neuroep(*given(name, action, value)) == 2, (name, action)
            one_line(capsys.readouterr().err, f"neuroep {name}: argument --", "must be ")
            checked += 1
    assert checked > 20


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["netlist", "x", "--beta", "inf"], "--beta: must be finite"),
        (["verify", "x", "--beta", "0"], "--beta: must not be zero"),
        (["verify", "x", "--timeout", "0"], "--timeout: must be positive"),
        (["train", "x", "--seed", "-1"], "--seed: must be at least 0, got -1"),
        (["train", "x", "--limit", "0"], "--limit: must be at least 1, got 0"),
        (["train", "x", "--chip", "1.5"], "--chip: must be a whole number, got '1.5'"),
        (["gradcheck", "x", "--updates", "1000000"], "--updates: must be at most 10,000"),
    ],
)
def test_what_is_wrong_with_a_number(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep(*arguments) == 2
    one_line(capsys.readouterr().err, f"neuroep {arguments[0]}: argument {said}")


def test_a_path_that_leads_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop").symlink_to("loop")
    Path("file").touch()
    wrong = {
        "loop": "loop: too many levels of symbolic links",
        "loop/run": "loop/run: too many levels of symbolic links",
        "file/run": "file/run: not a directory",
        "x" * 5000: "file name too long",
    }
    for name, action in options():
        if action.metavar not in PATHS or (name, action.dest) == ("predict", "inputs"):
            continue
        for value, said in wrong.items():
            assert neuroep(*given(name, action, value)) == 2, (name, action)
            one_line(capsys.readouterr().err, f"neuroep {name}: argument ", said)
    assert {path.name for path in tmp_path.iterdir()} == {"loop", "file"}


def test_what_is_a_path_is_called_one() -> None:
    """What stands for a value in the help says whether it is looked up."""
    words = {str(action.metavar) for _, action in options()}
    others = {word for word in words - PATHS if re.search("FILE|FOLDER|PATH|RUN", word)}
    assert not others
    for name, action in options():
        if {action.dest, *action.option_strings} & {"--out", "--results", "--figure", "--data"}:
            assert action.metavar in PATHS, (name, action)
