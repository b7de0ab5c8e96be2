"""Waveforms of straight lines: areas, staircases, and what they do to a leaky capacitor."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

from neuroep.hardware.cells import waves
from neuroep.hardware.cells.waves import Wave


def test_a_pulse_has_the_area_of_its_width() -> None:
    line = waves.pulses([1.0, 5.0], 2.0, 0.25)
    area = quad(line.at, 0.0, 9.0, points=line.times, limit=200)[0]
    assert area == pytest.approx(4.0, abs=1e-12)
    assert line.at(np.array([0.5, 2.0, 4.0, 6.0, 9.0])).tolist() == [0.0, 1.0, 0.0, 1.0, 0.0]
    assert waves.pulses([], 1.0, 0.1).at(3.0) == 0.0


def test_a_staircase_stands_and_turns_only_where_it_changes() -> None:
    line = waves.levels([0.0, 1.0, 2.0, 3.0], [0.5, 0.5, -0.5, 0.0], 0.1)
    assert line.times.tolist() == [0.0, 2.0, 2.1, 3.0, 3.1]
    assert line.at(np.array([0.0, 1.5, 2.05, 2.5, 9.0])).tolist() == pytest.approx(
        [0.5, 0.5, 0.0, -0.5, 0.0]
    )


def test_what_spice_reads_is_the_same_line() -> None:
    line = waves.pulses([1e-9], 2e-9, 1e-10)
    numbers = np.array(line.text.removeprefix("PWL(").removesuffix(")").split(), float)
    np.testing.assert_allclose(numbers[::2], line.times, rtol=1e-11)
    np.testing.assert_array_equal(numbers[1::2], line.values)


@pytest.mark.parametrize("g", [0.0, 1e-9, 1e-4, 0.7, 30.0])
def test_a_leaky_capacitor_in_closed_form_is_its_equation(g: float) -> None:
    c, shape = 2.0, waves.pulses([0.3, 2.0], 0.8, 0.2)
    amperes, start = np.array([1.5, -0.4]), np.array([0.2, 0.9])
    volts = start
    times = np.unique(np.append(shape.times, 3.0))
    for begin, end in pairwise(times):
        run = solve_ivp(
            lambda t, v: (shape.at(t) * amperes - g * v) / c,
            (begin, end),
            volts,
            "DOP853",
            rtol=1e-12,
            atol=1e-14,
        )
        volts = run.y[:, -1]
    closed = waves.charged(shape, amperes, c, g, (0.0, 3.0), start)
    np.testing.assert_allclose(closed, volts, atol=1e-10)
    halves = waves.charged(shape, amperes, c, g, (0.0, 1.1), start)
    halves = waves.charged(shape, amperes, c, g, (1.1, 3.0), halves)
    np.testing.assert_allclose(halves, closed, rtol=1e-12)


def test_without_a_leak_charge_is_kept() -> None:
    shape = Wave(np.array([0.0, 1.0, 3.0]), np.array([0.0, 2.0, -1.0]))
    volts = waves.charged(shape, np.ones(1), 4.0, 0.0, (0.0, 3.0), np.zeros(1))
    assert volts[0] == pytest.approx((1.0 + 1.0) / 4.0)


def test_an_ode_is_followed_over_a_corner() -> None:
    found = waves.integrated(
        lambda t, y: np.array([1.0 if t < 1.0 else -2.0]), np.zeros(1), (0.0, 1.0, 2.0), 1e-12
    )
    np.testing.assert_allclose(found[:, 0], [0.0, 1.0, -1.0], atol=1e-9)
