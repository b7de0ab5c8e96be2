"""A table for spreadsheets and pandas: a column a node, with its unit in the header."""

import csv
import io
from itertools import zip_longest

import numpy as np

from neuroep.export.format import Format
from neuroep.export.recording import UNIT_OF, Recording, Section


def write(recording: Recording) -> bytes:
    """Return the table; sections stand side by side, each behind its own axis.

    Where one is shorter than another its cells stay empty. Spikes make a row each, and no section
    has more than these or signals.
    """
    columns = [column for section in recording.sections for column in _columns(section)]
    if not columns:
        raise ValueError("nothing recorded")
    text = io.StringIO(newline="")
    out = csv.writer(text, lineterminator="\n")
    out.writerow([name for name, _ in columns])
    out.writerows(zip_longest(*(cells for _, cells in columns), fillvalue=""))
    return text.getvalue().encode()


def _columns(section: Section) -> list[tuple[str, list[str]]]:
    found = []
    if section.signals:
        head = f"{section.full(section.axis)} ({UNIT_OF[section.axis]})"
        found.append((head, _cells(section.points)))
    for signal in section.signals:
        for labels, values in signal.columns():
            place = f"[{','.join(labels)}]" if labels else ""
            head = f"{section.full(signal.name)}{place} ({signal.unit})"
            found.append((head, _cells(values)))
    for spikes in section.spikes:
        name = section.full(f"spikes/{spikes.name}")
        found.append((f"{name}/times (s)", _cells(spikes.times)))
        found.append((f"{name}/neuron", _cells(spikes.neuron)))
        found.append((f"{name}/sign", _cells(spikes.sign)))
    return found


def _cells(values: np.ndarray) -> list[str]:
    """Return numbers with as many digits as read back the same, no more."""
    cells: list[str] = values.astype("U").tolist()
    return cells


FORMAT = Format("csv", (".csv",), "spreadsheets, pandas", write)
