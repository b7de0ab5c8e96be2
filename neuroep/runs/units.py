"""Units in which a quantity reads well."""

import math

PREFIXES = {
    4: "T", 3: "G", 2: "M", 1: "k", 0: "", -1: "m", -2: "µ", -3: "n", -4: "p", -5: "f", -6: "a",
}  # fmt: skip
"""By the power of a thousand."""


def suited(largest: float, unit: str) -> tuple[float, str]:
    """Return the size, in ``unit``, of one in which values up to ``largest`` read well; its symbol.

    Three digits are read: 999.9 is a thousand.
    """
    if not largest or not math.isfinite(largest):
        return 1.0, unit
    exponent = int(f"{largest:.2e}".partition("e")[2])
    power = min(max(PREFIXES), max(min(PREFIXES), exponent // 3))
    return float(f"1e{3 * power}"), PREFIXES[power] + unit


def engineering(value: float, unit: str) -> str:
    """Return a quantity in three digits, in the unit that suits it; "-" where it is unknown."""
    if not math.isfinite(value):
        return "-"
    size, symbol = suited(value, unit)
    return f"{value / size:.3g} {symbol}"
