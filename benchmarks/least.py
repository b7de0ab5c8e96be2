"""What settles and training steps of the two networks take at the least.

Their matrix products, exponentials and copies alone, each at the rate that the machine has for its
size, by all threads. Read-outs of two classes, biases and energies are left out.
"""

from typing import Any

import numpy as np

from benchmarks.cases import Case
from benchmarks.roofline import GENERAL, Bound, Copy, Exponentials, Product, rate

EXPONENTIALS = Exponentials(920)
COPY = Copy()
BYTES = 4  # of a float32
PASSES = 6  # of Adam over weights and both moments: all are read, and written

# Sizes whose rates stand for scores, readings and the dense coupling.
OF_POOLED = Product(4, 100, 230), Product(4, 230, 100), Product(16, 400, 64)
OF_TOKEN = Product(95, 64, 95), Product(95, 64, 95), Product(64, 6400, 64)

SMALL_NETWORKS: tuple[Bound, ...] = (
    *GENERAL,
    *dict.fromkeys((*OF_POOLED, *OF_TOKEN)),
    EXPONENTIALS,
)
"""What bounds the two networks of benchmarks/cases.py."""


def products(case: Case) -> tuple[Product, Product, Product]:
    """Return the sizes whose rates stand for scores, readings and the dense coupling."""
    return OF_TOKEN if case.projected else OF_POOLED


def look_up(case: Case, lengths: np.ndarray, able: dict[str, Any]) -> float:
    """Return the seconds that stored patterns take to be copied, and to be projected."""
    words = float(lengths.sum())
    seconds = 2 * BYTES * case.dim * words / rate(able, COPY)
    if case.projected:
        seconds += 2 * case.dim**2 * words / rate(able, products(case)[2])
    return seconds


def sweeps(case: Case, lengths: np.ndarray, steps: np.ndarray, able: dict[str, Any]) -> float:
    """Return the seconds of sweeps: ``steps`` (phases, B) of reviews of some ``lengths`` (B,)."""
    scores, reading, dense = products(case)
    asking = lengths if case.projected else np.full_like(lengths, case.queries)
    one = 2.0 * asking * lengths * case.dim
    both_ways = 4.0 * asking * case.dim * case.hidden
    each = one / rate(able, scores) + one / rate(able, reading) + both_ways / rate(able, dense)
    each = each + asking * lengths / rate(able, EXPONENTIALS)
    return float((steps * each).sum())


def learning(
    case: Case, lengths: np.ndarray, phases: int, parameters: int, able: dict[str, Any]
) -> float:
    """Return the seconds of the gradient of all parameters, and of Adam."""
    _, reading, dense = products(case)
    asking = lengths if case.projected else np.full_like(lengths, case.queries)
    slopes = phases * 2.0 * asking * lengths * case.dim / rate(able, reading)
    slopes = slopes + phases * 2.0 * asking * case.dim * case.hidden / rate(able, dense)
    if case.projected:
        slopes = slopes + phases * 2.0 * lengths * case.dim**2 / rate(able, dense)
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
