"""A program that neuroep does not know takes part in verify: one class, and its line."""

from pathlib import Path

import pytest
from experiment_support import neuroep
from extending.radau import Radau

from neuroep.hardware.programs.catalogue import PROGRAMS


class LateRadau(Radau):
    """The same, but for a clock that is 5 % slow."""

    slower = 1.05


class Missing(Radau):
    """A program that is not there."""

    def available(self) -> str:
        return "not found; buy it"


CHIPS = {
    "attention": """
title = "one head and one neuron"
[layers.words]
type = "clamped"
tokens = 3
dim = 2
[layers.heads]
type = "pooled_attention"
patterns = "words"
queries = 1
[layers.out]
type = "sigmoid"
size = 2
[[couplings]]
between = ["heads", "out"]
[cost]
type = "squared_error"
layer = "out"
""",
    "resistive": """
title = "a few diodes"
seed = 1
[resistive]
inputs = 3
hidden = [4]
outputs = 2
input_gain = "4 V"
amplification = 4.0
conductance_min = "1 uS"
conductance_max = "40 uS"
nudge_conductance = "5 uS"
spread = ["20 uS", "20 uS"]
[resistive.diode]
saturation = "5 pA"
""",
}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def verify(kind: str, found: type, patch: pytest.MonkeyPatch, *more: str) -> int:
    Path("chip.toml").write_text(CHIPS[kind])
    patch.setitem(PROGRAMS, "radau", f"{found.__module__}:{found.__name__}")
    others = ("scipy", "ngspice", "vacask", "brian2")
    off = [word for name in others for word in ("--without", name)]
    return neuroep("verify", "chip.toml", *off, *more)


@pytest.mark.parametrize("kind", CHIPS)
def test_a_program_of_ones_own_takes_part(
    kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify(kind, Radau, monkeypatch) == 0
    printed = capsys.readouterr().out
    (row,) = (line for line in printed.splitlines() if line.startswith("Radau"))
    assert "agrees" in row
    assert "one step after another" in printed


@pytest.mark.parametrize("kind", CHIPS)
def test_and_fails_where_it_is_wrong(
    kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify(kind, LateRadau, monkeypatch) == 1
    (row,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("Radau"))
    assert "settling" in row


def test_its_name_stands_wherever_programs_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify("attention", Missing, monkeypatch, "--without", "radau") == 0
    assert verify("attention", Missing, monkeypatch) == 2
    assert "radau: not found; buy it or add --without radau" in capsys.readouterr().err
    assert verify("attention", Radau, monkeypatch, "--without", "spectre") == 2
    assert "scipy, ngspice, vacask, transistors, brian2, radau" in capsys.readouterr().err
    neuroep("verify", "--help")
    assert "brian2 or radau" in " ".join(capsys.readouterr().out.split())
