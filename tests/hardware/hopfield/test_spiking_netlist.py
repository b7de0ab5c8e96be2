"""A netlist whose lines spike: ngspice sends the spikes that the kernel sends, step by step."""

import re
from pathlib import Path

import numpy as np
import pytest
from experiment_support import more, neuroep

from neuroep.hardware.hopfield.netlist.spiking import pulse_gain
from neuroep.hardware.programs import spice_spikes
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.programs.spice_spikes import no_spikes, spikes_in_time, spiking_phases
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.studies.verify.case import VerifyOptions, open_case
from neuroep.studies.verify.verify import judge

SPIKING = """
title = "12 inputs, {hidden} hidden, 2 outputs"
seed = 2
solver = "spiking"
[layers.x]
type = "clamped"
dim = 12
[layers.hidden]
type = "{kind}"
size = {hidden}
bias = 0.4
[layers.out]
type = "hard_sigmoid"
size = 2
bias = 0.3
[[couplings]]
between = ["x", "hidden"]
gain = 0.5
[[couplings]]
between = ["hidden", "out"]
gain = 0.5
[cost]
type = "squared_error"
layer = "out"
[spiking]
time_step = "{step}"
time_constant = "{filter}"
"""


def written(
    folder: Path,
    kind: str = "hard_sigmoid",
    hidden: int = 6,
    step: str = "1 us",
    low_pass: str = "5 us",
) -> Path:
    path = folder / "spiking.toml"
    values = {"kind": kind, "hidden": hidden, "step": step, "filter": low_pass}
    path.write_text(SPIKING.format(**values))
    return path


def case_of(path: Path | str):
    return open_case(VerifyOptions(design=str(path)))


def answer_of(path: Path, *edits: tuple[str, str], patch: pytest.MonkeyPatch) -> Answer:
    """Return the view of a design whose decks were edited by (pattern, replacement)."""

    def edited(deck: str, **options: object) -> object:
        for pattern, new in edits:
            deck, count = re.subn(pattern, new, deck, flags=re.MULTILINE)
            assert count == 1
        return run_deck(deck, **options)

    patch.setattr(spice_spikes, "run_deck", edited)
    case = case_of(path)
    answer = spikes_in_time(case.bench, 120.0)
    assert answer.failed == judge(answer, case.bench, case).failed[: len(answer.failed)]
    return answer


@pytest.mark.endurance
@pytest.mark.parametrize(
    ("kind", "step", "low_pass"), [("hard_sigmoid", "1 us", "5 us"), ("tanh", "200 ns", "500 ns")]
)
@pytest.mark.usefixtures("ngspice")
def test_every_spike_of_a_12_6_2_network(
    tmp_path: Path, kind: str, step: str, low_pass: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, kind, step=step, low_pass=low_pass)
    answer = answer_of(path, patch=monkeypatch)
    assert answer.failed == ()
    (remark,) = answer.remarks
    spikes, matched, apart = re.search(
        r"(\d+) spikes of 8 neurons .* 3 phases of 100 steps, ([\d.]+)% .* at most (\d)", remark
    ).groups()
    assert int(spikes) > 400
    assert (float(matched), int(apart)) == (100.0, 0)
    # The potentials that they came from, averaged over the window.
    for name, activity in answer.against.activities.items():
        np.testing.assert_allclose(answer.view.activities[name], activity, atol=2e-5)
        assert np.abs(activity[1] - activity[2]).max() > 0.01 or kind == "tanh"


@pytest.mark.usefixtures("ngspice")
def test_spikes_of_a_lower_line_count_beside_those_of_a_higher_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written(tmp_path, "linear", hidden=2)
    text = path.read_text().replace('type = "linear"', 'type = "linear"\nlimit = 3.0')
    path.write_text(f'{text}[circuit]\nsignal = "0.3 V"\n')
    answer = answer_of(path, patch=monkeypatch)
    assert answer.failed == ()


WEIGHT = (r"^(xw_hidden_3_out_1 .* gp={gscale\*)", r"\g<1>1.05*")
QUANTUM = (r"^(xm_hidden_3 .* q=)\S+ ", r"\g<1>8e-14 ")
FILTER = (r"^(xf_hidden_0 .* c=)\S+ ", r"\g<1>1.6e-11 ")


@pytest.mark.parametrize("fault", [WEIGHT, *more((QUANTUM,), (FILTER,))])
@pytest.mark.usefixtures("ngspice")
def test_a_wrong_device_fails(
    tmp_path: Path, fault: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = answer_of(written(tmp_path), fault, patch=monkeypatch)
    assert answer.failed == ("spikes",)


@pytest.mark.usefixtures("ngspice")
def test_verify_shows_the_spikes_of_ngspice_and_netlist_writes_them(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path = written(tmp_path)
    assert neuroep("verify", path, "--without", "brian2", "--without", "scipy") == 0
    printed = capsys.readouterr().out
    assert re.search(r"^ngspice spikes .* agrees$", printed, re.MULTILINE)
    assert neuroep("netlist", path, "--spikes", "--beta", 0.5, "-o", "spikes.cir") == 0
    assert "100 steps, 8 neurons" in capsys.readouterr().out
    (plot,) = run_deck(Path("spikes.cir").read_text().replace(" 0.0001 0 ", " 2e-06 0 "))
    assert plot.time[-1] == pytest.approx(2e-6)


def test_a_larger_network_is_cut_and_attention_is_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    bench = case_of(written(tmp_path, hidden=40)).bench
    chip, _, phases = spiking_phases(bench.spiking_chip, 0.5)
    assert chip.note == "cut to x 8, hidden 8, out 2"
    assert all(p.spikes.shape == (100, 10) for p in phases)
    assert no_spikes(bench) == ""
    assert "left out, attention" in no_spikes(case_of("attention_small").bench)
    assert neuroep("netlist", "attention_small", "--spikes") == 2
    assert "--spikes: attention" in capsys.readouterr().err


@pytest.mark.parametrize("fold", [0.05, 0.2, 1.0])
def test_a_pulse_of_half_a_period_does_as_much_as_the_solver_s_of_a_whole_one(fold: float) -> None:
    """Both through an RC, read where the line is held next; by integration of the pulse."""
    solver = Spiking(time_step=1e-6, time_constant=1e-6 / fold)
    t = np.linspace(0.5, 1.0, 200_001)
    answer = np.trapezoid(fold * np.exp(-fold * (1.05 - t)), t)
    assert answer * pulse_gain(solver) == pytest.approx(-np.expm1(-fold), rel=1e-9)
