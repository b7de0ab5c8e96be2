"""The axes of a sweep: what is varied, and the values it takes."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.studies.sweep.plan import ChipsSection, Plan, Spread, flat

TAKEN = {
    "corner", "seed", "chip", "quantile", "point", "state", "error", "yield", "figure", "mean",
    "sigma", "kept", "tried",
}  # fmt: skip
"""Names of other axes and columns."""

MOST = 100_000
"""Points of one sweep."""


@dataclass(frozen=True)
class Level:
    """One value of an axis, and the overrides of the design that it stands for."""

    value: str | int | float
    overrides: tuple[str, ...]


@dataclass(frozen=True)
class Axis:
    """What is varied.

    ``name``: short, of columns and dimensions; ``key``: where the plan says it; ``drawn``: whether
    its levels are samples (seeds, chips), over which statistics are made.
    """

    name: str
    key: str
    levels: tuple[Level, ...]
    drawn: bool = False

    @property
    def values(self) -> list[str | int | float]:
        """Of all levels."""
        return [level.value for level in self.levels]


@dataclass(frozen=True)
class Point:
    """One combination of levels, numbered from 0; the last axis changes fastest."""

    number: int
    place: tuple[int, ...]
    levels: tuple[Level, ...]

    @property
    def overrides(self) -> tuple[str, ...]:
        """Of all its levels, in the order of the axes."""
        return tuple(text for level in self.levels for text in level.overrides)


def axes_of(plan: Plan) -> list[Axis]:
    """Return the axes of a plan: corners, the grid, seeds, chips; an InputError names the key."""
    tables = plan.tables
    try:
        axes = [*_corners(tables.corners), *_grid(tables.grid), *_seeds(tables.seeds)]
        if tables.chips:
            axes.append(_chips(tables.chips))
        for axis in axes:
            _check(axis)
        count = prod(len(axis.levels) for axis in axes)
        if count > MOST:
            raise ValueError(f"{count:,} points; at most {MOST:,} are measured in one sweep")
    except ValueError as error:
        raise InputError(f"{plan.path}: {error}") from None
    return axes


def points_of(axes: Sequence[Axis]) -> list[Point]:
    """Return every combination of levels; one point where nothing is varied."""
    places = product(*(range(len(axis.levels)) for axis in axes))
    return [point_at(axes, place, number) for number, place in enumerate(places)]


def point_at(axes: Sequence[Axis], place: Sequence[int], number: int = 0) -> Point:
    """Return the point at some levels."""
    levels = tuple(axis.levels[i] for axis, i in zip(axes, place, strict=True))
    return Point(number, tuple(place), levels)


def overrides_of(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the entries of a table as ``--set`` takes them."""
    return tuple(override(key, value) for key, value in flat(table).items())


def override(key: str, value: Any) -> str:
    """Return an entry as ``--set`` takes it."""
    import tomli_w

    if not isinstance(value, bool | int | float | str | list):
        raise ValueError(f"{key}: must be a number, text, true, false or a list")
    return f"{key}={tomli_w.dumps({'value': value}).partition('= ')[2].strip()}"


def _corners(corners: Mapping[str, Mapping[str, Any]]) -> Iterator[Axis]:
    if corners:
        levels = []
        for name, table in corners.items():
            try:
                levels.append(Level(name, overrides_of(table)))
            except ValueError as error:
                raise ValueError(f"corners.{name}.{error}") from None
        yield Axis("corner", "corners", tuple(levels))


def _grid(grid: Mapping[str, Any]) -> Iterator[Axis]:
    keys = flat(grid)
    short = [key.rpartition(".")[2] for key in keys]
    for (key, values), last in zip(keys.items(), short, strict=True):
        if not isinstance(values, list):
            raise ValueError(f"grid.{key}: must be a list of values")
        alone = short.count(last) == 1 and last.isidentifier() and last not in TAKEN
        name = last if alone else f"grid.{key}".replace('"', "")
        try:
            levels = tuple(Level(_shown(value), (override(key, value),)) for value in values)
        except ValueError as error:
            raise ValueError(f"grid.{error}") from None
        yield Axis(name, f"grid.{key}", levels)


def _shown(value: Any) -> str | int | float:
    if isinstance(value, int | float | str) and not isinstance(value, bool):
        return value
    return str(value).lower() if isinstance(value, bool) else str(value)


def _seeds(seeds: int | Sequence[int] | None) -> Iterator[Axis]:
    if isinstance(seeds, int) and seeds > MOST:  # before a list of them is made
        raise ValueError(f"seeds: {seeds:,}; at most {MOST:,} points are measured in one sweep")
    if seeds is not None:
        values: Iterable[int] = range(seeds) if isinstance(seeds, int) else seeds
        levels = tuple(Level(seed, (override("seed", seed),)) for seed in values)
        yield Axis("seed", "seeds", levels, drawn=True)


