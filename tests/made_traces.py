"""Traces as a run would leave them, with numbers that are known."""

import contextlib
from pathlib import Path

import numpy as np

from neuroep.traces import open_traces
from neuroep.traces.view import Traces
from neuroep.traces.writer import TraceWriter

SYNAPSE = {"step": None, "pre": [4, 9], "post": [1, 2, 3]}
FEW = {"step": None, "phase": ["free", "plus", "minus"], "example": [0, 1]}


def block(step: int) -> np.ndarray:
    return step + np.arange(6.0).reshape(2, 3)


def counts(step: int) -> np.ndarray:
    return np.arange(6).reshape(3, 2) + step // 10


def write_traces(
    path: Path,
    steps: tuple[int, ...],
    *,
    end: bool = True,
    shift: float = 0.0,
    spikes: bool = True,
    energy: np.ndarray | float = 0.0,
) -> None:
    """Write the traces of some steps; without an end it is a .part.

    ``shift``: of all weights; ``energy``: added to that of phases and examples, NaN where there is
    none.
    """
    with (
        contextlib.suppress(KeyboardInterrupt),
        TraceWriter(path, {"title": path.name, "configuration": {"name": path.name}}) as writer,
    ):
        siemens = {"si_factor": 4e-6, "si_units": "S"}
        writer.declare("synapses/a-b/weight", SYNAPSE, "1", "weight", "f8", siemens)
        writer.declare("synapses/a-b/epoch", {"step": None}, "1", "epoch", "i4")
        writer.declare("neurons/b/activity", {**FEW, "neuron": np.arange(6)}, "1", "activity")
        seconds = {"si_factor": 5e-5, "si_units": "s"}
        for group in ("synapses/a-b", "settling"):
            name = f"{group}/examples_seen"
            writer.declare(name, {"step": None}, "1", "seen", "i8", seconds)
        watts = {"si_factor": 2e-9, "si_units": "W"}
        writer.declare("settling/energy", FEW, "1", "energy", "f8", watts)
        writer.declare("settling/epoch", {"step": None}, "1", "epoch", "i4")
        if spikes:
            writer.declare("spikes/b/count", FEW, "1", "spikes", "i4")
            for name in ("time", "neuron", "sign"):
                writer.declare_ragged(f"spikes/b/{name}", "spike", "1", name, "f4")
        for step in steps:
            _append(writer, step, shift, spikes, energy)
        if not end:
            raise KeyboardInterrupt


def _append(
    writer: TraceWriter, step: int, shift: float, spikes: bool, energy: np.ndarray | float
) -> None:
    along = {"epoch": np.array(1 + step // 20), "examples_seen": np.array(32 * step)}
    writer.append("synapses/a-b", step, {"weight": block(step) + shift, **along})
    writer.append("neurons/b", step, {"activity": np.full((3, 2, 6), step)})
    writer.append("settling", step, {"energy": np.full((3, 2), step) + energy, **along})
    if spikes:
        owner = np.repeat(np.arange(6), counts(step).ravel())
        columns = {"time": step + 0 * owner, "neuron": owner, "sign": np.ones_like(owner)}
        writer.extend("spikes/b", "spike", columns)
        writer.append("spikes/b", step, {"count": counts(step)})


def interrupted(folder: Path) -> Traces:
    """Return the traces of a run that twice went back to a checkpoint and did a step again."""
    write_traces(folder / "traces.h5", (0, 10, 20, 30), end=False)
    write_traces(folder / "traces-2.h5", (20, 30, 40), end=False, shift=0.5)
    write_traces(folder / "traces-10.h5", (40, 50), shift=0.25)
    return open_traces(folder)
