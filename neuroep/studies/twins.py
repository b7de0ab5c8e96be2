"""The same network from the same seed, trained by EP and by backpropagation: twins compared."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.errors import InputError
from neuroep.kinds import as_kind
from neuroep.learning.rules import RULES
from neuroep.runs.folder import METRICS, OPTIONS, RunFolder
from neuroep.runs.intervals import difference
from neuroep.tasks.task import DataOptions

CURVES = ("train_accuracy", "train_cost", "validation_accuracy", "validation_cost")
VALIDATION = "validation accuracy, best epoch"


@dataclass(frozen=True)
class Twin:
    """One finished run: how it learned, its seed, its data, its curves, its accuracies."""

    run: str
    rule: str
    seed: int
    data: str
    contents: dict[str, str]
    history: dict[str, list[float]]
    accuracies: dict[str, float]


def read_twins(runs: Sequence[str]) -> list[Twin]:
    """Read finished runs that differ in their seed and in how they learned, and in nothing else.

    None may be there twice, those of one rule have its options alike, and there must be two ways
    of learning; an InputError says by which key of their designs, or by what of their data, runs
    are no twins.
    """
    twins: list[Twin] = []
    designs: dict[str, dict[str, Any]] = {}
    apart = {"seed", "traces"}
    for run in runs:
        twin, designs[run] = _read(run)
        if key := _difference(designs[runs[0]], designs[run], apart | how_it_learns()):
            raise InputError(f"{run}: {key}: another than in {runs[0]}, so these are no twins")
        for other in twins:
            if other.rule == twin.rule and (
                key := _difference(designs[other.run], designs[run], apart)
            ):
                raise InputError(f"{run}: {key}: another than in {other.run}, by the same rule")
            if (other.rule, other.seed) == (twin.rule, twin.seed):
                raise InputError(f"{run}: seed {twin.seed} by {twin.rule}: as {other.run}")
            if other.data != twin.data:
                raise InputError(f"{run}: data: {twin.data!r}, not {other.data!r}")
            if other.contents and twin.contents and other.contents != twin.contents:
                raise InputError(f"{run}: data: of other content than for {other.run}")
        twins.append(twin)
    if len({twin.rule for twin in twins}) < 2:
        raise InputError(f"{runs[-1]}: learning.rule: twins learn in two ways, these in one")
    return twins


def _read(run: str) -> tuple[Twin, dict[str, Any]]:
    folder = RunFolder.open(run)
    design, metrics = folder.read_design(), folder.read_metrics()
    if metrics is None:
        raise InputError(f"{run}: not trained to the end yet; go on with --resume {run}")
    history = {name: list(metrics.history.get(name, ())) for name in CURVES}
    if metrics.rule not in RULES:
        raise InputError(f"{folder.path / METRICS}: rule: {metrics.rule!r} is unknown")
    accuracies = {VALIDATION: metrics.validation_accuracy}
    accuracies |= {f"test accuracy, {name}": value for name, value in metrics.accuracy.items()}
    options = as_kind(DataOptions, folder.read_options(), str(folder.path / OPTIONS))
    limit = options.limit
    data = metrics.data + (f", at most {limit} of each split" if limit else "")
    told = run, metrics.rule, metrics.seed, data, metrics.contents
    vectors = [Path(name).name for name in options.vectors]
    read = {"labels": metrics.labels, "columns": options.columns, "vectors": vectors}
    return Twin(*told, history, accuracies), design | read


def how_it_learns() -> set[str]:
    """Return the keys of a design in which twins by two rules may differ."""
    options = {f.name for rule in RULES.values() for f in fields(rule)}  # type: ignore[arg-type]
    return {f"learning.{name}" for name in options | {"rule"}}


def _difference(
    one: Mapping[str, Any], other: Mapping[str, Any], apart: Set[str], within: str = ""
) -> str:
    """Return the first key, of none of those ``apart``, in which two designs differ."""
    for key in sorted({*one, *other}):
        path = f"{within}{key}"
        if path in apart:
            continue
        a, b = one.get(key), other.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            if found := _difference(a, b, apart, f"{path}."):
                return found
        elif a != b:
            return path
    return ""


def by_rule(twins: Sequence[Twin]) -> dict[str, list[Twin]]:
    """Return the twins by how they learned: EP first, each group in the order of its seeds."""
    found: dict[str, list[Twin]] = {}
    for rule in RULES:
        group = sorted((t for t in twins if t.rule == rule), key=lambda t: t.seed)
        if group:
            found[rule] = group
    return found


@dataclass(frozen=True)
class Difference:
    """EP minus a reference, in accuracy, over the seeds that both have."""

    rule: str
    reference: str
    figure: str
    seeds: list[int]
    differences: list[float]

    @property
    def mean(self) -> float:
        """Over the seeds."""
        return float(np.mean(self.differences))

    @property
    def spread(self) -> float | None:
        """One standard deviation over the seeds, None of one alone."""
        return float(np.std(self.differences, ddof=1)) if len(self.differences) > 1 else None


def differences(twins: Sequence[Twin]) -> list[Difference]:
    """Return each estimator's accuracies minus those of its twins by backpropagation."""
    groups = by_rule(twins)
    references = [name for name in groups if RULES[name].reference] or list(groups)[-1:]
    figures = dict.fromkeys(name for twin in twins for name in twin.accuracies)
    found = []
    for reference in references:
        twin_of = {twin.seed: twin for twin in groups[reference]}
        for rule, group in groups.items():
            if rule in references:
                continue
            for figure in figures:
                pairs = [(t, twin_of[t.seed]) for t in group if t.seed in twin_of]
                pairs = [p for p in pairs if all(figure in t.accuracies for t in p)]
                if pairs:
                    both = [(a.accuracies[figure], b.accuracies[figure]) for a, b in pairs]
                    apart = [difference(*accuracies) for accuracies in both]
                    seeds = [a.seed for a, _ in pairs]
                    found.append(Difference(rule, reference, figure, seeds, apart))
    return found


def results_of(twins: Sequence[Twin]) -> dict[str, Any]:
    """Return everything as JSON holds it."""
    return {
        "runs": [asdict(twin) | {"run": Path(twin.run).name} for twin in twins],
        "differences": [
            asdict(found) | {"mean": found.mean, "spread": found.spread}
            for found in differences(twins)
        ],
    }
