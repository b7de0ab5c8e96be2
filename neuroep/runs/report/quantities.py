"""Numbers with their units as people read them."""

import math
from collections.abc import Sequence

import numpy as np

PREFIXES = {"T": 1e12, "G": 1e9, "M": 1e6, "k": 1e3, "": 1.0, "m": 1e-3, "µ": 1e-6, "n": 1e-9,
            "p": 1e-12, "f": 1e-15, "a": 1e-18}  # fmt: skip


def prefix_of(largest: float) -> tuple[float, str]:
    """Return the size and the letter of the prefix in which a value in SI reads well."""
    size = abs(largest)
    if not math.isfinite(size) or size == 0:
        return 1.0, ""
    letter = next((name for name, value in PREFIXES.items() if size >= value), "a")
    return PREFIXES[letter], letter


def si(value: float | None, unit: str) -> str:
    """Return a value in SI with a prefix, such as ``"5.55 nJ"``; a dash for what nobody knows."""
    if value is None or not math.isfinite(value):
        return "-"
    size, letter = prefix_of(value)
    return f"{value / size:.4g} {letter}{unit}".strip()


def scaled(values: np.ndarray, unit: str) -> tuple[np.ndarray, str]:
    """Return values in the prefixed unit in which they read well; without a unit, as they are."""
    if unit in ("", "1"):
        return values, "1"
    known = np.abs(values[np.isfinite(values)])
    size, letter = prefix_of(float(known.max(initial=0.0)))
    return values / size, letter + unit


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.2f} %"


def interval(ends: Sequence[float]) -> str:
    """Return both ends of an interval of shares."""
    return f"{100 * ends[0]:.2f} to {100 * ends[1]:.2f} %"
