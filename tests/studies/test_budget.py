"""``neuroep budget``: estimates of chips small enough to run, held against what they took."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line

from neuroep.design.cells import MEASURED, library
from neuroep.errors import InputError
from neuroep.hardware.cells.fixtures import FIXTURES
from neuroep.studies.budget.budget import NGSPICE, budget, ran_of
from neuroep.studies.characterise.supplies import measure_supplies

APART = 0.05
"""By how much an estimate of a whole phase may be off what the same chip took; measured: 1 %."""

TWICE = 2.0
"""The factor within which an estimate of the free phase's settling lies."""


@pytest.mark.parametrize("name", ["attention_small", "resistive_small", "plasticity_small"])
def test_estimates_agree_with_the_circuits_equations(name: str) -> None:
    found = budget(name)
    assert found.ran is not None
    assert found.ran.ratio == pytest.approx(np.ones(3), abs=APART)
    factor = found.account.settling[0] / found.ran.settling[0]
    assert 1 / TWICE < factor < TWICE


@pytest.mark.parametrize("name", ["attention_small", "resistive_small"])
def test_estimates_count_what_wires_take(name: str) -> None:
    """Most in the arrays of most lines, and no other chip is the one that ran."""
    ohms = ("resistance='20 ohm'", "driver='200 ohm'", "receiver='200 ohm'")
    found = budget(name, overrides=[f"circuit.wires.{entry}" for entry in ohms])
    assert found.ran is not None
    assert found.ran.ratio == pytest.approx(np.ones(3), abs=APART)
    plain = budget(name)
    assert plain.ran is not None
    heat = {part.name: part.heat[0] for part in found.account.parts if " -> " in part.name}
    wires = {key: watts for key, watts in heat.items() if key.endswith(": wires")}
    assert len(heat) == 2 * len(wires) > 0
    assert min(heat.values()) > 0
    assert 0.01 < sum(wires.values()) / sum(heat.values()) < 0.5
    assert found.ran.joules[0] < plain.ran.joules[0]
    told = [line for line in found.account.uncounted if line.startswith("wires: ")]
    assert told == ["wires: their capacitance, and the delay and area that come with it"]
    (told,) = [line for line in plain.account.uncounted if line.startswith("wires: ")]
    assert told == "wires: their capacitance, and their resistance without [circuit.wires]"


def test_cells_of_transistors_are_held_against_their_ammeters(process: str) -> None:
    found = budget("transistors_small", by=NGSPICE)
    assert found.ran is not None
    assert found.ran.ratio == pytest.approx(np.ones(3), abs=APART)
    for part in found.account.parts:
        ratio = ran_of(part, found.ran, found.account)
        if ratio is not None:  # small activities are those of real curves: arrays differ by more
            assert ratio == pytest.approx(1.0, abs=0.5 if part.passive else APART), part.name
    drawn = sum(v for k, v in found.ran.parts.items() if " -> " not in k)
    assert drawn == pytest.approx(float(found.ran.joules[0]), rel=1e-6)
    tanh = next(part for part in found.account.parts if part.name == "hidden: tanh")
    assert tanh.area == pytest.approx(library("sky130").measured["tanh"].area)
    assert found.account.area > 4 * tanh.area


def test_what_a_library_ships_is_what_is_measured_of_it(process: str) -> None:
    shipped = library("sky130").measured
    cells = [name for name in library("sky130").files if name in FIXTURES]
    found = measure_supplies("sky130", cells)
    assert found.keys() == shipped.keys()
    for cell, (current, area) in found.items():
        assert shipped[cell].current == pytest.approx(current, rel=1e-3)
        assert shipped[cell].area == pytest.approx(area, rel=1e-3)
    assert library("ideal").measured == {}


def test_pages_of_cells_say_the_same() -> None:
    """The pages' current is that of vdd, the bias lines' share included."""
    shipped = library("sky130").measured
    pages = Path(__file__).parents[2] / "docs" / "cells" / "sky130"
    for cell in ("tanh", "sigmoid", "membrane", "readout", "score", "clamp"):
        page = json.loads((pages / f"{cell}.json").read_text())
        drawn = page["figures"]["tt"]["current"] - shipped["reference"].current
        assert shipped[cell].current == pytest.approx(drawn, rel=0.01)
        assert shipped[cell].area == pytest.approx(page["area"]["estimate"], rel=1e-3)
    assert MEASURED == "measured.toml"


def test_idle_currents_and_phases_count() -> None:
    lines = ("attention_small", ["circuit.duration='10 us'", "solver=sweep"])
    once = budget(*lines).account
    twice = budget(lines[0], [*lines[1], "circuit.quiescent_current='2 uA'"]).account
    longer = budget(lines[0], [lines[1][1], "circuit.duration='20 us'"]).account
    amplifiers = 48 * 2 + 2 * 144 + 8 * 2 + 2 * 24 + 6 + 6 + 2
    assert twice.power - once.power == pytest.approx(np.full(3, 3.6e-6 * amplifiers))
    assert longer.inference == pytest.approx(2 * once.inference)
    assert longer.step - longer.sampled == pytest.approx(2 * (once.step - once.sampled))


def test_a_pulse_is_the_cards(tmp_path: Path) -> None:
    out = tmp_path / "budget.json"
    assert neuroep("budget", "mnist_spiking", "--set", "devices.card=soft_64", "-o", out) == 0
    found = json.loads(out.read_text(), parse_constant=pytest.fail)
    assert found["pulse"]["joules"] == pytest.approx(2.0**2 * 20.5e-6 * 50e-9)
    assert "ran" not in found
    assert any("too large to run" in note for note in found["notes"])
    assert sum(part["joules"][0] for part in found["parts"]) == pytest.approx(
        found["inference_joules"], rel=1e-9
    )
    arrays = {part["name"]: part["count"] for part in found["parts"]}
    assert arrays["pixels -> hidden"] == 2 * 784 * 512
    assert any("converters" in line for line in found["not_counted"])


def test_the_page_shows_what_was_counted(capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("budget", "resistive_small", "--markdown") == 0
    page = capsys.readouterr().out
    assert "| in -> h1" in page
    assert "not counted: controller" in page
    assert "estimate / ran" in page


def test_what_cannot_be_asked_for_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("budget", "attention_small", "--by", "magic") == 2
    one_line(capsys.readouterr().err, "--by magic", "transient, ngspice")
    with pytest.raises(InputError, match="nowhere"):
        budget("nowhere")
