"""The table a run ends with, for one run, for several seeds of it, or for any mix of runs."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.files import resolved
from neuroep.report import Number, table
from neuroep.runs.budget import TITLES
from neuroep.runs.folder import METRICS
from neuroep.runs.metrics import JOULES, Metrics
from neuroep.tasks.baselines import title


def read_results(paths: Sequence[str]) -> list[Metrics]:
    """Read the metrics of run folders, or metrics files; each counts once in a mean."""
    files = [path / METRICS if path.is_dir() else path for path in map(Path, paths)]
    real = list(map(resolved, files))
    for at, name in enumerate(paths):
        if real[at] in real[:at]:
            raise InputError(f"{name}: given twice")
    return [Metrics.read(file) for file in files]


KIND = (
    "title", "data", "contents of the data", "labels", "solver", "rule", "update", "examples",
    "chip", "settings",
)  # fmt: skip


def kind_of(run: Metrics) -> tuple[object, ...]:
    """Return what runs must agree in to be seeds or chips of one: all else but what came out.

    In the order of :data:`KIND`; of chips, whether it is one.
    """
    data = run.data, tuple(run.contents.items()), tuple(run.labels)
    named = run.title, *data, run.solver, run.rule, run.update
    return *named, tuple(sorted(run.examples.items())), run.chip is None, run.settings


def grouped(runs: Sequence[Metrics]) -> list[list[Metrics]]:
    """Return the runs by kind, in the order given."""
    groups: dict[tuple[object, ...], list[Metrics]] = {}
    for run in runs:
        groups.setdefault(kind_of(run), []).append(run)
    return list(groups.values())


Pick = Callable[[Metrics], float | None]


def _picks(runs: Sequence[Metrics]) -> list[tuple[str, Pick, str]]:
    """Return title, value and unit of every figure that one of the runs has."""

    def names(entry: str) -> list[str]:
        return list(dict.fromkeys(name for run in runs for name in getattr(run, entry)))

    unit = runs[0].unit if len({run.unit for run in runs}) == 1 else "example"
    picks: list[tuple[str, Pick, str]] = [("test accuracy", lambda r: r.test_accuracy, "%")]
    if any(len(run.accuracy) > 1 for run in runs):
        picks += [
            (f"test accuracy, {solver}", lambda r, k=solver: r.accuracy.get(k), "%")  # type: ignore[misc]
            for solver in names("accuracy")
        ]
    picks.append(("validation accuracy", lambda r: r.validation_accuracy, "%"))
    if any(run.untrained is not None for run in runs):
        picks.append(("test accuracy before training", lambda r: r.untrained, "%"))
    entries: list[tuple[Callable[[str], str], str, str]] = [
        ("accuracy, {}".format, "controls", "%"),
        (title, "baselines", "%"),
        (f"spikes per neuron and {unit}, {{}}".format, "spikes", ""),
        ("settle steps, {}".format, "settle_steps", ""),
    ]
    for titled, entry, percent in entries:
        picks += [
            (titled(name), lambda r, e=entry, k=name: getattr(r, e).get(k), percent)  # type: ignore[misc]
            for name in names(entry)
        ]
    picks += [
        (f"not converged in the test, {solver}", lambda r, k=solver: _share(r, k), "%")  # type: ignore[misc]
        for solver in names("not_converged")
    ]
    picks += [
        (TITLES[name][0].format(unit), lambda r, k=name: r.budget.get(k), TITLES[name][1])  # type: ignore[misc]
        for name in TITLES
        if name in names("budget")
    ]
    picks += [
        (named, lambda r, k=name: r.account.get(k), "J")  # type: ignore[misc]
        for name, named in JOULES.items()
        if any(name in run.account for run in runs)
    ]
    return [
        *picks,
        ("training time", lambda r: r.seconds.get("training", 0.0), "s"),
        ("total time", lambda r: sum(r.seconds.values()), "s"),
        ("peak memory", lambda r: r.peak_memory_bytes / 1e6 or None, "MB"),
    ]


def _share(run: Metrics, solver: str) -> float | None:
    count = run.not_converged.get(solver)
    return None if count is None else count / run.examples["test"]


def _cell(runs: Sequence[Metrics], pick: Pick, unit: str) -> Number | None:
    values = [value for run in runs if (value := pick(run)) is not None]
    if not values:
        return None
    spread = float(np.std(values, ddof=1)) if len(set(values)) > 1 else None
    return Number(float(np.mean(values)), spread, unit)


def _heading(runs: Sequence[Metrics], alone: bool) -> str:
    first = runs[0]
    text = f"{first.data}, {first.examples['test']} test {first.unit}s"
    if not alone:
        text = f"{first.title} ({first.solver}, {first.rule}): {text}"
        text = ", ".join([text, *first.overrides])
    if len(runs) > 1:
        text += f", seeds {', '.join(str(run.seed) for run in runs)}"
        if first.chip is not None:
            text += f", chips {', '.join(str(run.chip) for run in runs)}"
    return text


@dataclass(frozen=True)
class Closing:
    """The closing table: a column for each kind of run, means with the spread over seeds.

    ``rows``: under ``headers``, the title of a figure first, None where a kind of run has not that
    figure; ``below``: what the columns are, where there are several, and notes.
    """

    headers: list[str]
    rows: list[list[object]]
    below: list[str]


def closing(runs: Sequence[Metrics]) -> Closing:
    """Return the closing table of runs."""
    groups = grouped(runs)
    alone = len(groups) == 1
    rows: list[list[object]] = [
        [named, *(_cell(group, pick, unit) for group in groups)]
        for named, pick, unit in _picks(runs)
    ]
    notes = [f"{run.data}: {run.note}" for run in runs if run.note]
    notes += [note for run in runs for note in run.budget_notes]
    if alone:
        return Closing([_heading(groups[0], alone), ""], rows, list(dict.fromkeys(notes)))
    headers = ["", *(f"[{number}]" for number in range(1, len(groups) + 1))]
    named = [f"[{n}] {_heading(group, alone)}" for n, group in enumerate(groups, 1)]
    return Closing(headers, rows, [*named, *dict.fromkeys(notes)])


def summary(runs: Sequence[Metrics], markdown: bool = False) -> str:
    """Return the closing table of runs as text, a dash where a kind of run has not a figure."""
    found = closing(runs)
    return "\n".join([table(found.rows, found.headers, markdown=markdown), *found.below])
