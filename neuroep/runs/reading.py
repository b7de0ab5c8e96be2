"""A trained network reads data: labelled ones for a test, a user's own for an answer."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.errors import InputError
from neuroep.learning.evaluation import Evaluation, Examples, evaluate
from neuroep.learning.system import System
from neuroep.network.inputs import Input
from neuroep.runs.contents import PLACES, is_own, moved
from neuroep.runs.options import read_options
from neuroep.runs.trained import TrainedRun, load_run
from neuroep.tables.columns import columns_in
from neuroep.tables.labels import find_label
from neuroep.tables.split import SPLITS
from neuroep.tasks.task import DataOptions, Source

DIGITS = 4  # of a score


@dataclass(frozen=True)
class Tested:
    """One run on labelled data."""

    run: TrainedRun
    solver: str
    data: str
    unit: str
    found: Evaluation
    cut: int = 0
    """Examples whose end was not read."""
    unread: int = 0
    """Words of these that were not read."""
    note: str = ""
    """What of the data was passed by."""
    splits: str = ""
    """How their source was split: by which seed, where that was made."""

    @property
    def line(self) -> str:
        """What came out, for people."""
        found = self.found
        text = (
            f"{len(found.labels)} {self.unit}s, {self.solver}: accuracy {found.accuracy:.4f}, "
            f"cost {found.cost:.4f}, {found.steps:.1f} settle steps"
        )
        if found.not_converged:
            text += f", {found.not_converged} not converged"
        if self.cut:
            text += f"; {said_of_unread(self.cut, f'{self.unit}s', self.unread)}"
        if self.note:
            text += f"; {self.note}"
        return text


@dataclass(frozen=True)
class Labelled:
    """Labelled data as a run takes them; the others are as of :class:`Tested`."""

    data: str
    unit: str
    examples: Examples
    cut: int = 0
    unread: int = 0
    note: str = ""
    splits: str = ""


def evaluate_run(
    run: str | TrainedRun,
    options: DataOptions | None = None,
    solver: str = "",
    labelled: Labelled | None = None,
) -> Tested:
    """Test a trained run, or that of a folder, on the test split of labelled data.

    ``options`` are as for :func:`read_labelled`; ``labelled``: read already. An InputError: the run
    or the data cannot be used, or the classes are others than the run was trained on.
    """
    trained = load_run(run) if isinstance(run, str) else run
    system = trained.settled_by(solver)
    read = labelled or read_labelled(trained, options)
    used = solver or trained.design.settles_by
    found = evaluate(system, read.examples)
    return Tested(
        trained, used, read.data, read.unit, found, read.cut, read.unread, read.note, read.splits
    )


def read_labelled(trained: TrainedRun, options: DataOptions | None = None) -> Labelled:
    """Return the test split of labelled data as a run takes them.

    Of the run's own where ``options`` name no data, or these: split as for its training, which has
    not seen them. An InputError: they are not where they were, or hold something else by now.
    """
    task = trained.design.task(str(trained.folder.path))
    told = options is not None
    options = _to_test_on(trained, options or DataOptions())
    source = task.open(options)
    ours = trained.encoder.labels
    columns = columns_of(source.labels, ours, f"{source.name}: label")
    given = trained.encoder.examples(source, "test", options.limit)
    same = columns == list(range(len(ours)))
    cut = getattr(given, "cut", 0)  # sequences have an end that a layer may not hold
    unread = int(np.sum(getattr(given, "unread", 0)))
    examples = given if same else Relabelled(given, columns)
    note = _passed(source, getattr(given, "note", source.note)) if told else ""
    return Labelled(source.name, task.unit, examples, cut, unread, note, source.note)


def _to_test_on(run: TrainedRun, asked: DataOptions) -> DataOptions:
    """Return where a run's own data are, split as it was trained, or all of others to test on."""
    kept = read_options(run.folder)
    if asked.data and not is_own(kept, asked.data):
        # They were not trained on: all of them are there to test with, unless they have splits.
        return replace(_as_trained(kept, asked, asked.data), share=1.0)
    for role, name in asked.columns.items():
        if kept.columns.get(role) != name:  # other columns would be other splits
            raise InputError(
                f"--{role}-column {name}: this run's own data are read by the columns that it was "
                "trained with"
            )
    places = {name: getattr(asked, name) for name in PLACES}
    own = moved(kept, {k: path for k, path in places.items() if path != getattr(kept, k)})
    return replace(own, limit=asked.limit or own.limit)


