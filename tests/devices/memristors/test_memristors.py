"""Memristors by their equations: closed forms, waveforms, and the laws that their pulses make."""

import math

import numpy as np
import pytest

from neuroep.devices.card import read_card, write_card
from neuroep.devices.laws.linear import Linear
from neuroep.devices.memristors import MEMRISTORS, Memristor
from neuroep.devices.memristors.stanford import Stanford
from neuroep.devices.memristors.vteam import VTEAM

EVERY: list[Memristor] = [VTEAM(), VTEAM(window=0.0), Stanford()]
GENTLE = {"VTEAM": (1.5, -1.5, 50e-9), "Stanford": (1.2, -1.0, 1e-9)}


def euler(made: Memristor, start: float, times: np.ndarray, volts: np.ndarray, steps: int) -> float:
    """Return the state at the end, by many small steps: slow, and obvious."""
    grid = np.linspace(times[0], times[-1], steps + 1)
    state = start
    for now in 0.5 * (grid[1:] + grid[:-1]):
        v = float(np.interp(now, times, volts))
        state = min(max(state + (grid[1] - grid[0]) * made.rate(state, v), 0.0), 1.0)
    return state


def test_every_memristor_is_tested() -> None:
    assert {type(made) for made in EVERY} == set(MEMRISTORS.values())


@pytest.mark.parametrize("made", EVERY, ids=repr)
def test_a_triangle_of_volts_is_followed(made: Memristor) -> None:
    peak = 1.4
    times = np.array([0.0, 1.0, 2.0, 3.0, 4.0]) * 20e-9
    volts = np.array([0.0, peak, 0.0, -0.8 * peak, 0.0])
    found = made.respond(0.4, times, volts)
    for end in (2, 4):
        slow = euler(made, 0.4, times[: end + 1], volts[: end + 1], 40_000)
        assert found.state[end] == pytest.approx(slow, abs=2e-4)
    assert found.state[2] > 0.4
    assert found.state[4] < found.state[2]
    assert found.current[[0, 2, 4]] == pytest.approx(np.zeros(3), abs=1e-18)
    assert found.energy > 0


@pytest.mark.parametrize("made", EVERY, ids=repr)
def test_energy_is_volts_times_current_over_time(made: Memristor) -> None:
    up, _, width = GENTLE[type(made).__name__]
    times = np.linspace(0.0, width, 2001)
    found = made.respond(0.3, times, np.full(2001, up))
    power = up * made.current(found.state, np.full(2001, up))
    joules = np.sum(0.5 * (power[1:] + power[:-1]) * np.diff(times))
    assert found.energy == pytest.approx(joules, rel=1e-6)
    assert made.respond(0.3, times[[0, -1]], [up, up]).energy == pytest.approx(joules, rel=1e-6)


def test_pulses_on_vteam_are_soft_bounds_exactly() -> None:
    made = VTEAM(k_off=4e5)
    volts, width = 1.4, 30e-9
    rate = made.rate(0.0, volts)
    law, step = Linear(), 1.0 - math.exp(-rate * width)
    states = made.pulsed(0.0, volts, width, 60)
    wanted = [law.after(np.array([-1.0]), n, step)[0] for n in range(61)]
    assert 2.0 * states - 1.0 == pytest.approx(np.array(wanted), abs=1e-7)
    down = 1.0 - math.exp(-made.rate(1.0, -volts) * -width)
    states = made.pulsed(1.0, -volts, width, 60)
    wanted = [law.after(np.array([1.0]), -n, down)[0] for n in range(61)]
    assert 2.0 * states - 1.0 == pytest.approx(np.array(wanted), abs=1e-7)


def test_vteam_stays_between_its_thresholds_and_without_window_goes_at_one_rate() -> None:
    made = VTEAM(window=0.0)
    assert made.pulsed(0.5, 0.79, 1.0, 1)[-1] == 0.5
    assert made.pulsed(0.5, -0.79, 1.0, 1)[-1] == 0.5
    rate = 1e6 * (1.6 / 0.8 - 1.0) ** 3
    states = made.pulsed(0.0, 1.6, 0.1 / rate, 12)
    assert states[:11] == pytest.approx(np.linspace(0.0, 1.0, 11), abs=1e-7)
    assert states[-1] == 1.0


def test_stanford_reset_is_gradual_and_heat_makes_it_faster() -> None:
    made = Stanford()
    states = made.pulsed(1.0, -1.1, 1e-9, 40)
    falls = -np.diff(states)
    assert (falls > 0).all()
    assert (np.diff(falls) < 0).all()  # each pulse does less than the one before
    cold = Stanford(resistance=0.0)
    assert 1.0 - states[1] > 3.0 * (1.0 - cold.pulsed(1.0, -1.1, 1e-9, 1)[-1])
    # cold, from the formula: d gap / dt = velocity exp(-E_a / kT) sinh(gamma a_0 q v / (L kT))
    thermal = 8.617333262e-5 * 298.0
    gamma = 16.0 - 0.8 * 0.2**3
    speed = 10.0 * math.exp(-0.6 / thermal) * math.sinh(gamma * 0.25 / 12 * 1.1 / thermal)
    assert -cold.rate(1.0, -1.1) * 1.5e-9 == pytest.approx(speed, rel=1e-6)


@pytest.mark.parametrize("made", EVERY, ids=repr)
def test_a_conductance_is_that_of_its_state(made: Memristor) -> None:
    states = np.linspace(0.0, 1.0, 7)
    assert made.state_of(made.conductance(states, 0.1), 0.1) == pytest.approx(states, abs=1e-12)


@pytest.mark.parametrize("made", EVERY, ids=repr)
def test_the_device_of_a_memristor_goes_as_its_equation(made: Memristor, tmp_path: object) -> None:
    up, down, width = GENTLE[type(made).__name__]
    device = made.device("by its equation", up, down, width, nodes=129)
    for volts, start in ((up, 0.1), (down, 0.93)):
        states = made.pulsed(start, volts, width, 25)
        wanted = made.conductance(states, 0.1)
        w = np.array([2.0 * (wanted[0] - device.g_min) / (device.g_max - device.g_min) - 1.0])
        step = device.step_up if volts > 0 else device.step_down
        found = [w] + [device.law.after(w, n if volts > 0 else -n, step) for n in range(1, 26)]
        worst = np.abs(device.conductance(np.concatenate(found)) - wanted).max()
        assert worst < 0.01 * (device.g_max - device.g_min)
    assert device.pulse.energy is not None
    assert 1e-16 < device.pulse.energy < 1e-9
    path = f"{tmp_path}/memristor.toml"
    write_card(device, path)  # it can be trained with
    assert read_card(path) == device


def test_what_is_no_waveform_is_refused() -> None:
    made = VTEAM()
    with pytest.raises(ValueError, match="run backwards"):
        made.respond(0.5, np.array([0.0, 2.0, 1.0]), np.zeros(3))
    with pytest.raises(ValueError, match="as many"):
        made.respond(0.5, np.array([0.0, 1.0]), np.zeros(3))
    with pytest.raises(ValueError, match="between 0 and 1"):
        made.respond(1.5, np.array([0.0, 1.0]), np.zeros(2))
    with pytest.raises(ValueError, match="do not move it"):
        made.device("x", 0.1, -0.1, 1e-9)
    for make in (
        lambda: VTEAM(g_on=1e-7),
        lambda: VTEAM(v_off=0.1),
        lambda: VTEAM(k_on=-1.0),
        lambda: Stanford(gap_max=1e-10),
        lambda: Stanford(i_0=0.0),
    ):
        with pytest.raises(ValueError, match=r"must"):
            make()
