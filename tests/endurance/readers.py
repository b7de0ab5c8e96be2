"""What Python code of a user reads a file by where no command does."""

import sys

from neuroep.errors import InputError


def read(kind: str, path: str) -> int:
    """Read a file as a kind; return 0, or 2 and one line on standard error."""
    try:
        READERS[kind](path)
    except InputError as error:
        print("neuroep:", error, file=sys.stderr)
        return 2
    return 0


def _traces(path: str) -> None:
    from neuroep.traces import open_traces

    with open_traces(path) as traces:
        repr(traces)
        dict(traces.configuration)
        for group in traces.values():
            for name in group:
                group[name][:]


def _raw(path: str) -> None:
    from pathlib import Path

    from neuroep.hardware.programs.rawfile import read_raw

    read_raw(Path(path).read_bytes())


READERS = {"traces": _traces, "raw": _raw}