def _as_trained(kept: DataOptions, asked: DataOptions, path: str) -> DataOptions:
    """Return options with the columns that were named for a training, where a path has these.

    What is named now goes before. By their names other columns of the same file may look right.
    """
    usual = {role: name for role, name in kept.columns.items() if role not in asked.columns}
    there = columns_in(path) if usual else ()
    usual = {role: name for role, name in usual.items() if name in there}
    return replace(asked, columns={**usual, **asked.columns})


def _passed(source: Source, note: str) -> str:
    """Return ``note``, and how many records to test with have no label, unless that says so."""
    if "without a label" in note:
        return note
    skipped = getattr(source, "skipped", {})
    tested = [
        part for part in SPLITS if part == "test" or part not in getattr(source, "splits", ())
    ]
    count = sum(skipped.get(part, 0) for part in tested)
    return "; ".join(filter(None, (note, f"{count} without a label" if count else "")))


def said_of_unread(count: int, what: str, words: int) -> str:
    """What people are told where the end of some examples was not read."""
    return f"{count} {what} longer than the network reads: {words} words not read"


class Relabelled:
    """Examples whose classes are numbered as the network's outputs are.

    The targets of ``examples`` have a column for each output, of which the first are those of their
    classes; ``columns``: output of each of these classes.
    """

    def __init__(self, examples: Examples, columns: Sequence[int]) -> None:
        self.examples, self.columns = examples, list(columns)

    def __len__(self) -> int:
        return len(self.examples)

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return what is clamped, and targets (B, outputs)."""
        inputs, given = self.examples.batch(indices, rng)
        target: Floats = np.zeros_like(given)
        target[:, self.columns] = given[:, : len(self.columns)]
        return inputs, target


def columns_of(theirs: Sequence[str], ours: Sequence[str], where: str) -> list[int]:
    """Return the output of each class of some data, told by its name; each has one of its own."""
    columns: list[int] = []
    for label in theirs:
        column = find_label(label, ours)
        if column is None:
            raise InputError(f"{where} {label!r}: the network knows {', '.join(ours)}")
        if column in columns:
            other = theirs[columns.index(column)]
            raise InputError(f"{where} {label!r}: stands for {ours[column]!r}, as {other!r} does")
        columns.append(column)
    return columns


def together(tested: Sequence[Tested]) -> float | None:
    """Return the accuracy of the mean of several runs' scores.

    None where runs were tested on different examples, as each held out its own by its seed.
    """
    first = tested[0]
    for other in tested:
        if other.found.scores.shape != first.found.scores.shape:
            raise InputError(
                f"{other.run.folder.path}: was not trained for the same task as "
                f"{first.run.folder.path}"
            )
    if any(_tested_on(one) != _tested_on(first) for one in tested):
        return None
    mean = np.mean([one.found.scores for one in tested], axis=0)
    return float((mean.argmax(axis=1) == first.found.labels).mean())


def _tested_on(one: Tested) -> tuple[object, ...]:
    """Return what tells the examples that a run was tested on from those of others."""
    return one.data, one.splits, one.run.labels, one.found.labels.tolist()


def predict(
    run: str, path: str, options: DataOptions, solver: str = "", batch: int = 64
) -> Iterator[dict[str, Any]]:
    """Yield an answer for each of a user's own inputs.

    Yields
    ------
    dict
        ``line``: where the input stands; ``id``: what its own file calls it; ``label``; ``scores``
        by label; what the task says of the input (unknown words, words that are not read);
        ``input``: the beginning of it.

    Raises
    ------
    InputError
        The run or the inputs cannot be used.
    """
    trained = load_run(run)
    system = trained.settled_by(solver)
    options = _as_trained(read_options(trained.folder), options, path)
    for asked, examples in trained.encoder.asked(path, options, batch):
        for one, found in zip(asked, answers(trained, system, examples), strict=True):
            own = {} if one.id is None else {"id": one.id}
            yield {"line": one.line, **own, **found, **one.facts, "input": one.shown}


def answers(run: TrainedRun, system: System, examples: Examples) -> Iterator[dict[str, Any]]:
    """Yield ``label`` and ``scores`` by label of each example."""
    labels = run.encoder.labels
    for scores in evaluate(system, examples).scores:
        rounded = (round(float(score), DIGITS) for score in scores)
        yield {
            "label": labels[int(scores.argmax())],
            "scores": dict(zip(labels, rounded, strict=True)),
        }
