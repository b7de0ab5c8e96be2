"""Which class a chip is nudged to: one that moves it, or the verdict that nothing was tested."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep

from neuroep.design.bench import Example
from neuroep.design.load import load_design

OFF = [word for name in ("scipy", "ngspice", "vacask", "brian2") for word in ("--without", name)]
CHIP = """
title = "two neurons that are sure"
[layers.x]
type = "clamped"
dim = 2
[layers.out]
type = "{type}"
size = 2
bias = 0.5
[[couplings]]
between = ["x", "out"]
gain = {gain}
[cost]
type = "squared_error"
layer = "out"
[circuit]
supply = "{supply}"
unit_conductance = "0.1 uS"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def verify(folder: Path, *more: object, **values: object) -> tuple[int, dict]:
    (folder / "chip.toml").write_text(
        CHIP.format(**({"type": "sigmoid", "gain": 1.0, "supply": "1.8 V"} | values))
    )
    code = neuroep("verify", "chip.toml", *OFF, "--results", "found.json", *more)
    return code, json.loads((folder / "found.json").read_text())


def test_the_own_label_is_taken_where_it_moves_the_chip(folder: Path) -> None:
    code, found = verify(folder)
    assert code == 0
    assert found["notes"][1].startswith("nudged to class 0 (the input's own label): |gradient| ")
    assert found["figures"]["gradient"] > 1e-3
    assert found["figures"]["nudged_swing_V"] > 1e-3


def test_a_class_can_be_asked_for(folder: Path) -> None:
    _, own = verify(folder)
    code, other = verify(folder, "--target", 1)
    assert code == 0
    assert other["notes"][1].startswith("nudged to class 1 (as asked)")
    assert own["figures"]["gradient"] != other["figures"]["gradient"]


def test_a_label_that_is_learned_gives_way_to_the_least_likely(folder: Path) -> None:
    """Example by example, until one of them is fitted to rounding."""
    fitted = [
        found["notes"][1]
        for example in range(12)
        for _, found in [verify(folder, "--example", example, gain=20.0, supply="30 V")]
        if "least likely" in found["notes"][1]
    ]
    assert fitted
    assert "its own label" in fitted[0]


def test_what_no_nudge_moves_was_not_tested(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rails hold both outputs where they are: no synapse hears of a target."""
    hard = {"type": "hard_sigmoid", "gain": 300.0, "supply": "90 V"}
    small = ("--set", "circuit.membrane_volts.out=50 mV")
    codes = [verify(folder, *small, "--example", example, **hard) for example in range(3)]
    for code, found in codes:
        assert code == 1
        assert found["figures"]["gradient"] == 0
        assert found["failures"][0].startswith("not tested: the nudge to class")
        assert not found["passed"]
    assert "every view agrees, but: not tested" in capsys.readouterr().out


def test_a_chip_that_leaves_its_rails_fails(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = verify(folder, type="linear", gain=10.0)
    assert code == 1
    assert found["failures"][0].startswith("beyond the rails: membranes of out reach ")
    assert "every view agrees, but: beyond the rails" in capsys.readouterr().out


def test_an_input_beyond_the_rails_is_said(folder: Path) -> None:
    path = folder / "chip.toml"
    path.write_text(CHIP.format(type="sigmoid", gain=1.0, supply="1.8 V"))
    design = load_design(str(path))
    system, _ = design.draw_example(0)
    for value, said in ((5.0, ["lines of x reach 2.5 V at a supply of 1.8 V"]), (1.0, [])):
        example = Example({"x": np.full((1, 2), value)}, 0)
        found = design.bench(system, example, 0.5, path).bench.beyond_supply()
        assert [line.partition(";")[0] for line in found if "lines of x" in line] == said


def test_there_is_no_such_class(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "chip.toml").write_text(CHIP.format(type="sigmoid", gain=1.0, supply="1.8 V"))
    assert neuroep("verify", "chip.toml", *OFF, "--target", 2) == 2
    assert "--target 2: classes are 0 to 1" in capsys.readouterr().err
