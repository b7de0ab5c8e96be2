"""A network whose lines spike, in transistors of the process."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep

from neuroep.hardware.programs.transistor_spikes import rates_of_transistors, sent, why_no_rates
from neuroep.studies.verify.case import VerifyOptions, open_case

SMALLEST = """
title = "one neuron by spikes, and one that reads it"
seed = 3
solver = "spiking"
[layers.x]
type = "clamped"
dim = 2
[layers.hidden]
type = "tanh"
size = 1
[layers.out]
type = "tanh"
size = 1
[[couplings]]
between = ["x", "hidden"]
[[couplings]]
between = ["hidden", "out"]
gain = 0.6
[cost]
type = "squared_error"
layer = "out"
[spiking]
time_step = "10 us"
time_constant = "50 us"
free_duration = "1 ms"
nudged_duration = "1 ms"
window = "400 us"
[circuit]
library = "sky130"
"""


@pytest.fixture
def smallest(tmp_path: Path) -> Path:
    (tmp_path / "chip.toml").write_text(SMALLEST)
    return tmp_path / "chip.toml"


def test_transistors_spike_on_their_lines(process: str, smallest: Path) -> None:
    bench = open_case(VerifyOptions(design=str(smallest))).bench
    assert why_no_rates(bench) == ""
    chip, solver = bench.transistors, bench.spiking_chip.solver
    network = chip.circuit.network
    network.parameters["x-hidden"][:] = 1.0
    values = next(iter(chip.drive.values.values()))
    values[:] = 0.35  # a potential of 0.7
    chip.drive = chip.reclamped()
    spikes = sent(chip, solver, 8, 300.0)
    assert spikes.shape == (8, 2)
    assert (spikes[:, 0] >= 0).all()
    assert 3 <= spikes[:, 0].sum() <= 6  # tanh(0.7) = 0.6, after the first period
    chip.close()


def test_what_has_no_time_to_decide_is_left_out(smallest: Path) -> None:
    quick = VerifyOptions(design=str(smallest), overrides=("spiking.time_step='1 us'",))
    assert "time step of 1e-06 s" in why_no_rates(open_case(quick).bench)
    ideal = VerifyOptions(design=str(smallest), overrides=("circuit.library='ideal'",))
    assert "no chip of transistors" in why_no_rates(open_case(ideal).bench)


@pytest.mark.endurance
def test_rates_are_those_of_the_chip_s_own_curves(process: str) -> None:
    options = VerifyOptions(design="transistors_small", overrides=("solver='spiking'",))
    bench = open_case(options).bench
    answer = rates_of_transistors(bench, 3600.0)
    assert answer is not None
    apart = [
        np.abs(answer.view.activities[name] - answer.against.activities[name]).max()
        for name in answer.view.activities
    ]
    assert max(apart) < 0.12
    bench.transistors.close()


def test_netlist_writes_transistors(
    process: str, smallest: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("netlist", smallest, "--spikes", "-o", tmp_path / "spikes.cir") == 0
    assert "100 steps, 2 neurons" in capsys.readouterr().out
    text = (tmp_path / "spikes.cir").read_text()
    assert "the SkyWater PDK Authors" in text
    assert "vclk clk 0 PULSE(-0.9 0.9 " in text
