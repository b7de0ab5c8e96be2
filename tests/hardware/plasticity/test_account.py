"""Accounts of a chip that learns: which thresholds they tell, which cycle they show, what fails."""

from dataclasses import replace

import numpy as np
import pytest

from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.plasticity.account import Account, Synapse, one_cycle
from neuroep.hardware.plasticity.compare import agreement

SCHEDULE = Schedule(2, 4e-6, 2e-6, 1e-6, 3, 5e-8, 5e-9)
SYNAPSES = (Synapse("x-out", 0, 0, "0", "0"), Synapse("x-out", 0, 1, "0", "1"))
REQUEST = np.array([[0.25, -0.08], [0.02, -0.13]])
PULSES = np.array([[[1, 0], [1, 0], [0, 0]], [[0, -1], [0, 0], [0, 0]]], float)
CONDUCTANCE = np.array([[20.0, 20, 20, 20], [21, 20, 19, 20], [21, 19, 19, 21]]) * 1e-6
LEFT = np.array([[0.05, -0.08], [0.02, -0.03]])
ACCOUNT = Account("a", SYNAPSES, REQUEST, LEFT, PULSES, CONDUCTANCE, np.array([0, 1, 0, 1]), 1.0)


def test_a_bracket_is_what_was_asked_just_below_and_just_above() -> None:
    """Asked at 0.25, 0.15, 0.05; 0.08 twice in vain; 0.02; 0.13, then 0.03: packets of 0.1."""
    silent, fired = ACCOUNT.bracket(0.1)
    assert silent == pytest.approx(0.08)
    assert fired == pytest.approx(0.13)
    nothing = replace(ACCOUNT, pulses=np.zeros_like(PULSES))
    assert nothing.bracket(0.1) == (0.25, np.inf)


def test_net_pulses_are_up_less_down() -> None:
    assert ACCOUNT.net.tolist() == [[2, 0], [0, -1]]
    assert str(SYNAPSES[1]) == "x-out[0, 1]"


def test_the_cycle_that_is_shown_moves_in_both_windows_and_ends_in_a_pulse() -> None:
    s = SCHEDULE
    marks = np.concatenate([s.starts("plus"), s.starts("minus"), s.starts("write")])
    time = np.sort(marks)
    acc = np.array([[0.0, 0.0], [0.2, 0.9], [0.25, 0.1], [0.0, 0.0], [0.02, 0.5], [0.02, -0.13]])
    told = replace(ACCOUNT, time=time, waves={"acc": acc})
    # Synapse 1 moves farthest in example 0, but is not written there.
    assert one_cycle(told, s) == (1, 1)
    silent = replace(told, pulses=np.zeros_like(PULSES))
    assert one_cycle(silent, s) == (0, 0)


def test_an_account_agrees_with_itself_and_with_nothing_else() -> None:
    def failed(**changed: np.ndarray) -> tuple[str, ...]:
        other = replace(ACCOUNT, name="b", **changed)
        return agreement(other, ACCOUNT, SCHEDULE, pulse=0.1, span=39e-6).failed

    assert failed() == ()
    assert failed(request=REQUEST + 0.9e-4) == ()
    assert failed(request=REQUEST + 1.1e-4) == ("requests",)
    assert failed(left=LEFT - 1.1e-4) == ("requests",)
    assert failed(request=REQUEST * np.nan) == ("requests",)
    assert failed(pulses=PULSES[::-1]) == ("pulses",)
    assert failed(conductance=CONDUCTANCE + 2e-3 * 39e-6) == ("conductances",)
    assert failed(conductance=CONDUCTANCE + 0.5e-3 * 39e-6) == ()


def test_energies_are_integrals_over_examples_and_are_compared() -> None:
    """A power that grows linearly; the second example takes three times the first."""
    time = np.linspace(0.0, SCHEDULE.end, 301)
    told = replace(ACCOUNT, time=time, power={"sense": 2e-6 * time, "write": np.ones(301)})
    first, second = told.energy(SCHEDULE)["sense"]
    assert first == pytest.approx(1e-6 * SCHEDULE.cycle**2, rel=1e-12)
    assert second == pytest.approx(3.0 * first, rel=1e-12)
    np.testing.assert_allclose(told.energy(SCHEDULE)["write"], SCHEDULE.cycle, rtol=1e-12)
    for factor, failed in ((1.009, ()), (0.989, ("energies",)), (np.nan, ("energies",))):
        other = replace(told, power={**told.power, "write": factor * np.ones(301)})
        found = agreement(other, told, SCHEDULE, pulse=0.1, span=39e-6)
        assert found.failed == failed
        assert np.isnan(factor) or found.energy == pytest.approx(abs(factor - 1.0))
    assert agreement(ACCOUNT, told, SCHEDULE, pulse=0.1, span=39e-6).energy is None
