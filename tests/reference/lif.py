"""A leaky integrate-and-fire neuron, event by event: each threshold crossing by bisection."""

import numpy as np
from scipy.optimize import brentq


def lif_spikes(
    edges: np.ndarray, currents: np.ndarray, neuron: np.ndarray, v: float, ready: float
) -> tuple[list[float], float, float]:
    """Return the spike times, the voltage at the last edge, and when the neuron is ready."""
    tau, g, rest, threshold, reset, refractory = (float(x) for x in neuron)
    spikes: list[float] = []
    t = float(edges[0])
    for current, end in zip(currents, edges[1:], strict=True):
        while t < end:
            held = min(max(ready, t), end)
            if held > t:
                t = held
                continue
            settled = rest + current / g

            def voltage(s: float, v: float = v, t: float = t, settled: float = settled) -> float:
                return settled + (v - settled) * np.exp(-(s - t) / tau)

            if v < threshold and voltage(end) < threshold:
                v, t = voltage(end), end
                continue
            if v < threshold:
                t = brentq(lambda s: voltage(s) - threshold, t, end, xtol=1e-18, rtol=1e-15)
            spikes.append(t)
            v, ready = reset, t + refractory
    return spikes, v, ready
