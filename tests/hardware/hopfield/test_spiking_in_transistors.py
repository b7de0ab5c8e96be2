"""A network whose lines spike, in transistors of the process."""

import re
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep

from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs import transistor_spikes
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.transistor_spikes import (
    WITHIN,
    rates_of_transistors,
    sent,
    why_no_rates,
)
from neuroep.studies.verify.case import VerifyOptions, open_case

DESIGN, BY_SPIKES = "transistors_small", "solver='spiking'"
SMALLEST = (BY_SPIKES, "layers.inputs.dim=2", "layers.hidden.size=1", "layers.out.size=1")
"""One neuron that spikes, and one that reads it."""


def bench_of(*overrides: str) -> Bench:
    return open_case(VerifyOptions(design=DESIGN, overrides=overrides)).bench


def test_transistors_spike_on_their_lines(process: str) -> None:
    bench = bench_of(*SMALLEST)
    assert why_no_rates(bench) == ""
    chip, solver = bench.transistors, bench.spiking_chip.solver
    network = chip.circuit.network
    network.parameters["inputs-hidden"][:] = 1.0
    values = next(iter(chip.drive.values.values()))
    values[:] = 0.35  # a potential of 0.7
    chip.drive = chip.reclamped()
    spikes = sent(chip, solver, 8, 300.0)
    assert spikes.shape == (8, 2)
    assert (spikes[:, 0] >= 0).all()
    assert 3 <= spikes[:, 0].sum() <= 6  # tanh(0.7) = 0.6, after the first period
    chip.close()


def test_what_has_no_time_to_decide_is_left_out() -> None:
    assert "time step of 1e-06 s" in why_no_rates(bench_of(*SMALLEST, "spiking.time_step='1 us'"))
    for other in (bench_of(), bench_of(BY_SPIKES, "circuit.library='ideal'")):
        assert why_no_rates(other) == ""
        assert rates_of_transistors(other, 1.0) is None


def apart(bench: Bench) -> float:
    """Return how far rates are off those of the chip's own curves."""
    answer = rates_of_transistors(bench, 3600.0)
    bench.transistors.close()
    assert answer is not None
    rates, wanted = answer.view.activities, answer.against.activities
    return max(float(np.abs(rates[name] - wanted[name]).max()) for name in rates)


@pytest.mark.endurance
def test_rates_are_those_of_the_chip_s_own_curves(process: str) -> None:
    assert apart(bench_of(BY_SPIKES)) < WITHIN


@pytest.mark.endurance
def test_a_modulator_that_integrates_too_little_is_found(
    process: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def weakened(deck: str, **options: object) -> object:
        gate = re.compile(r"^(xi_hidden_2 .* gm=)(\S+)", re.MULTILINE)
        deck, count = gate.subn(lambda m: f"{m[1]}{0.7 * float(m[2])!r}", deck)
        assert count == 1
        return run_deck(deck, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(transistor_spikes, "run_deck", weakened)
    assert apart(bench_of(BY_SPIKES)) > WITHIN


def test_netlist_writes_transistors(
    process: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [word for one in SMALLEST for word in ("--set", one)]
    assert neuroep("netlist", DESIGN, *given, "--spikes", "-o", tmp_path / "spikes.cir") == 0
    assert "100 steps, 2 neurons" in capsys.readouterr().out
    text = (tmp_path / "spikes.cir").read_text()
    assert "the SkyWater PDK Authors" in text
    assert "vclk clk 0 PULSE(-0.9 0.9 " in text
