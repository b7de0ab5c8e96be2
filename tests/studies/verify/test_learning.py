"""neuroep verify --learn: a chip that learns as it should agrees, one with a wrong part fails."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import more, neuroep

from neuroep.content import circuits_path
from neuroep.hardware.programs.catalogue import PROGRAMS
from neuroep.hardware.programs.ngspice import run_deck

CELLS = circuits_path() / "cells" / "ideal"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty folder, which is where commands run."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def learn(*more: object) -> int:
    return neuroep("verify", "plasticity_small", "--results", "found.json", *more)


def read() -> dict:
    return json.loads(Path("found.json").read_text())


def changed(cell: str, old: str, new: str) -> tuple[str, str]:
    """Write a cell with one element changed; return the override that puts it on the chip."""
    text = (CELLS / f"{cell}.cir").read_text()
    assert old in text
    Path("own.cir").write_text(text.replace(old, new))
    return "--set", f"circuit.cells.{cell}={Path('own.cir').resolve()}"


@pytest.mark.parametrize("examples", [2, *more(8)])
@pytest.mark.usefixtures("ngspice")
def test_a_whole_chip_learns_the_same_in_every_view(
    examples: int, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """4-4-2: every pulse the same, conductances within 1e-3 of their range."""
    assert learn("--learn", examples) == 0
    printed = capsys.readouterr().out
    assert "every view agrees" in printed
    assert "hidden-out[" in printed
    assert (folder / "plasticity_small-learn.png").stat().st_size > 30_000
    found = read()
    views = {view["name"]: view for view in found["views"]}
    assert set(views) == {"sweep", "ngspice"}
    for view in views.values():
        assert view["pulses"] == 0
        assert view["conductance"] < 1e-6
        assert view["request"] < 1e-4
    assert views["ngspice"]["request"] < 1e-5
    ours, theirs = (found["learned"][name] for name in ("transient", "ngspice"))
    assert ours["pulses"] == theirs["pulses"]
    assert np.abs(ours["pulses"]).sum() > 6.25 * examples
    assert np.shape(ours["pulses"]) == (examples, 8, len(found["synapses"])) == (examples, 8, 30)
    last, first = np.array(theirs["conductance_S"])[[-1, 0]]
    assert np.abs(last - first).max() > 0.05 * 39e-6
    assert found["passed"]


WRONG = {
    "capacitor, 5 % too large": ("plasticity", "Cacc   acc   0     {c}", "Cacc acc 0 {1.05*c}"),
    "capacitor, 5 % too small": ("plasticity", "Cacc   acc   0     {c}", "Cacc acc 0 {0.95*c}"),
    "thresholds, 5 % too high": ("comparator", "({vth + vos})", "({1.05*vth + vos})"),
    "thresholds, 5 % too low": ("comparator", "({vth + vos})", "({0.95*vth + vos})"),
    "packet, 5 % too large": ("plasticity", "q={c*vth}", "q={1.05*c*vth}"),
    "gate before the multiplier's offset": ("correlator", "+ ({ios})", "+ ({ios}) + 5n*v(plus)"),
    "pulses of half the height": ("pulse_driver", "{vp}*v(fire)", "{0.5*vp}*v(fire)"),
    "steps of the device, 5 % too large": ("memristor", "gammau*su)/tp", "gammau*su)/(0.95*tp)"),
    "correlators that draw twice the current": ("correlator", "I = {iq}", "I = {2*iq}"),
    "a nudge of 0.95 beta": ("gated_nudge", "{gm}*v(beta)", "{0.95*gm}*v(beta)"),
}


MANY = (
    "capacitor, 5 % too large", "thresholds, 5 % too low", "thresholds, 5 % too high",
    "packet, 5 % too large", "pulses of half the height", "a nudge of 0.95 beta",
    "correlators that draw twice the current",
    "samplers that draw twice the current", "differences, 5 % too small",
    "steps of its device, 5 % too large",
)  # fmt: skip


def each(faults: dict[str, tuple[str, str, str]]) -> list:
    """Return faults as cases, of which ``make endurance`` alone tries many."""
    return [
        pytest.param(fault, id=name, marks=[pytest.mark.endurance] * (name in MANY))
        for name, fault in faults.items()
    ]


@pytest.mark.parametrize("fault", each(WRONG))
@pytest.mark.usefixtures("ngspice", "folder")
def test_a_wrong_part_fails(
    fault: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert learn("--learn", 1, *changed(*fault)) == 1
    assert "NOT every view agrees" in capsys.readouterr().out
    views = {view["name"]: view["failed"] for view in read()["views"]}
    assert views["sweep"] == []
    assert views["ngspice"]


TRAINS = [
    word
    for entry in ("circuit=coincidence", "slots=64", "seed=2")
    for word in ("--set", f"plasticity.{entry}")
]
"""Of many seeds one whose references come within 2 % of what is sent, from both sides."""

WRONG_TRAINS = {
    "means, 5 % too small": ("train", "0.5*({gmean})", "0.475*({gmean})"),
    "differences, 5 % too small": ("train", "({gdiff})*v", "0.95*({gdiff})*v"),
    "steps of its device, 5 % too large": ("memristor", "gammau*su)/tp", "gammau*su)/(0.95*tp)"),
    "pulses of half the height": ("coincidence", "min({vp}*max", "min({0.5*vp}*max"),
    "samplers that draw twice the current": ("sample_hold", "I = {iq}", "I = {2*iq}"),
}


@pytest.mark.parametrize("fault", [pytest.param(None, id="none"), *each(WRONG_TRAINS)])
@pytest.mark.usefixtures("ngspice", "folder")
def test_a_chip_of_trains_agrees_and_one_with_a_wrong_part_fails(
    fault: tuple[str, str, str] | None, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = changed(*fault) if fault else ()
    assert learn("--learn", 1, "--timeout", 300, *TRAINS, *wrong) == bool(fault)
    assert "what trains send from" in capsys.readouterr().out
    views = {view["name"]: view["failed"] for view in read()["views"]}
    assert views["sweep"] == []
    assert bool(views["ngspice"]) == bool(fault)


@pytest.mark.usefixtures("folder")
def test_what_a_card_says_beyond_ideal_steps_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    card = ("--set", "devices.card=soft_64", "--set", "circuit.supply='2 V'")
    assert learn("--learn", 1, *card, "--without", "ngspice") == 0
    told = "devices: Soft bounds, 64 states, its steps ideal: the netlist carries no pulse noise"
    assert f"{told} and no spread of steps" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_own_views_do_without_ngspice(capsys: pytest.CaptureFixture[str]) -> None:
    assert learn("--learn", 1, "--without", "ngspice") == 0
    assert [view["name"] for view in read()["views"]] == ["sweep"]
    assert "thresholds from" in capsys.readouterr().out


@pytest.mark.usefixtures("folder")
def test_what_writes_nothing_was_not_tested(capsys: pytest.CaptureFixture[str]) -> None:
    high = ("--set", "plasticity.threshold='1.7 V'", "--without", "ngspice")
    assert learn("--learn", 1, *high) == 1
    assert "but: not tested: no synapse was written" in capsys.readouterr().out
    assert not read()["passed"]


@pytest.mark.usefixtures("folder")
def test_phases_that_are_too_short_fail(capsys: pytest.CaptureFixture[str]) -> None:
    short = [f"plasticity.{name}_duration='400 ns'" for name in ("free", "nudged")]
    override = ("--set", "plasticity.window='300 ns'", "--set", short[0], "--set", short[1])
    assert learn("--learn", 2, "--without", "ngspice", *override) == 1
    assert "FAILS: requests" in capsys.readouterr().out


@pytest.mark.usefixtures("ngspice")
def test_the_netlist_of_a_chip_that_learns_stands_alone(folder: Path) -> None:
    """Devices move in it without any help of neuroep's."""
    assert neuroep("netlist", "plasticity_small", "--learn", 1, "-o", "chip.cir") == 0
    (plot,) = run_deck((folder / "chip.cir").read_text())
    states = [values for name, values in plot.values.items() if name.startswith("w_")]
    assert len(states) == 2 * (16 + 2 * 8 + 4 + 2)
    assert max(np.ptp(values) for values in states) > 0.05


