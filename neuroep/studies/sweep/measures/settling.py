"""A point settles some examples: how many steps, how near, at what energy."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from neuroep.design.design import Design
from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.learning.system import System
from neuroep.runs.progress import Progress
from neuroep.runs.trained import load_run
from neuroep.studies.gradcheck.examples import Material, drawn_examples, run_examples
from neuroep.studies.sweep.measures import trial
from neuroep.studies.sweep.measures.measure import Figures, Shared, told
from neuroep.studies.sweep.plan import Plan
from neuroep.tasks.task import DataOptions


@dataclass(frozen=True)
class SettleOptions(DataOptions):
    """A design, how many examples, and the run whose parameters it takes; drawn without."""

    design: str = ""
    weights: str | None = None
    overrides: tuple[str, ...] = ()
    examples: int = 32

    def open(self) -> tuple[System, Material]:
        """Return network and examples."""
        design = load_design(self.design, self.overrides)
        if self.weights is None:
            material = drawn_examples(design, self.examples)
            return material.make_system(design, None), material
        data = DataOptions(data=self.data, test=self.test, columns=self.columns)
        material, _ = run_examples(self.weights, self.examples, data)
        return load_run(self.weights).written_to(design, self.design)[0], material


class Settling:
    """Implements :class:`neuroep.studies.sweep.measures.measure.Measure`."""

    decides: ClassVar[tuple[str, ...] | None] = None

    def options(
        self, plan: Plan, overrides: tuple[str, ...], baselines: str | None
    ) -> SettleOptions:
        """Ask for some examples to settle."""
        return SettleOptions(
            **plan.data,
            design=plan.design,
            weights=plan.weights,
            overrides=overrides,
            examples=plan.tables.settle.examples,
        )

    def files(self, options: SettleOptions) -> list[str]:
        """Return the data, and the run's parameters."""
        return [name for name in (options.data, options.test, options.weights) if name]

    def measure(
        self, folder: Path, options: SettleOptions, progress: Progress, shared: Shared
    ) -> Figures:
        """Let them settle freely."""
        system, material = options.open()
        with progress.stage("settling"):
            try:
                free = system.settle(system.clamp(dict(material.inputs)))
            except ValueError as error:
                raise InputError(f"{options.design}: {error}") from None
        design = load_design(options.design, options.overrides)
        energies = trial.energies(design, system, material)
        labels = material.target.argmax(axis=1)
        return told(
            {
                "settle_steps": float(np.mean(free.steps)),
                "most_steps": float(np.max(free.steps)),
                "residual": float(np.max(free.residual)),
                "not_converged": float(free.missed),
                "cost": float(np.mean(system.cost(free, material.target))),
                "accuracy": float((system.scores(free)[0].argmax(axis=1) == labels).mean()),
                "energy": energies.free if energies else None,
            }
        )

    def trial(self, plan: Plan, design: Design, options: SettleOptions) -> list[bytes]:
        """Settle a few of the examples."""
        system, material = replace(options, examples=trial.EXAMPLES).open()
        energies = trial.energies(design, system, material)
        free = energies.free if energies else None
        return [*trial.settled(system, material), repr(free).encode()]

    def warm(self, options: SettleOptions, progress: Progress) -> None:
        """Settle them once."""
        system, material = options.open()
        system.settle(system.clamp(dict(material.inputs)))
