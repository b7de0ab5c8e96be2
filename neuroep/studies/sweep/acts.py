"""An axis that cannot change what is measured is refused before anything is."""

from collections.abc import Iterator, Sequence
from itertools import islice, product
from typing import Any

from neuroep.design.design import Design
from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.studies.sweep.axes import Axis, Point, overrides_of, point_at
from neuroep.studies.sweep.content import SILENT
from neuroep.studies.sweep.measures.catalogue import MEASURES
from neuroep.studies.sweep.plan import Plan

MOST = 16
"""Combinations of the other axes at which an axis is tried: it may act at one of them alone."""


def check_axes(plan: Plan, axes: Sequence[Axis]) -> None:
    """Refuse an axis whose first and last level measure the same.

    Of corners each must differ from every other, as each is there by a name of its own.
    """
    for number, axis in enumerate(axes):
        last = len(axis.levels) - 1
        if not last:
            continue
        every = [(i, j) for j in range(last + 1) for i in range(j)]
        for i, j in [(0, last)] if axis.key != "corners" else every:
            if not any(
                _differs(plan, *(point_at(axes, _at(place, number, k)) for k in (i, j)))
                for place in islice(_places(axes, number), MOST)
            ):
                one, other = axis.levels[i].value, axis.levels[j].value
                raise InputError(
                    f"{plan.path}: {axis.key}: cannot change what is measured "
                    f"({plan.tables.measure}): {one} and {other} do the same"
                )


def _places(axes: Sequence[Axis], number: int) -> Iterator[tuple[int, ...]]:
    """Yield levels of the axes, that of one axis open, farthest apart first."""
    ends = [[0] if i == number else _ends(len(a.levels)) for i, a in enumerate(axes)]
    return product(*ends)


def _ends(count: int) -> list[int]:
    return list(dict.fromkeys([0, count - 1, *range(count)]))


def _at(place: Sequence[int], number: int, level: int) -> tuple[int, ...]:
    return (*place[:number], level, *place[number + 1 :])


def _differs(plan: Plan, one: Point, other: Point) -> bool:
    (a, options_a), (b, options_b) = _opened(plan, one), _opened(plan, other)
    measure = MEASURES[plan.tables.measure]
    first, second = a.resolved(), b.resolved()
    tables = {k for k in {*first, *second} if first.get(k) != second.get(k)} - SILENT
    if not tables:
        return False
    if measure.decides is not None and not tables <= set(measure.decides):
        return True
    return measure.trial(plan, a, options_a) != measure.trial(plan, b, options_b)


def _opened(plan: Plan, point: Point) -> tuple[Design, Any]:
    design, overrides = design_at(plan, point)
    return design, MEASURES[plan.tables.measure].options(plan, overrides, None)


def design_at(plan: Plan, point: Point) -> tuple[Design, tuple[str, ...]]:
    """Return the design of a point, and its overrides; an InputError names the point."""
    overrides = (*overrides_of(plan.tables.set), *point.overrides)
    try:
        return load_design(plan.design, overrides), overrides
    except InputError as error:
        where = ", ".join(str(level.value) for level in point.levels)
        raise InputError(f"{plan.path}: point {where or 'alone'}: {error}") from None
