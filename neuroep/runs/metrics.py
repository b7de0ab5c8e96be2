"""What a run was and what came out, in one shape whatever it learned and on what chip."""

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.kinds import as_kind


@dataclass(frozen=True)
class Metrics:
    """The content of ``metrics.json``.

    Attributes
    ----------
    title, data, note : str
        Of the design; name of the data; how splits were made where they are not the data's own.
    task, unit : str
        Key of the task; what one example is called.
    labels : list of str
        Names of the classes.
    seed, threads : int
    solver, rule, update : str
        The design's own.
    examples : dict of int
        Of each split.
    test_accuracy, validation_accuracy : float
        By the design's own solver; of the epoch that was kept.
    best_epoch : int
        Counted from 1.
    history : dict of list
        Figures of each epoch; NaN, null in the file, where one was no number.
    accuracy : dict of float
        On the test examples, by solver; the design's own first.
    settle_steps : dict of float
        Mean steps of a test example, by solver.
    not_converged : dict of int
        Test examples whose settle did not meet its tolerance, by solver.
    controls : dict of float
        Accuracy on test examples that were tampered with, by the design's own solver.
    untrained : float or None
        Test accuracy of the same network before training, settled exactly where it sends spikes.
    baselines : dict of float
        Test accuracies of what the network is held against.
    confusion : dict of lists
        By solver: how often each class (row) was taken for each (column).
    spikes : dict of float
        Spikes per neuron and example, by layer; empty without spikes.
    saturated : float or None
        Activities beyond what a spiking line can carry, per example.
    budget : dict of float
        What learning on devices costs, SI, per example where nothing else is said; see
        :data:`neuroep.runs.budget.TITLES`. Empty where floats learn.
    arrays : dict of dict
        Books of the devices of each learned array; see
        :class:`neuroep.learning.updates.updater.Spent`.
    budget_notes : list of str
        How energies were found.
    account : dict
        Where the joules of an example go on the design's chip, cell by cell; see
        :class:`neuroep.hardware.account.Account`. Empty where no cell realises it.
    chip : int or None
        Which of the chips that the design draws, None of the ideal one.
    facts : dict
        What else the task or the chip tells.
    provenance : dict
        Versions, machine, data and command; see :func:`neuroep.runs.provenance.provenance`.
    peak_memory_bytes : int
    seconds : dict of float
        Wall time, by stage.
    """

    title: str
    data: str
    task: str
    unit: str
    labels: list[str]
    seed: int
    solver: str
    rule: str
    update: str
    examples: dict[str, int]
    test_accuracy: float
    validation_accuracy: float
    best_epoch: int
    history: dict[str, list[float]]
    accuracy: dict[str, float]
    settle_steps: dict[str, float]
    not_converged: dict[str, int]
    seconds: dict[str, float]
    note: str = ""
    threads: int = 1
    controls: dict[str, float] = field(default_factory=dict)
    untrained: float | None = None
    baselines: dict[str, float] = field(default_factory=dict)
    confusion: dict[str, list[list[int]]] = field(default_factory=dict)
    spikes: dict[str, float] = field(default_factory=dict)
    saturated: float | None = None
    budget: dict[str, float] = field(default_factory=dict)
    arrays: dict[str, dict[str, Any]] = field(default_factory=dict)
    budget_notes: list[str] = field(default_factory=list)
    account: dict[str, Any] = field(default_factory=dict)
    chip: int | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    provenance: dict[str, Any] = field(default_factory=dict)
    peak_memory_bytes: int = 0

    @property
    def contents(self) -> dict[str, str]:
        """SHA-256 of each file or folder of data, by its option; empty where none is noted."""
        noted = self.provenance.get("data")
        entries = noted.items() if isinstance(noted, dict) else ()
        return {
            name: str(entry["sha256"])
            for name, entry in sorted(entries)
            if isinstance(entry, dict) and "sha256" in entry
        }

    @property
    def settings(self) -> str:
        """What tells runs of other settings, see :func:`neuroep.runs.provenance.settings`.

        Empty where none is noted, as by earlier versions.
        """
        return str(self.provenance.get("settings", ""))

    @property
    def limit(self) -> int | None:
        """Most examples of each split; None where that was all, or is not noted."""
        noted = self.provenance.get("limit")
        return noted if isinstance(noted, int) else None

    @property
    def overrides(self) -> list[str]:
        """What was overridden of the design, but for seed and number of the chip."""
        noted = self.provenance.get("set")
        entries = [str(entry) for entry in noted] if isinstance(noted, list) else []
        return [e for e in entries if e.partition("=")[0].strip() not in ("seed", "circuit.chip")]

    def to_json(self) -> dict[str, Any]:
        """Return plain values, as JSON holds them."""
        return asdict(self)

    @classmethod
    def read(cls, path: Path) -> "Metrics":
        """Read a metrics file.

        Raises
        ------
        InputError
            Missing, not JSON, or not the metrics of a finished run; names the first field that is
            missing or wrong.
        """
        found = as_kind(cls, _with_nan(read_json(path)), str(path))
        if wrong := next(_wrong(found), ""):
            raise InputError(f"{path}: {wrong}")
        return found


