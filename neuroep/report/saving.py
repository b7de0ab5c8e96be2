"""Write a figure to a file that is either complete or absent."""

import os
from base64 import b64encode
from io import BytesIO
from pathlib import Path

from matplotlib.figure import Figure

from neuroep.errors import InputError
from neuroep.places import replaced_when_whole
from neuroep.report.style import house_style

# No dates inside: the same figure gives the same bytes.
_METADATA: dict[str, dict[str, None]] = {
    ".png": {},
    ".svg": {"Date": None},
    ".pdf": {"CreationDate": None},
}


def inline(figure: Figure) -> str:
    """Return a figure as an HTML image that a notebook can keep."""
    buffer = BytesIO()
    with house_style():
        figure.savefig(buffer, format="png", dpi=80)
    return f'<img src="data:image/png;base64,{b64encode(buffer.getvalue()).decode()}">'


def save(figure: Figure, path: str | os.PathLike[str]) -> Path:
    """Write a figure to a path as PNG, SVG or PDF, by the suffix, and return the path.

    The file is written under a temporary name beside its place and renamed when complete, so that a
    reader, a full disk or Ctrl-C never meets half a figure. An InputError: another suffix, or a
    file that cannot be written.
    """
    path = Path(path)
    suffix = check_figure(path)
    try:
        with house_style(), replaced_when_whole(path) as part:
            figure.savefig(part, format=suffix[1:], metadata=_METADATA[suffix])
    except OSError as error:
        raise InputError(f"{path}: cannot write the figure: {error.strerror or error}") from error
    return path


def check_figure(path: str | os.PathLike[str]) -> str:
    """Return the suffix that a figure's name ends in; an InputError where none can be written."""
    suffix = Path(path).suffix.lower()
    if suffix not in _METADATA:
        raise InputError(f"{path}: a figure's name must end in {', '.join(_METADATA)}")
    return suffix
