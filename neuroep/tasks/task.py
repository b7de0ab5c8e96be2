"""What is learned: how labelled data become examples of a network, and answers become labels.

A task knows the clamped layers by name and shape only (:class:`InputLayer`), so that any network
that takes such inputs can learn it. What is fitted to the training data (a vocabulary, a scaling)
is its encoder, which is saved with the weights.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.files import check_name, resolved
from neuroep.learning.evaluation import Examples
from neuroep.tasks.section import TaskSection

Stage = Callable[[str], AbstractContextManager[None]]
"""Announces a part of the work that takes its time: ``with stage("reading images"): ...``."""


def one_hot(labels: NDArray[np.integer], classes: int) -> Floats:
    """Return one row a label, 1 at its class and 0 elsewhere, (n, classes) float32."""
    rows: Floats = np.eye(classes, dtype=np.float32)[labels]
    return rows


@dataclass(frozen=True)
class InputLayer:
    """A clamped layer as a task sees it.

    ``tokens`` rows of ``dim`` units; ``vocabulary``: rows of the table that ids look up, 0 where
    values are clamped; ``table``: the layer whose table it shares, its own when empty.
    """

    name: str
    tokens: int
    dim: int
    vocabulary: int = 0
    table: str = ""


@dataclass(frozen=True)
class Shape:
    """What a task must know of a network: its clamped layers, outputs, and seed.

    ``where`` is what errors call the design; ``hidden``: sizes of the layers between what is
    clamped and the outputs.
    """

    inputs: Mapping[str, InputLayer]
    outputs: int
    seed: int
    where: str
    hidden: tuple[int, ...] = ()

    def layer(self, key: str, name: str) -> InputLayer:
        """Return the clamped layer that an entry of a design names; the only one without a name."""
        if not name and len(self.inputs) == 1:
            return next(iter(self.inputs.values()))
        if name not in self.inputs:
            known = ", ".join(self.inputs) or "none"
            raise InputError(f"{self.where}: {key}: {name!r} is not a clamped layer ({known})")
        return self.inputs[name]

    def check_width(self, key: str, name: str, width: int, what: str) -> None:
        """Check that a layer takes plain values, and is as wide as the data."""
        layer = self.layer(key, name)
        if layer.vocabulary or (layer.tokens, layer.dim) != (1, width):
            raise InputError(
                f"{self.where}: {key}: {what} have {width} values each, layer {layer.name!r} takes "
                f"{layer.tokens} x {layer.dim}"
            )

    def check_labels(self, source: str, labels: Sequence[str]) -> None:
        """Check that there is an output for each class."""
        if self.outputs != len(labels):
            shown = ", ".join(labels[:8]) + (", ..." if len(labels) > 8 else "")
            raise InputError(
                f"{self.where}: cost: {source} has {len(labels)} classes ({shown}), the design has "
                f"{self.outputs} outputs"
            )


WORDS = frozenset({"text", "premise", "hypothesis"})
"""Roles of columns that hold words."""


@dataclass(frozen=True)
class DataOptions:
    """Where the data are, as a user says it; kept in the run folder.

    ``data``: file or folder, None for the built-in data; ``validation``, ``test``: files of these
    splits; ``columns``: column names by role ("text", "label", "premise", "hypothesis");
    ``vectors``: files of word vectors, none to learn them; ``limit``: examples of each split;
    ``share``: of each class that is held out where the data have no test split, 1 to test on all.
    An InputError where a name is not UTF-8, as the files of a run could not hold it, or where one
    file is for two splits: what is trained on tests nothing.
    """

    data: str | None = None
    validation: str | None = None
    test: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)
    vectors: Sequence[str] = ()
    limit: int | None = None
    share: float = 0.2

    def __post_init__(self) -> None:
        for known in fields(self):
            given = getattr(self, known.name)
            for text in given if isinstance(given, list | tuple) else [given]:
                if isinstance(text, str):
                    check_name(text, known.name)
        if self.limit is not None and self.limit < 1:
            raise InputError(f"limit: must be at least 1, got {self.limit}")
        if not 0 < self.share <= 1:
            raise InputError(f"share: must be above 0 and at most 1, got {self.share}")
        places: dict[Path, str] = {}
        for name in ("data", "validation", "test"):
            path = getattr(self, name)
            if path and places.setdefault(resolved(path), name) != name:
                raise InputError(f"{name}: {path}: is {places[resolved(path)]} as well")

    def asked(self, *roles: str) -> dict[str, str]:
        """Return the columns that were named, for the roles that a task has; no others may be.

        Nor may there be word vectors where none of them holds words.
        """
        for role in self.columns:
            if role not in roles:
                known = " and ".join(roles) or "no columns"
                raise InputError(f"--{role}-column: this task reads {known}")
        if self.vectors and not WORDS & set(roles):
            raise InputError("--vectors: this task reads no words")
        return dict(self.columns)

    def opening(self, seed: int, *roles: str) -> dict[str, Any]:
        """Return what readers of labelled data take besides the path; columns as :meth:`asked`."""
        splits = {"validation": self.validation, "test": self.test, "share": self.share}
        return {**splits, "seed": seed, **self.asked(*roles)}

    def batches(self, count: int, batch: int) -> Iterator[slice]:
        """Yield the places of a batch of ``count`` inputs after the other, up to the limit."""
        last = min(count, self.limit or count)
        for first in range(0, last, batch):
            yield slice(first, min(first + batch, last))


class Source(Protocol):
    """Labelled data, opened."""

    @property
    def name(self) -> str:
        """Short name for tables and run files."""

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of their numbers."""

    @property
    def note(self) -> str:
        """How splits were made, empty where they are the data's own."""


