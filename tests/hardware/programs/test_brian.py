"""The Brian2 bridge: the same spikes from a program that nobody here wrote."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from reference.problems import WIRINGS, Problem, hard, sequences

from neuroep.core.hopfield import activations
from neuroep.errors import InputError
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.neurons import activity_of, nudged_potential
from neuroep.hardware.programs.brian.solver import Brian2
from neuroep.hardware.programs.brian.view import brian_view
from neuroep.hardware.programs.spikes import compare_spikes, spiking_view
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh
from neuroep.settle import Record, Settled, Status, Stop, settle
from neuroep.settle.hopfield.spiking import Spiking

TIMES = {
    "free_duration": 30e-6,
    "nudged_duration": 22e-6,
    "window": 16e-6,
    "attention_stride": 3,
    "attention_range": 0.9,
}


def problem(wiring: str, cost: str) -> Problem:
    """A random network, its sequences of unequal length, one of them empty."""
    found = (WIRINGS | {"hard": hard})[wiring](cost, np.float64)
    if "words" in found.inputs:
        found.inputs["words"] = sequences(np.random.default_rng(4), (3, 0, 1, 6))
    return found


def phases(of: Problem, solver: Spiking) -> tuple[Settled, Settled]:
    """Settle free, then +-beta from there, everything recorded."""
    every = Record(tuple(range(of.count)))
    free = settle(of.network, of.drive, solver=solver, record=every)
    return free, settle(
        of.network,
        of.drive,
        solver=solver,
        beta=[0.5, -0.5],
        target=of.target,
        start=free,
        record=Record((*range(1, 2 * of.count), 0)),
    )


def check_same(ours: Settled, theirs: Settled) -> None:
    found = compare_spikes(ours, theirs)
    assert found.spikes > 20
    assert found.matched == 1.0
    assert found.count_difference == 0
    assert found.activity_difference < 1e-12
    np.testing.assert_array_equal(ours.spikes, theirs.spikes)
    np.testing.assert_array_equal(ours.saturated, theirs.saturated)
    np.testing.assert_array_equal(ours.status, theirs.status)
    np.testing.assert_array_equal(ours.steps, theirs.steps)
    for name in ("trace", "residual", "energy", "energy_before"):
        np.testing.assert_allclose(getattr(theirs, name), getattr(ours, name), atol=1e-12)
    np.testing.assert_allclose(theirs.state.potential, ours.state.potential, atol=1e-12)
    np.testing.assert_allclose(theirs.state.lagrangian, ours.state.lagrangian, atol=1e-12)
    for a, b in zip(ours.carry, theirs.carry, strict=True):
        np.testing.assert_allclose(b, a, atol=1e-12)


@pytest.mark.parametrize(
    ("wiring", "cost"),
    [
        ("pooled", "squared"),
        ("token", "cross_entropy"),
        ("stacked", "squared"),
        ("triangle", "cross_entropy"),
        ("two_inputs", "squared"),
        ("dense_words", "cross_entropy"),
        ("hard", "squared"),
    ],
)
def test_every_spike_of_every_kind_of_layer(wiring: str, cost: str) -> None:
    """Pooled and token attention, padding, all neurons, both costs, free and nudged."""
    of = problem(wiring, cost)
    for ours, theirs in zip(phases(of, Spiking(**TIMES)), phases(of, Brian2(**TIMES)), strict=True):
        check_same(ours, theirs)


@pytest.mark.parametrize("kind", [Linear, HardSigmoid, Sigmoid, Tanh])
@pytest.mark.parametrize("beta", [3.0, -0.9])
def test_the_nudge_cell_holds_every_neuron_where_it_must(
    kind: type[Neurons], beta: float, rng: np.random.Generator
) -> None:
    net = Network()
    x, out = net.add(Clamped(3), "x"), net.add(kind(40), "out")
    net.connect(x, out, gain=3.0)
    net.set_cost(SquaredError(out))
    net.initialise(1, np.float64)
    drive = make_drive(net, {"x": rng.normal(size=(1, 3))})
    target = rng.uniform(0, 1, (1, 40))
    times = TIMES | {"free_duration": 20e-6}
    ours, theirs = (
        settle(net, drive, solver=solver, beta=beta, target=target, record=Record())
        for solver in (Spiking(**times), Brian2(**times))
    )
    check_same(ours, theirs)


@pytest.mark.parametrize("gain", [0.3, 1.0, 3.0])
@pytest.mark.parametrize("kind", [Linear, HardSigmoid, Sigmoid, Tanh])
def test_the_nudged_potential_is_exact(kind: type[Neurons], gain: float) -> None:
    """The code that Brian2 gets, run as plain numpy: x + k sigma(x) = u, however strong k is."""
    layer = kind(1, gain=gain, name="out")
    u, k = (
        a.ravel()
        for a in np.meshgrid(
            np.linspace(-6, 6, 3001), [-0.99 / gain, -0.5 / gain, 0.0, 0.5, 10.0, 100.0]
        )
    )
    names = {
        "u": u,
        "k": k,
        "gain": gain,
        "tanh": np.tanh,
        "clip": np.clip,
        "int": lambda condition: np.asarray(condition).astype(int),
    }
    exec(f"{nudged_potential(layer)}\ns = {activity_of(layer, 'x')}", names)
    np.testing.assert_allclose(names["x"] + k * names["s"], u, rtol=1e-9, atol=1e-11)
    np.testing.assert_array_equal(names["x"][k == 0], u[k == 0])


def slow_spikes() -> Problem:
    """A chain whose neurons all spike at 0.02 to 0.3 per step."""
    net = Network()
    x = net.add(Clamped(4), "x")
    hidden, out = net.add(Sigmoid(30), "hidden"), net.add(Tanh(10, gain=0.5), "out")
    net.connect(x, hidden, gain=0.5)
    net.connect(hidden, out, gain=0.2)
    net.set_cost(SquaredError(out))
    net.initialise(3, np.float64)
    rng = np.random.default_rng(8)
    net.parameters["hidden.bias"][:] = rng.uniform(-0.35, 0.2, 30)
    net.parameters["out.bias"][:] = rng.choice([-1, 1], 10) * rng.uniform(0.15, 0.4, 10)
    return Problem(net, {"x": rng.uniform(-0.3, 0.3, (3, 4))}, np.full((3, 10), 0.2))


def test_a_thousand_steps() -> None:
    of = slow_spikes()
    long = {"free_duration": 1e-3, "nudged_duration": 1e-3, "window": 4e-4}
    for ours, theirs in zip(phases(of, Spiking(**long)), phases(of, Brian2(**long)), strict=True):
        rates = np.concatenate([ours.spike_counts(k).ravel() for k in ours.drive.plan.names]) / 1000
        assert (rates > 0.01).all()
        assert (rates < 0.35).all()
        assert np.quantile(rates, 0.1) < 0.07
        assert np.quantile(rates, 0.9) > 0.18
        check_same(ours, theirs)


def test_a_network_is_built_once_and_serves_other_samples_and_weights() -> None:
    of, other = problem("pooled", "squared"), problem("pooled", "squared")
    solver = Brian2(**TIMES)
    phases(of, solver)
    built = dict(solver.built)
    assert len(built) == 2
    of.inputs["words"] = sequences(np.random.default_rng(9), (6, 2, 5, 1))
    of.network.parameters.flat[:] += np.random.default_rng(9).normal(0, 0.1, 1)
    for ours, theirs in zip(phases(of, Spiking(**TIMES)), phases(of, solver), strict=True):
        check_same(ours, theirs)
    assert solver.built == built
    # Longer sequences, or another network, need a network of their own.
    for ours, theirs in zip(phases(other, Spiking(**TIMES)), phases(other, solver), strict=True):
        check_same(ours, theirs)


def test_another_chip_computes_in_other_volts_the_same_spikes() -> None:
    of = problem("triangle", "squared")
    chip = Chip(signal=0.3, unit_conductance=1e-6, membrane_volts={"out": 0.7})
    ours = settle(of.network, of.drive, solver=Spiking(**TIMES), record=Record())
    solver = Brian2(**TIMES, chip=chip)
    check_same(ours, settle(of.network, of.drive, solver=solver, record=Record()))
    (built,) = solver.built.values()
    assert float(built.volts("out")) == pytest.approx(0.7)


def test_a_wrong_weight_is_seen() -> None:
    """What compares spikes must notice when one synapse is not reciprocal."""
    of = problem("vector", "squared")
    ours = settle(of.network, of.drive, solver=Spiking(**TIMES), record=Record((0, 1, 2, 3)))
    solver = Brian2(**TIMES)
    settle(of.network, of.drive, solver=solver, record=Record((0, 1, 2, 3)))
    of.network.parameters["hidden-out"][0] *= 1.2
    theirs = settle(of.network, of.drive, solver=solver, record=Record((0, 1, 2, 3)))
    found = compare_spikes(ours, theirs)
    assert found.matched < 0.99
    assert found.activity_difference > 1e-3


def test_comparing_needs_records_of_the_same() -> None:
    of = problem("vector", "squared")
    without = settle(of.network, of.drive, solver=Spiking(**TIMES))
    recorded = settle(of.network, of.drive, solver=Spiking(**TIMES), record=Record())
    for pair in ((without, without), (without, recorded)):
        with pytest.raises(ValueError, match="record"):
            compare_spikes(*pair)
    assert compare_spikes(recorded, recorded).matched == 1.0


def test_single_precision_goes_in_and_out() -> None:
    of = problem("vector", "squared")
    single = Problem(WIRINGS["vector"]("squared", np.float32).network, of.inputs, of.target)
    found = settle(single.network, single.drive, solver=Brian2(**TIMES), stop=Stop(10.0))
    ours = settle(single.network, single.drive, solver=Spiking(**TIMES), stop=Stop(10.0))
    assert found.state.activity.dtype == np.float32
    assert (found.status == Status.CONVERGED).all()
    assert np.abs(found.spikes - ours.spikes).max() <= 1
    assert found.raster.shape == (1, 0, found.drive.plan.units)


@dataclass(frozen=True)
class Cube(Neurons):
    """A neuron of one's own without a Brian2 view."""

    activity = staticmethod(activations.linear)
    slope = staticmethod(activations.linear_slope)
    lagrangian = staticmethod(activations.linear_lagrangian)
    low = 0.0
    high = 1.0


