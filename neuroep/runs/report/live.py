"""A report that is written anew after every epoch, and never stands in the way of a training."""

from collections.abc import Callable, Mapping
from pathlib import Path

from neuroep.runs.folder import DESIGN
from neuroep.runs.report.one import page_of
from neuroep.runs.report.record import RunRecord
from neuroep.runs.report.writing import write_page

REPORT = "report.html"


def write_run_report(run: Path, path: Path) -> None:
    """Write the page of a run folder, which loads itself again while a process works on the run.

    Raises
    ------
    InputError
        The folder cannot be read, or the page not be written.
    """
    write_page(page_of(RunRecord.of_folder(run), live=True), path)


class LiveReport:
    """Writes ``report.html`` into a run's folder whenever it is called; a listener of progress.

    ``say`` is told once where it stands, and why it cannot be written, if so; ``run``: the folder,
    where it is known before the first epoch.
    """

    def __init__(self, say: Callable[[str], object], run: Path | None = None) -> None:
        self._say = say
        self._said: set[str] = set()
        self._run = run

    def __call__(self, run: Path, figures: Mapping[str, float]) -> None:
        """Write it after an epoch."""
        self._run = run
        self._write(run)

    def close(self) -> None:
        """Write it once more, now that nothing works on the run."""
        if self._run is not None and (self._run / DESIGN).is_file():
            self._write(self._run)

    def _write(self, run: Path) -> None:
        path = run / REPORT
        try:
            write_run_report(run, path)
            self._tell(f"report: {path}")
        except Exception as error:  # a training of days does not end for its report
            self._tell(f"report: {' '.join(str(error).split()) or type(error).__name__}")

    def _tell(self, line: str) -> None:
        if line not in self._said:
            self._said.add(line)
            self._say(line)
