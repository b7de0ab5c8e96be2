"""What learning on devices has come to: books, pulses, and conductances against their range."""

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from neuroep.design.load import check_design
from neuroep.report.html import Block, Chart, Facts, Series, Table
from neuroep.runs.budget import TITLES
from neuroep.runs.metrics import Metrics
from neuroep.runs.report.quantities import percent, si
from neuroep.runs.report.record import RunRecord, plain
from neuroep.runs.units import suited
from neuroep.traces.view import Traces

BINS = 60
SIDES = ("conductance_plus", "conductance_minus")

COLUMNS: dict[str, Callable[[Any], str]] = {
    "synapses": lambda v: f"{v:,}",
    "devices": lambda v: f"{v:,}",
    "pulses": lambda v: f"{v:,}",
    "joules": lambda v: si(v, "J"),
    "at_bounds": percent,
    "refused": lambda v: f"{v:,.4g}",
    "most_pulses": lambda v: f"{v:,}",
    "endurance": lambda v: f"{v:,.3g}",
}
"""Books of an array that are shown."""


def books(metrics: Metrics) -> list[Block]:
    """Return the budget of a run that learns on devices, and the books of its arrays."""
    blocks: list[Block] = []
    if metrics.budget:
        blocks.append(Facts([_figure(metrics, name) for name in TITLES if name in metrics.budget]))
    if metrics.arrays:
        with plain("arrays"):
            rows = [[name, *_row(one)] for name, one in metrics.arrays.items()]
        headers = ["array", *(name.replace("_", " ") for name in COLUMNS)]
        blocks.append(Table("Devices of each learned array", headers, rows))
    return blocks


def _figure(metrics: Metrics, name: str) -> tuple[str, object]:
    title, unit = TITLES[name]
    value = metrics.budget[name]
    said = percent(value) if unit == "%" else si(value, unit) if unit else f"{value:,.4g}"
    return title.format(metrics.unit), said


def _row(one: dict[str, Any]) -> list[object]:
    return ["-" if one.get(name) is None else said(one[name]) for name, said in COLUMNS.items()]


def histograms(run: RunRecord, traces: Traces) -> list[Block]:
    """Return how the recorded devices are spread over the range of their card, first and last."""
    device = check_design(dict(run.design), run.where).device
    if device is None:
        return []
    blocks: list[Block] = []
    for name, recorded in traces.synapses.items():
        sides = [recorded[side] for side in SIDES if side in recorded and len(recorded[side])]
        if not sides:
            continue
        ends = {
            said: np.concatenate([np.ravel(side[i]) for side in sides]).astype(float)
            for said, i in (("at first", 0), ("at last", len(sides[0]) - 1))
        }
        title = f"{name}: recorded devices over conductance"
        blocks.append(_histogram(title, ends, device.g_min, device.g_max))
    if device.stuck:
        blocks.append(Facts([("devices that are stuck, of the card", percent(device.stuck))]))
    return blocks


def _histogram(title: str, samples: dict[str, np.ndarray], low: float, high: float) -> Chart:
    size, symbol = suited(high, "S")
    every = np.concatenate([*samples.values(), [low, high]])
    room = 0.05 * (every.max() - every.min() or 1.0)
    edges = np.linspace(every.min() - room, every.max() + room, BINS + 1)
    counts = {said: np.histogram(values, edges)[0] for said, values in samples.items()}
    most = max(count.max() for count in counts.values())
    x = np.repeat(edges, 2)[1:-1]
    series = [Series(said, np.repeat(count, 2)) for said, count in counts.items()]
    within = np.where((x >= low) & (x <= high), most, math.nan)
    series.append(Series("range of a device", within, dashed=True, colour=6))
    return Chart(title, f"conductance ({symbol})", "devices (1)", x / size, series)
