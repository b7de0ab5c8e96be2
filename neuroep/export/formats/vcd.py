"""Value change dump: what GTKWave and digital simulators show, spikes as events."""

import io
from collections.abc import Iterator
from typing import Any

import numpy as np

from neuroep.export.format import Format
from neuroep.export.names import Names
from neuroep.export.recording import Recording, Section, Spikes

TICKS = {
    "1 fs": 1e-15, "1 ps": 1e-12, "1 ns": 1e-9, "1 us": 1e-6, "1 ms": 1e-3, "1 s": 1.0,
}  # fmt: skip

Change = tuple[int, Any, Any]
"""When (ticks), which variable, its value."""


def write(recording: Recording) -> bytes:
    """Return a scope a section: a real a node, an event and a real (its sign) a spiking neuron.

    Phases begin at 0, all of them.
    """
    from vcd import VCDWriter

    if not any(section.signals or section.spikes for section in recording.sections):
        raise ValueError("neither waveforms nor spikes in it")
    text = io.StringIO()
    scale = tick(recording)
    comment = " ".join(recording.title.split()).replace("$", "")
    scopes = Names()
    with VCDWriter(text, timescale=scale, date="", comment=comment, version="neuroep") as out:
        changes: list[Change] = []
        for section in recording.sections:
            changes += _section(out, scopes.of(section.name or "chip"), section, TICKS[scale])
        out.flush()  # or events at 0 would count as initial values, and an event has none
        for when, variable, value in sorted(changes, key=lambda change: change[0]):
            out.change(variable, when, value)
    return text.getvalue().encode()


def tick(recording: Recording) -> str:
    """Return the finest unit of time in which the last bit of every time counts for nothing."""
    known = max(
        (
            float(np.abs(times).max(initial=0.0)) * float(np.finfo(times.dtype).eps)
            for section in recording.sections
            for times in (section.points, *(spikes.times for spikes in section.spikes))
            if times.dtype.kind == "f"
        ),
        default=0.0,
    )
    return next((name for name, size in TICKS.items() if size >= known), "1 s")


def _section(out: Any, scope: str, section: Section, size: float) -> Iterator[Change]:
    names: dict[str, Names] = {}
    ticks = np.rint(np.asarray(section.points, float) / size).astype(np.int64)
    for signal in section.signals if len(ticks) else ():
        layer = f"{scope}.{Names().of(signal.name)}"
        for labels, values in signal.columns():
            name = names.setdefault(layer, Names()).of(signal.name, *labels)
            numbers = np.asarray(values, float)
            variable = out.register_var(layer, name, "real", init=float(numbers[0]))
            moved = 1 + np.flatnonzero(numbers[1:] != numbers[:-1])
            for k in moved.tolist():
                yield int(ticks[k]), variable, float(numbers[k])
    for spikes in section.spikes:
        layer = f"{scope}.{Names().of(spikes.name)}"
        yield from _spikes(out, layer, names.setdefault(layer, Names()), spikes, size)


def _spikes(out: Any, layer: str, names: Names, spikes: Spikes, size: float) -> Iterator[Change]:
    events, signs = {}, {}
    for neuron in spikes.neurons.tolist():
        events[neuron] = out.register_var(layer, names.of("spike", str(neuron)), "event")
        signs[neuron] = out.register_var(layer, names.of("sign", str(neuron)), "real", init=0.0)
    ticks = np.rint(np.asarray(spikes.times, float) / size).astype(np.int64).tolist()
    for when, neuron, sign in zip(ticks, spikes.neuron.tolist(), spikes.sign.tolist(), strict=True):
        yield when, signs[neuron], float(sign)
        yield when, events[neuron], True


FORMAT = Format("vcd", (".vcd",), "GTKWave: spikes as events", write, in_time=True)
