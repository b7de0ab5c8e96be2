"""A program that neuroep does not know takes part in verify: one class, and its line."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep

from neuroep.hardware.programs.catalogue import PROGRAMS
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.view import Waveform


class Midpoint:
    """The explicit midpoint rule on a circuit's equations."""

    steps = 2_000
    slower = 1.0

    def available(self) -> str:
        return ""

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        waves, energy = [], []
        phases = zip(bench.betas, bench.starts, bench.timed.waveforms, strict=True)
        for beta, start, wave in phases:
            rate = bench.rate(float(beta))
            time = np.union1d(wave.time, np.linspace(0, wave.time[-1], self.steps + 1))
            states = np.zeros((time.size, start.size + 1))
            states[0, :-1] = start
            for k, step in enumerate(np.diff(time) / self.slower):
                half = states[k] + 0.5 * step * rate(time[k], states[k])
                states[k + 1] = states[k] + step * rate(time[k] + 0.5 * step, half)
            waves.append(Waveform(time, bench.split(states[:, :-1])))
            energy.append(float(states[-1, -1]))
        ends = [bench.join({k: v[-1] for k, v in w.volts.items()}) for w in waves]
        yield Answer(
            bench.view("Midpoint", ends, 0.0, waves, energy), remarks=("one step after another",)
        )


class LateMidpoint(Midpoint):
    """The same, but for a clock that is 5 % slow."""

    slower = 1.05


class Missing(Midpoint):
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
    patch.setitem(PROGRAMS, "midpoint", f"{__name__}:{found.__name__}")
    others = [word for name in ("scipy", "ngspice", "brian2") for word in ("--without", name)]
    return neuroep("verify", "chip.toml", *others, *more)


@pytest.mark.parametrize("kind", CHIPS)
def test_a_program_of_ones_own_takes_part(
    kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify(kind, Midpoint, monkeypatch) == 0
    printed = capsys.readouterr().out
    (row,) = (line for line in printed.splitlines() if line.startswith("Midpoint"))
    assert "agrees" in row
    assert "one step after another" in printed


@pytest.mark.parametrize("kind", CHIPS)
def test_and_fails_where_it_is_wrong(
    kind: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify(kind, LateMidpoint, monkeypatch) == 1
    (row,) = (x for x in capsys.readouterr().out.splitlines() if x.startswith("Midpoint"))
    assert "settling" in row


def test_its_name_stands_wherever_programs_are_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert verify("attention", Missing, monkeypatch, "--without", "midpoint") == 0
    assert verify("attention", Missing, monkeypatch) == 2
    assert "midpoint: not found; buy it or add --without midpoint" in capsys.readouterr().err
    assert verify("attention", Midpoint, monkeypatch, "--without", "spectre") == 2
    assert "scipy, ngspice, brian2, midpoint" in capsys.readouterr().err
    neuroep("verify", "--help")
    assert "brian2 or midpoint" in " ".join(capsys.readouterr().out.split())
