"""The netlist of a chip whose arrays have wires: ngspice settles and learns where neuroep does."""

from dataclasses import replace

import numpy as np
import pytest
from circuit_support import CELLS, random_bench

from neuroep.hardware.crossbar import Wires
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.spice import ngspice_views
from neuroep.hardware.programs.vacask import Vacask
from neuroep.hardware.views.compare import compare
from neuroep.network.hopfield.drive import make_drive

WIRES = Wires(row=40.0, column=60.0, driver=300.0, receiver=200.0, lines=6)


def wired(kind: str) -> Bench:
    bench = random_bench(kind, 1)
    chip = replace(bench.circuit.chip, wires=WIRES)
    network = with_wires(bench.circuit.network, chip)
    drive = make_drive(network, bench.drive.sequences)
    return replace(bench, circuit=Circuit(network, chip), drive=drive, cells=CELLS)


@pytest.mark.parametrize("kind", ["pooled", "token", "plain"])
def test_in_verilog_a_it_settles_where_neuroep_does(vacask: str, kind: str) -> None:
    bench = wired(kind)
    views = [answer.view for answer in Vacask().views(bench, 60.0)]
    assert len(views) == 2
    for view in views:
        found = compare(view, bench.settled, bench.timed)
        assert found.failed == ()
        assert found.volts is not None
        assert found.volts < 1e-6


@pytest.mark.parametrize("kind", ["pooled", "token", "plain"])
def test_it_settles_where_neuroep_does_and_learns_the_same(ngspice: str, kind: str) -> None:
    bench = wired(kind)
    ideal = random_bench(kind, 1).settled
    moved = max(np.abs(v - ideal.volts[name]).max() for name, v in bench.settled.volts.items())
    assert moved > 1e-4
    for view in ngspice_views(bench):
        for name, volts in bench.settled.volts.items():
            np.testing.assert_allclose(view.volts[name], volts, atol=1e-6)
        for name, slope in bench.settled.gradient.items():
            error = np.linalg.norm(view.gradient[name] - slope)
            assert error < 1e-3 * np.linalg.norm(slope) + 1e-12, name
        assert view.balance is not None
        assert view.balance < 1e-9
        assert view.power is not None
        assert bench.settled.power is not None
        np.testing.assert_allclose(view.power, bench.settled.power, rtol=1e-4)


def test_a_weight_is_two_devices_in_each_of_two_arrays(ngspice: str) -> None:
    bench = wired("plain")
    deck = bench.deck((".op",), 0.0)
    name = next(c.name for c in bench.circuit.network.couplings if c.source != "values")
    before = deck.text.splitlines()
    lines = deck.nudge((name, 0, 1), 1e-3).splitlines()
    different = [a for a, b in zip(before, lines, strict=True) if a != b]
    assert len(different) == 4
    assert {line.split()[0][-2:] for line in different} == {"_p", "_n"}
    run_deck("\n".join(lines))
