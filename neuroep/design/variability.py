"""``[variability]``: how the parameters of a chip spread, and its corners."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal, NamedTuple

from pydantic import BeforeValidator, Field, PlainSerializer, model_serializer, model_validator

from neuroep.hardware.variability import OFFSETS, Spread, Variability
from neuroep.quantities import in_unit
from neuroep.tasks.section import Section

UNITS = {"V": "volt", "A": "ampere", "F": "farad"}
"""SI units that a spread may be in."""

_PERCENT = re.compile(r"([-+]?[0-9.]+(?:[eE][-+]?[0-9]+)?)\s*%")
_PELGROM = re.compile(r"\s*(.*\S)\s+(m|um|µm|μm|nm)\s*")
_LENGTH = {"m": 1.0, "um": 1e-6, "µm": 1e-6, "μm": 1e-6, "nm": 1e-9}
_AREA = re.compile(r"([0-9.]+(?:[eE][-+]?[0-9]+)?)\s*(m|um|µm|μm|nm)\s*(?:\^|\*\*)?2")


class Amount(NamedTuple):
    """A share, or a quantity in an SI unit."""

    value: float
    unit: str = ""

    def __str__(self) -> str:
        return f"{self.value!r} {self.unit}"


def amount(given: object) -> Amount:
    """Return a share such as 0.05 or "5 %", or a quantity such as "5 mV"."""
    if isinstance(given, int | float) and not isinstance(given, bool):
        return Amount(float(given))
    if isinstance(given, str):
        if found := _PERCENT.fullmatch(given.strip()):
            return Amount(float(found[1]) / 100.0)
        for symbol, unit in UNITS.items():
            try:
                return Amount(in_unit(given, unit, "5 mV"), symbol)
            except ValueError:
                continue
    raise ValueError(f'{given!r} is neither a share such as "5 %" nor a quantity such as "5 mV"')


def coefficient(given: object) -> Amount:
    """Return Pelgrom's coefficient, such as "3.5 mV um" or "2 % um", in metres.

    It is that of the difference of two equal devices side by side (Pelgrom et al. 1989): each of
    them is off by a root of two less.
    """
    found = _PELGROM.fullmatch(given) if isinstance(given, str) else None
    if found is None:
        raise ValueError(f'{given!r} is no coefficient such as "3.5 mV um" or "2 % um"')
    value, unit = amount(found[1])
    return Amount(value * _LENGTH[found[2]], unit)


def area(given: object) -> float:
    """Return an area such as "0.5 um^2", m^2."""
    if isinstance(given, str) and (found := _AREA.fullmatch(given.strip())):
        return float(found[1]) * _LENGTH[found[2]] ** 2
    raise ValueError(f'{given!r} is no area such as "0.5 um^2"')


def _written(value: Amount) -> float | str:
    return str(value) if value.unit else value.value


Share = Annotated[Amount, BeforeValidator(amount), PlainSerializer(_written)]
Pelgrom = Annotated[
    Amount,
    BeforeValidator(coefficient),
    PlainSerializer(lambda c: f"{_written(c)} m" if c.unit else f"{100.0 * c.value!r} % m"),
]
Area = Annotated[float, BeforeValidator(area), PlainSerializer(lambda a: f"{a!r} m^2")]
Distribution = Literal["normal", "log-normal"]


class SpreadSection(Section):
    """How one parameter spreads; see :class:`neuroep.hardware.variability.Spread`."""

    local: Share | None = None
    """Standard deviation from unit to unit; a text or number in place of the table is this."""
    across: Share | None = Field(None, validation_alias="global")
    """Standard deviation from die to die, the same for all units of a chip."""
    gradient: tuple[Share, Share] | None = None
    """Change from edge to edge of the die, along x and along y."""
    pelgrom: Pelgrom | None = None
    """Coefficient such as ``3.5 mV um``: pelgrom / sqrt(area) is the standard deviation of the
    difference of two devices, and ``local`` that by the root of two.
    """
    area: Area | None = None
    """Of the transistor, such as ``4 um^2``."""
    distribution: Distribution = "normal"
    """``log-normal`` for wide spreads, so that nothing turns negative."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, given: Any) -> Any:
        return given if isinstance(given, Mapping) else {"local": given}

    @model_validator(mode="after")
    def _fits(self) -> "SpreadSection":
        if (self.pelgrom is None) != (self.area is None):
            raise ValueError("pelgrom, area: local = pelgrom/sqrt(2 area) needs both")
        if self.pelgrom is not None and self.local is not None:
            raise ValueError("local: pelgrom and area say it already")
        if self.area is not None and not self.area > 0:
            raise ValueError("area: must be positive")
        if len({a.unit for a in self._amounts() if a.value}) > 1:
            raise ValueError("local, global, gradient: all shares, or all in one unit")
        return self

    def _amounts(self) -> list[Amount]:
        given = (self.local, self.across, self.pelgrom, *(self.gradient or ()))
        return [a for a in given if a is not None]

    @property
    def unit(self) -> str:
        """The SI unit of its amounts, empty where they are shares, or nothing spreads."""
        return next((a.unit for a in self._amounts() if a.value), "")

    def spread(self) -> Spread:
        """Return the spread; a ValueError begins with its key."""
        local = self.local.value if self.local else 0.0
        if self.pelgrom is not None and self.area is not None:
            local = self.pelgrom.value / (2.0 * self.area) ** 0.5
        x, y = self.gradient or (Amount(0.0), Amount(0.0))
        return Spread(
            local,
            self.across.value if self.across else 0.0,
            (x.value, y.value),
            self.distribution == "log-normal",
            bool(self.unit),
        )

    @model_serializer(mode="wrap")
    def _with_its_word(self, made: Any) -> dict[str, Any]:
        content: dict[str, Any] = made(self)
        return {("global" if key == "across" else key): v for key, v in content.items()}


