"""Sigma-delta spikes of one example, a line at a time."""

from dataclasses import dataclass

import numpy as np

from neuroep.network.hopfield.attention import Attention
from reference.example import Example, State
from reference.settling import new_potential


def fire(charge: float, rate: float, signed: bool) -> tuple[float, int]:
    """Integrate, fire at half a quantum, subtract it; return the remaining charge and the spike."""
    phi = charge + rate
    spike = 0
    if phi >= 0.5:
        spike = 1
    elif signed and phi < -0.5:
        spike = -1
    return min(max(phi - spike, -1.5), 1.5), spike


def quantum(example: Example, name: str, attention_range: float) -> np.ndarray:
    """Return the activity that one spike of each line stands for, (rows, width)."""
    layer = example.network.layers[name]
    if isinstance(layer, Attention):
        peak = np.abs(example.patterns[layer.stored]).max(axis=0, initial=0)
        return np.tile(np.maximum(attention_range * peak, 1e-30), (example.shape(name)[0], 1))
    return np.full(example.shape(name), layer.full_scale)


@dataclass
class Run:
    """State (v, s, charge, filtered) and what was seen: averages, counts, raster, saturation."""

    v: State
    s: State
    charge: State
    filtered: State
    mean_v: State
    mean_s: State
    counts: State
    raster: list[State]
    saturated: int = 0


def run_spikes(
    example: Example,
    start: tuple[State, State, State, State],
    window: np.ndarray,
    leak: float,
    stride: int,
    attention_range: float,
    beta: float = 0.0,
) -> Run:
    """Run ``len(window)`` steps from (v, s, charge, filtered)."""
    zeros = {k: np.zeros(example.shape(k)) for k in example.names}
    v, s, charge, filtered = ({k: a.copy() for k, a in part.items()} for part in start)
    run = Run(v, s, charge, filtered, *({k: z.copy() for k, z in zeros.items()} for _ in "abc"), [])
    quanta = {k: quantum(example, k, attention_range) for k in example.names}
    for t, share in enumerate(window):
        packets = {k: z.copy() for k, z in zeros.items()}
        spikes = {k: z.copy() for k, z in zeros.items()}
        for k in example.names:
            layer = example.network.layers[k]
            u = example.constant(k) + filtered[k]
            attention = isinstance(layer, Attention)
            v[k] = new_potential(example, k, u, s[k], beta, implicit=True)
            if not attention or t % stride == 0:
                s[k] = example.activity(k, v[k])
            signed = attention or layer.signed
            for i in np.ndindex(s[k].shape):
                rate = s[k][i] / quanta[k][i]
                run.saturated += abs(rate) > 1.000001
                charge[k][i], spike = fire(charge[k][i], rate, signed)
                spikes[k][i] = spike
                packets[k][i] = spike * quanta[k][i]
                run.counts[k][i] += abs(spike)
        for k in example.names:
            filtered[k] += leak * (example.received(packets, k) - filtered[k])
            run.mean_v[k] += share * v[k]
            run.mean_s[k] += share * s[k]
        run.raster.append(spikes)
    return run
