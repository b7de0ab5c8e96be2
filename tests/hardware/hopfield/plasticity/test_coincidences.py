"""A chip without capacitors: trains that meet follow the gradient, and its accounts are one."""

import numpy as np
import pytest
from plasticity_support import learning_chip

from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.closed import learn_by_sweeps
from neuroep.hardware.hopfield.plasticity.netlist import learn_in_ngspice, learning_netlist
from neuroep.hardware.hopfield.plasticity.ode import learn
from neuroep.hardware.plasticity.compare import agreement
from neuroep.learning import centered
from neuroep.network.hopfield.drive import make_drive
from neuroep.settle import Stop

IDEAL = {"hold_overlap": 0.0, "hold_leak": 1e-18}


def chip_of(examples: int, slots: int, **plasticity: float) -> LearningChip:
    return learning_chip(examples, circuit="coincidence", slots=slots, **plasticity)


def gradient(chip: LearningChip) -> np.ndarray:
    network = chip.circuit.network
    drive, stop = make_drive(network, chip.clamped(0)), Stop(1e-14, 20_000)
    found = centered(network, drive, chip.targets[:1], beta=chip.strength, stop=stop)
    return np.concatenate([np.asarray(found[a.name]).ravel() for a in chip.wiring.arrays])


def test_pulses_to_be_expected_are_the_centered_gradient() -> None:
    """Half the slots times the contrast, which is -2 beta times the estimate; biases as well."""
    chip = chip_of(1, 20, **IDEAL)
    request = learn_by_sweeps(chip).request[0]
    np.testing.assert_allclose(request, -2 * chip.strength * 10 * gradient(chip), atol=1e-8)
    assert np.abs(request[chip.wiring.of_array["out.bias"]]).max() > 0.5


@pytest.mark.parametrize("offset", [0.0, 0.05])
def test_pulses_come_as_expected_on_average(offset: float) -> None:
    """A slot's variance is at most 1, and slots are independent; an offset lets fewer come."""
    chip = chip_of(1, 20_000, comparator_offset=offset, **IDEAL)
    account = learn_by_sweeps(chip)
    assert np.abs(account.left).max() < 4.0 * np.sqrt(20_000)
    assert np.abs(account.request).max() > 8.0 * np.sqrt(20_000)


def test_what_leaks_between_the_phases_is_a_difference() -> None:
    """The first sampler waits longer than the second by a nudged phase."""
    ideal, leaking = (chip_of(1, 20, hold_overlap=0.0, hold_leak=g) for g in (1e-18, 1e-10))
    state = [learn_by_sweeps(c).request[0] for c in (ideal, leaking)]
    assert 1e-3 < np.abs(state[1] - state[0]).max() < 0.2


def test_waveforms_add_up_to_the_closed_form() -> None:
    chip = chip_of(2, 8)
    exact, timed = learn_by_sweeps(chip), learn(chip)
    assert np.abs(exact.pulses).sum() > 5
    found = agreement(timed, exact, chip.schedule, pulse=1.0, span=39e-6)
    assert found.failed == ()
    assert found.conductance < 1e-12


def test_trains_are_drawn_from_their_seed() -> None:
    first, again, other = (learn_by_sweeps(chip_of(1, 30, seed=s)).pulses for s in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@pytest.mark.parametrize("gain", ["mean_gain", "difference_gain"])
def test_a_bracket_is_where_pulses_become_others(gain: str) -> None:
    chip = chip_of(1, 30)
    timed = learn(chip)
    low, high = chip.writer.bracket(timed)
    assert 0.5 < low < 1.0 < high < 2.0
    for share in (0.999 * low, 1.001 * high):
        assert (learn_by_sweeps(chip_of(1, 30, **{gain: share})).pulses != timed.pulses).any()


def test_all_examples_in_one_transient_of_ngspice(ngspice: str) -> None:
    chip = chip_of(2, 8)
    timed, spice = learn(chip), learn_in_ngspice(chip, 240.0)
    found = agreement(spice, timed, chip.schedule, pulse=1.0, span=39e-6)
    assert found.failed == ()
    assert found.conductance < 1e-4
    assert found.energy is not None
    assert found.energy < 1e-3
    assert np.abs(timed.pulses).sum() > 5


def test_the_netlist_holds_samplers_senders_and_gates() -> None:
    """Eight lines, that of the biases among them; hidden ones send as rows and as columns."""
    lines = learning_netlist(chip_of(1, 4)).text.splitlines()
    assert sum(" sample_hold " in x for x in lines if x.startswith("xsh_")) == 2 * 8
    assert sum(" train " in x for x in lines if x.startswith("xt_row_")) == 3 + 2 + 1
    assert sum(" train " in x for x in lines if x.startswith("xt_col_")) == 2 + 2
    assert sum(" coincidence " in x for x in lines if x.startswith("xs_")) == 14


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"slots": 7}, "slots must be even"),
        ({"slots": 8, "hold_conductance": 1e-7}, "too long to follow a line"),
    ],
)
def test_values_that_do_not_fit(changed: dict[str, float], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        learning_chip(1, circuit="coincidence", **changed)
