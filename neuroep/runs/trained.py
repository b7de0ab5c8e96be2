"""A network's parameters with the encoder they belong to, saved and loaded."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from neuroep.core.tables import Floats
from neuroep.design.design import Design
from neuroep.design.load import check_design
from neuroep.errors import InputError
from neuroep.learning.evaluation import Evaluation, Examples
from neuroep.learning.system import System
from neuroep.learning.updates import within
from neuroep.network.description import Table, html_of, text_of
from neuroep.network.parameters import Parameters, real_numbers
from neuroep.runs.folder import DESIGN, METRICS, START, TRAINED, RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.tasks.task import DataOptions, Encoder
from neuroep.traces import checkpoint

PARAMETERS, ENCODER = "parameters/", "encoder/"


def save_parameters(path: Path, parameters: Parameters, encoder: Encoder) -> None:
    """Write parameters and their encoder as one file, visible only when complete."""
    arrays = {f"{PARAMETERS}{name}": array for name, array in parameters.items()}
    arrays |= {f"{ENCODER}{name}": array for name, array in encoder.to_arrays().items()}
    checkpoint.save(path, arrays, {"labels": list(encoder.labels)})


def _part(path: Path, prefix: str) -> tuple[dict[str, np.ndarray], dict[str, object]]:
    arrays, about = checkpoint.load(path, wanted=lambda name: name.startswith(prefix))
    return {name.removeprefix(prefix): array for name, array in arrays.items()}, about


class StoredParameters(Mapping[str, Floats]):
    """The parameters of a file, each read when it is asked for; none of them stays in memory."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __getitem__(self, name: str) -> Floats:
        whole = f"{PARAMETERS}{name}"
        arrays, _ = checkpoint.load(self.path, wanted=lambda other: other == whole)
        if whole not in arrays:
            raise KeyError(name)
        return arrays[whole]

    def __iter__(self) -> Iterator[str]:
        names = checkpoint.names(self.path)
        return (n.removeprefix(PARAMETERS) for n in names if n.startswith(PARAMETERS))

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Saved:
    """What a file of :func:`save_parameters` holds; its parameters stay there."""

    path: Path
    encoder: dict[str, np.ndarray]
    labels: tuple[str, ...]

    @classmethod
    def read(cls, path: Path) -> "Saved":
        """Read a file; an InputError names the file and the field."""
        encoder, about = _part(path, ENCODER)
        labels = about.get("labels", [])
        if not isinstance(labels, list):
            raise InputError(f"{path}: labels: damaged")
        return cls(path, encoder, tuple(map(str, labels)))

    @property
    def parameters(self) -> StoredParameters:
        """The parameters."""
        return StoredParameters(self.path)

    def load_encoder(self, design: Design) -> Encoder:
        """Return the encoder for a design's task."""
        try:
            return design.task(str(self.path)).load(self.encoder, self.labels)
        except KeyError as missing:
            raise InputError(f"{self.path}: {ENCODER}{missing.args[0]}: missing") from None
        except (ValueError, InputError) as error:
            raise InputError(f"{self.path}: {error}") from None

    def load_into(self, parameters: Parameters) -> None:
        """Set parameters to those of the file, which are read to where they belong."""
        views = {f"{PARAMETERS}{name}": view for name, view in parameters.items()}
        arrays, _ = checkpoint.load(self.path, views, views.__contains__)
        for name, view in views.items():
            saved, where = arrays.get(name), f"{self.path}: {name}"
            if saved is None or saved.shape != view.shape:
                found = (
                    "missing" if saved is None else f"shape {saved.shape} instead of {view.shape}"
                )
                raise InputError(f"{where}: {found}")
            try:
                view[:] = real_numbers(where, saved, view.dtype)
            except ValueError as error:
                raise InputError(str(error)) from None


