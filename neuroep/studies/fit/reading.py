"""Measured ramps: a column a ramp, a row a pulse."""

import re
from collections.abc import Sequence

from neuroep.errors import InputError
from neuroep.tables.number_columns import Column


def split(
    columns: Sequence[Column], up: str | None, down: str | None
) -> tuple[list[Column], list[Column]]:
    """Return the ramps up and the ramps down.

    ``up``, ``down``: names or numbers (from 1) of columns, and ranges of numbers, with commas
    between: "1-20". Without either, a ramp's own direction counts. An InputError: a column that is
    not there, a name that several have, a column that was asked for twice, or an option that asks
    for none.
    """
    if up is None and down is None:
        return [c for c in columns if c.rises], [c for c in columns if not c.rises]
    chosen = {"--up": _named(columns, up, "--up"), "--down": _named(columns, down, "--down")}
    for column in chosen["--up"]:
        if any(column is other for other in chosen["--down"]):
            raise InputError(f"--down: {column.where}: is one of --up already")
    return chosen["--up"], chosen["--down"]


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
