"""One folder a run: made once, never overwritten, every file visible only when complete."""

import contextlib
import json
import re
import tomllib
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.traces.files import atomic_write

DESIGN = "design.toml"
OPTIONS = "options.json"
METRICS = "metrics.json"
CHECKPOINT = "checkpoint.h5"
TRAINED = "trained.h5"
FIGURES = "figures"


class RunFolder:
    """The folder of one run.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    @classmethod
    def create(cls, out: str | None, name: str, parent: str = "runs") -> "RunFolder":
        """Make a new folder: ``out``, or the next number under ``parent``.

        Raises
        ------
        InputError
            ``out`` exists, or cannot be made.
        """
        try:
            if out is not None:
                Path(out).mkdir(parents=True)
                return cls(Path(out))
            Path(parent).mkdir(parents=True, exist_ok=True)
            taken = [int(m[0]) for p in Path(parent).iterdir() if (m := re.match(r"\d+", p.name))]
            number = max(taken, default=0) + 1
            while True:
                path = Path(parent) / f"{number:04d}-{name}"
                try:
                    path.mkdir()
                    return cls(path)
                except FileExistsError:
                    number += 1
        except FileExistsError:
            raise InputError(f"--out {out}: exists already") from None
        except OSError as error:
            reason = (error.strerror or "cannot be made").lower()
            raise InputError(f"--out {out or parent}: {reason}") from None

    @classmethod
    def open(cls, path: str) -> "RunFolder":
        """Open the folder of an earlier run.

        Raises
        ------
        InputError
            It is not the folder of a run.
        """
        folder = cls(Path(path))
        if not (folder.path / DESIGN).is_file():
            raise InputError(f"{path}: not a run folder ({DESIGN} is missing)")
        return folder

    def discard_if_empty(self) -> None:
        """Remove the folder of a run that failed before it wrote anything."""
        with contextlib.suppress(OSError):  # not empty: what was written stays
            self.path.rmdir()

    def write_design(self, content: dict[str, Any]) -> None:
        """Write the resolved design, itself a design file, with how the run was started."""
        import tomli_w

        atomic_write(self.path / DESIGN, tomli_w.dumps(content).encode())

    def read_design(self) -> dict[str, Any]:
        """Return the resolved design and how the run was started.

        Raises
        ------
        InputError
            The file is not TOML.
        """
        path = self.path / DESIGN
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from None

    def write_options(self, options: dict[str, Any]) -> None:
        """Write how the run was asked for, so that it can be resumed."""
        atomic_write(self.path / OPTIONS, (json.dumps(options, indent=2) + "\n").encode())

    def read_options(self) -> dict[str, Any]:
        """Return how the run was asked for.

        Raises
        ------
        InputError
            Missing, or not a JSON object.
        """
        found = self._read_json(OPTIONS)
        if not found:
            raise InputError(f"{self.path / OPTIONS}: missing")
        return found

    def write_metrics(self, metrics: dict[str, Any]) -> None:
        """Write metrics.json."""
        atomic_write(self.path / METRICS, (json.dumps(metrics, indent=2) + "\n").encode())

    def read_metrics(self) -> dict[str, Any]:
        """Return metrics.json, empty while a run has none.

        Raises
        ------
        InputError
            The file is not a JSON object.
        """
        return self._read_json(METRICS)

    def _read_json(self, name: str) -> dict[str, Any]:
        path = self.path / name
        if not path.exists():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise InputError(f"{path}: cannot be read: {error}") from None
        if not isinstance(found, dict):
            raise InputError(f"{path}: not a JSON object")
        return found

    def figure(self, name: str) -> Path:
        """Return the path of a figure; makes the folder for it."""
        folder = self.path / FIGURES
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise InputError(f"{folder}: {(error.strerror or 'cannot be made').lower()}") from None
        return folder / name
