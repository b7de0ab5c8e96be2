"""Points of a sweep per hour against workers, and what a point costs whoever hands it out.

    python -m benchmarks.sweep.scaling [--json FILE] [--write]     minutes on 2 idle cores

The same trainings, of about two seconds each, are measured by one worker and by two; and shorter
ones, of which the process that hands them out is a larger part. A point that is there already costs
its worker nothing, so that handing out such points tells what the scheduler adds to each; from both
follows how many points a number of workers can measure, as far as one scheduler goes.
"""

import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.measure import run, table
from neuroep.runs.progress import Progress
from neuroep.studies.sweep.schedule import on_dask
from neuroep.studies.sweep.sweep import Sweep
from neuroep.studies.sweep.work import Asked, outcome

PLAN = """
design = "attention_small"
baselines = false
set = {{solver = "sweep", learning.epochs = {epochs}}}
seeds = {points}
data.limit = 400
"""
POINTS, EPOCHS, FEWER = 24, 12, 4
WORKERS = (1, 2)
ESTIMATED = (10, 100, 1000)
WISHED = 1.8
"""Ratio of the rates with two workers and with one."""


def main() -> None:
    """Measure and print."""
    run("sweep", "points of a sweep per hour against workers", measure)


def measure() -> tuple[dict[str, Any], str]:
    """Return rates by workers and an estimate for more, and both as tables."""
    short = rates_of(FEWER)[0]
    return figures_of(*rates_of(EPOCHS), short)


def rates_of(epochs: int) -> tuple[dict[int, float], float, float]:
    """Return points per second by workers, seconds of a point, and seconds of handing one out."""
    rates, seconds, handing = {}, 0.0, 0.0
    for workers in WORKERS:
        with tempfile.TemporaryDirectory() as folder:
            asked = opened(Path(folder), epochs)
            rates[workers] = rate_of(asked, workers)
            if workers == 1:
                found = [one for one in map(outcome, asked) if one]
                seconds = sum(one.seconds for one in found) / len(found)
                handing = 1 / rate_of(asked, workers)  # all of them are there by now
    return rates, seconds, handing


def opened(folder: Path, epochs: int) -> list[Asked]:
    """Return the points of a new sweep, kernels being loaded."""
    path = folder / "plan.toml"
    path.write_text(PLAN.format(points=POINTS, epochs=epochs), encoding="utf-8")
    sweep = Sweep(str(path), str(folder / "out"))
    sweep.open()
    sweep.prepare(sweep.asked, Progress())
    return sweep.asked


def rate_of(asked: Sequence[Asked], workers: int) -> float:
    """Return points per second between the first that each worker ended and the last of all."""
    ends: list[float] = []
    on_dask(asked, lambda _: ends.append(time.perf_counter()), workers, None)
    return (len(ends) - workers) / (ends[-1] - ends[workers - 1])


def figures_of(
    rates: Mapping[int, float], seconds: float, handing: float, short: Mapping[int, float]
) -> tuple[dict[str, Any], str]:
    """Return what was measured and estimated, as figures and as text."""
    each = 1 / rates[1]
    overhead = each - seconds
    ratio = rates[2] / rates[1]
    estimated = {n: min(n / each, 1 / handing) for n in ESTIMATED}
    hours = {**rates, **estimated}
    rows = [
        [str(n), f"{3600 * rate:,.0f}", f"{rate * each:.1f}", "no" if n in rates else "yes"]
        for n, rate in hours.items()
    ]
    text = table(["workers", "points per hour", "ratio", "estimated"], rows)
    text += (
        f"\n\nOne point takes {seconds:.2f} s of a worker; from one to the next {each:.2f} s: "
        f"points differ by more than what is between them. Handing out {POINTS} points that are "
        f"there already takes {1e3 * handing:.1f} ms each, and bounds the estimate. Two workers "
        f"measure {ratio:.2f} times the points of one; at least {WISHED} is wanted: "
        f"{'met' if ratio >= WISHED else 'missed'}. Of shorter points, {1 / short[1]:.2f} s from "
        f"one to the next, they measure {short[2] / short[1]:.2f} times as many."
    )
    figures = {
        "points": POINTS,
        "point_seconds": seconds,
        "overhead_seconds": overhead,
        "handing_seconds": handing,
        "points_per_hour": {str(n): 3600 * rate for n, rate in hours.items()},
        "ratio": ratio,
        "short": {"seconds": 1 / short[1], "ratio": short[2] / short[1]},
    }
    return figures, text


if __name__ == "__main__":
    main()
