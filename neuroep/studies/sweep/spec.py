"""Specifications: what measured figures must keep to."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from neuroep.errors import InputError
from neuroep.quantities import in_unit
from neuroep.studies.sweep.measures.measure import unit_of
from neuroep.studies.sweep.plan import Plan

YIELD = "yield"
"""The entry of ``[spec]`` that says which share of all samples must keep to the others."""


@dataclass(frozen=True)
class Limit:
    """Smallest and largest value that a figure may have, in its SI unit."""

    least: float = -math.inf
    most: float = math.inf

    def kept(self, value: float) -> bool:
        """Whether a value keeps to it; nothing that is unknown does."""
        return self.least <= value <= self.most

    def margin(self, value: float) -> float:
        """Return how far inside a value lies, below zero outside."""
        return min(value - self.least, self.most - value)


@dataclass(frozen=True)
class Spec:
    """Limits by figure, and the share of samples that must keep to all of them."""

    limits: Mapping[str, Limit]
    least_yield: float = 1.0

    def check(self, where: str, known: Collection[str]) -> None:
        """Check that every figure with a limit is one that a point measured."""
        for name in self.limits:
            if name not in known:
                raise InputError(
                    f"{where}: spec.{name}: not measured; measured are {', '.join(sorted(known))}"
                )


def spec_of(plan: Plan) -> Spec:
    """Return the specification of a plan; an InputError names the key."""
    limits = {}
    for name, entry in plan.tables.spec.items():
        try:
            ends = [_number(name, value) for value in (entry.min, entry.max)]
        except ValueError as error:
            raise InputError(f"{plan.path}: spec.{name}: {error}") from None
        least, most = ends
        limit = Limit(-math.inf if least is None else least, math.inf if most is None else most)
        if limit.least > limit.most:
            raise InputError(f"{plan.path}: spec.{name}: min is above max")
        limits[name] = limit
    share = limits.pop(YIELD, None)
    if share is None:
        return Spec(limits)
    if not 0 <= share.least <= 1 or share.most < math.inf:
        raise InputError(f"{plan.path}: spec.{YIELD}: needs a min from 0 to 1, and no max")
    if not limits:
        raise InputError(f"{plan.path}: spec.{YIELD}: of what? No figure has a limit")
    return Spec(limits, share.least)


def _number(name: str, value: float | str | None) -> float | None:
    """Return a limit in the SI unit of its figure."""
    if value is None:
        return None
    unit, symbol = unit_of(name)
    if unit:
        return in_unit(value, unit, f"2 {symbol}")
    if isinstance(value, str):
        raise ValueError(f"{value!r}: this figure has no unit; needs a number")
    return float(value)
