"""Measured ramps: a column a ramp, a row a pulse."""

from collections.abc import Sequence

from neuroep.errors import InputError
from neuroep.tables.number_columns import Column


def split(
    columns: Sequence[Column], up: str | None, down: str | None
) -> tuple[list[Column], list[Column]]:
    """Return the ramps up and the ramps down.

    ``up``, ``down``: names or numbers (from 1) of columns, and ranges of numbers, with commas
    between: "1-20". Without either, a ramp's own direction counts. An InputError: a column that is
    not there, or that was asked for twice.
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
        named = [column for column in columns if column.name == part]
        first, dash, last = part.partition("-")
        if not named and first.isdecimal() and (not dash or last.isdecimal()):
            named = list(columns[int(first) - 1 : int(last or first)])
        if not named:
            raise InputError(f"{option} {part}: there are {len(columns)} columns, none of them it")
        found += named
    return found
