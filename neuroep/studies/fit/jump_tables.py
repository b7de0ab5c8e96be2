"""Tables of one pulse's statistics, as CrossSim has them, as a device.

The first row of numbers holds conductances, the second cumulative probabilities, and every further
row the change of conductance by one pulse at that probability, a column a conductance. One file is
of pulses up, another of pulses down.
"""

import re
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.devices.device import Device
from neuroep.devices.laws.tabulated import Tabulated
from neuroep.errors import InputError, named
from neuroep.studies.fit.reading import LARGEST
from neuroep.tables.files import DataFile

COLUMNS, ROWS = 65, 129
"""Conductances and probabilities of the device's table."""

MISSING = 0.1
"""Probability at either end that a table may leave out; its first and last rows stand for it."""

MOST_BYTES = 1 << 26
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


def read_jump_tables(up: str, down: str, name: str = "") -> Device:
    """Return the device of two tables, on the range of their conductances.

    They are taken at equally spaced conductances and probabilities, interpolated. An InputError
    names file and row: one that cannot be read, that is no such table, or whose range is not the
    other's.
    """
    range_up, table_up = _read(Path(up))
    range_down, table_down = _read(Path(down))
    if not np.allclose(range_up, range_down, rtol=0.05):
        raise InputError(
            f"{down}: {range_down[0]:.3g} to {range_down[1]:.3g} S, but {up} goes from "
            f"{range_up[0]:.3g} to {range_up[1]:.3g} S"
        )
    half = 0.5 * (range_up[1] - range_up[0])
    changes = (table_up / half, -table_down[::-1] / half)  # both positive, both rising
    steps = []
    for path, table in zip((up, down), changes, strict=True):
        step = float(table[:, COLUMNS // 2].mean())
        if not 0 < step <= 2:
            raise InputError(f"{path}: at the centre of its range a pulse does not go its way")
        steps.append(step)
    with named(f"{up}, {down}"):
        return Device(
            name=name or Path(up).name.partition(".")[0],
            g_min=range_up[0],
            g_max=range_up[1],
            step_up=steps[0],
            step_down=steps[1],
            law=Tabulated.of(changes[0] / steps[0], changes[1] / steps[1]),
            sources={"*": f"tables of {Path(up).name} and {Path(down).name} (measured)"},
        )


def _read(path: Path) -> tuple[tuple[float, float], Reals]:
    """Return the range of a file, and its table (ROWS, COLUMNS) in siemens."""
    rows = []
    with DataFile(path).open() as file:
        text = file.read(MOST_BYTES + 1)
    if len(text) > MOST_BYTES:
        raise InputError(f"{path}: too large ({MOST_BYTES} bytes at most)")
    for number, line in enumerate(text.decode("utf-8", "replace").splitlines(), 1):
        cells = re.split(r"[,\s\[\]]+", line.strip(" \t[],"))
        if cells == [""] or not NUMBER.fullmatch(cells[0]):
            continue  # a heading, or nothing
        if not all(map(NUMBER.fullmatch, cells)):
            bad = next(cell for cell in cells if not NUMBER.fullmatch(cell))
            raise InputError(f"{path}: line {number}: {bad[:40]!r} is not a number")
        rows.append(np.array(cells, float))
        if not np.isfinite(rows[-1]).all():
            raise InputError(f"{path}: line {number}: a number that is too large")
    if len(rows) < 4:
        raise InputError(f"{path}: {len(rows)} rows of numbers; a table of steps has more")
    conductances, chances, *table = rows
    for number, row in enumerate(table, 3):
        if len(row) != len(conductances):
            raise InputError(
                f"{path}: row {number}: {len(row)} changes for {len(conductances)} conductances"
            )
    if len(chances) != len(table):
        raise InputError(f"{path}: row 2: {len(chances)} probabilities for {len(table)} rows")
    for number, row in ((1, conductances), (2, chances)):
        if len(row) < 2 or not (np.diff(row) > 0).all():
            raise InputError(f"{path}: row {number}: does not rise")
    if conductances[0] < 0:
        raise InputError(f"{path}: row 1: a conductance of {conductances[0]:g} S is negative")
    if conductances[-1] > LARGEST:
        raise InputError(
            f"{path}: row 1: a conductance of {conductances[-1]:g} S, which no device has; is it "
            "in siemens?"
        )
    if not 0 <= chances[0] <= MISSING or not 1 - MISSING <= chances[-1] <= 1:
        raise InputError(
            f"{path}: row 2: probabilities go from 0 to 1, not from {chances[0]:g} to "
            f"{chances[-1]:g}"
        )
    evenly = np.linspace(conductances[0], conductances[-1], COLUMNS)
    along = np.array([np.interp(evenly, conductances, row) for row in table])
    probabilities = np.linspace(0.0, 1.0, ROWS)
    found = np.array([np.interp(probabilities, chances, column) for column in along.T]).T
    return (float(conductances[0]), float(conductances[-1])), found
