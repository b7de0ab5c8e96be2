"""Measured curves in a design: read from a file once, and kept with all that a run writes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.errors import InputError, named
from neuroep.network.hopfield.curve import Curve
from neuroep.tables.number_columns import read_columns

CURVE, SCALE = "curve", "curve_scale"
POTENTIAL, ACTIVITY = "potential", "activity"


def with_curves(content: dict[str, Any], design: str) -> dict[str, Any]:
    """Return a design's content with the points of curves in place of their files.

    A layer's ``curve`` names a table with a column ``potential`` and one ``activity``, or
    ``activity_0``, ``activity_1`` ... of each unit; ``curve_scale`` is what counts as one of each,
    such as amperes and volts. A file is looked for beside the design first, then where the command
    was given.

    An InputError names the file and the column.
    """
    layers = content.get("layers")
    if not isinstance(layers, Mapping):
        return content
    found = dict(layers)
    for name, entry in layers.items():
        if isinstance(entry, Mapping) and isinstance(entry.get(CURVE), str):
            plain = {key: value for key, value in entry.items() if key != SCALE}
            scale = entry.get(SCALE, (1.0, 1.0))
            where = f"{design}: layers.{name}.{SCALE}"
            found[name] = plain | {CURVE: _read(entry[CURVE], design, _scale(scale, where))}
    return {**content, "layers": found}


def _scale(given: Any, where: str) -> tuple[float, float]:
    try:
        potential, activity = (float(one) for one in given)
    except (TypeError, ValueError):
        raise InputError(f"{where}: must be two numbers, of potential and activity") from None
    if not (0 < potential < np.inf and 0 < activity < np.inf):
        raise InputError(f"{where}: must be positive")
    return potential, activity


def _read(name: str, design: str, scale: tuple[float, float]) -> dict[str, Any]:
    beside = Path(design).parent / name
    columns = {c.name: c for c in read_columns([str(beside if beside.is_file() else name)])}
    where = next(iter(columns.values())).where.rpartition(":")[0] if columns else name
    own = [f"{ACTIVITY}_{k}" for k in range(len(columns) - 1)]
    wanted = [ACTIVITY] if ACTIVITY in columns else own
    for column in (POTENTIAL, *(wanted or [ACTIVITY])):
        if column not in columns:
            raise InputError(f"{where}: no column {column!r}; it has {', '.join(columns)}")
    points = len(columns[POTENTIAL].values)
    for column in wanted:
        if len(columns[column].values) != points:
            raise InputError(f"{columns[column].where}: not as long as {POTENTIAL!r}, {points}")
    activity = [(columns[column].values / scale[1]).tolist() for column in wanted]
    potential = (columns[POTENTIAL].values / scale[0]).tolist()
    points_of = activity[0] if ACTIVITY in columns else activity
    with named(where):
        Curve(np.array(potential), np.array(points_of))
    return {POTENTIAL: potential, ACTIVITY: points_of}
