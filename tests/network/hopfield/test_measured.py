"""A measured curve as a neuron: the network that has it, and what is no curve."""

import numpy as np
import pytest

from neuroep.hardware.neurons import has_corners
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules.centered import Centered
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.curve import Curve, Measured
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Neurons, Tanh
from neuroep.settle import Record, Stop, settle

EXACT = Stop(1e-13, 5000)
GRID = np.linspace(-8, 8, 401)


def network(hidden: Neurons, out: Neurons) -> Network:
    made = Network()
    made.add(Clamped(3), "x")
    made.add(hidden, "hidden")
    made.add(out, "out")
    made.connect("x", "hidden")
    made.connect("hidden", "out", gain=0.3)
    made.set_cost(SquaredError("out"))
    made.initialise(1, np.float64)
    return made


def drawn_curves(units: int, seed: int) -> Curve:
    """Return a tanh a unit, each of its own gain, amplitude and offset."""
    rng = np.random.default_rng(seed)
    gain, amplitude = rng.uniform(0.7, 1.3, (2, units, 1))
    offset, level = rng.normal(0, 0.1, (2, units, 1))
    return Curve(GRID, amplitude * np.tanh(gain * (GRID - offset)) + level)


INPUTS = np.random.default_rng(3).uniform(-1, 1, (5, 1, 3))
TARGETS = np.where(np.random.default_rng(4).random((5, 2)) < 0.5, -0.6, 0.6)


def test_a_tanh_that_was_measured_is_a_tanh() -> None:
    ideal = network(Tanh(6), Tanh(2))
    curve = Curve(GRID, np.tanh(GRID))
    measured = network(Measured(6, curve=curve), Measured(2, curve=curve))
    for solver in ("sweep", "synchronous"):
        a, b = (settle(n, {"x": INPUTS}, solver=solver, stop=EXACT) for n in (ideal, measured))
        for name in ("hidden", "out"):
            np.testing.assert_allclose(a.activity(name), b.activity(name), atol=1e-6)
        np.testing.assert_allclose(a.energy, b.energy, atol=1e-6)


def own_curves() -> HopfieldSystem:
    made = network(Measured(6, curve=drawn_curves(6, 0)), Measured(2, curve=drawn_curves(2, 1)))
    return HopfieldSystem(made, "sweep", EXACT)


def test_ep_is_the_gradient_of_the_cost_with_a_curve_a_unit() -> None:
    system = own_curves()
    rng = np.random.default_rng(0)
    estimates = []

    def keep(found: object) -> None:
        estimates.append(found.gradient)  # type: ignore[attr-defined]

    Centered(0.002).step(system, system.clamp({"x": INPUTS}), TARGETS, keep, rng)
    (gradient,) = estimates

    def cost() -> float:
        return float(system.cost(system.settle(system.clamp({"x": INPUTS})), TARGETS).mean())

    for name, array in system.parameters.items():
        wanted = np.zeros(array.shape)
        for place in np.ndindex(array.shape):
            kept, ends = float(array[place]), []
            for sign in (1, -1):
                array[place] = kept + sign * 1e-4
                ends.append(cost())
            array[place] = kept
            wanted[place] = (ends[0] - ends[1]) / 2e-4
        found = np.asarray(gradient[name])
        cosine = (found * wanted).sum() / np.linalg.norm(found) / np.linalg.norm(wanted)
        assert cosine > 0.99999, name
        np.testing.assert_allclose(found, wanted, atol=2e-4 * np.abs(wanted).max())


def test_references_go_through_the_curves() -> None:
    system = own_curves()
    drive = system.clamp({"x": INPUTS})
    bptt, implicit = (system.reference(drive, TARGETS, m).gradient for m in ("bptt", "implicit"))
    for name in implicit:
        np.testing.assert_allclose(bptt[name], implicit[name], rtol=1e-6, atol=1e-9)


def test_energy_falls() -> None:
    system = own_curves()
    energies = [
        settle(system.network, {"x": INPUTS}, stop=Stop(0.0, steps)).energy
        for steps in range(1, 12)
    ]
    assert (np.diff(energies, axis=0) <= 1e-12).all()


def test_spikes_carry_it() -> None:
    system = own_curves()
    exact = settle(system.network, {"x": INPUTS}, stop=EXACT)
    spiking = settle(system.network, {"x": INPUTS}, solver="spiking", record=Record((0,)))
    assert np.abs(spiking.activity("out") - exact.activity("out")).max() < 0.05


def test_curves_have_no_corners_and_are_told_apart() -> None:
    layer = Measured(6, curve=drawn_curves(6, 0))
    assert not has_corners(layer)
    assert layer.low < -0.5 < 0.5 < layer.high
    assert layer.cut(2).curve.units == 2


@pytest.mark.parametrize(
    ("potential", "activity", "what"),
    [
        ([0.0], [1.0], "at least two points"),
        ([0.0, 0.0, 1.0], [0.0, 1.0, 2.0], "must increase"),
        ([0.0, 1.0], [0.0, np.nan], "finite"),
        ([0.0, 1.0], [0.0, 1.0, 2.0], "needs the 2 points"),
        ([0.0, 1.0], [1.0, 1.0], "same everywhere"),
        ([0.0, 1.0, 2.0], [0.0, 1.0, 0.5], "has no Lagrangian"),
    ],
)
def test_what_is_no_curve(potential: list[float], activity: list[float], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        Curve(np.array(potential), np.array(activity))


def test_a_little_noise_is_levelled() -> None:
    activity = np.tanh(GRID)
    activity[-3:] -= [0.0, 1e-4, 2e-4]
    curve = Curve(GRID, activity)
    assert (np.diff(curve.activity) >= 0).all()
    assert np.abs(curve.activity - activity).max() < 2e-4


def test_as_many_curves_as_units() -> None:
    with pytest.raises(ValueError, match="of 6 units, the layer has 5"):
        Measured(5, curve=drawn_curves(6, 0))
