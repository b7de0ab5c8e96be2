"""The filter that separates pulse noise from read noise, and the course without either."""

import numpy as np
import pytest
from reference.registry import compares
from scipy.stats import multivariate_normal

from neuroep.core.pulses.device import AT_HIGH, AT_LOW
from neuroep.core.pulses.likelihood import course, surprise
from neuroep.devices.laws import Law
from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.linear import Linear


@compares(surprise)
@pytest.mark.parametrize("up", [True, False])
def test_the_filter_gives_the_density_of_all_reads_together(
    rng: np.random.Generator, up: bool
) -> None:
    # A linear law makes a ramp one Gaussian vector: the filter has to give its very density.
    law, step, pulse, read, first = Linear(0.6, 0.3), 0.05, 0.02, 0.03, -0.4
    sign, gamma = (1.0, 0.6) if up else (-1.0, 0.3)
    keep, size = 1.0 - step * gamma, 12
    mean, cov = np.empty(size), np.empty((size, size))
    state, variance = first, read**2  # the first read is all that is known of where it begins
    variances = []
    for i in range(size):
        state = state + sign * step * (1.0 - gamma * state * sign)
        variance = keep**2 * variance + pulse**2
        mean[i] = state
        variances.append(variance)
    for i in range(size):
        for j in range(size):
            low = min(i, j)
            cov[i, j] = variances[low] * keep ** abs(i - j) + (read**2 if i == j else 0.0)
    reads = mean + 0.05 * rng.normal(size=size)
    exact = -multivariate_normal(mean, cov).logpdf(reads) - 0.5 * size * np.log(2 * np.pi)

    addresses, constants = law.table(0.0, False)
    constants[0], constants[1] = -1.0, 1.0
    found = surprise(
        np.array([first, *reads]), np.array([0, size + 1]), sign, step,
        addresses[0 if up else 1], constants, pulse**2, read**2,
    )  # fmt: skip
    assert found == pytest.approx(exact, abs=1e-7)


@compares(course)
@pytest.mark.parametrize("law", [Linear(0.6, 0.3), Constant()])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_course_is_pulse_after_pulse(law: Law, sign: int) -> None:
    addresses, constants = law.table(0.0, False)
    constants[AT_LOW], constants[AT_HIGH] = -1.0, 1.0
    states = np.empty(20)
    course(-0.3 * sign, float(sign), 0.02, int(addresses[(1 - sign) // 2]), constants, states)
    for count, state in enumerate(states):
        one = law.step_by_step(np.array([-0.3 * sign]), sign * count, 0.02)
        assert state == pytest.approx(one[0], abs=1e-14)
