"""Where the joules, the time and the area of a run's chip go, phase by phase and cell by cell."""

from collections.abc import Mapping
from typing import Any

from neuroep.report.html import Block, Facts, Notes, Section, Table
from neuroep.runs.report.quantities import percent, si
from neuroep.runs.report.record import RunRecord, plain

PHASES = ("free", "+beta", "-beta")
MOST_PARTS = 60


def hardware(run: RunRecord) -> Section:
    """Return the account of the chip that a finished run closes with."""
    account = run.metrics.account if run.metrics else {}
    if "parts" not in account:
        lines = [str(account["how"])] if account.get("how") else []
        return Section("Energy, time and area", [Notes(lines)] if lines else [])
    with plain(f"{run.path}: account"):
        return Section("Energy, time and area", _account(account))


def _account(account: Mapping[str, Any]) -> list[Block]:
    blocks: list[Block] = [
        Facts(
            [
                ("energy of an inference", si(account["inference_joules"], "J")),
                ("energy of a learning step", si(account["step_joules"], "J")),
                ("area of the cells that are known", _area(account["area_um2"])),
                ("how", account.get("how") or "-"),
            ]
        ),
        _by_phase(account),
        _by_cell(account),
    ]
    if left := account.get("not_counted"):
        blocks.append(Notes([f"not counted: {line}" for line in left]))
    return blocks


def _area(square_micrometres: float | None) -> str:
    if not square_micrometres:
        return "-"
    if square_micrometres < 1e4:
        return f"{square_micrometres:.4g} µm²"
    return f"{square_micrometres / 1e6:.4g} mm²"


def _by_phase(account: Mapping[str, Any]) -> Table:
    columns = zip(
        PHASES,
        account["phase_seconds"],
        account["settling_seconds"],
        account["power_watts"],
        account["phase_joules"],
        strict=True,
    )
    rows: list[list[object]] = [
        [name, si(lasts, "s"), si(settled, "s"), si(power, "W"), si(joules, "J")]
        for name, lasts, settled, power, joules in columns
    ]
    headers = ["phase", "lasts", "settled after", "power", "energy"]
    return Table("By phase, of one example", headers, rows)


def _by_cell(account: Mapping[str, Any]) -> Table:
    parts = sorted(account["parts"], key=lambda part: -sum(part["joules"]))
    total = sum(max(sum(part["joules"]), 0.0) for part in parts) or 1.0
    shares = [max(sum(part["joules"]), 0.0) / total for part in parts]
    rows: list[list[object]] = [
        [
            part["name"],
            f"{part['count']:,.6g}",
            _area(part["area_um2"]),
            *(si(joules, "J") for joules in part["joules"]),
            percent(share),
        ]
        for part, share in zip(parts, shares, strict=True)
    ]
    caption = "By cell, heat of one example in each phase"
    if len(rows) > MOST_PARTS:
        caption += f"; the {MOST_PARTS} largest of {len(rows)}"
    headers = ["cells", "count", "area", *PHASES, "share"]
    return Table(caption, headers, rows[:MOST_PARTS], {6: shares})
