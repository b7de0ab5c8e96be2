"""A neuron with its cell, added from outside: it settles, learns, and is what SPICE says."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from circuit_support import CELLS
from extending.algebraic import CELL, Algebraic, neuron
from extending.chips import chip as write_chip
from extending.chips import metrics, neuroep, train
from reference.circuit import own_views

from neuroep.errors import InputError
from neuroep.hardware.cells import parity
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.views import EXACT, Bench
from neuroep.hardware.neurons import NEURON_CELLS, NeuronCell, has_corners
from neuroep.hardware.programs.brian.view import brian_view
from neuroep.hardware.programs.spice import ngspice_views
from neuroep.hardware.programs.spikes import compare_spikes, spiking_view
from neuroep.network.hopfield.catalogue import LAYER_TYPES
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Tanh
from neuroep.settle import settle
from neuroep.settle.hopfield.spiking import Spiking

TARGET = np.array([[0.6, -0.4]])


@pytest.fixture
def cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> NeuronCell:
    """Register the neuron, as a user's file would by one line."""
    found = neuron(tmp_path)
    monkeypatch.setitem(NEURON_CELLS, Algebraic, found)
    return found


def make_network() -> Network:
    network = Network()
    network.add(Clamped(3), "x")
    network.add(Algebraic(5, gain=0.8, bias=0.2), "hidden")
    network.add(Algebraic(2, gain=0.7), "out")
    network.add(Tanh(3), "side")
    for below, above in (("x", "hidden"), ("hidden", "out"), ("x", "side"), ("side", "hidden")):
        network.connect(below, above)
    network.set_cost(SquaredError("out"))
    network.initialise(5, np.float64)
    return network


X = {"x": np.array([[0.9, -0.7, 0.4]])}


def make_bench(beta: float = 0.5, chip: Chip | None = None) -> Bench:
    network = make_network()
    cells = CELLS | {kind.cell.name: kind.file for kind in NEURON_CELLS.values() if kind.file}
    drive = make_drive(network, X)
    return Bench(Circuit(network, chip or Chip()), drive, TARGET, beta, cells=cells)


def test_every_view_settles_where_spice_says(cell: NeuronCell, ngspice: str) -> None:
    bench = make_bench()
    sweep, *others = own_views(bench)
    for view in (*others, *ngspice_views(bench)):
        for name, v in sweep.volts.items():
            np.testing.assert_allclose(view.volts[name], v, atol=1e-6, err_msg=view.name)
        for name, slope in sweep.gradient.items():
            error = np.linalg.norm(view.gradient[name] - slope)
            assert error < 1e-3 * np.linalg.norm(slope), (view.name, name)
        assert view.balance < 1e-8, view.name


def test_a_wrong_circuit_is_seen(cell: NeuronCell, ngspice: str) -> None:
    assert cell.file is not None
    cell.file.write_text(cell.file.read_text().replace("sqrt(1 +", "sqrt(1.1 +"))
    bench = make_bench()
    sweep = bench.settled
    op = next(ngspice_views(bench))
    assert max(np.abs(op.volts[k] - v).max() for k, v in sweep.volts.items()) > 1e-4


def test_its_gradient_is_that_of_the_settled_cost(cell: NeuronCell) -> None:
    bench = make_bench(beta=1e-3)
    gradient = bench.settled.gradient
    network = bench.circuit.network

    def cost() -> float:
        settled = settle(network, make_drive(network, X), stop=EXACT)
        return 0.5 * float(np.square(settled.activity("out")[0, 0] - TARGET[0]).sum())

    for name, slope in gradient.items():
        weights = network.parameters[name]
        for place in np.ndindex(*weights.shape):
            kept = weights[place]
            costs = []
            for step in (1e-5, -1e-5):
                weights[place] = kept + step
                costs.append(cost())
            weights[place] = kept
            assert slope[place] == pytest.approx(
                (costs[0] - costs[1]) / 2e-5, rel=1e-4, abs=1e-7
            ), name


def test_every_view_of_its_cell_says_the_same(
    cell: NeuronCell, tmp_path: Path, ngspice: str
) -> None:
    assert [line for found in parity(CELL, tmp_path) for line in found.failures] == []


@pytest.mark.parametrize("beta", [0.5, 1.2])
def test_brian_sends_the_same_spikes(cell: NeuronCell, beta: float) -> None:
    bench = make_bench()
    times = Spiking(free_duration=30e-6, nudged_duration=20e-6, window=10e-6)
    of = (bench.circuit, bench.drive, TARGET, beta)
    (_, ours), (_, theirs) = spiking_view("spiking", *of, times), brian_view(*of, times)
    for a, b in ((ours.free, theirs.free), (ours.nudged, theirs.nudged)):
        assert compare_spikes(a, b).spikes > 20
        assert compare_spikes(a, b).matched == 1.0


def test_its_transistors_can_set_their_own_volts(
    cell: NeuronCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    transistors = replace(cell, folds=lambda layer: 2.0 * layer.gain, tails=3)
    idle = make_bench().equations(0.0).constant_power
    monkeypatch.setitem(NEURON_CELLS, Algebraic, transistors)
    bench = make_bench()
    chip = bench.circuit.chip
    assert bench.circuit.layers["hidden"].volts == 2.0 * 0.8 * chip.thermal_voltage / 0.7
    assert bench.circuit.layers["hidden"].leak > 0
    with pytest.raises(ValueError, match=r"membrane_volts.hidden: set by kappa"):
        make_bench(chip=Chip(membrane_volts={"hidden": 0.5}))
    more = bench.equations(0.0).constant_power - idle
    assert more == pytest.approx(2 * 1.8 * 100e-9 * 3 * (5 + 2))


def test_without_its_cell_it_trains_and_has_no_chip() -> None:
    network = make_network()
    assert settle(network, make_drive(network, X), stop=EXACT).require_converged()
    assert not has_corners(network.layers["hidden"])
    with pytest.raises(ValueError, match=r"layer 'hidden': no cell realises Algebraic; a chip ne"):
        Circuit(network, Chip())


def test_a_cell_without_brian_code_is_named(
    cell: NeuronCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    bench = make_bench()
    of = (bench.circuit, bench.drive, TARGET, 0.5)
    monkeypatch.setitem(NEURON_CELLS, Algebraic, replace(cell, slope=""))
    with pytest.raises(InputError, match="layer 'out': Algebraic has no nudged Brian2 view"):
        brian_view(*of)
    monkeypatch.setitem(NEURON_CELLS, Algebraic, replace(cell, activity=""))
    with pytest.raises(InputError, match="layer 'hidden': Algebraic has no Brian2 view"):
        brian_view(*of)


def test_a_design_trains_it_and_verify_finds_its_circuit(
    cell: NeuronCell,
    ngspice: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(LAYER_TYPES, "algebraic", Algebraic)
    monkeypatch.chdir(tmp_path)
    design = write_chip(tmp_path, neuron="algebraic")
    run = train(tmp_path, design)
    assert metrics(run)["test_accuracy"] > 0.85
    assert neuroep("gradcheck", design, "--updates", 0) == 0
    capsys.readouterr()
    data = ("--weights", run, "--data", tmp_path / "numbers.csv")
    assert neuroep("verify", design, *data, "--without", "brian2") == 0
    printed = capsys.readouterr().out.splitlines()
    for name in ("ngspice .op", "ngspice .tran", "ngspice dC/dg"):
        (row,) = (line for line in printed if line.startswith(name))
        assert "agrees" in row, row
    assert neuroep("list") == 0
    assert "g u / sqrt(1 + (g u)^2): signed, smooth." in capsys.readouterr().out
