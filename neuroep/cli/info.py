"""``neuroep info``: what a file or a run folder holds."""

from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import read_text
from neuroep.runs.folder import CHECKPOINT, DESIGN, RunFolder
from neuroep.runs.history import read_history
from neuroep.traces.reader import describe


def print_info(file: str, configuration: bool) -> None:
    """Print a summary of a trace, a checkpoint or a run folder."""
    path = Path(file)
    if not path.exists():
        raise InputError(f"{file}: no such file or folder")
    if not path.is_dir():
        print(describe(path, configuration))
        return
    folder = RunFolder.open(file)
    metrics = folder.read_metrics()
    design = folder.read_design()
    state = "complete" if metrics else f"not complete, epochs done: {len(read_history(path))}"
    if not metrics and (path / CHECKPOINT).exists():
        state += f"; go on with --resume {file}"
    print(f"{file}: run of '{design.get('title', '')}', {state}")
    for key, value in metrics.to_json().items() if metrics else ():
        if isinstance(value, int | float | str):
            print(f"  {key}: {value:.4f}" if isinstance(value, float) else f"  {key}: {value}")
    for entry in sorted(p for p in path.rglob("*") if p.is_file()):
        size = entry.stat().st_size
        print(f"  {entry.relative_to(path)!s:<32}{size / 1e6:10.3f} MB")
    if configuration:
        print(read_text(path / DESIGN))
    for trace in sorted([*path.glob("traces*.h5"), *path.glob("traces*.h5.part")]):
        print(describe(trace))