def test_a_neuron_without_a_brian_view_is_named() -> None:
    net = Network()
    net.add(Cube(2), "mine")
    with pytest.raises((InputError, ValueError), match=r"'mine'.*Cube"):
        settle(net, make_drive(net, {}), solver=Brian2(**TIMES))


def test_views_of_the_three_phases() -> None:
    of = problem("pooled", "cross_entropy")
    of = replace(
        of,
        inputs={"words": sequences(np.random.default_rng(4), (5,))},
        target=of.target[:1],
    )
    circuit = Circuit(of.network, Chip())
    options = Spiking(**TIMES)
    mine, ours = spiking_view("spiking", circuit, of.drive, of.target, 0.5, options)
    view, theirs = brian_view(circuit, of.drive, of.target, 0.5, options)
    check_same(ours.free, theirs.free)
    check_same(ours.nudged, theirs.nudged)
    assert view.name == "Brian2"
    assert list(view.betas) == [0, 0.5, -0.5]
    assert len(view.waveforms) == 3
    for name in of.network.settling:
        size = of.network.size(name)
        assert view.volts[name].shape == view.activities[name].shape == (3, size)
        np.testing.assert_allclose(view.volts[name], mine.volts[name], atol=1e-12)
        v = theirs.free.potential(name)[0] * circuit.layers[name].volts
        np.testing.assert_allclose(view.volts[name][:1], v)
        assert view.waveforms[1].volts[name].shape == (23, size)
    assert view.waveforms[0].time[-1] == pytest.approx(30e-6)
    for name, slope in theirs.gradient.items():
        np.testing.assert_array_equal(view.gradient[name], slope)
    with pytest.raises(ValueError, match="one input"):
        brian_view(circuit, problem("pooled", "squared").drive, of.target, 0.5)
