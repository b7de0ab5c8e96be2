"""Physical quantities in designs: text with a unit, checked at the door."""

import re
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

# One number, one unit: pint itself would evaluate whatever expression a file holds.
_QUANTITY = re.compile(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-zµμ]+)")


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry(non_int_type=Decimal)  # "5 us" is 5e-6, not the float beside it


def in_unit(value: object, unit: str, example: str) -> float:
    """Return a quantity such as "5 us" as a number in an SI unit.

    Raises
    ------
    ValueError
        No unit, an unknown unit, or one of another dimension.
    """
    if not isinstance(value, str):
        raise ValueError(f"needs a value with its unit, such as {example!r}")
    import pint

    found = _QUANTITY.fullmatch(value.strip())
    try:
        if found is None:
            raise ValueError
        return float(_registry().Quantity(Decimal(found[1]), found[2]).to(unit).magnitude)
    except pint.DimensionalityError:
        raise ValueError(f"{value!r} cannot be converted to {unit}s") from None
    except (pint.UndefinedUnitError, InvalidOperation, ValueError):
        raise ValueError(f"{value!r} is not a quantity such as {example!r}") from None


def _microseconds(seconds: float) -> str:
    """Return a time as text that reads back as the same float."""
    text = f"{seconds * 1e6:.9g} us"
    return text if in_unit(text, "second", text) == seconds else f"{seconds!r} s"


Seconds = Annotated[
    float,
    BeforeValidator(lambda value: in_unit(value, "second", "5 us")),
    PlainSerializer(_microseconds),
]
"""A time in a design, given as text with a unit; a float in seconds afterwards."""
