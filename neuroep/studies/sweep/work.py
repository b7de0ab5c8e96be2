"""One point, measured in its own folder by whoever comes first."""

import math
import shutil
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from typing import Any, TextIO

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.kinds import as_kind
from neuroep.runs.folder import DESIGN
from neuroep.runs.progress import Progress
from neuroep.studies.sweep.locks import Held, locked
from neuroep.studies.sweep.measures.catalogue import MEASURES
from neuroep.studies.sweep.measures.measure import Figures, Shared
from neuroep.traces.files import write_json

POINT, RESULT, FAILURE, LOG = "point.json", "result.json", "failure.json", "log.txt"
LOCK = "lock"
"""Of a sweep's folder, held by who is at work in it."""

SHARED = Shared()
"""Data that the points of this process have in common."""


@dataclass(frozen=True)
class Asked:
    """A point to be measured: where, and how it is asked for. Plain values, for any process."""

    root: str
    name: str
    number: int
    levels: dict[str, str | int | float]
    measure: str
    options: Any

    @property
    def folder(self) -> Path:
        """The folder of the point."""
        return Path(self.root) / "points" / self.name

    @property
    def lock(self) -> Path:
        """Who holds it may write into the folder."""
        return Path(self.root) / "locks" / self.name

    @property
    def label(self) -> str:
        """The point, for people."""
        return ", ".join(f"{axis}={value}" for axis, value in self.levels.items()) or "the design"

    @property
    def finished(self) -> bool:
        """Whether it was measured, or cannot be."""
        return any((self.folder / name).exists() for name in (RESULT, FAILURE))


@dataclass(frozen=True)
class Outcome:
    """What became of a point: its figures, or the one line that says why there are none."""

    figures: Figures
    error: str = ""
    seconds: float = 0.0
    core_seconds: float = 0.0


@dataclass(frozen=True)
class Result:
    """The content of result.json; of a figure that a point does not have, None."""

    figures: dict[str, float | None]
    seconds: float
    core_seconds: float


@dataclass(frozen=True)
class Failure:
    """The content of failure.json."""

    error: str


def measure_point(asked: Asked) -> None:
    """Measure a point, go on with it, or find it measured; waits for another who is at it.

    Whatever goes wrong with it is kept as its result. What is left of a killed process is gone on
    with where a run had begun, and swept away where it had not.
    """
    with locked(asked.lock):
        if asked.finished:
            return
        folder = asked.folder
        if not (folder / DESIGN).exists():
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        write_json(folder / POINT, {"levels": asked.levels, "measure": asked.measure})
        with (folder / LOG).open("a", encoding="utf-8") as log, Clock() as clock:
            try:
                measure = MEASURES[asked.measure]
                figures = measure.measure(folder, asked.options, Log(log), SHARED)
            except InputError as error:
                keep_failure(asked, str(error))
                return
            except Exception as error:
                traceback.print_exc(file=log)
                keep_failure(asked, f"{type(error).__name__}: {error}")
                return
        known = {name: None if math.isnan(value) else value for name, value in figures.items()}
        write_json(folder / RESULT, asdict(Result(known, **clock.spent)))


def keep_failure(asked: Asked, line: str) -> None:
    """Write down in one line why a point could not be measured."""
    asked.folder.mkdir(parents=True, exist_ok=True)
    write_json(asked.folder / FAILURE, asdict(Failure(" ".join(line.split()))))


def measured(asked: Asked) -> "Outcome | None":
    """Return what came of a point; None where it is not measured yet, or failed."""
    found = outcome(asked)
    return None if found is None or found.error else found


def outcome(asked: Asked) -> Outcome | None:
    """Return what became of a point, None while nothing has."""
    result, failure = asked.folder / RESULT, asked.folder / FAILURE
    try:
        if result.exists():
            found = as_kind(Result, read_json(result), str(result))
            figures = {k: math.nan if v is None else v for k, v in found.figures.items()}
            return Outcome(figures, "", found.seconds, found.core_seconds)
        if failure.exists():
            return Outcome({}, as_kind(Failure, read_json(failure), str(failure)).error)
    except InputError as error:
        raise InputError(f"{error}; remove {asked.folder} to measure this point again") from None
    return None


def forget(asked: Asked) -> None:
    """Remove all that a failed point has left, so that it begins anew."""
    with locked(asked.lock):
        shutil.rmtree(asked.folder, ignore_errors=True)


class Log(Progress):
    """Writes stages and lines into the log of a point."""

    def __init__(self, file: TextIO) -> None:
        super().__init__()
        self._file = file

    def say(self, line: str) -> None:
        """Write a line."""
        self._file.write(f"{line}\n")
        self._file.flush()

    def _ended(self, name: str, seconds: float) -> None:
        self.say(f"{name}: {seconds:.1f} s")


class Clock:
    """Wall time and processor time of a block."""

    def __enter__(self) -> "Clock":
        self._begin = self._now()
        return self

    def __exit__(self, *_: object) -> None:
        end = self._now()
        self.spent = {name: end[name] - begin for name, begin in self._begin.items()}

    @staticmethod
    def _now() -> dict[str, float]:
        used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
        cores = sum(one.ru_utime + one.ru_stime for one in used)
        return {"seconds": time.perf_counter(), "core_seconds": cores}


@contextmanager
def alone(root: Path, *, beside: bool = False) -> Iterator[None]:
    """Hold a sweep's folder; an InputError where another sweep is at work in it.

    ``beside``: others that measure single points of it may be at work, too.
    """
    try:
        with locked(root / LOCK, shared=beside, wait=False):
            yield
    except Held:
        raise InputError(f"{root}: another sweep is at work in this folder") from None
