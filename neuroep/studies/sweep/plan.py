"""The plan of a sweep: a TOML file, read and checked."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from neuroep.design.checked import first_error
from neuroep.errors import InputError
from neuroep.files import read_toml, resolved
from neuroep.tasks.section import Section

Value = bool | int | float | str | list[Any]
Overrides = dict[str, Value]

BARE = re.compile(r"[A-Za-z0-9_.-]+")
"""A key that says what it means without quotes; one with dots in it is a way through tables."""


class DataSection(Section):
    """Where the data are, as the options of ``neuroep train`` say it."""

    data: str | None = None
    validation: str | None = None
    test: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    vectors: list[str] = Field(default_factory=list)
    limit: int | None = Field(None, ge=1)


class VerifySection(Section):
    """What a point of ``measure = "verify"`` is asked for, as the options of that command."""

    example: int = Field(0, ge=0)
    target: int | None = Field(None, ge=0)
    beta: float = 0.5
    without: list[str] = Field(default_factory=list)
    timeout: float = Field(120.0, gt=0)


class SettleSection(Section):
    """How many examples a point of ``measure = "settle"`` settles."""

    examples: int = Field(32, ge=1, le=4096)


class Spread(Section):
    """Where a value is drawn from: evenly from ``low`` to ``high``, or normally.

    Numbers, or texts with the same unit; ``scale``: "log" draws the logarithm of the value so, and
    ``sigma`` then is of the natural logarithm.
    """

    low: float | str | None = None
    high: float | str | None = None
    mean: float | str | None = None
    sigma: float | str | None = None
    scale: Literal["linear", "log"] = "linear"

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        given = [
            name for name in ("low", "high", "mean", "sigma") if getattr(self, name) is not None
        ]
        if given not in (["low", "high"], ["mean", "sigma"]):
            raise ValueError("needs low and high, or mean and sigma")
        return self


class ChipsSection(Section):
    """Monte Carlo: chips ``first``, ``first`` + 1, ... of a number.

    ``key``: the entry of the design that takes the number of a chip; ``spread``: entries whose
    values are drawn, by Sobol's sequence or at random, of which chip N takes the N-th draw.
    """

    count: int = Field(ge=1)
    first: int = Field(0, ge=0)
    key: str = ""
    method: Literal["sobol", "random"] = "sobol"
    seed: int = Field(0, ge=0)
    spread: dict[str, Any] = Field(default_factory=dict)


class LimitSection(Section):
    """What a measured figure must keep to; texts with a unit where it has one."""

    min: float | str | None = None
    max: float | str | None = None

    @model_validator(mode="after")
    def _some(self) -> Self:
        if self.min is None and self.max is None:
            raise ValueError("needs min, max or both")
        return self


class PlanSection(Section):
    """The tables of a plan."""

    title: str = ""
    design: str = ""
    weights: str | None = None
    measure: Literal["train", "eval", "verify", "settle"] = "train"
    baselines: bool = True
    test_by: list[str] = Field(default_factory=list)
    set: dict[str, Any] = Field(default_factory=dict)
    corners: dict[str, dict[str, Any]] = Field(default_factory=dict)
    grid: dict[str, Any] = Field(default_factory=dict)
    seeds: int | list[int] | None = None
    chips: ChipsSection | None = None
    data: DataSection = DataSection()
    verify: VerifySection = VerifySection()
    settle: SettleSection = SettleSection()
    spec: dict[str, LimitSection] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.measure == "eval" and self.weights is None:
            raise ValueError('weights: missing; measure = "eval" tests what a run has trained')
        if self.measure == "train" and self.weights is not None:
            raise ValueError('weights: measure = "train" begins from its own')
        if self.measure in ("verify", "settle") and not self.weights and self.data.data:
            raise ValueError(f'data: measure = "{self.measure}" draws its inputs without weights')
        if not self.design and self.weights is None:
            raise ValueError("design: missing")
        if isinstance(self.seeds, int) and self.seeds < 1:
            raise ValueError(f"seeds: must be at least 1, got {self.seeds}")
        return self


@dataclass(frozen=True)
class Plan:
    """A checked plan, and the file it stands in; what it names by a path lies beside it."""

    path: Path
    tables: PlanSection

    @property
    def title(self) -> str:
        """For tables and figures."""
        return self.tables.title or self.path.stem

    @property
    def weights(self) -> str | None:
        """The run whose parameters are taken."""
        return self.beside(self.tables.weights)

    @property
    def design(self) -> str:
        """The design that is varied: that of the run whose weights are taken, without its own."""
        from neuroep.design.files import design_path
        from neuroep.runs.folder import DESIGN

        name = self.tables.design
        if not name:
            return str(Path(str(self.weights)) / DESIGN)
        built_in = design_path(name) != Path(name)
        return name if built_in else str(self.beside(name))

    @property
    def data(self) -> dict[str, Any]:
        """Where the data are, as :class:`neuroep.tasks.task.DataOptions` takes it."""
        table = self.tables.data
        found = table.model_dump() | {"vectors": tuple(self.beside(name) for name in table.vectors)}
        for name in ("data", "validation", "test"):
            found[name] = self.beside(found[name])
        return found

    def beside(self, name: str | None) -> str | None:
        """Return where a path of the plan leads from everywhere; from the plan's folder on."""
        return name and str(resolved(self.path.parent / name))


def read_plan(path: str) -> Plan:
    """Read a plan; an InputError of one line names the file and the key."""
    found = read_toml(path)
    try:
        return Plan(Path(path), PlanSection.model_validate(found))
    except ValidationError as error:
        raise InputError(f"{path}: {first_error(error, found, kind=PlanSection)}") from None


def flat(table: Mapping[str, Any], way: Sequence[str] = ()) -> dict[str, Any]:
    """Return the leaves of nested tables by their dotted key, as ``--set`` takes it.

    So that ``"circuit.supply" = ...`` and ``circuit.supply = ...`` mean the same.
    """
    found: dict[str, Any] = {}
    for key, value in table.items():
        # Quoted text with quotes of its own is a way already: 'learning.rates."*"'.
        plain = BARE.fullmatch(key) or '"' in key
        here = [*way, key if plain else '"' + key.replace("\\", "\\\\") + '"']
        if isinstance(value, dict):
            found |= flat(value, here)
        else:
            found[".".join(here)] = value
    return found
