"""Supplies are needed: with rails that are too low, or not there, no cell and no chip works."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep

from neuroep.content import circuits_path
from neuroep.hardware.cells import CELLS, bench, parity
from neuroep.hardware.netlist.cells import read_cells
from neuroep.hardware.netlist.deck import Deck
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.spice import differences
from neuroep.studies.verify.case import VerifyOptions, choose_target, open_case

FOLDER = circuits_path() / "cells" / "ideal"
SUPPLIED = [name for name, cell in CELLS.items() if "vdd" in cell.pins]
HALF = {"attention_small": "0.9 V", "mnist_spiking": "0.9 V", "resistive_small": "3 V"}


@pytest.mark.parametrize("name", SUPPLIED)
def test_no_cell_works_at_half_its_supplies(
    name: str, monkeypatch: pytest.MonkeyPatch, ngspice: str
) -> None:
    monkeypatch.setattr(bench, "SUPPLY", 0.9)
    results = [r for r in parity(CELLS[name], FOLDER, views=["ngspice"]) if "ngspice" in r.curves]
    assert any(r.failures for r in results)


@pytest.mark.parametrize("name", ["tanh", "hard_sigmoid", "readout", "nudge", "clamp", "bias"])
def test_a_cell_that_needs_less_works_there(
    name: str, monkeypatch: pytest.MonkeyPatch, ngspice: str
) -> None:
    """What stops it is the supply that it needs, and nothing else."""
    monkeypatch.setattr(bench, "SUPPLY", 0.9)
    found = parity(CELLS[name], FOLDER, views=["ngspice"], values={"vmin": 0.9})
    clipped = 0.9  # V: what leaves the rails does so at any vmin
    for result in found:
        inside = np.abs(result.curves["kernel"]) < clipped
        assert result.failures == [] or not inside.all()


def case_of(design: str, *overrides: str):
    case = open_case(VerifyOptions(design=design, overrides=overrides))
    choose_target(case)
    return case


@pytest.mark.parametrize("design", HALF)
def test_verify_says_that_a_shipped_chip_has_half_its_supply(design: str) -> None:
    whole, half = case_of(design), case_of(design, f"circuit.supply='{HALF[design]}'")
    assert whole.bench.beyond_supply() == []
    assert "least_supply" in half.bench.beyond_supply()[0]
    assert "nothing works" in half.bench.beyond_supply()[0]


@pytest.mark.usefixtures("ngspice")
def test_a_chip_without_rails_or_with_half_of_them_does_not_settle() -> None:
    stand = case_of("mnist_spiking").bench
    wanted = stand.settled.volts["hidden"][0]
    deck = stand.deck((".op",), 0.0)
    rails = "vdd vdd 0 {vdd}\nvss vss 0 {-vdd}\n"
    assert rails in deck.text
    for text in (
        deck.text.replace(rails, ""),
        deck.text.replace(".param vdd=1.8", ".param vdd=0.9"),
        deck.text.replace("vss vss 0 {-vdd}\n", "vss vss 0 0\n").replace("vdd=1.8", "vdd=2.2"),
    ):
        assert text != deck.text
        (plot,) = run_deck(text)
        found = np.array([plot.values[f"hidden_{k}_mem"][0] for k in range(wanted.size)])
        assert np.abs(found).max() < 1e-6
    (plot,) = run_deck(deck.text)
    found = np.array([plot.values[f"hidden_{k}_mem"][0] for k in range(wanted.size)])
    np.testing.assert_allclose(found, wanted, atol=1e-9)
    assert np.abs(wanted).max() > 0.05


@pytest.mark.usefixtures("ngspice")
def test_differences_of_a_dead_chip_are_no_agreement() -> None:
    assert differences(case_of("mnist_spiking").bench).failed == ()
    dead = case_of("mnist_spiking", "circuit.supply='0.9 V'")
    assert differences(dead.bench).failed == ("gradient",)


@pytest.mark.usefixtures("ngspice")
def test_the_command_fails_at_half_the_rails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    half = ("--set", f"circuit.supply='{HALF['resistive_small']}'", "--without", "scipy")
    assert neuroep("verify", "resistive_small", *half) == 1
    assert "sources and amplifiers need 4 V" in capsys.readouterr().out


def test_a_designers_own_cell_need_not_know_of_it(tmp_path: Path) -> None:
    """A file without vmin is instanced without it; one that has it is given the chip's."""
    own = tmp_path / "mine.cir"
    own.write_text(".subckt mine in vdd vss i=1u\nI1 vdd in {i}\n.ends\n")
    for file, line in ((own, "xb in vdd vss mine i=1.0"), (FOLDER / "bias.cir", "vmin={vmin}")):
        deck = Deck(read_cells({"bias": file}, [CELLS["bias"]]))
        deck.add("b", "bias", "in", i=1.0)
        assert deck.lines[-1].endswith(line)
