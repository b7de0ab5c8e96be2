"""What stands at each learned array is what the gradient is made of, for every wiring and cost."""

import numpy as np
import pytest
from reference.drawn import draw
from reference.problems import WIRINGS, Problem
from resistive_support import random_network

from neuroep import HardSigmoid, Network, SquaredError
from neuroep.hardware.chip import Chip
from neuroep.hardware.crossbar import Wires
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.hopfield.units import unit_values
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.probes import probe, watch
from neuroep.learning.resistive.probes import probe as resistive_probe
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.settle import Record, Stop, settle
from neuroep.settle.hopfield.relaxation import Sweep
from neuroep.settle.hopfield.spiking import Spiking

BETA = 0.3


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("wiring", WIRINGS)
def test_the_difference_of_what_is_seen_is_the_gradient(wiring: str, cost: str) -> None:
    """-(seen(+beta) - seen(-beta)) / 2 beta; the read-out is nudged itself: half the sum."""
    problem = WIRINGS[wiring](cost, np.float64)
    sees_its_gradient(problem, problem.drive)


@pytest.mark.parametrize("wiring", ["token", "vector"])
def test_with_wires_it_is_what_they_bring_to_each_device(wiring: str) -> None:
    problem = WIRINGS[wiring]("squared", np.float64)
    with_wires(problem.network, Chip(wires=Wires(40.0, 60.0, 300.0, 200.0, lines=6)))
    sees_its_gradient(problem, make_drive(problem.network, problem.drive.sequences))


def sees_its_gradient(problem: Problem, drive: Drive) -> None:
    found = estimate(problem.network, drive, problem.target, beta=BETA, stop=Stop(1e-6, 40))
    watched = watch(problem.network)
    assert set(watched.probes) == set(problem.network.parameters)
    for name, shape in problem.network.parameters.shapes.items():
        block = tuple(slice(size // 3, None) for size in shape)
        seen = watched.probes[name]
        assert len(seen.axes) == len(seen.shape) == len(block)
        plus, minus = (seen.read(found.nudged, phase, block) for phase in (0, 1))
        expected = found.gradient[name][block]
        if name.startswith("readout."):
            gradient = 0.5 * (plus + minus)
            assert np.isnan(seen.read(found.free, 0, block)).all()
        else:
            gradient = -(plus - minus) / (2 * BETA)
        np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("wiring", ["pooled", "token"])
def test_volts_of_a_drawn_chip_are_those_of_each_membrane(wiring: str) -> None:
    """Leaks that differ give each membrane its own volts; the file tells one unit for a layer."""
    problem = WIRINGS[wiring]("squared", np.float64)
    network = problem.network
    draw(network, seed=3, reciprocal=False)
    circuit = Circuit(network, Chip())
    watched = watch(network).scaled(*unit_values(circuit))
    drive = make_drive(network, problem.drive.sequences)
    settled = settle(network, drive, record=Record((1,)))
    for name, layer in watched.layers.items():
        assert np.ptp(network.drawn[name].leak) > 0
        meter = layer.meters["potential"]
        assert meter.attributes is not None
        assert layer.trace is not None
        unit = float(meter.attributes["si_factor"])
        volts = circuit.volts({name: settled.potential(name)})[name]
        np.testing.assert_allclose(unit * meter.read(settled), volts, rtol=1e-12)
        kept = circuit.volts({name: settled.trace[:, 0, drive.plan.part(name)]})[name]
        np.testing.assert_allclose(unit * layer.trace(settled, 0), kept, rtol=1e-12)


def test_a_residual_is_called_what_its_solver_measures() -> None:
    """A line at its rail stands still, and its membrane still rises by e to the -t/tau."""
    network = Network()
    network.add(HardSigmoid(1, bias=3.0), "out")
    network.set_cost(SquaredError("out"))
    network.initialise(0, np.float64)
    circuit, drive = Circuit(network, Chip()), make_drive(network, {})
    solver = Transient(circuit, 5.0 * circuit.slowest)
    settled = settle(network, drive, solver=solver, record=Record())
    meter = watch(network, solver=solver).residual
    assert settled.activity("out") == 1.0
    assert meter.read(settled) == pytest.approx(3.0 * np.exp(-5.0), rel=1e-6)
    assert "potential" in meter.meaning
    assert "activity" in watch(network, solver=Sweep()).residual.meaning
    assert watch(network, Spiking()).residual.meaning == Spiking.told


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_conductance_sees_its_squared_voltage_drop(seed: int) -> None:
    network = random_network(seed)
    rng = np.random.default_rng(seed)
    inputs = rng.uniform(-1, 1, (3, network.inputs))
    target = rng.uniform(-1, 1, (3, network.outputs))
    drive = make_resistive_drive(network, inputs)
    found = estimate(network, drive, target, beta=0.1, stop=Stop(1e-12, 500))
    for k, name in enumerate(network.parameters):
        pre, post = slice(1, None), slice(0, 2)
        seen = resistive_probe(network, name).read(found.nudged, 1, (pre, post))
        before = network.gains[k] * found.nudged.layer(k)[1][:, pre, None]
        after = found.nudged.layer(k + 1)[1][:, None, post]
        np.testing.assert_allclose(seen, ((before - after) ** 2).mean(axis=0), atol=1e-12)


def test_an_unknown_array_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"'nothing'.*hidden-out"):
        probe(WIRINGS["pooled"]("squared", np.float64).network, "nothing")
    with pytest.raises(ValueError, match=r"'nothing'.*0-1"):
        resistive_probe(random_network(1), "nothing")
