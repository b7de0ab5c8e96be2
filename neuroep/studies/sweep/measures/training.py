"""A point trains its design, as ``neuroep train`` does."""

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, ClassVar

from neuroep.design.design import Design
from neuroep.design.load import load_design
from neuroep.runs.folder import DESIGN, RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.runs.run import Data, load_kernels, prepare, read_data, resume, train_in
from neuroep.studies.sweep.measures import trial
from neuroep.studies.sweep.measures.measure import Figures, Shared, told
from neuroep.studies.sweep.plan import Plan


class Training:
    """Implements :class:`neuroep.studies.sweep.measures.measure.Measure`."""

    decides: ClassVar[tuple[str, ...] | None] = ("circuit", "settle", "spiking")

    def options(
        self, plan: Plan, overrides: tuple[str, ...], baselines: str | None
    ) -> TrainOptions:
        """Ask for a run without figures, whose baselines were fitted once."""
        return TrainOptions(
            **plan.data,
            design=plan.design,
            overrides=list(overrides),
            test_by=list(plan.tables.test_by),
            baselines=baselines,
            no_baselines=baselines is None,
            no_figures=True,
        )

    def files(self, options: TrainOptions) -> list[str]:
        """Return the data."""
        named = [options.data, options.validation, options.test, *options.vectors]
        return [name for name in named if name]

    def measure(
        self, folder: Path, options: TrainOptions, progress: Progress, shared: Shared
    ) -> Figures:
        """Train in the folder, or go on from where a killed worker was."""
        if (folder / DESIGN).exists():
            run = resume(str(folder), progress)
        else:
            design = load_design(options.design, options.overrides)

            def read(*asked: Any) -> Data:
                found: Data = shared.get(_reads(design, options), lambda: read_data(*asked))
                return found

            run = train_in(RunFolder(folder), design, options, progress, read)
        metrics = run.read_metrics()
        assert metrics is not None
        return figures_of(metrics)

    def trial(self, plan: Plan, design: Design, options: TrainOptions) -> list[bytes]:
        """Settle drawn examples with the parameters that the training would begin from."""
        material = trial.drawn(design)
        system = material.make_system(design, None)
        # Of a design without devices a run measures no energies.
        energies = trial.energies(design, system, material) if design.devices else None
        return [*trial.learned(system, material, design.beta), repr(energies).encode()]

    def warm(self, options: TrainOptions, progress: Progress) -> None:
        """Settle a first batch."""
        design = load_design(options.design, options.overrides)
        load_kernels(prepare(design, options, options.design, progress))


def _reads(design: Design, options: TrainOptions) -> str:
    """Return all that decides what is read and how it is encoded."""
    task = design.task_key
    decides = [
        asdict(options) | {"overrides": None},
        [task, design.resolved().get(task)],
        [design.seed, design.outputs, repr(design.inputs)],
    ]
    return json.dumps(decides, sort_keys=True)


def figures_of(metrics: Metrics) -> Figures:
    """Return the figures of a run that do not depend on the machine."""
    found: dict[str, float | None] = {
        "test_accuracy": metrics.test_accuracy,
        "validation_accuracy": metrics.validation_accuracy,
        "best_epoch": metrics.best_epoch,
        "energy": metrics.budget.get("read_joules"),
        "saturated": metrics.saturated,
    }
    for name in ("accuracy", "settle_steps", "not_converged", "controls", "baselines", "spikes"):
        found |= {f"{name}.{key}": value for key, value in getattr(metrics, name).items()}
    return told(found | metrics.budget)
