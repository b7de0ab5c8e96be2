"""Couplings behind arrays with wires: the rule reads each device, and every view sees the same."""

from dataclasses import replace

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.hardware.chip import Chip
from neuroep.hardware.crossbar import Wires
from neuroep.hardware.hopfield.pairs import PairArray, with_wires
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.settle import Stop

LONG = (
    "circuit.wires.resistance='150 ohm'",
    "circuit.wires.column='250 ohm'",
    "circuit.wires.driver='1 kohm'",
    "circuit.wires.receiver='500 ohm'",
    "circuit.wires.lines=24",
)


def opened(*overrides: str) -> tuple[HopfieldSystem, dict[str, np.ndarray], np.ndarray]:
    design = load_design("attention_small", overrides)
    system, example = design.draw_example(0)
    exact = replace(system, solver="sweep", stop=Stop(1e-15, 20_000))  # type: ignore[type-var]
    inputs = {k: np.asarray(v)[None] for k, v in example.inputs.items()}
    return exact, inputs, np.eye(2)[[example.label]]  # type: ignore[return-value]


def test_equilibrium_propagation_is_the_exact_gradient() -> None:
    system, inputs, target = opened(*LONG)
    drive = system.clamp(inputs)
    found = estimate(system, drive, target, "centered", beta=1e-3).gradient
    exact = system.reference(drive, target, "implicit").gradient
    for name in found:
        apart = np.linalg.norm(found[name] - exact[name]) / np.linalg.norm(exact[name])
        assert apart < 1e-5, name


@pytest.mark.parametrize("name", ["pairs-rails", "words-asking", "asking-pairs", "rails-out"])
def test_a_weight_moves_the_cost_as_devices_say_and_not_as_ports_say(name: str) -> None:
    """Both devices of a pair, in both arrays, moved by hand: what the settled cost does."""
    system, inputs, target = opened(*LONG)
    found = estimate(system, system.clamp(inputs), target, "centered", beta=1e-3).gradient[name]
    weights = system.parameters[name]
    place = np.unravel_index(np.abs(found).argmax(), found.shape)
    costs = []
    for step in (1e-4, -2e-4):
        weights[place] += step
        costs.append(float(system.cost(system.settle(system.clamp(inputs)), target)[0, 0]))
    weights[place] += 1e-4
    measured = (costs[0] - costs[1]) / 2e-4
    assert found[place] == pytest.approx(measured, rel=1e-5)
    # The product of what stands at the ends of the lines is another number.
    network = system.network
    network.make_array, kept = None, network.make_array
    effective = network.parameters.copy()
    network.make_array = kept
    effective.flat[:] = network.effective.flat
    network.make_array = None
    network.parameters.flat[:] = effective.flat
    at_ports = estimate(system, system.clamp(inputs), target, "centered", beta=1e-3).gradient[name]
    assert abs(at_ports[place] / measured - 1) > 1e-2


def test_single_devices() -> None:
    """Each device of a pair by itself, in the array that is driven at its columns or its rows."""
    rng = np.random.default_rng(0)
    chip = Chip(wires=Wires(100.0, 200.0, 900.0, 400.0))
    array = PairArray(chip, "w", rng.uniform(-3, 3, (5, 4)))
    slope = rng.normal(size=(5, 4))
    lines = np.repeat(slope, 2, axis=0)
    lines[1::2] *= -1.0
    found = array.crossbar.slopes(lines)
    for place in ((0, 0), (3, 2), (9, 3)):
        costs = []
        for step in (1e-9, -1e-9):
            g = array.crossbar.conductances.copy()
            g[place] += step
            moved = type(array.crossbar)(g, array.crossbar.wires).transfer
            costs.append(float((slope * (moved[0::2] - moved[1::2])).sum()))
        assert found[place] == pytest.approx((costs[0] - costs[1]) / 2e-9, rel=1e-5)


def test_ends_of_lines_alone_are_refused() -> None:
    """Pulses of rows and columns take slopes as products of what both ends know."""
    system, inputs, target = opened(*LONG)
    by_products = replace(system, factored=True)
    with pytest.raises(ValueError, match="with wires, what stands at a device is no product"):
        estimate(by_products, system.clamp(inputs), target, "centered")


def test_no_section_is_no_array() -> None:
    system, _, _ = opened()
    assert system.network.reduced is None
    assert system.network.effective is system.network.parameters


def test_arrays_are_reduced_once_an_update() -> None:
    system, _, _ = opened(*LONG)
    network = system.network
    first = network.reduced
    assert network.reduced is first
    assert first is not None
    network.parameters["rails-out"][0, 0] += 0.1
    second = network.reduced
    assert second is not None
    assert second.arrays["rails-out"] is not first.arrays["rails-out"]
    assert second.arrays["pairs-rails"] is first.arrays["pairs-rails"]


def test_other_wires_make_other_arrays() -> None:
    """And what was clamped through those before is refused."""
    system, inputs, _ = opened(*LONG)
    network, drive = system.network, system.clamp(inputs)
    before = network.effective["rails-out"].copy()
    with_wires(network, Chip(wires=Wires(1.0, 1.0)))
    assert np.abs(network.effective["rails-out"] - before).max() > 1e-3
    with pytest.raises(ValueError, match="the network has changed since"):
        system.settle(drive)


def test_halves_of_an_array_are_no_weights() -> None:
    """Pairs stand side by side: with one half above the other, little of a weight is left."""
    rng = np.random.default_rng(1)
    weights = rng.uniform(-1, 1, (300, 8))
    wires = Wires(1.0, 1.0)
    array = PairArray(Chip(wires=wires), "w", weights)
    g = array.crossbar.conductances
    halves = type(array.crossbar)(np.concatenate([g[array.plus], g[array.minus]]), wires).transfer
    apart = (halves[:300] - halves[300:]) / array.unit
    beside = float(np.linalg.norm(array.effective - weights))
    assert np.linalg.norm(apart - weights) > 3 * beside


def test_neighbouring_pairs_make_up_for_each_other() -> None:
    """Nothing is stored: one order for all pairs would leave a weight of one sign in each."""
    array = PairArray(Chip(wires=Wires(2.0, 2.0)), "w", np.zeros((100, 8)))
    both = array.crossbar.transfer
    same_order = (both[0::2] - both[1::2]) / array.unit
    assert np.abs(array.effective.sum(axis=0)).max() < 0.02 * np.abs(same_order.sum(axis=0)).max()


@pytest.mark.parametrize(
    ("override", "why"),
    [
        ("circuit.wires.resistance='0 ohm'", "circuit.wires.row must be positive"),
        ("circuit.wires.resistance='2 V'", "cannot be converted to ohms"),
        ("circuit.wires.lines=3", "lines must be even"),
        ("circuit.wires.length='2 ohm'", "unknown key"),
    ],
)
def test_what_no_wire_is(override: str, why: str) -> None:
    given = (override,)
    if "resistance" not in override:
        given = (override, "circuit.wires.resistance='2 ohm'")
    with pytest.raises(Exception, match=why):
        load_design("attention_small", given).draw_example(0)


@pytest.mark.parametrize(
    ("design", "why"),
    [
        ("mnist_spiking", "circuit.wires: pixels-hidden, a crossbar of 1568 x 512: .* 1024 MiB"),
        ("resistive_mnist", "circuit.wires: 0-1, a crossbar of 1570 x 1024: .* 1024 MiB"),
    ],
)
def test_arrays_too_large_are_told_before_anything_is_trained(design: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        load_design(design, ("circuit.wires.resistance='2 ohm'",))
