"""``neuroep report``: whatever paths lead to, on one page."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.report.html import Page, Section
from neuroep.runs.folder import DESIGN
from neuroep.runs.report.live import REPORT
from neuroep.runs.report.one import made, page_of
from neuroep.runs.report.record import RunRecord
from neuroep.runs.report.several import sections_of_several
from neuroep.runs.report.writing import write_page
from neuroep.studies.report.swept import is_sweep, swept, title_of
from neuroep.studies.report.verified import is_verification, verified
from neuroep.studies.report.waves import READ, waves


def write_report(paths: Sequence[str], out: str | None = None) -> Path:
    """Write one page of all that some paths lead to, and return where it stands.

    Parameters
    ----------
    paths : sequence of str
        Run folders, finished or not; folders of sweeps; JSON files of metrics and of
        verifications; exported waveforms.
    out : str, optional
        ``report.html`` in the folder, where there is but one path and that is a folder; in the
        working folder otherwise.

    Raises
    ------
    InputError
        A path leads to something else, or what it leads to is damaged; or the page cannot be
        written.
    """
    path = report_path(paths, out)
    write_page(page(paths), path)
    return path


def report_path(paths: Sequence[str], out: str | None = None) -> Path:
    """Return where the page of some paths stands, see :func:`write_report`."""
    alone = Path(paths[0]) if len(paths) == 1 else None
    return Path(out or (alone / REPORT if alone and alone.is_dir() else REPORT))


def page(paths: Sequence[str]) -> Page:
    """Return the page of some paths; raises as :func:`write_report` does."""
    runs: list[RunRecord] = []
    others: list[Section] = []
    titles: list[str] = []
    for path in map(Path, paths):
        if path.is_dir() and (path / DESIGN).is_file():
            runs.append(RunRecord.of_folder(path))
        elif path.is_dir() and is_sweep(path):
            titles.append(title_of(path))
            others += swept(path)
        elif path.name.lower().endswith(READ):
            others.append(waves(path))
        elif path.suffix.lower() == ".json":
            content = read_json(path)
            if is_verification(content):
                others.append(verified(content, str(path)))
            else:
                runs.append(_of_metrics(path, content))
        else:
            raise InputError(f"{path}: {_unknown(path)}")
    if len(runs) == 1:
        found = page_of(runs[0])
        return Page(found.title, found.about, [*found.sections, *others], found.made)
    sections = [*(sections_of_several(runs) if runs else []), *others]
    titles = [*dict.fromkeys(run.title for run in runs), *titles]
    title = ", ".join(titles[:3]) or others[0].title
    return Page(title, ", ".join(paths[:8]), sections, made())


def _of_metrics(path: Path, content: Any) -> RunRecord:
    if not isinstance(content, dict) or "test_accuracy" not in content:
        raise InputError(f"{path}: neither metrics of a run nor results of a verification")
    return RunRecord.of_metrics(path)


def _unknown(path: Path) -> str:
    if not path.exists():
        return "no such file or folder"
    if path.is_dir():
        return f"no folder of a run ({DESIGN} is missing) or of a sweep"
    return "no folder of a run or sweep, no .json of results, no exported waveforms"
