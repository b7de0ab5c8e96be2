"""What settles and training steps of the two networks take at the least.

Their matrix products, exponentials and copies alone, each at the rate that the machine has for its
size, by all threads; products of few rows by what is faster, BLAS or loops. Read-outs of two
classes, biases and energies are left out.
"""

from typing import Any

import numpy as np

from benchmarks.cases import Case
from benchmarks.roofline import GENERAL, Bound, Copy, Exponentials, Product, rate

EXPONENTIALS = Exponentials(920)
COPY = Copy()
BYTES = 4  # of a float32
PASSES = 6  # of Adam over weights and both moments: all are read, and written

Ways = tuple[Product, ...]
"""One product, by all that can make it."""

# What stands for scores, readings and the dense coupling.
OF_POOLED: tuple[Ways, Ways, Ways] = (
    (Product(4, 100, 230), Product(4, 100, 230, "loops")),
    (Product(4, 230, 100), Product(4, 230, 100, "loops")),
    (Product(16, 400, 64),),
)
OF_TOKEN: tuple[Ways, Ways, Ways] = (
    (Product(95, 64, 95),),
    (Product(95, 64, 95),),
    (Product(64, 6400, 64),),
)

SMALL_NETWORKS: tuple[Bound, ...] = (
    *GENERAL,
    *dict.fromkeys(product for ways in (*OF_POOLED, *OF_TOKEN) for product in ways),
    EXPONENTIALS,
)
"""What bounds the two networks of benchmarks/cases.py."""


def products(case: Case, able: dict[str, Any]) -> tuple[float, float, float]:
    """Return the rates of scores, readings and the dense coupling, each by its fastest way."""
    scores, readings, dense = (
        max(rate(able, way) for way in ways) for ways in (OF_TOKEN if case.projected else OF_POOLED)
    )
    return scores, readings, dense


def look_up(case: Case, lengths: np.ndarray, able: dict[str, Any]) -> float:
    """Return the seconds that stored patterns take to be copied, and to be projected."""
    words = float(lengths.sum())
    seconds = 2 * BYTES * case.dim * words / rate(able, COPY)
    if case.projected:
        seconds += 2 * case.dim**2 * words / products(case, able)[2]
    return seconds


def sweeps(case: Case, lengths: np.ndarray, steps: np.ndarray, able: dict[str, Any]) -> float:
    """Return the seconds of sweeps: ``steps`` (phases, B) of reviews of some ``lengths`` (B,)."""
    scores, reading, dense = products(case, able)
    asking = lengths if case.projected else np.full_like(lengths, case.queries)
    one = 2.0 * asking * lengths * case.dim
    both_ways = 4.0 * asking * case.dim * case.hidden
    each = one / scores + one / reading + both_ways / dense
    each = each + asking * lengths / rate(able, EXPONENTIALS)
    return float((steps * each).sum())


def learning(
    case: Case, lengths: np.ndarray, phases: int, parameters: int, able: dict[str, Any]
) -> float:
    """Return the seconds of the gradient of all parameters, and of Adam."""
    _, reading, dense = products(case, able)
    asking = lengths if case.projected else np.full_like(lengths, case.queries)
    slopes = phases * 2.0 * asking * lengths * case.dim / reading
    slopes = slopes + phases * 2.0 * asking * case.dim * case.hidden / dense
    if case.projected:
        slopes = slopes + phases * 2.0 * lengths * case.dim**2 / dense
    rows = 2.0 * BYTES * case.dim * lengths.sum()  # of words, added to those of the vocabulary
    return float(slopes.sum() + (rows + PASSES * BYTES * parameters) / rate(able, COPY))


def at_the_least(case: Case, work: list[dict[str, Any]], able: dict[str, Any]) -> dict[str, float]:
    """Return the seconds of a round of each task over all batches.

    ``work``: of every batch, see :meth:`benchmarks.sides.NeuroepSide.work`.
    """
    found = {"free": 0.0, "phases": 0.0, "train": 0.0}
    for batch in work:
        lengths, nudged = batch["lengths"], batch["nudged"]
        free = look_up(case, lengths, able) + sweeps(case, lengths, batch["free"], able)
        both = free + sweeps(case, lengths, nudged, able)
        found["free"] += free
        found["phases"] += both
        found["train"] += both + learning(case, lengths, len(nudged), batch["parameters"], able)
    return found
