"""One folder a run: made once, never overwritten, every file visible only when complete."""

import contextlib
import fcntl
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from neuroep.core.tables import Ints
from neuroep.errors import InputError
from neuroep.files import read_json, read_toml, reason
from neuroep.runs.metrics import Metrics
from neuroep.traces.files import PART, atomic_write, remove_leftovers, write_json
from neuroep.traces.journal import restore

DESIGN = "design.toml"
OPTIONS = "options.json"
METRICS = "metrics.json"
ANSWERS = "answers.json"
"""Right classes of the test examples, and what the network took each for, by solver."""

CHECKPOINT = "checkpoint.h5"
START = "start.h5"
"""Parameters and encoder before training."""

TRAINED = "trained.h5"
FIGURES = "figures"
ATTENTION = "attention.json"
"""Among the figures: what those of attention show, as words and weights."""


class RunFolder:
    """The folder of one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made: list[Path] = []

    @classmethod
    def create(cls, out: str | None, name: str, parent: str = "runs") -> "RunFolder":
        """Make a new folder: ``out``, or the next number under ``parent``."""
        try:
            if out is not None:
                return cls._make(Path(out))
            root = Path(parent)
            others = root.iterdir() if root.exists() else ()
            taken = [int(m[0]) for other in others if (m := re.match(r"\d+", other.name))]
            number = max(taken, default=0) + 1
            while True:
                try:
                    return cls._make(root / f"{number:04d}-{name}")
                except FileExistsError:  # taken by a run that started just now
                    if not root.is_dir():
                        raise
                    number += 1
        except FileExistsError:
            raise InputError(f"--out {out or parent}: exists already") from None
        except OSError as error:
            raise InputError(f"--out {out or parent}: {reason(error)}") from None

    @classmethod
    def _make(cls, path: Path) -> "RunFolder":
        folder = cls(path)
        missing = [parent for parent in path.parents if not parent.exists()]
        path.mkdir(parents=True)
        folder._made = [path, *missing]
        return folder

    @classmethod
    def open(cls, path: str) -> "RunFolder":
        """Open the folder of an earlier run."""
        folder = cls(Path(path))
        if not (folder.path / DESIGN).is_file():
            raise InputError(f"{path}: not a run folder ({DESIGN} is missing)")
        return folder

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Work on the folder alone, and remove what a killed process has left half done.

        The lock is of the open folder: it ends with its process, and leaves no file. A file system
        that knows no locks lets everybody in. An InputError: another process works on this run.
        """
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise InputError(f"{self.path}: another process works on this run") from None
            except OSError:
                pass
            for place in (self.path, self.path / FIGURES):
                remove_leftovers(place)
            for part in self.path.glob(f"traces*.h5{PART}"):
                restore(part)
            yield
        finally:
            os.close(descriptor)

    @property
    def busy(self) -> bool:
        """Whether some process works on the folder."""
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            pass
        finally:
            os.close(descriptor)
        return False

    def discard_unless_begun(self) -> None:
        """Leave nothing of a new run that failed before its design, written last, was there."""
        if not self._made or (self.path / DESIGN).exists():
            return
        for file in self.path.iterdir():
            file.unlink()
        with contextlib.suppress(OSError):  # a parent that is used by now stays
            for folder in self._made:
                folder.rmdir()

    def write_design(self, content: dict[str, Any]) -> None:
        """Write the resolved design, itself a design file; it marks the folder as a run's."""
        import tomli_w

        atomic_write(self.path / DESIGN, tomli_w.dumps(content).encode())

    def read_design(self) -> dict[str, Any]:
        """Return the content of the resolved design."""
        return read_toml(self.path / DESIGN)

    def write_options(self, options: dict[str, Any]) -> None:
        """Write how the run was asked for, so that it can be resumed."""
        write_json(self.path / OPTIONS, options)

    def read_options(self) -> dict[str, Any]:
        """Return how the run was asked for."""
        path = self.path / OPTIONS
        found = read_json(path)
        if not isinstance(found, dict):
            raise InputError(f"{path}: not a JSON object")
        return found

    def write_metrics(self, metrics: Metrics) -> None:
        """Write metrics.json."""
        write_json(self.path / METRICS, metrics.to_json())

    def write_answers(self, labels: Ints, answers: Mapping[str, Ints]) -> None:
        """Write what each test example is, and what it was taken for by each solver."""
        given = {solver: taken.tolist() for solver, taken in answers.items()}
        write_json(self.path / ANSWERS, {"labels": labels.tolist(), "answers": given}, indent=None)

    def read_metrics(self) -> Metrics | None:
        """Return metrics.json, None while a run has none."""
        path = self.path / METRICS
        return Metrics.read(path) if os.path.lexists(path) else None

    def figure(self, name: str) -> Path:
        """Return the path of a figure; makes the folder for it."""
        folder = self.path / FIGURES
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: {reason(error)}") from None
        return folder / name
