"""Measured ramps: a column a ramp, a row a pulse."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from neuroep.errors import InputError
from neuroep.quantities import in_unit
from neuroep.tables.number_columns import Column

LARGEST = 0.1
"""Siemens that no device reaches: what is larger has another unit, or none."""

LEAST_CHANGE = 0.25
"""From a ramp's first read to its last, as a share of what it covers."""

_PREFIXES = "munpkM\xb5\u03bc"
_UNIT = rf"[{_PREFIXES}]%s(?:S|A|V|s|[Oo]hms?|\u03a9|\u2126)"
_NAMED = re.compile(
    rf"(?:[(\[]\s*({_UNIT % '?'})\s*[)\]]|/\s*({_UNIT % '?'})|[\s_,]({_UNIT % ''}))\s*$"
)
_LEFT_OUT = "what is no ramp is left out by --up and --down"


def in_siemens(column: Column, read_voltage: float | None) -> Column:
    """Return a column of conductances, of currents at ``read_voltage`` (V), or of resistances.

    Which of them, and in which unit, says the end of its name, as "G (uS)", "I/A" or "R_kOhm";
    without one they are siemens, or amperes where there is a voltage. An InputError: a unit of
    something else, reads that are negative, or larger than any device's.
    """
    found = _NAMED.search(column.name)
    unit = next(filter(None, found.groups())) if found else "S" if read_voltage is None else "A"
    kinds = {"S": "siemens", "A": "ampere", "V": "", "s": ""}
    kind = kinds.get(unit.lstrip(_PREFIXES), "ohm")
    where, values = column.where, column.values
    if not kind:
        raise InputError(f"{where}: neither conductance, current nor resistance; {_LEFT_OUT}")
    if (kind == "ampere") != (read_voltage is not None):
        said = "currents need --read-voltage" if kind == "ampere" else "--read-voltage: no currents"
        raise InputError(f"{where}: {said}")
    values = values * in_unit(f"1 {unit}", kind, "1 uS")
    with np.errstate(over="ignore", divide="ignore"):
        if read_voltage is not None:
            values = values / read_voltage
        elif kind == "ohm":
            values = 1.0 / values
    if not np.isfinite(values).all():
        small = "a resistance" if kind == "ohm" else "--read-voltage"
        raise InputError(f"{where}: {small}: too small for conductances to be finite")
    if values.min() < 0:
        raise InputError(
            f"{where}: a read of {values.min():g}: conductances are not negative; numbers "
            "in no unit need --normalised, --g-min and --g-max"
        )
    if values.max() > LARGEST:
        raise InputError(
            f"{where}: a read of {values.max():g} S, which no device has: a unit stands in the "
            f'name, as "G (uS)"; numbers in no unit need --normalised; {_LEFT_OUT}'
        )
    return replace(column, values=values)


def split(
    columns: Sequence[Column],
    up: str | None,
    down: str | None,
    read: Callable[[Column], Column],
) -> tuple[list[Column], list[Column]]:
    """Return the ramps up and the ramps down, each as ``read`` makes it.

    ``up``, ``down``: names or numbers (from 1) of columns, and ranges of numbers, with commas
    between: "1-20". Without either, a ramp's own direction counts. An InputError: a column that is
    not there, a name that several have, a column that was asked for twice, an option that asks
    for none, or, where nothing is asked for, a column that is no ramp.
    """
    if up is None and down is None:
        for column in columns:
            _check_ramp(column)
        ramps = list(map(read, columns))
        return [c for c in ramps if c.rises], [c for c in ramps if not c.rises]
    chosen = {"--up": _named(columns, up, "--up"), "--down": _named(columns, down, "--down")}
    for column in chosen["--up"]:
        if any(column is other for other in chosen["--down"]):
            raise InputError(f"--down: {column.where}: is one of --up already")
    return list(map(read, chosen["--up"])), list(map(read, chosen["--down"]))


def _check_ramp(column: Column) -> None:
    """Refuse a column that goes nowhere, up and down, or counts its rows."""
    steps, covered = np.diff(column.values), float(np.ptp(column.values))
    if not covered:
        said = f"nothing changes: all reads are {column.values[0]:g}"
    elif len(steps) > 1 and (steps == 1.0).all():
        said = "counts its rows"
    elif abs(steps.sum()) < LEAST_CHANGE * covered:
        said = "ends near where it began; pulses up and pulses down need columns of their own"
    else:
        return
    raise InputError(f"{column.where}: {said}; {_LEFT_OUT}")


def _named(columns: Sequence[Column], wanted: str | None, option: str) -> list[Column]:
    found: list[Column] = []
    for part in filter(None, (part.strip() for part in (wanted or "").split(","))):
        where = f"{option} {part[:40]}"
        named = [column for column in columns if column.name == part]
        if len(named) > 1:
            raise InputError(f"{where}: {len(named)} columns have this name; use their numbers")
        numbers = re.fullmatch(r"([0-9]{1,9})(?:-([0-9]{1,9}))?", part)
        if not named and numbers:
            first, last = int(numbers[1]), int(numbers[2] or numbers[1])
            named = list(columns[first - 1 : last]) if first >= 1 and last <= len(columns) else []
        if not named:
            raise InputError(f"{where}: there are {len(columns)} columns, none of them it")
        for column in named:
            if any(column is other for other in found):
                raise InputError(f"{where}: {column.where}: was asked for before")
            found.append(column)
    if wanted is not None and not found:
        raise InputError(f"{option}: names no column")
    return found
