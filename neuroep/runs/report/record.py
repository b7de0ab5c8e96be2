"""What is known of a run, finished or not: its folder, or its metrics alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroep.runs.folder import DESIGN, RunFolder
from neuroep.runs.history import read_history
from neuroep.runs.metrics import Metrics
from neuroep.runs.options import TrainOptions, read_options


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
        history: dict[str, list[float]] = dict(metrics.history) if metrics else {}
        if not metrics:
            for epoch in read_history(path):
                for name, value in epoch.items():
                    history.setdefault(name, []).append(float(value))
            history.pop("epoch", None)
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
