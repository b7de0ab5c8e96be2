"""The task of a design with ``[table]``: rows of numbers, one label each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from neuroep.core.tables import Floats, Ints
from neuroep.errors import InputError
from neuroep.learning.evaluation import Examples
from neuroep.network.inputs import Input
from neuroep.network.parameters import real_numbers
from neuroep.tables import Table, TableData, open_table, read_table
from neuroep.tables.split import split
from neuroep.tasks.section import TaskSection
from neuroep.tasks.table.scaling import Scaling
from neuroep.tasks.task import Asked, DataOptions, Material, Shape, Size, Stage, Task, one_hot

SHOWN = 6  # numbers of a row that stand beside its answer


class TableSection(TaskSection):
    """How rows of numbers are clamped."""

    layer: str = ""
    """The clamped layer, the only one without a name, that takes a row."""
    scaling: Literal["range", "standard", "none"] = "standard"
    """``standard``: each column to mean 0 and deviation 1; ``range``: to 0 ... 1; ``none``. Fitted
    to the training rows, kept with the weights.
    """
    limit: float = Field(3.0, gt=0)
    """Deviations at which ``standard`` cuts values."""
    validation: float = Field(0.1, gt=0, lt=1)
    """Share of the training rows that chooses the epoch."""
    noise: float = Field(0.0, ge=0)
    """Standard deviation added to a scaled value whenever a training row is shown."""


@dataclass(frozen=True)
class TableExamples:
    """Scaled rows as :class:`neuroep.learning.evaluation.Examples`.

    ``noise``: standard deviation of what is added while training; ``note``: what their source says
    of itself.
    """

    values: Floats
    labels: Ints
    layer: str
    classes: int
    noise: float = 0.0
    note: str = ""

    def __len__(self) -> int:
        return len(self.values)

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return rows (B, columns) float32 and one-hot targets (B, classes)."""
        values = self.values[indices]
        if rng is not None and self.noise:
            values = values + np.float32(self.noise) * rng.standard_normal(values.shape, np.float32)
        return {self.layer: values}, one_hot(self.labels[indices], self.classes)


@dataclass
class TableEncoder:
    """Names and scales of the columns; ``layer``: the clamped one; ``labels``: of the classes."""

    layer: str
    columns: tuple[str, ...]
    scaling: Scaling
    labels: tuple[str, ...]
    tables: Mapping[str, int] = field(default_factory=dict)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""
        scaling = self.scaling
        return {
            "columns": np.array(self.columns),
            "offset": scaling.offset,
            "scale": scaling.scale,
            "cut": np.array([scaling.low, scaling.high]),
        }

    def as_examples(self, table: Table, noise: float = 0.0) -> TableExamples:
        """Return rows as the network takes them."""
        values = self.scaling.apply(table.values)
        return TableExamples(values, table.labels, self.layer, len(self.labels), noise)

    def examples(self, source: TableData, split: str, limit: int | None = None) -> TableExamples:
        """Return a split of an open source as examples; its columns are found by their names."""
        ours = source.of(self.columns)
        return replace(self.as_examples(getattr(ours, split).first(limit)), note=ours.note)

    def encode(self, given: ArrayLike) -> TableExamples:
        """Return rows (n, columns) without labels as the network takes them."""
        values = real_numbers("rows", given, np.float64)
        if values.ndim != 2 or values.shape[1] != len(self.columns):
            raise ValueError(f"rows: shape {values.shape}, not (n, {len(self.columns)})")
        return self.as_examples(Table(values, np.zeros(len(values), np.int64)))

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], TableExamples]]:
        """Read a user's own rows, a batch at a time."""
        rows = read_table(path, self.columns, **options.asked("label"))
        for part in options.batches(len(rows.values), batch):
            values = rows.values[part]
            asked = [
                Asked(int(line), _short(row), own)
                for line, own, row in zip(rows.numbers[part], rows.ids[part], values, strict=True)
            ]
            yield asked, self.encode(values)


def _short(values: Floats) -> str:
    text = ", ".join(f"{value:g}" for value in values[:SHOWN])
    return f"{text}, ..." if len(values) > SHOWN else text


class TableTask(Task):
    """Rows of numbers, one label each: measurements."""

    key = "table"
    kind = "table"
    unit = "row"
    title = "rows of numbers, one label each: measurements"
    section = TableSection

    def __init__(self, section: TableSection, shape: Shape) -> None:
        self.table = section
        self.shape = shape
        self.layer = shape.layer("table.layer", section.layer).name

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Count rows and columns."""
        data = _open(options, 0)
        return Size(data.name, data.labels, len(data.train.labels), {"width": len(data.columns)})

    def open(self, options: DataOptions) -> TableData:
        """Read labelled rows; there are no built-in ones."""
        return _open(options, self.shape.seed)

    def fit(self, source: TableData, options: DataOptions, stage: Stage) -> TableEncoder:
        """Fit the scale of each column to the rows that are trained on."""
        what = f"rows of {source.name}"
        self.shape.check_width("table.layer", self.layer, len(source.columns), what)
        train, _ = self._training(source, options.limit)
        scaling = Scaling.fit(train.values, self.table.scaling, self.table.limit)
        return TableEncoder(self.layer, source.columns, scaling, source.labels)

    def load(self, arrays: Mapping[str, np.ndarray], labels: tuple[str, ...]) -> TableEncoder:
        """Return a saved encoder."""
        low, high = (float(end) for end in arrays["cut"])
        scaling = Scaling(arrays["offset"], arrays["scale"], low, high)
        return TableEncoder(self.layer, tuple(map(str, arrays["columns"])), scaling, labels)

    def _training(self, source: TableData, limit: int | None) -> tuple[Table, Table]:
        """Return the rows to train on, and those that choose the epoch."""
        train = source.train.first(limit)
        if source.validation is not None:
            return train, source.validation.first(limit)
        kept, held = split(train.labels, self.table.validation, self.shape.seed)
        if not len(kept) or not len(held):
            raise InputError(f"{source.name}: {len(train.labels)} training rows are too few")
        return train.take(kept), train.take(held)

    def material(
        self,
        source: TableData,
        encoder: TableEncoder,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Scale every split."""
        train, validation = self._training(source.of(encoder.columns), options.limit)
        return Material(
            encoder.as_examples(train, self.table.noise),
            encoder.as_examples(validation),
            encoder.examples(source, "test", options.limit),
            facts={"columns": len(encoder.columns)},
        )

    def baselines(self, source: TableData, material: Material, limit: int | None) -> dict[str, Any]:
        """Fit logistic regression, and a ReLU network, on the same scaled rows and split."""
        from neuroep.tasks.relu import relu_network
        from neuroep.text.reviews.baselines import logistic_regression

        train, held, test = (
            (part.values, part.labels)
            for part in map(_rows, (material.train, material.validation, material.test))
        )
        fitted = logistic_regression("columns", train, test, held)
        return {"same columns": fitted, **relu_network(self.shape, material, self.layer)}


def _rows(examples: Examples) -> TableExamples:
    return cast(TableExamples, examples)


def _open(options: DataOptions, seed: int) -> TableData:
    if options.data is None:
        raise InputError("--data: missing: a table of numbers (.csv, .npz, .npy, .h5, .parquet)")
    return open_table(options.data, **options.opening(seed, "label"))
