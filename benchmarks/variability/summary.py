"""What many drawn chips say together: means with their intervals, quantiles, and the crossover."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from scipy import stats

from benchmarks.measure import table
from benchmarks.variability.chips import ALL, WAYS
from neuroep.core.tables import Reals
from neuroep.report.style import BLUE, DASHED, GREEN, VERMILLION, WIDTH_INCHES, entitle, styled

Rows = Sequence[Mapping[str, Any]]

PROGRAMMED, THEN, IN_PLACE = WAYS
COLOURS = {PROGRAMMED: VERMILLION, THEN: BLUE, IN_PLACE: GREEN}
QUANTILES = (0.1, 0.5, 0.9)
RESAMPLED = 2000


def interval(values: Reals) -> tuple[float, float]:
    """Return where the mean of all chips lies with 95 %, by Student's t; all shares of one chip."""
    if len(values) < 2:
        return -1.0, 1.0
    half = stats.t.ppf(0.975, len(values) - 1) * values.std(ddof=1) / math.sqrt(len(values))
    return float(values.mean() - half), float(values.mean() + half)


def told(values: Reals) -> dict[str, Any]:
    """Return mean, interval of the mean, and quantiles of the chips."""
    return {
        "mean": float(values.mean()),
        "interval": interval(values),
        "quantiles": dict(zip(map(str, QUANTILES), np.quantile(values, QUANTILES), strict=True)),
    }


def crossover(spreads: Reals, differences: Reals) -> float | None:
    """Return the least spread at which a curve of mean differences comes to 0 from below.

    Straight between spreads; the first one where it begins above, None where it stays below.
    """
    above = np.flatnonzero(differences >= 0)
    if not above.size:
        return None
    k = int(above[0])
    if k == 0:
        return float(spreads[0])
    low, high = differences[k - 1], differences[k]
    return float(spreads[k - 1] + (spreads[k] - spreads[k - 1]) * -low / (high - low))


def crossing(spreads: Reals, differences: Reals, seed: int = 0) -> dict[str, Any]:
    """Return the crossover of the mean of all chips, and its interval by drawing chips anew.

    ``differences``: (chips, spreads). The interval is 95 % of :data:`RESAMPLED` draws of as many
    chips, with replacement; ``reached`` is the share of them that have a crossover.
    """
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, len(differences), (RESAMPLED, len(differences)))
    drawn = [crossover(spreads, differences[one].mean(axis=0)) for one in chosen]
    known = [one for one in drawn if one is not None]
    return {
        "spread": crossover(spreads, differences.mean(axis=0)),
        "interval": np.quantile(known, (0.025, 0.975)).tolist() if known else None,
        "reached": len(known) / RESAMPLED,
    }


def accuracies(rows: Rows, way: str) -> dict[int, float]:
    """Return the test accuracy of each chip that has one."""
    return {r["chip"]: r["ways"][way]["test"] for r in rows if "test" in r["ways"][way]}


def paired(rows: Rows, way: str, other: str) -> dict[int, float]:
    """Return what a way is ahead of another one by, chip by chip."""
    one, two = accuracies(rows, way), accuracies(rows, other)
    return {chip: one[chip] - two[chip] for chip in one if chip in two}


def summary(rows: Rows) -> dict[str, Any]:
    """Return figures of each cause and spread over its chips, and crossovers."""
    groups: dict[tuple[str, float], list[Mapping[str, Any]]] = {}
    for row in rows:
        groups.setdefault((row["cause"], row["spread"]), []).append(row)
    points = [
        {"cause": cause, "spread": spread, "chips": len(group)} | _point(group)
        for (cause, spread), group in groups.items()
    ]
    return {"points": points, "crossover": _crossovers(groups)}


def _point(rows: Rows) -> dict[str, Any]:
    ways = {}
    for way in WAYS:
        found = np.array([*accuracies(rows, way).values()])
        missed = [r["ways"][way]["not_converged"] for r in rows if "test" in r["ways"][way]]
        about = told(found) | {"not_converged": float(np.mean(missed))} if found.size else {}
        ways[way] = about | {"failed": len(rows) - found.size}
    ahead = {}
    for way in (THEN, IN_PLACE):
        differences = np.array([*paired(rows, way, PROGRAMMED).values()])
        if differences.size:
            ahead[way] = told(differences)
    return {"ways": ways, f"ahead of {PROGRAMMED}": ahead}


