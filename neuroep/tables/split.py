"""The splits of a data set, and the seeded share that stands in for one that is missing."""

from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Split = Literal["train", "validation", "test"]
SPLITS: tuple[Split, ...] = ("train", "validation", "test")


def split(
    labels: NDArray[np.integer[Any]], fraction: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Indices of the larger and of the held-out part, each with the same share of every label.

    ``fraction`` is the share held out, above 0 and at most 1, which is all; both results are
    sorted.
    """
    if not 0 < fraction <= 1:
        raise ValueError(f"fraction must lie between 0 and 1, not {fraction}")
    generator = np.random.default_rng(seed)
    held = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        members = generator.permutation(np.flatnonzero(labels == label))
        held[members[: round(fraction * len(members))]] = True
    return np.flatnonzero(~held), np.flatnonzero(held)


def first_of(labels: NDArray[np.integer[Any]], limit: int | None) -> NDArray[np.int64] | slice:
    """Places of the first ``limit`` examples, of all without one.

    Where these lack a class that comes later, as in data sorted by class, they are the first of
    each class, as many of each; the last classes get one more.
    """
    kinds, codes, counts = np.unique(labels, return_inverse=True, return_counts=True)
    if limit is None or limit < len(kinds) or len(np.unique(codes[:limit])) == len(kinds):
        return slice(limit)
    number = np.empty(len(labels), np.int64)  # of each example in its class
    number[np.argsort(codes, kind="stable")] = np.concatenate([np.arange(n) for n in counts])
    shares = (limit + np.arange(len(kinds))) // len(kinds)
    return np.flatnonzero(number < shares[codes])


def own_files(validation: str | Path | None, test: str | Path | None) -> dict[Split, str | Path]:
    """Return what was given for these splits, by split."""
    given: dict[Split, str | Path | None] = {"validation": validation, "test": test}
    return {part: file for part, file in given.items() if file is not None}


def share_note(name: str, share: float, seed: int) -> str:
    """What a source's note says where :func:`split` made its test split; nothing of all of it."""
    if share == 1:
        return ""
    return f"no test split in {name}: {100 * share:g} % held out by seed {seed}"
