"""Sweeps and synchronous steps of one example, a neuron at a time."""

import numpy as np

from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.costs import SquaredError
from reference.example import Example, State
from reference.neurons import NEURONS


def solve(sigma, stiffness: float, drive: float) -> float:
    """Return v with v + stiffness * sigma(v) = drive, by bisection; the left side must increase."""
    low, high = drive - 1.0, drive + 1.0
    while low + stiffness * sigma(low) > drive:
        low -= high - low
    while high + stiffness * sigma(high) < drive:
        high += high - low
    for _ in range(200):
        v = 0.5 * (low + high)
        if v + stiffness * sigma(v) > drive:
            high = v
        else:
            low = v
    return 0.5 * (low + high)


def nudged_drive(
    example: Example, u: np.ndarray, s: np.ndarray, beta: float, implicit: bool
) -> tuple[np.ndarray, float]:
    """Return drive and stiffness k of the nudged layer's step v + k sigma(v) = drive.

    Squared error: exact. Cross-entropy: C is replaced by a quadratic that lies above it where
    beta > 0; the Hessian of C is at most |W|_2^2 / 2 times the target's mass.
    """
    if not implicit:
        return u - beta * example.cost_slope(s), 0.0
    if isinstance(example.network.cost, SquaredError):
        return u + beta * example.target, beta
    k = 0.0
    if beta > 0:
        w = example.p["readout.weight"]
        k = beta * example.target.sum() * np.linalg.norm(w, 2) ** 2 / 2
    return u + k * s - beta * example.cost_slope(s), k


def new_potential(
    example: Example, name: str, u: np.ndarray, s: np.ndarray, beta: float, implicit: bool
) -> np.ndarray:
    """Return the potentials that a layer takes under currents u; s are its present activities."""
    layer = example.network.layers[name]
    cost = example.network.cost
    if isinstance(layer, Attention) or cost is None or str(cost.layer) != name or beta == 0:
        return u
    drive, k = nudged_drive(example, u.ravel(), s.ravel(), beta, implicit)
    neuron = NEURONS[type(layer).__name__]
    v = [solve(lambda x: float(neuron.activity(x, layer.gain)), k, a) for a in drive]
    return np.array(v).reshape(u.shape)


def step(
    example: Example,
    v: State,
    s: State,
    classes: list[list[str]],
    beta: float = 0.0,
    implicit: bool = True,
) -> tuple[State, State, float]:
    """Return (v, s, largest change of an activity) after one step through the classes of layers."""
    v, s = dict(v), dict(s)
    residual = 0.0
    for members in classes:
        fresh = {
            k: new_potential(example, k, example.current(s, k), s[k], beta, implicit)
            for k in members
        }
        for k in members:
            layer = example.network.layers[k]
            if isinstance(layer, Attention) and not len(example.patterns[layer.stored]):
                continue  # nothing is stored: nobody asks
            after = example.activity(k, fresh[k])
            residual = max(residual, float(np.abs(after - s[k]).max(initial=0)))
            v[k], s[k] = fresh[k], after
    return v, s, residual
