"""Traces as what can be written for other programs: over training, or one example in time."""

from collections.abc import Iterator
from functools import reduce

import numpy as np

from neuroep.errors import InputError
from neuroep.export.recording import STEP, Recording, Section, Signal, Spikes
from neuroep.traces.record import PHASES
from neuroep.traces.view import Recorded, Traces

ALONG = ("epoch", "examples_seen", "seconds")
"""Coordinates of the steps; the last in seconds, the others numbers."""

SERIES = ("synapses", "neurons", "writing", "settling")
"""Groups that grow by one row a record."""


def over_training(traces: Traces) -> Recording:
    """Return every recorded number along the training steps, in SI where the chip has a unit.

    ``traces`` are open with ``si``.
    """
    groups = {name: one for name, one in traces.items() if name.partition("/")[0] in SERIES}
    steps = traces.steps
    for one in groups.values():  # a kill may have taken the last record of some
        steps = np.intersect1d(steps, one.labels(STEP))
    if not len(steps):
        raise InputError(f"{traces.paths[-1]}: no step was recorded")
    signals = [*_along(traces.settling, steps)]
    for name, one in groups.items():
        rows = np.searchsorted(one.labels(STEP), steps)
        signals += _signals(name, one, rows)
    section = Section("", steps, tuple(signals), (), STEP)
    return Recording(_title(traces), (section,), _about(traces))


def _along(settling: Recorded, steps: np.ndarray) -> Iterator[Signal]:
    rows = np.searchsorted(settling.labels(STEP), steps)
    for name in ALONG:
        if name in settling.along:
            unit = "s" if name == ALONG[-1] else "1"
            yield Signal(name, settling.labels(name)[rows], unit, {})


def _signals(group: str, recorded: Recorded, rows: np.ndarray) -> Iterator[Signal]:
    """Yield what a group holds, each quantity once: as the chip has it, or else normalised."""
    told = {variable.quantity: variable for variable in recorded.values()}  # SI comes second
    for quantity, variable in told.items():
        axes = {axis: recorded.labels(axis) for axis in variable.axes[1:]}
        yield Signal(f"{group}/{quantity}", variable[:][rows], variable.unit, axes)


def in_time(traces: Traces, step: int | None = None, example: int = 0) -> Recording:
    """Return what one recorded example went through in each phase of a step, in seconds.

    Phases that the learning rule does without are left out.

    Parameters
    ----------
    traces : Traces
    step : int, optional
        The last one with spike times or waveforms when absent.
    example : int
        Of those that are recorded of each batch.

    Raises
    ------
    InputError
        Nothing was recorded in time, or not of this step or example.
    """
    where, timed = traces.paths[-1], [*traces.spikes.values(), *traces.waveforms.values()]
    if not timed:
        raise InputError(
            f"{where}: nothing recorded in time; settle by spikes, with traces.spikes or "
            "traces.waveforms, and traces.neurons, in the design"
        )
    # Spikes and waveforms may be kept at different steps: at best one that has both.
    at = [np.intersect1d(one.labels(STEP), traces.steps) for one in timed]
    known, whole = np.unique(np.concatenate(at)), reduce(np.intersect1d, at)
    if step is None:
        step = int((whole if len(whole) else known)[-1]) if len(known) else 0
    if step not in known:
        raise InputError(f"{where}: --step {step}: recorded are {_shown(known)}")
    recorded = len(traces.settling.labels("example"))
    if not 0 <= example < recorded:
        raise InputError(f"{where}: --example {example}: recorded are 0 to {recorded - 1}")
    row = int(np.flatnonzero(traces.steps == step)[0])
    there = ~np.isnan(traces.settling.energy[row, :, example])
    if not there.any():
        raise InputError(f"{where}: --example {example}: the batch of step {step} has fewer")
    phases = (phase for phase, kept in zip(PHASES, there, strict=True) if kept)
    sections = tuple(_phase(traces, step, phase, example) for phase in phases)
    about = _about(traces) | {"step": step, "example": example}
    return Recording(f"{_title(traces)}, step {step}", sections, about)


def _phase(traces: Traces, step: int, phase: str, example: int) -> Section:
    spikes = tuple(
        Spikes(layer, traces.neurons[layer].labels("neuron"), *one.at(step, phase, example))
        for layer, one in traces.spikes.items()
        if step in one.labels(STEP)
    )
    time, signals = np.zeros(0), []
    for layer, one in traces.waveforms.items():
        if step in one.labels(STEP):
            time, potentials = one.at(step, phase, example)
            axes = {"neuron": one.labels("neuron")}
            signals.append(Signal(layer, potentials, one.shown.unit, axes))
    return Section(phase, time, tuple(signals), spikes)


def _shown(steps: np.ndarray) -> str:
    some = ", ".join(map(str, steps[:5].tolist()))
    return f"{some}, ... {steps[-1]}" if len(steps) > 5 else some or "none"


def _title(traces: Traces) -> str:
    return str(traces.attributes.get("title", "traces"))


def _about(traces: Traces) -> dict[str, object]:
    return {"file": traces.paths[-1].name}