def _chips(chips: ChipsSection) -> Axis:
    spread = {key: _spread(key, entry) for key, entry in _spreads(chips.spread).items()}
    if not chips.key and not spread:
        raise ValueError("chips: needs key, the entry that takes a chip's number, or spread")
    last = chips.first + chips.count
    if last > MOST:
        raise ValueError(f"chips: numbers end at {MOST:,}")
    drawn = draws(chips.method, len(spread), chips.first, last, chips.seed)
    levels = []
    for number, row in zip(range(chips.first, last), drawn, strict=True):
        own = [override(chips.key, number)] if chips.key else []
        values = (
            override(key, quantile_of(entry, float(u)))
            for (key, entry), u in zip(spread.items(), row, strict=True)
        )
        levels.append(Level(number, (*own, *values)))
    return Axis("chip", "chips", tuple(levels), drawn=True)


def _spreads(table: Mapping[str, Any], way: str = "") -> dict[str, Any]:
    """Return the tables that say a spread by the key of the design that they are for."""
    found: dict[str, Any] = {}
    known = set(Spread.model_fields)
    for key, entry in table.items():
        here = f"{way}.{key}" if way else key
        tables = isinstance(entry, dict) and entry and not known & set(entry)
        found |= _spreads(entry, here) if tables else {here: entry}
    return found


def _spread(key: str, entry: Any) -> Spread:
    from pydantic import ValidationError

    from neuroep.design.checked import first_error

    try:
        found = Spread.model_validate(entry)
        quantile_of(found, 0.5)
    except ValidationError as error:
        raise ValueError(first_error(error, entry, f"chips.spread.{key}", Spread)) from None
    except ValueError as error:
        raise ValueError(f"chips.spread.{key}: {error}") from None
    return found


def draws(method: str, width: int, first: int, last: int, seed: int) -> Reals:
    """Return rows ``first`` to ``last`` (not included) of draws from (0, 1), (rows, width).

    Row N is the same however many are asked for, so that more chips extend a sweep.
    """
    if method == "random" or not width:
        rows = [
            np.random.default_rng([seed, number]).random(width) for number in range(first, last)
        ]
        return np.array(rows).reshape(last - first, width)
    from scipy.stats import qmc

    # A power of two of points, as the sequence's balance asks for, of which the rest is not used.
    made = qmc.Sobol(width, scramble=True, seed=seed).random_base2(max(last - 1, 1).bit_length())
    found: Reals = made[first:last]
    return found


def quantile_of(spread: Spread, u: float) -> float | str:
    """Return the value of a spread below which a share ``u`` of all draws lies."""
    from scipy.special import ndtri

    even = spread.low is not None
    pair = (spread.low, spread.high) if even else (spread.mean, spread.sigma)
    log = spread.scale == "log"
    (a, b), unit = _numbers(*pair, same=even or not log)
    if log and (a <= 0 or (even and b <= 0)):
        raise ValueError("a logarithm needs values above zero")
    if (even and not b > a) or (not even and not b > 0):
        raise ValueError("high must be above low" if even else "sigma must be above zero")
    u = min(max(u, 1e-12), 1 - 1e-12)  # a draw of exactly 0 has no normal quantile
    start = float(np.log(a)) if log else a
    end = float(np.log(b)) if log and even else b
    value = start + (end - start) * u if even else start + end * float(ndtri(u))
    value = float(np.exp(value)) if log else value
    return f"{value!r} {unit}" if unit else value


def _numbers(
    one: float | str | None, other: float | str | None, same: bool
) -> tuple[tuple[float, float], str]:
    """Return two values and their unit; ``same``: the second must have it as well."""
    (a, unit), (b, second) = _number(one), _number(other)
    if second != (unit if same else ""):
        wanted = "the same unit" if same else "no unit: sigma is of the logarithm"
        raise ValueError(f"{other!r} beside {one!r}: needs {wanted}")
    return (a, b), unit


def _number(given: float | str | None) -> tuple[float, str]:
    found = re.fullmatch(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*([^\W\d]*)", str(given).strip())
    try:
        value = float(found[1]) if found else np.nan
    except ValueError:
        value = np.nan
    if found is None or not np.isfinite(value):
        raise ValueError(f"{given!r} is not a number, or a number and a unit")
    return value, found[2]


def _check(axis: Axis) -> None:
    """Refuse an axis that holds the same level twice, or none."""
    if not axis.levels:
        raise ValueError(f"{axis.key}: must hold at least one value")
    seen: dict[tuple[str, ...], str | int | float] = {}
    for level in axis.levels:
        if level.overrides in seen:
            raise ValueError(f"{axis.key}: {level.value} is as {seen[level.overrides]}")
        seen[level.overrides] = level.value