def _with_nan(content: Any) -> Any:
    """Return the content of a file with NaN for each figure of an epoch that was no number."""
    history = content.get("history") if isinstance(content, dict) else None
    if not isinstance(history, dict):
        return content
    columns = {
        name: [math.nan if v is None else v for v in column] if isinstance(column, list) else column
        for name, column in history.items()
    }
    return content | {"history": columns}


MOST = 2**63
"""No count, time or size of a run comes near."""

JOULES = {
    "inference_joules": "energy of an inference, estimate",
    "step_joules": "energy of a learning step, estimate",
}
"""Of an account, what tables show, and its title there."""


def _wrong(metrics: Metrics) -> Iterator[str]:
    """Yield what cannot be the metrics of any run: the field, and why."""
    for f in fields(metrics):
        if f.name not in ("facts", "arrays", "provenance"):
            yield from _out_of_range(f.name, getattr(metrics, f.name))
    shares = {name: getattr(metrics, name) for name in ("test_accuracy", "validation_accuracy")}
    if metrics.untrained is not None:
        shares["untrained"] = metrics.untrained
    for field_name in ("accuracy", "controls", "baselines"):
        values = getattr(metrics, field_name).items()
        shares |= {f"{field_name}.{name}": value for name, value in values}
    for name, column in metrics.history.items():
        if name.endswith("accuracy"):
            shares |= {f"history.{name}.{number}": value for number, value in enumerate(column)}
    for key, value in shares.items():
        if not 0 <= value <= 1:
            yield f"{key}: {value:g} is no share"
    tests = metrics.examples.get("test", 0)
    if not tests:
        yield "examples.test: missing"
    for solver, count in metrics.not_converged.items():
        if count > tests:
            yield f"not_converged.{solver}: {count} of {tests} test examples"
    for solver in {metrics.solver: 0.0, **metrics.accuracy}:
        if solver not in metrics.accuracy:
            yield f"accuracy.{solver}: missing"
        for field_name in ("settle_steps", "not_converged"):
            if solver not in getattr(metrics, field_name):
                yield f"{field_name}.{solver}: missing"
    for name in JOULES:
        joules = metrics.account.get(name, 0.0)
        if not isinstance(joules, int | float) or not abs(joules) < MOST:
            yield f"account.{name}: is no energy"
    classes = len(metrics.labels)
    for solver, rows in metrics.confusion.items():
        if [len(row) for row in rows] != [classes] * classes or sum(map(sum, rows)) != tests:
            yield f"confusion.{solver}: is not of {classes} classes and {tests} test examples"
    if metrics.confusion and metrics.solver not in metrics.confusion:
        yield f"confusion.{metrics.solver}: missing"
    epochs = {len(column) for column in metrics.history.values()}
    if "validation_accuracy" not in metrics.history:
        yield "history.validation_accuracy: missing"
    if len(epochs) > 1:
        yield "history: figures of different numbers of epochs"
    if not 1 <= metrics.best_epoch <= max(epochs, default=0):
        yield f"best_epoch: {metrics.best_epoch} is none of history"


def _out_of_range(key: str, value: Any) -> Iterator[str]:
    """Yield each number of a field that is negative or beyond all measure."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from _out_of_range(f"{key}.{name}", entry)
    elif isinstance(value, list):
        for number, entry in enumerate(value):
            yield from _out_of_range(f"{key}.{number}", entry)
    elif isinstance(value, int | float) and not 0 <= value < MOST and not _signed(key):
        yield f"{key}: is out of range"


def _signed(key: str) -> bool:
    """Return whether a figure may be negative: a cost, a power that flows back, and the like."""
    return key.startswith(("history.", "budget.", "account."))
