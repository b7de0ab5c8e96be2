"""Recorded synapses and neurons over training, each in its own unit."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from neuroep.learning.probe import SI_FACTOR, SI_UNITS
from neuroep.report.html import Block, Chart, Notes, Series
from neuroep.runs.report.quantities import scaled
from neuroep.traces.view import Recorded, Traces, Variable

MOST_POINTS = 600
MOST_ARRAYS = 6
MOST_LINES = 6
"""Synapses or neurons of one array that are drawn."""

Place = tuple[int, ...]

PAIRS = (
    ("what stood at it", ("seen_plus", "seen_minus")),
    ("change", ("change_asked", "change_applied")),
    ("conductance of its devices", ("conductance_plus", "conductance_minus")),
    ("charge of its capacitor", ("charge",)),
    ("pulses since the record before", ("pulses_up", "pulses_down")),
    ("pulses since training began", ("pulses_total",)),
)
"""What is drawn of the synapse that moved most, by title."""


def synapses(traces: Traces) -> list[Block]:
    """Return the recorded synapses that moved most, array by array, and the life of one."""
    blocks: list[Block] = []
    for number, (name, recorded) in enumerate(traces.synapses.items()):
        if number < MOST_ARRAYS and "weight" in recorded and len(recorded["weight"]):
            blocks += _array(name, recorded, life=number == 0)
    if (left := len(traces.synapses) - MOST_ARRAYS) > 0:
        blocks.append(Notes([f"{left} more arrays stand in {traces.paths[-1]}."]))
    return blocks


def neurons(traces: Traces) -> list[Block]:
    """Return the recorded neurons of each layer at the end of a free phase, over training."""
    blocks: list[Block] = []
    for name, recorded in list(traces.neurons.items())[:MOST_ARRAYS]:
        for key in recorded:
            variable = recorded[key]
            if key in ("spikes", "activity") or not len(variable):
                continue
            moved = _moved(variable)[0, 0]
            places = [(0, 0, *place) for place in _largest(moved)]
            title = f"{name}: {key} after the free phase of the first example"
            blocks.append(_chart(title, recorded, variable, places, whole=moved.size))
    return blocks


def settling(traces: Traces) -> list[Block]:
    """Return energy and residual at the ends of phases over training, means over examples."""
    blocks: list[Block] = []
    recorded = traces.settling
    for key in recorded:
        variable = recorded[key]
        if not len(variable):
            continue
        steps, every = _steps(recorded, len(variable))
        mean = np.asarray(variable[::every], float).mean(axis=2)
        phases = recorded.labels("phase")
        series = [Series(str(phase), mean[:, i]) for i, phase in enumerate(phases)]
        title = f"{key} at the end of a phase, mean of the recorded examples"
        unit = variable.unit
        blocks.append(Chart(title, "training step", f"{key} ({unit})", steps, series, _note(every)))
    return blocks


def _array(name: str, recorded: Recorded, life: bool) -> Iterator[Block]:
    variable = recorded["weight"]
    moved = _moved(variable)
    places = _largest(moved)
    yield _chart(f"{name}: weight", recorded, variable, places, whole=moved.size)
    if not life or not places:
        return
    for title, keys in PAIRS:
        known = {key: recorded[key] for key in keys if key in recorded}
        if known:
            yield _pair(f"{name} [{_called(variable, recorded, places[0])}]: {title}", recorded,
                        known, places[0])  # fmt: skip


def _pair(title: str, recorded: Recorded, variables: Mapping[str, Variable], place: Place) -> Chart:
    first = next(iter(variables.values()))
    steps, every = _steps(recorded, len(first))
    columns = np.stack([_in_units(v, v[(slice(None, None, every), *place)])[0]
                        for v in variables.values()])  # fmt: skip
    columns, unit = scaled(columns, _in_units(first, columns)[1])
    series = [
        Series(key.replace("_", " "), values)
        for key, values in zip(variables, columns, strict=True)
    ]
    return Chart(title, "training step", f"({unit})", steps, series, _note(every))


def _chart(
    title: str, recorded: Recorded, variable: Variable, places: Sequence[Place], whole: int
) -> Chart:
    steps, every = _steps(recorded, len(variable))
    # One reading each: a column of a file is cheap, all of it may be a hundred megabytes.
    columns = np.stack([variable[(slice(None, None, every), *place)] for place in places])
    columns, unit = scaled(*_in_units(variable, columns))
    series = [
        Series(_called(variable, recorded, place), values)
        for place, values in zip(places, columns, strict=True)
    ]
    more = f"The {len(places)} of {whole} recorded that moved most." if whole > len(places) else ""
    note = " ".join(filter(None, (more, _note(every))))
    return Chart(title, "training step", f"{variable.name} ({unit})", steps, series, note)


def _in_units(variable: Variable, values: np.ndarray) -> tuple[np.ndarray, str]:
    """Return values in the SI unit that the chip gives them, or in their own."""
    values = np.asarray(values, float)
    told = variable.attributes
    if SI_FACTOR in told:
        return values * float(told[SI_FACTOR]), str(told[SI_UNITS])
    return values, variable.unit


def _moved(variable: Variable) -> np.ndarray:
    """Return how far each entry is at its end from where it began."""
    moved: np.ndarray = np.nan_to_num(
        np.abs(np.asarray(variable[len(variable) - 1], float) - np.asarray(variable[0], float))
    )
    return moved


def _largest(values: np.ndarray) -> list[Place]:
    order = np.argsort(-values, axis=None, kind="stable")[:MOST_LINES]
    return [tuple(int(i) for i in np.unravel_index(one, values.shape)) for one in order]


def _called(variable: Variable, recorded: Recorded, place: Place) -> str:
    sides = zip(variable.axes[1:], place, strict=True)
    named = [(axis, recorded.labels(axis)[i]) for axis, i in sides]
    return ", ".join(f"{axis} {label}" for axis, label in named if axis not in ("phase", "example"))


def _steps(recorded: Recorded, count: int) -> tuple[np.ndarray, int]:
    """Return the steps that are drawn, and that they are every so many of those recorded."""
    every = max(1, -(-count // MOST_POINTS))
    return np.asarray(recorded.labels("step"))[:count:every], every


def _note(every: int) -> str:
    return f"Every {every}th record is drawn." if every > 1 else ""
