"""A sweep: what its plan asks for, what is there already, what is left, and what came out."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.files import read_bytes, reason, resolved
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.studies.sweep import schedule
from neuroep.studies.sweep.acts import check_axes, design_at
from neuroep.studies.sweep.axes import Axis, Point, axes_of, overrides_of, points_of
from neuroep.studies.sweep.content import look_again, name_of
from neuroep.studies.sweep.locks import locked
from neuroep.studies.sweep.measures.catalogue import MEASURES
from neuroep.studies.sweep.plan import Plan, read_plan
from neuroep.studies.sweep.results import write_results
from neuroep.studies.sweep.spec import Spec, spec_of
from neuroep.studies.sweep.statistics import Results
from neuroep.studies.sweep.work import LOCK, Asked, alone, forget, measured, outcome
from neuroep.traces.files import atomic_write

PLAN, BASELINES = "plan.toml", "baselines.json"


@dataclass(frozen=True)
class Estimate:
    """What is left to do, by one point that was measured: processor time and disk."""

    points: int
    left: int
    core_seconds: float
    seconds: float
    disk: int
    """Bytes of one point's folder."""

    @property
    def core_hours(self) -> float:
        """Of all that is left."""
        return self.left * self.core_seconds / 3600


class Sweep:
    """A plan and the folder that its points stand in."""

    def __init__(self, path: str, out: str | None = None) -> None:
        look_again()
        self.plan: Plan = read_plan(path)
        self.spec: Spec = spec_of(self.plan)
        self.axes: list[Axis] = axes_of(self.plan)
        self.points: list[Point] = points_of(self.axes)
        self.root = resolved(out or Path("sweeps") / self.plan.path.stem)

    @contextmanager
    def held(self, *, beside: bool = False) -> Iterator[None]:
        """Hold the folder of the sweep, see :func:`alone`; the plan is kept in it."""
        self._find()
        with alone(self.root, beside=beside):
            self._keep_plan()
            yield

    def open(self) -> None:
        """Make the folder of the sweep, or find it, whoever is at work in it; the plan is kept."""
        self._find()
        self._keep_plan()

    def _find(self) -> None:
        there = self.root.exists() and not (self.root / PLAN).exists()
        if there and not (
            self.root.is_dir() and {one.name for one in self.root.iterdir()} <= {LOCK}
        ):
            raise InputError(f"--out {self.root}: is there, and no folder of a sweep")
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise InputError(f"--out {self.root}: {reason(error)}") from None

    def _keep_plan(self) -> None:
        atomic_write(self.root / PLAN, read_bytes(self.plan.path))

    def check(self) -> None:
        """Refuse a plan with a design that is none, or an axis that does nothing."""
        check_axes(self.plan, self.axes)
        _ = self.asked

    @cached_property
    def asked(self) -> list[Asked]:
        """Every point as it is measured; designs that cannot be built are refused here."""
        return [self.ask(point) for point in self.points]

    def ask(self, point: Point) -> Asked:
        """Return a point as it is measured."""
        kind = self.plan.tables.measure
        measure = MEASURES[kind]
        design, overrides = design_at(self.plan, point)
        path = self.baselines
        named = measure.options(self.plan, overrides, BASELINES if path else None)
        name = name_of(kind, measure, design, named)
        options = measure.options(self.plan, overrides, str(path) if path else None)
        levels = {
            axis.name: level.value for axis, level in zip(self.axes, point.levels, strict=True)
        }
        return Asked(str(self.root), name, point.number, levels, kind, options)

    @cached_property
    def baselines(self) -> Path | None:
        """Where the baselines stand that are asked for: those of these data and this design."""
        tables = self.plan.tables
        if tables.measure != "train" or not tables.baselines:
            return None
        options = self.fitted
        design, measure = load_design(options.design, options.overrides), MEASURES["train"]
        return self.root / f"baselines-{name_of('baselines', measure, design, options)}.json"

    @property
    def fitted(self) -> TrainOptions:
        """What baselines are fitted to: the plan's own design and its data."""
        overrides = overrides_of(self.plan.tables.set)
        options: TrainOptions = MEASURES["train"].options(self.plan, overrides, None)
        return options

    def number(self, number: int) -> Asked:
        """Return the point of a number."""
        if not 0 <= number < len(self.points):
            raise InputError(f"--only {number}: there are points 0 to {len(self.points) - 1}")
        return self.ask(self.points[number])

    def left(self) -> list[Asked]:
        """Return the points of which nothing is known yet, each once."""
        return list({one.name: one for one in self.asked if not one.finished}.values())

    def retry(self) -> int:
        """Forget the points that failed; return how many."""
        failed = [one for one in self.asked if (found := outcome(one)) and found.error]
        for one in failed:
            forget(one)
        return len(failed)

    def prepare(self, left: Sequence[Asked], progress: Progress) -> None:
        """Do once what all points need: fit baselines, load kernels."""
        self.fit_baselines(progress)
        # What fails here fails in the point, too, where it is written down.
        with progress.stage("loading kernels (compiled at the first run)"), suppress(ValueError):
            MEASURES[self.plan.tables.measure].warm(left[0].options, Progress())

    def fit_baselines(self, progress: Progress) -> None:
        """Fit what every network of the sweep is held against, those of the plan's own design."""
        from neuroep.studies.baselines import add_to, fit

        path = self.baselines
        if path is None:
            return
        with locked(self.root / "locks" / path.name):
            if not path.exists():
                key, entry = fit(self.fitted, progress)
                add_to(str(path), key, replace(entry, splits="", seed=None))  # for all

    def measure(
        self,
        left: Sequence[Asked],
        done: schedule.Done,
        workers: int,
        address: str | None,
    ) -> None:
        """Measure points: in this process, or by several workers."""

        def checked(one: Asked) -> None:
            if found := measured(one):
                self.spec.check(str(self.plan.path), found.figures)
            done(one)

        if workers > 1 or address is not None:
            schedule.on_dask(left, checked, workers, address)
        else:
            schedule.serial(left, checked)

    def estimate(self) -> Estimate:
        """Return what is left by the first point that was measured."""
        for one in self.asked:
            if (found := measured(one)) is not None:
                disk = sum(f.stat().st_size for f in one.folder.rglob("*") if f.is_file())
                left = len(self.left())
                return Estimate(len(self.points), left, found.core_seconds, found.seconds, disk)
        known = (outcome(one) for one in self.asked)
        why = next((one.error for one in known if one and one.error), "nothing is there")
        raise InputError(f"{self.root}: no point could be measured: {why}")

    def collect(self) -> Results:
        """Return what is there."""
        found = {}
        for point, one in zip(self.points, self.asked, strict=True):
            known = outcome(one)
            if known is not None:
                found[point.place] = known
        results = Results(self.axes, found, self.spec)
        if results.figures:
            self.spec.check(str(self.plan.path), results.figures)
        return results

    def write(self, results: Results) -> None:
        """Write tables and arrays into the sweep's folder."""
        write_results(self.root, results, self.plan.title)

    @property
    def free_bytes(self) -> int:
        """What the disk of the folder still holds."""
        return shutil.disk_usage(self.root).free


def default_workers() -> int:
    """Return the processors at hand."""
    return len(os.sched_getaffinity(0))
