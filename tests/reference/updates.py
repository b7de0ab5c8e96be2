"""Adam and momentum, a parameter at a time."""

import numpy as np


def adam(p, gradients, rate, decay1=0.9, decay2=0.999, epsilon=1e-8) -> np.ndarray:
    """Return parameters after one step for each gradient (Kingma & Ba 2015, algorithm 1)."""
    p = np.array(p, float)
    for i in range(p.size):
        m = v = 0.0
        for t, g in enumerate(gradients, start=1):
            m = decay1 * m + (1 - decay1) * g[i]
            v = decay2 * v + (1 - decay2) * g[i] ** 2
            corrected = (m / (1 - decay1**t)) / (np.sqrt(v / (1 - decay2**t)) + epsilon)
            p[i] -= rate * corrected
    return p


def momentum(p, gradients, rate, keep) -> np.ndarray:
    """Return parameters after one heavy-ball step for each gradient."""
    p = np.array(p, float)
    for i in range(p.size):
        velocity = 0.0
        for g in gradients:
            velocity = keep * velocity + g[i]
            p[i] -= rate * velocity
    return p
