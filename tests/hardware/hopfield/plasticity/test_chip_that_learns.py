"""A chip that learns by itself: it follows the gradient, and its three accounts are one."""

from dataclasses import replace

import numpy as np
import pytest
from plasticity_support import DEVICE, learning_chip

from neuroep.errors import InputError
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.closed import learn_by_sweeps
from neuroep.hardware.hopfield.plasticity.netlist import learn_in_ngspice, learning_netlist
from neuroep.hardware.hopfield.plasticity.ode import learn
from neuroep.hardware.plasticity.compare import agreement
from neuroep.hardware.plasticity.settings import Plasticity
from neuroep.learning import centered
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle import Stop, settle

LINEAR = {"correlator_range": 1e4}
"""A correlator that does not compress."""


def gradient(chip: LearningChip) -> np.ndarray:
    network = chip.circuit.network
    found = centered(
        network,
        make_drive(network, chip.clamped(0)),
        chip.targets[:1],
        beta=chip.strength,
        stop=Stop(1e-14, 20_000),
    )
    return np.concatenate([np.asarray(found[a.name]).ravel() for a in chip.wiring.arrays])


def test_a_request_is_the_centered_gradient() -> None:
    """A request is ik Tw/c times the contrast, an estimate -contrast/(2 beta): one number."""
    chip = learning_chip(1, **LINEAR)
    p = chip.writer.values
    scale = p["ik"] * chip.schedule.window / p["c"]
    request = learn_by_sweeps(chip).request[0]
    np.testing.assert_allclose(request, -2 * chip.strength * scale * gradient(chip), atol=1e-9)
    assert np.abs(request).max() > 0.02


def test_a_correlator_that_compresses_still_points_along_the_gradient() -> None:
    chip = learning_chip(1, correlator_range=0.5)
    request, wanted = learn_by_sweeps(chip).request[0], -gradient(chip)
    cosine = request @ wanted / np.linalg.norm(request) / np.linalg.norm(wanted)
    assert 0.98 < cosine < 0.9999


def test_waveforms_add_up_to_the_closed_form() -> None:
    chip = learning_chip(3, threshold=0.03, slots=4)
    exact, timed = learn_by_sweeps(chip), learn(chip)
    assert np.abs(exact.pulses).sum() > 5
    found = agreement(timed, exact, chip.schedule, pulse=0.03, span=39e-6, within=1e-4)
    assert found.failed == ()
    assert found.request < 1e-6
    assert found.conductance < 1e-12


def test_phases_that_are_too_short_are_noticed() -> None:
    chip = learning_chip(2, free_duration=0.3e-6, nudged_duration=0.3e-6, window=0.25e-6)
    found = agreement(learn(chip), learn_by_sweeps(chip), chip.schedule, pulse=0.1, span=39e-6)
    assert "requests" in found.failed


@pytest.mark.parametrize("offset", [0.0, 20e-9])
def test_without_a_nudge_nothing_is_written(offset: float) -> None:
    """Both windows see the same lines: whatever the correlator adds it takes away."""
    account = learn(learning_chip(2, strength=0.0, correlator_offset=offset, threshold=1e-4))
    assert np.abs(account.request).max() < 1e-8
    assert not account.pulses.any()
    assert (account.conductance == account.conductance[0]).all()


def test_the_opposite_nudge_asks_for_the_opposite() -> None:
    """Centered: the phases change roles. The first request of a chip is odd in beta."""
    up, down = (learn_by_sweeps(learning_chip(1, strength=s)).request for s in (0.3, -0.3))
    np.testing.assert_allclose(up, -down, atol=1e-12)


def test_weights_are_as_they_were() -> None:
    chip = learning_chip(2, threshold=0.02)
    before = chip.circuit.network.parameters.flat.copy()
    learn_by_sweeps(chip)
    np.testing.assert_array_equal(chip.circuit.network.parameters.flat, before)


