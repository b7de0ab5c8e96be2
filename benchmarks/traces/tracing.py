"""What recording costs: a synapse block of 400 x 64 at every training step, against none.

    python -m benchmarks.traces.tracing [--json FILE] [--write]     about a minute on 2 idle cores

The observer's own time is clocked within each step, writing included, so that other programs on
the machine hardly disturb it; as a check the same trainer also runs epochs in turns with the
observer and without it.
"""

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import POOLED, build, reviews
from benchmarks.measure import ratio, run, spread, table
from benchmarks.sides import RESIDUAL, TIMED_RATE
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.trainer import Trainer
from neuroep.network.inputs import Input, Sequences
from neuroep.settle import Record, Stop
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.recorder import Choice, Course, Recorder
from neuroep.traces.writer import TraceWriter

STEPS = 8  # training steps an epoch
ROUNDS = {"sweep": 16, "spiking": 6}  # pairs of epochs
BLOCK = "heads-hidden"


class SyntheticReviews:
    """Synthetic reviews in the form that a trainer takes."""

    def __init__(self, count: int, seed: int) -> None:
        self._packed, self._targets = reviews(POOLED, count, seed)

    def __len__(self) -> int:
        return len(self._targets)

    def batch(
        self, indices: np.ndarray, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], np.ndarray]:
        """Return the chosen reviews and their targets."""
        offsets, rows = self._packed.offsets, self._packed.rows
        chosen = [rows[offsets[i] : offsets[i + 1]] for i in indices]
        ends = np.cumsum([0, *map(len, chosen)])
        return {"words": Sequences(np.concatenate(chosen), ends)}, self._targets[indices]


class ClockedObserver:
    """Passes everything on to an observer, and notes the seconds that it takes."""

    def __init__(self, observer: TrainingObserver) -> None:
        self.observer = observer
        self.seconds = 0.0

    def record(self, step: int, examples: int) -> Record | None:
        """Return what the settles of a step have to record."""
        return self.observer.record(step, examples)

    def before_update(self, step: int, found: Estimate, rates: Mapping[str, float]) -> None:
        """See the phases and the gradient estimate."""
        begin = time.perf_counter()
        self.observer.before_update(step, found, rates)
        self.seconds += time.perf_counter() - begin

    def after_update(self, step: int) -> None:
        """See the parameters as they were changed."""
        begin = time.perf_counter()
        self.observer.after_update(step)
        self.seconds += time.perf_counter() - begin


def measure_solver(solver: str, folder: Path) -> dict[str, Any]:
    """Return the cost of recording with one solver."""
    network = build(POOLED)
    rounds = ROUNDS[solver]
    recipe = Recipe(
        epochs=2 * rounds + 2, batch=POOLED.batch, rates={"*": TIMED_RATE}, decay="none"
    )
    trainer = Trainer(
        HopfieldSystem(network, solver, Stop(RESIDUAL, 200)),
        SyntheticReviews(STEPS * POOLED.batch, 1),
        SyntheticReviews(1, 2),
        recipe,
    )
    spiking = Spiking() if solver == "spiking" else None
    watched = watch(network, spiking)
    pre, post = watched.probes[BLOCK].shape
    path = folder / f"{solver}.h5"

    def epoch(observer: ClockedObserver | None) -> float:
        trainer.observer = observer
        begin = time.perf_counter()
        trainer.run_epoch()
        return time.perf_counter() - begin

    seconds: dict[bool, list[float]] = {True: [], False: []}
    with TraceWriter(path, {"title": "benchmark"}, rows=STEPS * (rounds + 1)) as writer:
        choice = Choice({BLOCK: ((0, pre), (0, post))}, {"hidden": (0, post)})
        course = Course(STEPS * POOLED.batch, POOLED.batch)
        recorder = Recorder(writer, watched, choice, course)
        observer = ClockedObserver(TrainingObserver(recorder, watched))
        epoch(observer)
        epoch(None)
        observer.seconds = 0.0
        for number in range(rounds):
            for recording in (True, False) if number % 2 else (False, True):
                seconds[recording].append(epoch(observer if recording else None))
    total = sum(seconds[True])
    steps = STEPS * rounds
    return {
        "block": [pre, post],
        "step_ms": 1e3 * (total - observer.seconds) / steps,
        "recording_ms": 1e3 * observer.seconds / steps,
        "cost": observer.seconds / (total - observer.seconds),
        "epoch_with_over_without": ratio(seconds[True], seconds[False]),
        "bytes_per_step": path.stat().st_size / (steps + STEPS),
    }


def measure() -> tuple[dict[str, object], str]:
    """Measure both solvers."""
    with tempfile.TemporaryDirectory() as folder:
        found = {solver: measure_solver(solver, Path(folder)) for solver in ROUNDS}
    rows = [
        [
            solver,
            f"{figures['step_ms']:.1f}",
            f"{figures['recording_ms']:.1f}",
            f"{figures['cost']:.1%}",
            spread(figures["epoch_with_over_without"], digits=2),
            f"{figures['bytes_per_step'] / 1e3:.0f}",
        ]
        for solver, figures in found.items()
    ]
    header = [
        "solver",
        "step, ms",
        "recording, ms",
        "cost of recording",
        "epoch with / without",
        "kB per step",
    ]
    return {"solvers": found}, table(header, rows)


if __name__ == "__main__":
    run(
        "tracing",
        "Cost of recording a 400 x 64 synapse block every step.",
        measure,
        headline="epoch_with_over_without",
    )
