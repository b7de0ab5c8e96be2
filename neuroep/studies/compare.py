"""Whether one kind of run is better than another, or than what it is held against."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.kinds import as_kind
from neuroep.runs.folder import ANSWERS
from neuroep.runs.intervals import difference, student
from neuroep.runs.metrics import Metrics
from neuroep.runs.summary import KIND, kind_of, read_results
from neuroep.tasks.baselines import by_seed, read_baselines, title

UNTRAINED = "the same network before training"


@dataclass(frozen=True)
class Gain:
    """What one side's test accuracy is above another's, in the same seeds.

    ``name``: of the other side; ``other``, ``apart``: its accuracies and the differences, by seed;
    ``p``: of a paired t-test that there is none, None of a single seed or where all are the same.
    """

    name: str
    other: list[float]
    apart: list[float]

    @property
    def p(self) -> float | None:
        """Of the t-test of all differences against zero, two-sided."""
        from scipy.stats import ttest_1samp

        if len(self.apart) < 2 or len(set(self.apart)) == 1:
            return None
        return float(ttest_1samp(self.apart, 0.0).pvalue)


@dataclass(frozen=True)
class Answers:
    """Two runs' answers to the same test examples: how many only one of them got right."""

    seed: int
    first: int
    second: int

    @property
    def p(self) -> float:
        """McNemar's exact test: whether one is right where the other is not as often as not."""
        from scipy.stats import binomtest

        count = self.first + self.second
        return float(binomtest(self.first, count).pvalue) if count else 1.0


@dataclass(frozen=True)
class Kept:
    """The content of answers.json."""

    labels: list[int]
    answers: dict[str, list[int]]


@dataclass(frozen=True)
class Comparison:
    """One kind of run against others. ``accuracy``: its own, by seed."""

    heading: str
    accuracy: list[float]
    gains: list[Gain]
    answers: list[Answers]


def compare(
    runs: Sequence[str], others: Sequence[str] = (), baselines: Sequence[str] = ()
) -> Comparison:
    """Compare seeds of one kind of run with those of another, and with what they are held against.

    ``baselines``: files of ``neuroep baselines`` that go before the runs' own: one for all seeds,
    or one of each. An InputError: not finished runs, seeds that occur twice or are missing, runs of
    several kinds, other test data, or no seed in common.
    """
    ours = _by_seed(runs)
    first = next(iter(ours.values()))[1]
    gains, answers = [], []
    if others:
        theirs = _by_seed(others)
        second = next(iter(theirs.values()))[1]
        told = [(m.data, m.examples["test"]) for m in (first, second)]
        if told[0] != told[1]:
            raise InputError(f"{others[0]}: tested on {told[1]}, {runs[0]} on {told[0]}")
        if first.labels != second.labels:
            raise InputError(f"{others[0]}: labels: other classes than {runs[0]} has")
        if first.contents and second.contents and first.contents != second.contents:
            raise InputError(f"{others[0]}: {first.data}: of other content than for {runs[0]}")
        common = [seed for seed in ours if seed in theirs]
        if not common:
            raise InputError(f"{others[0]}: no seed in common with {runs[0]}")
        pairs = [(ours[seed], theirs[seed]) for seed in common]
        accuracies = [(a.test_accuracy, b.test_accuracy) for (_, a), (_, b) in pairs]
        gains.append(_gain(f"{second.title} ({second.solver}, {second.rule})", accuracies))
        for seed, ((path, a), (other, b)) in zip(common, pairs, strict=True):
            found = _answers(seed, (path, a.solver), (other, b.solver))
            answers += [found] if found else []
    held = [metrics for _, metrics in ours.values()]
    if baselines:
        held = _with_baselines(held, baselines)
    gains += _held_against(held)
    seeds = ", ".join(map(str, ours))
    about = f"{first.title} ({first.solver}, {first.rule}): {first.data}"
    heading = f"{about}, {first.examples['test']} test {first.unit}s, seeds {seeds}"
    return Comparison(heading, [m.test_accuracy for _, m in ours.values()], gains, answers)


def _by_seed(paths: Sequence[str]) -> dict[int, tuple[str, Metrics]]:
    """Return paths and metrics of seeds of one kind of run."""
    found: dict[int, tuple[str, Metrics]] = {}
    for path, metrics in zip(paths, read_results(paths), strict=True):
        if metrics.seed in found:
            raise InputError(f"{path}: seed {metrics.seed}: as {found[metrics.seed][0]}")
        found[metrics.seed] = path, metrics
        first, run = next(iter(found.values()))
        for name, ours, theirs in zip(KIND, kind_of(run), kind_of(metrics), strict=True):
            if ours != theirs:
                raise InputError(
                    f"{path}: {name}: other than in {first}; runs of one kind stand before --with, "
                    "those of another behind it"
                )
    return found


def _with_baselines(runs: Sequence[Metrics], files: Sequence[str]) -> list[Metrics]:
    """Return runs with the baselines of files: of the only one, or of that of the run's seed."""
    chosen = by_seed(files, runs[0].task) if len(files) > 1 else {}
    found = []
    for run in runs:
        file = chosen.get(run.seed) if chosen else files[0]
        if file is None:
            raise InputError(f"{files[0]}: {run.task}.seed: {run.seed} is in none of these files")
        of = file, run.task, run.data, run.limit, run.note
        entry = read_baselines(*of, run.labels, run.contents, run.examples["test"])
        found.append(replace(run, baselines=entry.beside(run.title)))
    return found


def _held_against(runs: Sequence[Metrics]) -> list[Gain]:
    """Return the gains over every baseline that all runs have, and over what they began from."""
    gains = []
    if all(run.untrained is not None for run in runs):
        began = [(run.test_accuracy, run.untrained or 0.0) for run in runs]
        gains.append(_gain(UNTRAINED, began))
    for name in runs[0].baselines:
        if all(name in run.baselines for run in runs):
            held = [(run.test_accuracy, run.baselines[name]) for run in runs]
            gains.append(_gain(title(name), held))
    return gains


def _gain(name: str, pairs: Sequence[tuple[float, float]]) -> Gain:
    return Gain(name, [b for _, b in pairs], [difference(a, b) for a, b in pairs])


def _answers(seed: int, one: tuple[str, str], other: tuple[str, str]) -> Answers | None:
    """Return how two runs' answers differ; None where one of them has kept none."""
    right = []
    labels: list[list[int]] = []
    for path, solver in (one, other):
        file = Path(path) / ANSWERS
        if not file.is_file():
            return None
        kept = as_kind(Kept, read_json(file), str(file))
        given = kept.answers.get(solver, [])
        if len(given) != len(kept.labels):
            raise InputError(f"{file}: answers.{solver}: missing or damaged")
        labels.append(kept.labels)
        right.append([a == b for a, b in zip(kept.labels, given, strict=True)])
    if labels[0] != labels[1]:
        raise InputError(f"{other[0]}: other test examples than {one[0]}")
    both = list(zip(*right, strict=True))
    return Answers(seed, both.count((True, False)), both.count((False, True)))


def told(values: Sequence[float], unit: str, scale: float = 100.0, sign: str = "") -> str:
    """Return a mean with its interval, as text; without one where values do not differ."""
    mean, half = student(values)
    if not math.isfinite(half) or len(set(values)) == 1:
        return f"{scale * mean:{sign}.2f} {unit}"
    return f"{scale * mean:{sign}.2f} ± {scale * half:.2f} {unit}"