def test_devices_hold_the_weights_that_learning_starts_from() -> None:
    chip = learning_chip(1)
    account = learn_by_sweeps(chip)
    count = len(account.synapses)
    plus, minus = (
        account.conductance[0, :count],
        account.conductance[0, account.device_of.size // 2 :],
    )
    parameters = chip.circuit.network.parameters
    weights = np.concatenate([parameters[a.name].ravel() for a in chip.wiring.arrays])
    np.testing.assert_allclose((plus - minus[:count]) / 20e-6, weights, atol=1e-12)
    # A coupling between layers that both settle has a second array, one from inputs has not.
    assert count == 6 + 4 + 2 + 2
    assert account.device_of.size == 2 * (6 + 2 * 4 + 2 + 2)


def test_a_bias_asks_for_the_contrast_of_its_neuron() -> None:
    """Full activity at the other end: the gradient of a bias is the contrast of s itself."""
    chip = learning_chip(1, **LINEAR)
    account = learn_by_sweeps(chip)
    biases = chip.wiring.of_array["out.bias"]
    p = chip.writer.values
    network = chip.circuit.network
    nudged = settle(
        network,
        make_drive(network, chip.clamped(0)),
        beta=[chip.strength, -chip.strength],
        target=chip.targets[:1],
        stop=Stop(1e-14, 20_000),
    )
    plus, minus = nudged.activity("out")[:, 0]
    scale = p["ik"] * chip.schedule.window / p["c"]
    np.testing.assert_allclose(account.request[0, biases], scale * (plus - minus), atol=1e-9)
    assert np.abs(plus - minus).max() > 0.1


def test_biases_that_learn_move_their_devices() -> None:
    chip = learning_chip(3, threshold=0.02)
    account = learn_by_sweeps(chip)
    for name in ("hidden.bias", "out.bias"):
        where = chip.wiring.of_array[name]
        assert np.ptp(account.conductance[:, where], axis=0).max() > 1e-7, name


def test_rails_deliver_what_correlators_charge_and_idle() -> None:
    """Lines at rest in the windows: |I| T onto the capacitors, and quiescent currents all along."""
    chip = learning_chip(1, **LINEAR)
    supply, p, schedule = chip.circuit.chip.supply, chip.writer.values, chip.schedule
    timed = learn(chip)
    pre, post = (
        np.stack(
            [
                np.interp(schedule.starts(q)[0] + 0.9 * schedule.nudged, timed.time, w)
                for w in timed.waves[name].T
            ]
        )
        for name in ("pre", "post")
        for q in ("plus",)
    )
    later = [
        np.stack(
            [
                np.interp(schedule.starts("minus")[0] + 0.9 * schedule.nudged, timed.time, w)
                for w in timed.waves[name].T
            ]
        )
        for name in ("pre", "post")
    ]
    charge = sum(np.abs(a * b).sum() for a, b in ((pre, post), later)) / p["vs"] ** 2
    wanted = supply * (p["ik"] * charge * schedule.window + 2 * 14 * 10e-9 * schedule.end)
    assert timed.energy(schedule)["sense"][0] == pytest.approx(wanted, rel=1e-3)


def test_all_examples_in_one_transient_of_ngspice(ngspice: str) -> None:
    chip = learning_chip(2, threshold=0.03, slots=3)
    timed, spice = learn(chip), learn_in_ngspice(chip, 120.0)
    assert spice.synapses != timed.synapses  # one has names of nodes, the other has numbers
    assert [str(s) for s in spice.synapses] == [str(s) for s in timed.synapses]
    found = agreement(spice, timed, chip.schedule, pulse=0.03, span=39e-6, within=1e-4)
    assert found.failed == ()
    assert found.conductance < 1e-6
    assert found.energy is not None
    assert found.energy < 1e-3
    assert np.abs(timed.pulses).sum() > 5
    np.testing.assert_array_equal(spice.device_of, timed.device_of)
    for name, wave in timed.waves.items():
        scale = 40e-6 if name in ("plus", "minus") else 1.0
        there = np.stack([np.interp(timed.time, spice.time, w) for w in spice.waves[name].T], 1)
        assert np.abs(there - wave).max() < 5e-3 * scale, name


def test_the_netlist_holds_every_circuit_and_device() -> None:
    chip = learning_chip(1)
    text = learning_netlist(chip).text
    lines = text.splitlines()
    assert sum(" plasticity " in x for x in lines if x.startswith("xs_")) == 14
    assert sum(" memristor " in x for x in lines if x.startswith("xg_")) == 36
    for part in ("correlator", "comparator", "pulse_driver", "charge_pump"):
        assert sum(line.startswith(f".subckt {part} ") for line in lines) == 1


def chip_of(network: Network, **inputs: np.ndarray) -> LearningChip:
    network.initialise(0, np.float64)
    targets = np.eye(network.outputs)[:1]
    circuit = Circuit(network, Chip())
    return LearningChip(circuit, Plasticity(), DEVICE, inputs, targets, 0.5, {})


def plain(size: int = 2) -> Network:
    network = Network()
    network.add(Clamped(2, tokens=2), "x")
    network.add(HardSigmoid(size), "out")
    return network


def test_what_no_circuit_writes_is_refused() -> None:
    shared = Network()
    shared.add(Clamped(2, tokens=1), "x")
    shared.add(HardSigmoid(2), "out")
    shared.connect("x", "out", shared=True)
    shared.set_cost(SquaredError("out"))
    with pytest.raises(ValueError, match="coupling x-out: no plasticity circuit writes shared"):
        chip_of(shared)
    attention = plain()
    words = attention.layers["x"]
    attention.add(PooledAttention(words, queries=1), "heads")
    attention.connect("heads", "out")
    attention.set_cost(SquaredError("out"))
    with pytest.raises(ValueError, match=r"layers\.heads: no plasticity circuit"):
        chip_of(attention)
    softmax = plain()
    softmax.connect("x", "out")
    softmax.set_cost(CrossEntropy("out", 2))
    with pytest.raises(ValueError, match="cost: only outputs that are nudged by their squared"):
        chip_of(softmax)
    large = plain(40)
    large.connect("x", "out")
    large.set_cost(SquaredError("out"))
    with pytest.raises(ValueError, match="200 synapses: SPICE carries 1 to 100"):
        chip_of(large)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"correlator_current": 1e-6}, "charges the capacitor by 10 V within a window"),
        ({"window": 5e-6}, "does not fit into nudged phases"),
        ({"comparator_offset": -0.1}, "takes the threshold"),
        (
            {"circuit": "coincidence", "comparator_offset": -0.1},
            "both comparators of a sender fire at once, got -0.1 V",
        ),
    ],
)
def test_values_that_do_not_fit(changed: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        learning_chip(1, **changed)


def test_ways_back_that_differ_are_refused() -> None:
    """Both arrays of a coupling are written as one, and only sweeps would see that they differ."""
    chip = learning_chip(1)
    chip.circuit.network.draw({}, {"hidden-out": np.full((2, 2), 1.1)})
    with pytest.raises(ValueError, match=r"variability\.way_back: plasticity circuits"):
        replace(chip)


def test_a_cell_without_a_file_is_named() -> None:
    chip = learning_chip(1)
    cells = {k: v for k, v in chip.cells.items() if k != "comparator"}
    object.__setattr__(chip, "cells", cells)
    with pytest.raises(InputError, match="cell 'comparator': no file"):
        learning_netlist(chip)
