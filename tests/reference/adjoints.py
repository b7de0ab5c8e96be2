"""Adjoints of one step of an example, from Jacobians written out as matrices."""

import numpy as np

from neuroep.network.hopfield.attention import Attention
from reference.exact import activation_slope, coupling_matrix, flat
from reference.example import Example, State


def parts(example: Example, x: np.ndarray) -> State:
    """Return a flat vector of all units as the layers' arrays."""
    shapes = [example.shape(name) for name in example.names]
    cuts = np.cumsum([rows * width for rows, width in shapes])[:-1]
    pieces = zip(example.names, np.split(x, cuts), shapes, strict=True)
    return {name: piece.reshape(shape) for name, piece, shape in pieces}


def through_activation(example: Example, v: State, adjoint: State) -> State:
    """Return mu = (d sigma / dv)^T lambda."""
    return parts(example, activation_slope(example, v).T @ flat(adjoint, example.names))


def through_couplings(example: Example, mu: State) -> State:
    """Return (du/ds)^T mu."""
    return parts(example, coupling_matrix(example).T @ flat(mu, example.names))


def stored_slope(example: Example, name: str, v: np.ndarray, adjoint: np.ndarray) -> np.ndarray:
    """Return d(lambda . s)/dX of an attention layer's s = softmax(c v X^T) X, entry by entry."""
    p, x = example.attention(name, v)
    layer = example.network.layers[name]
    assert isinstance(layer, Attention)
    c = layer.inverse_temperature
    slope = np.zeros_like(x)
    for t in range(len(v)):
        worth = x @ adjoint[t]
        for j in range(len(x)):
            dp = c * p[t] * ((np.arange(len(x)) == j) - p[t, j])  # dp/d(score of token j) / c
            slope[j] += p[t, j] * adjoint[t] + (worth @ dp) * v[t]
    return slope


def one_step_back(
    example: Example, classes: list[list[str]], v: State, adjoint: State
) -> tuple[State, State]:
    """Return lambda before a step through the classes of layers that led to v, and every mu."""
    adjoint, mu = dict(adjoint), {}
    for members in reversed(classes):
        local = through_activation(example, v, adjoint)
        for k in members:
            mu[k], adjoint[k] = local[k], np.zeros_like(adjoint[k])
        alone = {k: mu[k] if k in members else np.zeros_like(v[k]) for k in example.names}
        asked = through_couplings(example, alone)
        adjoint = {k: adjoint[k] + asked[k] for k in example.names}
    return adjoint, mu
