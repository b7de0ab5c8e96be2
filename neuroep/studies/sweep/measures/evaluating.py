"""A point tests what a run has trained, on a chip that is not quite that run's."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from neuroep.design.design import Design
from neuroep.design.load import load_design
from neuroep.learning.evaluation import Examples
from neuroep.learning.system import System
from neuroep.runs.budget import SETTLED
from neuroep.runs.progress import Progress
from neuroep.runs.reading import Labelled, evaluate_run, read_labelled
from neuroep.runs.trained import TrainedRun, load_run
from neuroep.studies.sweep.measures import trial
from neuroep.studies.sweep.measures.measure import Figures, Shared, told
from neuroep.studies.sweep.plan import Plan
from neuroep.tasks.task import DataOptions


@dataclass(frozen=True)
class EvalOptions(DataOptions):
    """A design, the run whose parameters it takes, and the data that it is tested with."""

    design: str = ""
    weights: str = ""
    overrides: tuple[str, ...] = ()

    @property
    def given(self) -> DataOptions | None:
        """The data, None for those that the run trained with."""
        data = DataOptions(**{name: getattr(self, name) for name in asdict(DataOptions())})
        return None if data == DataOptions() else data

    def open(self) -> tuple[TrainedRun, int]:
        """Return the design with the parameters of the run, and how many it cannot hold."""
        run, design = load_run(self.weights), load_design(self.design, self.overrides)
        system, clipped = run.written_to(design, self.design)
        return replace(run, design=design, system=system), clipped

    def read(self) -> Labelled:
        """Return the data as the run takes them: split by its own seed, not by that of a point."""
        return read_labelled(load_run(self.weights), self.given)


class Evaluating:
    """Implements :class:`neuroep.studies.sweep.measures.measure.Measure`."""

    decides: ClassVar[tuple[str, ...] | None] = None

    def options(self, plan: Plan, overrides: tuple[str, ...], baselines: str | None) -> EvalOptions:
        """Ask for a test with a run's parameters."""
        return EvalOptions(
            **plan.data, design=plan.design, weights=str(plan.weights), overrides=overrides
        )

    def files(self, options: EvalOptions) -> list[str]:
        """Return the data, and the run's parameters."""
        named = [options.data, options.validation, options.test, *options.vectors, options.weights]
        return [name for name in named if name]

    def measure(
        self, folder: Path, options: EvalOptions, progress: Progress, shared: Shared
    ) -> Figures:
        """Test the network."""
        trained, clipped = options.open()
        key = json.dumps(asdict(options) | {"overrides": None})
        labelled: Labelled = shared.get(key, options.read)
        with progress.stage("testing"):
            tested = evaluate_run(trained, options.given, labelled=labelled)
        found = tested.found
        return told(
            {
                "test_accuracy": found.accuracy,
                "cost": found.cost,
                "settle_steps": found.steps,
                "not_converged": found.not_converged,
                "clipped": clipped,
                "energy": _energy(trained.design, trained.system, labelled.examples),
            }
        )

    def trial(self, plan: Plan, design: Design, options: EvalOptions) -> list[bytes]:
        """Settle drawn examples, the same ones for all designs, with the run's parameters."""
        run = load_run(options.weights)
        material = trial.drawn(load_design(plan.design))
        system, _ = run.written_to(design, options.design)
        energies = trial.energies(design, system, material)
        free = energies.free if energies else None
        return [*trial.settled(system, material), repr(free).encode()]

    def warm(self, options: EvalOptions, progress: Progress) -> None:
        """Settle drawn examples."""
        trained, _ = options.open()
        trained.system.settle(trained.system.clamp(dict(trial.drawn(trained.design).inputs)))


def _energy(design: Design, system: System, examples: Examples) -> float | None:
    """Return what a free phase takes, J, None where the design does not know."""
    inputs, target = examples.batch(np.arange(min(SETTLED, len(examples))))
    try:
        found = design.energies(system, inputs, target)
    except ValueError:
        return None
    return found.free if found else None