class VariabilitySection(Section):
    """How a chip's parameters spread, each a table, or ``local`` alone."""

    parameters: ClassVar[Mapping[str, str]] = {}
    """What can spread, and the SI unit of an absolute spread; empty: shares alone."""

    seed: int | None = Field(None, ge=0, lt=2**63)
    """Of what is drawn; that of the design when absent."""
    corners: dict[str, dict[str, float]] = Field(default_factory=dict)
    """By name, factors on these parameters of all chips; ``circuit.corner`` takes one."""

    @model_validator(mode="after")
    def _fits_parameters(self) -> "VariabilitySection":
        for name, section in self.sections().items():
            allowed = {self.parameters[name]} if name in OFFSETS else {"", self.parameters[name]}
            if section.unit not in allowed and section.spread():
                wanted = "in V" if name in OFFSETS else "a share"
                raise ValueError(f"{name}: must be {wanted}")
            if section.distribution == "log-normal" and name in OFFSETS:
                raise ValueError(f"{name}.distribution: an offset has either sign, so it is normal")
        factors = [name for name in self.parameters if name not in OFFSETS]
        for corner, entries in self.corners.items():
            for name, factor in entries.items():
                if name not in factors:
                    raise ValueError(
                        f"corners.{corner}.{name}: no factor; known are {', '.join(factors)}"
                    )
                if not factor > 0:
                    raise ValueError(f"corners.{corner}.{name}: must be positive, got {factor:g}")
        return self

    def sections(self) -> dict[str, SpreadSection]:
        """Return the spreads that are given, by parameter."""
        found = {name: getattr(self, name) for name in self.parameters}
        return {name: section for name, section in found.items() if section is not None}

    def check_present(self, missing: Mapping[str, str]) -> None:
        """Check that a chip has what is to spread, and what corners change.

        ``missing``: by parameter, why there is none. A ValueError begins with the key.
        """
        given = {name: name for name in self.sections()}
        for corner, factors in self.corners.items():
            given |= {name: f"corners.{corner}.{name}" for name in factors}
        for name, why in missing.items():
            if name in given:
                raise ValueError(f"variability.{given[name]}: {why}")

    def variability(self, seed: int, corner: str) -> Variability:
        """Return it; ``seed``: where the section names none; a ValueError begins with the key."""
        spreads = {}
        for name, section in self.sections().items():
            try:
                spreads[name] = section.spread()
            except ValueError as error:
                raise ValueError(f"variability.{name}.{error}") from None
        if corner not in ("tt", *self.corners):
            known = ", ".join(["tt", *self.corners])
            raise ValueError(
                f"circuit.corner: {corner!r}: ideal cells have none but those of "
                f"[variability.corners], {known}"
            )
        own = self.seed if self.seed is not None else seed
        return Variability(spreads, own, self.corners.get(corner, {}))


def check_alike(number: int | None, corner: str, others: str = "") -> None:
    """Check that a circuit whose chips are all alike names none of them, and no corner.

    ``others``: what else than the section tells chips apart. A ValueError begins with the key.
    """
    for key, given in (("chip", number is not None), ("corner", corner != "tt")):
        if given:
            raise ValueError(
                f"circuit.{key}: ideal cells have none; [variability] says how chips differ{others}"
            )
