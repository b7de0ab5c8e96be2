"""Physical quantities in designs: text with a unit, checked at the door."""

import re
from collections.abc import Mapping
from decimal import Decimal, DecimalException
from functools import cache, reduce
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BeforeValidator, PlainSerializer

# One number, one unit: pint itself would evaluate whatever expression a file holds.
_QUANTITY = re.compile(
    r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([A-Za-z\xb5\u03bc\u03a9\u2126\xb0]+)"
)
# As people write what pint calls otherwise.
_SPELLED = {"\u03a9": "ohm", "\u2126": "ohm", "Ohm": "ohm", "\xb0C": "degC"}


@cache
def _registry() -> Any:
    from pint import UnitRegistry

    return UnitRegistry(non_int_type=Decimal)  # "5 us" is 5e-6, not the float beside it


def in_unit(value: object, unit: str, example: str) -> float:
    """Return a quantity such as "5 us" as a number in an SI unit."""
    if not isinstance(value, str):
        raise ValueError(f"needs a value with its unit, such as {example!r}")
    import pint

    found = _QUANTITY.fullmatch(value.strip())
    try:
        if found is None:
            raise ValueError
        name = reduce(lambda name, pair: name.replace(*pair), _SPELLED.items(), found[2])
        return float(_registry().Quantity(Decimal(found[1]), name).to(unit).magnitude)
    except pint.DimensionalityError:
        raise ValueError(f"{value!r} cannot be converted to {unit.rstrip('s')}s") from None
    except (pint.UndefinedUnitError, DecimalException, ValueError):
        raise ValueError(f"{value!r} is not a quantity such as {example!r}") from None


def _text(value: float, unit: str, symbol: str, prefixes: Mapping[str, float]) -> str:
    """Return a quantity as text that reads back as the same float."""
    for prefix, scale in prefixes.items():
        if abs(value) >= scale:
            text = f"{value / scale:.9g} {prefix}{symbol}"
            if in_unit(text, unit, text) == value:
                return text
    return f"{value!r} {symbol}"


_PREFIXES = {"": 1.0, "m": 1e-3, "u": 1e-6, "n": 1e-9, "p": 1e-12, "f": 1e-15}


def _quantity(unit: str, symbol: str, example: str, prefixes: Mapping[str, float]) -> Any:
    return Annotated[
        float,
        BeforeValidator(lambda value: in_unit(value, unit, example)),
        PlainSerializer(lambda value: _text(value, unit, symbol, prefixes)),
    ]


if TYPE_CHECKING:
    Seconds = float
    Volts = float
    Amperes = float
    Siemens = float
    Farads = float
    Kelvins = float
    Ohms = float
else:
    # In a design: text with a unit; afterwards a float in the SI unit.
    Seconds = _quantity("second", "s", "5 us", {"u": 1e-6, "n": 1e-9})
    Volts = _quantity("volt", "V", "0.5 V", _PREFIXES)
    Amperes = _quantity("ampere", "A", "100 nA", _PREFIXES)
    Siemens = _quantity("siemens", "S", "4 uS", _PREFIXES)
    Farads = _quantity("farad", "F", "1 pF", _PREFIXES)
    Kelvins = _quantity("kelvin", "K", "300.15 K", {"": 1.0})
    Ohms = _quantity("ohm", "ohm", "2 ohm", {"M": 1e6, "k": 1e3, "": 1.0, "m": 1e-3})