@dataclass(frozen=True)
class Asked:
    """One thing that a user wants an answer to: where it stands, and what is shown of it.

    ``id``: what the user's own file calls it; ``facts``: what else the answer says of it.
    """

    line: int
    shown: str
    id: str | int | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


class Encoder(Protocol):
    """What was fitted to the training data; turns data into what is clamped.

    ``labels``: names of the classes; ``tables``: rows of each clamped layer's table.
    """

    labels: tuple[str, ...]
    tables: Mapping[str, int]

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""

    def examples(self, source: Any, split: str, limit: int | None = None) -> Examples:
        """Return a split of an open source as examples."""

    def encode(self, given: Any) -> Examples:
        """Return what a user has in memory (texts, pairs, arrays) as examples without labels.

        Raises
        ------
        ValueError
            Of another kind or shape than the task reads.
        """

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], Examples]]:
        """Read a user's own inputs, a batch at a time; "-" is standard input."""


@dataclass(frozen=True)
class Material:
    """What a run trains on, chooses by and tests with.

    ``controls``: test examples that were tampered with, by name, which only a network that looks
    at the wrong thing gets right; ``initial``: parameters that start from the data; ``facts``: what
    the run's metrics shall say of the data.
    """

    train: Examples
    validation: Examples
    test: Examples
    controls: Mapping[str, Examples] = field(default_factory=dict)
    initial: Mapping[str, Floats] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def counts(self) -> dict[str, int]:
        """Number of examples of each split."""
        return {name: len(getattr(self, name)) for name in ("train", "validation", "test")}


@dataclass(frozen=True)
class Size:
    """What a new design is sized by.

    ``name``: of the data; ``labels``; ``train``: number of training examples; ``values``: what the
    task's template asks for beside these, by name.
    """

    name: str
    labels: tuple[str, ...]
    train: int
    values: Mapping[str, object] = field(default_factory=dict)


class Task(Protocol):
    """What is learned. One folder a task, its class in the catalogue.

    Class attributes: ``key``, the table of a design that asks for it; ``unit``, what one example is
    called; ``section``, the table's class; ``title``, one line for lists and help; ``kind``, what
    ``neuroep new`` calls it.
    """

    shape: Shape
    key: ClassVar[str]
    kind: ClassVar[str]
    unit: ClassVar[str]
    title: ClassVar[str]
    section: ClassVar[type[TaskSection]]

    def __init__(self, section: Any, shape: Shape) -> None: ...

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Look at data to size a new design by."""

    def open(self, options: DataOptions) -> Source:
        """Open the data."""

    def fit(self, source: Any, options: DataOptions, stage: Stage) -> Encoder:
        """Learn what is learned from the training data before the network."""

    def load(self, arrays: Mapping[str, np.ndarray], labels: tuple[str, ...]) -> Encoder:
        """Return a saved encoder."""

    def material(
        self,
        source: Any,
        encoder: Any,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Encode everything; ``begun``: the parameters that a resumed run once started from."""

    def baselines(self, source: Any, material: Material, limit: int | None) -> dict[str, Any]:
        """Fit the lines that the network is held against, by name; empty where there are none."""
        return {}

    @property
    def fixed(self) -> Mapping[str, str]:
        """Parameters that must not learn, and why; empty where all may."""
        return {}

    def row_names(self, encoder: Any) -> Mapping[str, Sequence[str]]:
        """Return what the rows of tables are called, by parameter; empty where nobody knows."""
        return {}

    def figures(self, view: Any) -> None:
        """Draw what only this task has to show of a trained network, beside what all runs draw."""
        return