@dataclass(frozen=True, repr=False)
class TrainedRun:
    """A trained network with everything that it needs to read data.

    ``design``, ``system``: the network, settled as its design says; ``encoder``: what data become;
    ``folder``: where it comes from. :meth:`predict` and :meth:`evaluate` read more data.
    """

    design: Design
    system: System
    encoder: Encoder
    folder: RunFolder

    @property
    def network(self) -> Any:
        """What was trained."""
        return self.system.network

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the classes, in the order of the outputs."""
        return self.encoder.labels

    @property
    def metrics(self) -> Metrics:
        """What came out; an InputError where the run has not been tested."""
        return Metrics.read(self.folder.path / METRICS)

    def predict(self, inputs: Any, *, solver: str = "") -> list[dict[str, Any]]:
        """Return ``label`` and ``scores`` by label of a user's own inputs.

        Parameters
        ----------
        inputs : list of str, list of (str, str), or array
            Texts, pairs of sentences, images (n, height, width) or rows (n, columns), as the task
            reads them.
        solver : str
            The design's own when empty.

        Raises
        ------
        InputError, ValueError
            Another kind or shape than the task reads, or a solver that cannot settle the network.
        """
        from neuroep.runs.reading import answers

        return list(answers(self, self.settled_by(solver), self.encoder.encode(inputs)))

    def evaluate(
        self, data: str | PathLike[str] | None = None, *, solver: str = "", **options: Any
    ) -> Evaluation:
        """Test on the test split of labelled data; without ``data`` on that of the run's own.

        ``options``, beside ``data``, are those of :class:`neuroep.tasks.task.DataOptions`.

        Raises
        ------
        InputError
            The data cannot be used, or have classes that the run was not trained on.
        """
        from neuroep.runs.reading import evaluate_run

        asked = DataOptions(data=None if data is None else str(data), **options)
        return evaluate_run(self, asked, solver).found

    def _description(self) -> Table:
        network = repr(self.network).partition("\n")[0]
        rows = [("folder", str(self.folder.path)), ("network", network)]
        found = self.folder.read_metrics()
        if found is None:
            return f"TrainedRun: {self.design.title}", [*rows, ("tested", "not yet")]
        counts = ", ".join(f"{count} {split}" for split, count in found.examples.items())
        rows.append(("data", f"{found.data}, {found.unit}s: {counts}"))
        epochs = len(next(iter(found.history.values())))
        learned = f"{found.rule}, {found.update}; epoch {found.best_epoch} of {epochs} kept"
        rows.append(("learning", learned))
        for solver, accuracy in found.accuracy.items():
            text = f"test accuracy {accuracy:.4f}, {found.settle_steps[solver]:.1f} settle steps"
            missed = found.not_converged[solver]
            rows.append((solver, f"{text}, {missed} of {found.examples['test']} not converged"))
        return f"TrainedRun: {self.design.title}", rows

    def __repr__(self) -> str:
        return text_of(*self._description())

    def _repr_html_(self) -> str:
        found = self.folder.read_metrics()
        if found is None:
            return html_of(*self._description())
        from neuroep import report

        own = {found.solver: found.confusion[found.solver]} if found.confusion else {}
        figure = report.confusion(own, found.labels, example=found.unit)
        return html_of(*self._description()) + (report.inline(figure) if own else "")

    def test_examples(
        self, options: DataOptions, limit: int | None = None
    ) -> tuple[str, Examples, str]:
        """Return what labelled data are called, their test examples, and what one of these is.

        As :meth:`evaluate` takes them: of the run's own where ``options`` name none.
        """
        from neuroep.runs.reading import read_labelled

        found = read_labelled(self, replace(options, limit=limit or options.limit))
        return found.data, found.examples, f"test {found.unit}"

    @property
    def start(self) -> Saved:
        """The parameters before training."""
        return Saved.read(self.folder.path / START)

    def moved_to(self, design: Design, where: str, dtype: DTypeLike = None) -> System:
        """Return the network of another design, ``where`` for errors, with what this run trained.

        An InputError: it has other layers.
        """
        system = design.make_system(self.encoder.tables, dtype=dtype)
        if system.parameters.shapes != self.system.parameters.shapes:
            raise InputError(f"{self.folder.path}: trained with other layers than {where} has")
        for name, values in self.system.parameters.items():
            system.parameters[name][...] = values
        return system

    def written_to(self, design: Design, where: str) -> tuple[System, int]:
        """Return what :meth:`moved_to` does, as the chip's devices hold it.

        Where they hold less than those of this run, values beyond end at the limit; how many did is
        returned as well.
        """
        system, own = self.moved_to(design, where), self.system.limits
        other = {name: ends for name, ends in system.limits.items() if ends != own.get(name)}
        return system, within(system.parameters, other)

    def settled_by(self, solver: str = "") -> System:
        """Return the network settled by another solver; an InputError says by what it can be."""
        if solver and solver not in self.design.solvers:
            known = ", ".join(self.design.solvers)
            raise InputError(f"--solver {solver}: this network is settled by {known}")
        return self.design.settled_by(self.system, solver)


def load_run(run: str) -> TrainedRun:
    """Load the trained network of a run folder.

    Raises
    ------
    InputError
        Not a run folder, not trained to the end, or damaged.
    """
    folder = RunFolder.open(run)
    design = check_design(folder.read_design(), str(folder.path / DESIGN))
    path = folder.path / TRAINED
    if not path.is_file():
        raise InputError(f"{run}: not trained to the end yet; go on with --resume {run}")
    saved = Saved.read(path)
    encoder = saved.load_encoder(design)
    system = design.make_system(encoder.tables)
    saved.load_into(system.parameters)
    return TrainedRun(design, system, encoder, folder)