@pytest.mark.usefixtures("folder")
def test_labels_are_the_examples_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("verify", "plasticity_small", "--learn", 1, "--target", 1) == 2
    assert "--target: examples are learned with their own labels" in capsys.readouterr().err


@pytest.mark.parametrize("learn", [(), ("--learn", 1)])
@pytest.mark.usefixtures("folder")
def test_a_nudge_that_the_chip_does_not_hold_is_refused(
    learn: tuple[object, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    off = [word for name in PROGRAMS for word in ("--without", name)]
    assert neuroep("verify", "plasticity_small", *learn, "--beta", 1000, *off) == 2
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith("neuroep: plasticity_small: --beta 1000: beta -1000: a negative nudge")


BAD = {
    "no such table": (("attention_small",), "plasticity: missing; this table says"),
    "another family": (("resistive_small",), "only networks of layers have [plasticity]"),
    "window": (
        ("plasticity_small", "plasticity.window='5 us'"),
        "plasticity: window of 5e-06 s does not fit into nudged",
    ),
    "unit": (("plasticity_small", "plasticity.threshold='5 us'"), "plasticity.threshold"),
    "gamma": (("plasticity_small", "devices.card.law.gamma_up=2.0"), "law.gamma_up"),
    "law": (
        ("plasticity_small", "devices.card=pcm"),
        "the cell memristor is linear or constant, not expo",
    ),
    "range": (
        ("plasticity_small", "circuit.conductance_max='50 uS'"),
        "devices.card: conductances of 1e-06 to 4e-05 S, but circuit.conductance_min",
    ),
    "height": (("plasticity_small", "devices.card=soft_64"), "pulse.volts of 2 V is beyond"),
    "step": (
        ("plasticity_small", "devices.card.step.up=0.9", "devices.card.law.gamma_up=-0.5"),
        "devices.card: cell 'memristor': su = 0.9",
    ),
    "arrangement": (
        ("plasticity_small", "devices.arrangement=reference"),
        "devices.arrangement: the plasticity circuit writes pairs",
    ),
    "swing": (("plasticity_small", "plasticity.capacitance='1 fF'"), "beyond the supply"),
    "key": (("plasticity_small", "plasticity.treshold='1 mV'"), "did you mean threshold?"),
}


@pytest.mark.parametrize(("asked", "words"), BAD.values(), ids=BAD)
@pytest.mark.usefixtures("folder")
def test_what_cannot_learn_is_one_line(
    asked: tuple[str, ...], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    overrides = [word for entry in asked[1:] for word in ("--set", entry)]
    options = ("--learn", 1, "--without", "ngspice", *overrides)
    assert neuroep("verify", asked[0], *options) == 2
    lines = [x for x in capsys.readouterr().err.splitlines() if x.startswith("neuroep:")]
    assert len(lines) == 1
    assert words in lines[0]
    assert f"{asked[0]}.toml" in lines[0]
