"""Writes that load an input: counted device by device."""

import math

import numpy as np
import pytest

from neuroep.devices.device import Device, Pulse
from neuroep.devices.loading import loading

STEP, VOLTS, WIDTH = 0.02, 1.5, 100e-9


def device(**pulse: float) -> Device:
    return Device("x", 2e-6, 30e-6, STEP, STEP, pulse=Pulse(**pulse))


def test_a_review_over_the_one_before_against_a_slow_loop() -> None:
    rng = np.random.default_rng(0)
    patterns = [rng.standard_normal((n, 5)) for n in (7, 3, 9, 4)]
    one = device(volts=VOLTS, width=WIDTH)
    largest = max(abs(p).max() for p in patterns)
    # Each value is a pair that stands at +w and -w half ranges; rows that nobody uses stay.
    held = np.zeros((9, 5))
    held[:7] = patterns[0]
    devices, pulses, joules = 0, 0.0, 0.0
    for pattern in patterns[1:]:
        for row in range(len(pattern)):
            for column in range(5):
                old, new = held[row, column] / largest, pattern[row, column] / largest
                for sign in (1, -1):
                    siemens = one.conductance(np.array([sign * old, sign * new])).mean()
                    count = abs(new - old) / STEP
                    devices, pulses = devices + 1, pulses + count
                    joules += count * VOLTS**2 * siemens * WIDTH
                held[row, column] = pattern[row, column]
    found = loading(one, patterns)
    assert found.devices == devices / 3
    assert found.pulses == pytest.approx(pulses / 3, rel=1e-12)
    assert found.joules == pytest.approx(joules / 3, rel=1e-12)


def test_what_is_there_already_takes_no_pulse() -> None:
    pattern = np.linspace(-1, 1, 12).reshape(3, 4)
    same = loading(device(energy=1e-15), [pattern, pattern, pattern])
    assert (same.devices, same.pulses, same.joules) == (24.0, 0.0, 0.0)
    other = loading(device(energy=1e-15), [pattern, -pattern])
    assert other.joules == pytest.approx(1e-15 * other.pulses)
    assert other.pulses > 0


def test_a_card_that_tells_no_energy() -> None:
    found = loading(device(), [np.zeros((2, 2)), np.ones((2, 2))])
    assert found.pulses == pytest.approx(8 / STEP)
    assert math.isnan(found.joules)
