"""Numbers with their units as people read them."""

import math
from collections.abc import Sequence

import numpy as np

from neuroep.runs.units import suited


def si(value: float | None, unit: str) -> str:
    """Return a value in SI with a prefix, such as ``"5.55 nJ"``; a dash for what nobody knows."""
    if value is None or not math.isfinite(value):
        return "-"
    size, symbol = suited(value, unit)
    return f"{value / size:.4g} {symbol}".strip()


def scaled(values: np.ndarray, unit: str) -> tuple[np.ndarray, str]:
    """Return values in the prefixed unit in which they read well; without a unit, as they are."""
    if unit in ("", "1"):
        return values, "1"
    known = np.abs(values[np.isfinite(values)])
    size, symbol = suited(float(known.max(initial=0.0)), unit)
    return values / size, symbol


def percent(share: float) -> str:
    """Return a share as a percentage."""
    return f"{100 * share:.2f} %"


def interval(ends: Sequence[float]) -> str:
    """Return both ends of an interval of shares."""
    return f"{100 * ends[0]:.2f} to {100 * ends[1]:.2f} %"