def _crossovers(groups: Mapping[tuple[str, float], Rows]) -> dict[str, Any]:
    spreads = sorted(spread for cause, spread in groups if cause == ALL)
    found = {}
    for way in (THEN, IN_PLACE):
        by_spread = [paired(groups[ALL, spread], way, PROGRAMMED) for spread in spreads]
        chips = sorted(set.intersection(*map(set, by_spread))) if by_spread else []
        if chips:
            differences = np.array([[one[chip] for one in by_spread] for chip in chips])
            found[way] = crossing(np.array(spreads), differences)
    return found


def tables(content: Mapping[str, Any]) -> str:
    """Return everything as tables in Markdown, test accuracies in %."""
    points = content["summary"]["points"]
    curve = sorted((p for p in points if p["cause"] == ALL), key=lambda p: p["spread"])
    alone = [p for p in points if p["cause"] != ALL]
    spreads = [f"{p['spread']:.0%}" for p in curve]
    parts = [_means("spread of all", curve, spreads), _worst(curve, spreads)]
    if alone:
        parts.append(
            _means("of one alone", alone, [f"{p['cause']}, {p['spread']:.0%}" for p in alone])
        )
    parts.append(f"The ideal chip: {content['ideal']['test']:.1%} of the test images.")
    for way, one in content["summary"]["crossover"].items():
        where = "none"
        if one["spread"] is not None:
            where = f"{one['spread']:.1%} [{', '.join(f'{end:.1%}' for end in one['interval'])}]"
        parts.append(f"*{way}* comes up with *{PROGRAMMED}* at a spread of {where}.")
    return "\n\n".join(parts)


def _means(first: str, points: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    header = [first, "chips", *WAYS, *(f"{way} - {PROGRAMMED}" for way in (THEN, IN_PLACE))]
    rows = []
    for name, point in zip(names, points, strict=True):
        ways, ahead = point["ways"], point[f"ahead of {PROGRAMMED}"]
        cells = [name, str(point["chips"]), *(_mean(ways[way]) for way in WAYS)]
        rows.append([*cells, *(_mean(ahead.get(way, {})) for way in (THEN, IN_PLACE))])
    return table(header, rows)


def _worst(points: Sequence[Mapping[str, Any]], names: Sequence[str]) -> str:
    rows = [
        [name, *(_percent(point["ways"][way], "quantiles", "0.1") for way in WAYS)]
        for name, point in zip(names, points, strict=True)
    ]
    return table(["a tenth of the chips is below", *WAYS], rows)


def _percent(about: Mapping[str, Any], *path: str) -> str:
    for key in path:
        about = about.get(key, {})
    return f"{100 * float(about):.1f}" if about != {} else ""  # type: ignore[arg-type]


def _mean(about: Mapping[str, Any]) -> str:
    if "mean" not in about:
        return f"{about.get('failed', 0)} failed"
    low, high = about["interval"]
    failed = f", {about['failed']} failed" if about.get("failed") else ""
    return f"{100 * about['mean']:.1f} [{100 * low:.1f}, {100 * high:.1f}]{failed}"


@styled
def drawing(content: Mapping[str, Any]) -> Figure:
    """Draw accuracy by spread of each way, with the interval of the mean, over every chip."""
    points = sorted(
        (p for p in content["summary"]["points"] if p["cause"] == ALL), key=lambda p: p["spread"]
    )
    figure = Figure(figsize=(WIDTH_INCHES, 0.5 * WIDTH_INCHES), layout="constrained")
    axes = figure.subplots()
    for number, way in enumerate((IN_PLACE, THEN, PROGRAMMED)):
        for row in content["chips"]:
            if row["cause"] == ALL and "test" in row["ways"][way]:
                x = 100 * row["spread"] + 0.35 * (number - 1)
                y = 100 * row["ways"][way]["test"]
                axes.plot(x, y, ".", color=COLOURS[way], alpha=0.25, markersize=4)
        known = [p for p in points if "mean" in p["ways"][way]]
        x = np.array([100 * p["spread"] for p in known])
        low, high = (
            np.array([100 * p["ways"][way]["interval"][end] for p in known]) for end in (0, 1)
        )
        axes.fill_between(x, low, high, color=COLOURS[way], alpha=0.25, linewidth=0)
        means = [100 * p["ways"][way]["mean"] for p in known]
        axes.plot(x, means, color=COLOURS[way], label=way, marker="o", markersize=3)
    axes.axhline(100 * content["ideal"]["test"], color="black", linestyle=DASHED, linewidth=1)
    axes.set(xlabel="spread of everything at once, %", ylabel="test images right, %")
    axes.set_xticks([100 * p["spread"] for p in points])
    axes.legend(loc="lower left")
    chips = len({row["chip"] for row in content["chips"]})
    entitle(
        figure, f"{chips} drawn chips; dots: each; bands: of the mean, 95 %; dashed: ideal chip"
    )
    return figure
