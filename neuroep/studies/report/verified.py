"""What ``neuroep verify --results`` wrote, as a section of a page."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from neuroep.errors import InputError
from neuroep.kinds import as_kind
from neuroep.report.html import Block, Facts, Headline, Notes, Section, Table
from neuroep.runs.report.quantities import si
from neuroep.runs.report.record import plain

PHASES = ("free", "+beta", "-beta")
MOST_ROWS = 100

COLUMNS = {
    "volts": "volts (V)",
    "activity": "activity",
    "gradient": "gradient",
    "waveform": "waveform (V)",
    "settling": "settling",
    "energy": "energy",
    "power": "power",
    "balance": "balance",
    "seconds": "time (s)",
}
"""Of a view: what its column is called."""

TOLD = {"name", "failed", "passed"}
"""Of a view: what is no figure."""

PLAIN = ("seconds", "cosine")
"""Columns that are no deviations."""

UNITS = {"settling_s": "s", "energy_to_settle_J": "J", "power_at_rest_W": "W"}


def is_verification(content: Any) -> bool:
    """Return whether the content of a JSON file is that of a verification, not of a gradcheck."""
    told = isinstance(content, dict) and {"title", "passed"} <= content.keys()
    return told and "overrides" not in content


@dataclass(frozen=True)
class View:
    """What a view of the chip came to; its figures are what else the file says of it."""

    name: str
    failed: list[str]


@dataclass(frozen=True)
class Verification:
    """What of the file a page shows."""

    title: str
    passed: bool
    views: list[View] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    figures: dict[str, float | list[float] | None] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def wrong(self) -> list[str]:
        """What did not agree: a line each."""
        views = [f"{one.name}: {', '.join(one.failed)}" for one in self.views if one.failed]
        return [*self.failures, *views]


def verified(content: Mapping[str, Any], where: str) -> Section:
    """Return the section of a verification; an InputError names what of the file is damaged."""
    found, views = as_kind(Verification, content, where), content.get("views", [])
    if found.passed and found.wrong:
        raise InputError(f"{where}: passed: is true, though {found.wrong[0]}")
    for number, view in enumerate(views):
        for key in view.keys() - TOLD:
            if view[key] is not None and not _is_number(view[key]):
                raise InputError(f"{where}: views.{number}.{key}: is no number")
    with plain(where):
        return _section(found, views)


def _section(found: Verification, views: list[dict[str, Any]]) -> Section:
    count = f"of {len(views)} views" if views else ""
    blocks: list[Block] = [Headline("agrees" if found.passed else "FAILS", count)]
    if found.wrong:
        blocks.append(Notes(found.wrong, warning=True))
    if views:
        blocks.append(_views(views))
    blocks += _figures(found.figures)
    return Section(found.title, [*blocks, Notes([*found.notes, *found.remarks])])


def _views(views: list[dict[str, Any]]) -> Table:
    """Return a row a view; the columns are what some view has."""
    shown = views[:MOST_ROWS]
    known = dict.fromkeys(key for view in shown for key, v in view.items() if _is_number(v))
    keys = [
        *(key for key in COLUMNS if key in known),
        *(key for key in known if key not in COLUMNS),
    ]
    rows: list[list[object]] = [
        [
            view["name"],
            *(_deviation(key, view.get(key)) for key in keys),
            "FAILS" if view["failed"] else "agrees",
        ]
        for view in shown
    ]
    headers = ["view", *(COLUMNS.get(key, key.replace("_", " ")) for key in keys), "verdict"]
    bad = [number for number, view in enumerate(shown) if view["failed"]]
    return Table("Largest deviations of each view", headers, rows, bad=bad)


def _deviation(key: str, value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, int) or key in PLAIN:
        return f"{value:.4g}"
    return f"{value:.1e}" if value else "0"


def _figures(figures: Mapping[str, Any]) -> list[Block]:
    """Return what was measured on neuroep's own views: of the whole, and by phase."""
    single = [(key.replace("_", " "), f"{v:.4g}") for key, v in figures.items() if _is_number(v)]
    by_phase: list[list[object]] = [
        [key.rpartition("_")[0].replace("_", " "), *(si(v, UNITS.get(key, "")) for v in values)]
        for key, values in figures.items()
        if isinstance(values, list) and len(values) == len(PHASES)
    ]
    blocks: list[Block] = [Facts(single)] if single else []
    return [*blocks, Table("By phase", ["", *PHASES], by_phase)] if by_phase else blocks


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
