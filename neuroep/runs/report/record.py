"""What is known of a run, finished or not: its folder, or its metrics alone."""

import math
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.runs.folder import DESIGN, RunFolder
from neuroep.runs.history import read_history
from neuroep.runs.metrics import Metrics
from neuroep.runs.options import TrainOptions, read_options


@contextmanager
def plain(where: str) -> Iterator[None]:
    """Say which values of a file are not what neuroep writes there; an InputError."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise InputError(f"{where}: damaged") from error


@dataclass(frozen=True)
class RunRecord:
    """A run as a report sees it.

    Attributes
    ----------
    path : Path
        Its folder, or the file of its metrics.
    folder : RunFolder or None
    design : dict
        As resolved; empty without a folder.
    options : TrainOptions or None
    history : dict of list
        Figures of each epoch that is done.
    metrics : Metrics or None
        None while it is not finished.
    running : bool
        Whether a process works on it.
    """

    path: Path
    folder: RunFolder | None
    design: Mapping[str, Any]
    options: TrainOptions | None
    history: Mapping[str, list[float]]
    metrics: Metrics | None
    running: bool = False

    @classmethod
    def of_folder(cls, path: Path) -> "RunRecord":
        """Read a run folder; an InputError names the file that is damaged."""
        folder = RunFolder.open(str(path))
        metrics = folder.read_metrics()
        history = metrics.history if metrics else _columns(read_history(path))
        running = metrics is None and folder.busy
        design, options = folder.read_design(), read_options(folder)
        return cls(path, folder, design, options, history, metrics, running)

    @classmethod
    def of_metrics(cls, path: Path) -> "RunRecord":
        """Read a file of metrics."""
        metrics = Metrics.read(path)
        return cls(path, None, {}, None, metrics.history, metrics)

    @property
    def title(self) -> str:
        """Of the design."""
        if self.metrics:
            return self.metrics.title
        return str(self.design.get("title") or self.path.name)

    @property
    def done(self) -> int:
        """Epochs that are done."""
        return len(next(iter(self.history.values()), []))

    @property
    def epochs(self) -> int | None:
        """Epochs that were asked for, None where the design does not say."""
        learning = self.design.get("learning")
        found = learning.get("epochs") if isinstance(learning, dict) else None
        return found if isinstance(found, int) else None

    @property
    def state(self) -> str:
        """How far it is, for people."""
        if self.metrics:
            return "finished"
        of = f" of {self.epochs}" if self.epochs else ""
        return f"{'running' if self.running else 'interrupted'}, epoch {self.done}{of} is done"

    @property
    def where(self) -> str:
        """What errors call the design."""
        return str(self.path / DESIGN)


def _columns(epochs: Sequence[Mapping[str, Any]]) -> dict[str, list[float]]:
    """Return the figures of some epochs by name, NaN where an epoch has none."""
    names = dict.fromkeys(name for epoch in epochs for name in epoch if name != "epoch")
    return {name: [float(epoch.get(name, math.nan)) for epoch in epochs] for name in names}
