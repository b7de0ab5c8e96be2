"""Gradient-descending updates: what EP has gathered after t nudged steps, and BPTT after t back.

At a fixed point of s <- sigma(dPhi/ds), the update that equilibrium propagation has gathered t
steps into the nudged phase equals, for beta -> 0, the gradient that backpropagation through time
has gathered t steps back from the end (Ernoult et al. 2019, theorem 1).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.gradient import Gradient
from neuroep.learning.system import SteppingSystem, System
from neuroep.studies.gradcheck.measure import blocks, distance, norm

LINES = 4
"""Entries of a parameter that are followed."""


@dataclass
class UpdateCurve:
    """One parameter over the steps.

    ``entries``: flat indices of those followed, the largest of the full gradient; ``ep``, ``bptt``:
    their values, one row a step; ``error``: |g_EP - g_BPTT| / |g_BPTT of the last step|.
    """

    entries: list[int]
    ep: list[list[float]] = field(default_factory=list)
    bptt: list[list[float]] = field(default_factory=list)
    error: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Updates:
    """Curves of every parameter over ``steps``, at one ``beta``."""

    beta: float
    steps: list[int]
    parameters: dict[str, UpdateCurve]


def leaves_fixed_point(system: SteppingSystem, free: Any, steps: int, tolerance: float) -> float:
    """Return how far synchronous steps move from a free state; 0.0 where within tolerance."""
    moved = system.in_steps(steps).settle(free.drive, start=free)
    apart = float(np.abs(moved.state.activity - free.state.activity).max())
    return apart if not apart <= tolerance else 0.0


def updates_along(
    system: SteppingSystem, free: Any, target: Floats, beta: float, steps: Sequence[int]
) -> Updates:
    """Follow the centered update over nudged synchronous steps, beside truncated BPTT.

    ``free``: one free phase, at a fixed point of the synchronous iteration; ``steps``: where to
    look, rising from at least 1.
    """
    curves: dict[str, UpdateCurve] = {}
    norms: dict[str, float] = {}
    for whole in system.going_back(free, target, steps[-1:]):
        for name in whole:
            if size := norm(whole, name):
                norms[name], curves[name] = size, UpdateCurve(_largest(whole, name))
    pairs = zip(
        system.going_back(free, target, steps),
        _nudged(system.in_steps(1), free, target, beta, steps),
        strict=True,
    )
    for reference, found in pairs:
        for name, curve in curves.items():
            curve.ep.append(_entries(found, name, curve.entries))
            curve.bptt.append(_entries(reference, name, curve.entries))
            curve.error.append(distance(found, reference, name) / norms[name])
    return Updates(beta, list(steps), curves)


def _nudged(
    stepping: System, free: Any, target: Floats, beta: float, steps: Sequence[int]
) -> Iterator[Gradient]:
    """Yield the centered estimate after so many synchronous steps of the nudged phases."""
    drive, share = free.drive, np.full_like(free.beta, 0.5 / beta)
    up = down = free
    for step in range(1, steps[-1] + 1):
        up = stepping.settle(drive, beta=+beta, target=target, start=up)
        down = stepping.settle(drive, beta=-beta, target=target, start=down)
        if step in steps:
            yield stepping.slope([(up, share), (down, -share)])


def _largest(gradient: Gradient, name: str) -> list[int]:
    found: list[tuple[float, int]] = []
    begin = 0
    for part in blocks(gradient, name):
        sizes = np.abs(part)
        kept = np.argsort(-sizes, kind="stable")[:LINES]
        found += [(-float(sizes[i]), begin + int(i)) for i in kept]
        found = sorted(found)[:LINES]
        begin += part.size
    return [entry for _, entry in found]


def _entries(gradient: Gradient, name: str, entries: Sequence[int]) -> list[float]:
    width = math.prod(gradient.shapes[name][1:])
    rows = (gradient.rows(name, e // width, e // width + 1).reshape(-1) for e in entries)
    return [float(row[e % width]) for row, e in zip(rows, entries, strict=True)]
