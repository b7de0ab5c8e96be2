"""What ``neuroep verify --results`` wrote, as a section of a page."""

from collections.abc import Mapping
from typing import Any

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

PLAIN = ("seconds", "cosine")
"""Columns that are no deviations."""

UNITS = {"settling_s": "s", "energy_to_settle_J": "J", "power_at_rest_W": "W"}


def is_verification(content: Any) -> bool:
    """Return whether the content of a JSON file is that of a verification."""
    return isinstance(content, dict) and {"title", "passed"} <= content.keys()


def verified(content: Mapping[str, Any], where: str) -> Section:
    """Return the section of a verification; an InputError names what of the file is damaged."""
    with plain(where):
        return _section(content)


def _section(content: Mapping[str, Any]) -> Section:
    views = [dict(view) for view in content.get("views", [])]
    passed = bool(content["passed"])
    wrong = [str(line) for line in content.get("failures", [])]
    wrong += [f"{v['name']}: {', '.join(map(str, v['failed']))}" for v in views if v["failed"]]
    count = f"of {len(views)} views" if views else ""
    blocks: list[Block] = [Headline("agrees" if passed else "FAILS", count)]
    if wrong:
        blocks.append(Notes(wrong, warning=True))
    if views:
        blocks.append(_views(views))
    if figures := content.get("figures"):
        blocks += _figures(figures)
    notes = [*content.get("notes", []), *content.get("remarks", [])]
    return Section(str(content["title"]), [*blocks, Notes([str(line) for line in notes])])


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
