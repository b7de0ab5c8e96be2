"""Ramps of a device whose law, noise and bounds are known."""

import numpy as np
from numpy.typing import NDArray


def made_ramps(
    rng: np.random.Generator,
    *,
    ramps: int = 20,
    pulses: int = 100,
    step: float = 0.02,
    gamma: float = 0.5,
    pulse_noise: float = 0.3,
    read_noise: float = 0.006,
    up: bool = True,
) -> list[NDArray[np.float64]]:
    """Return states, in half ranges, as read: a linear law with additive noise and hard bounds."""
    sign, found = (1.0 if up else -1.0), []
    for _ in range(ramps):
        state = -0.96 * sign
        states = [state]
        for _ in range(pulses):
            change = step * (1.0 - gamma * sign * state) + step * pulse_noise * rng.normal()
            state = min(max(state + sign * change, -1.0), 1.0)
            states.append(state)
        found.append(np.array(states) + read_noise * rng.normal(size=len(states)))
    return found
