"""Which synapses, neurons and examples are recorded, at which steps, and under which names."""

from collections.abc import Mapping

import numpy as np

from neuroep.errors import InputError
from neuroep.traces.record import PHASES, StepRecord
from neuroep.traces.writer import TraceWriter

_SYNAPSE = {
    "weight": "synaptic weight before the update",
    "product_plus": "batch mean of s_pre * s_post at +beta",
    "product_minus": "batch mean of s_pre * s_post at -beta",
    "change_asked": "weight change asked for by the learning rule",
    "change_applied": "weight change applied by the update",
}
_NEURON = {
    "activity": "activity s of the neuron",
    "potential": "potential u of the neuron",
    "spikes": "signed number of spikes sent while settling",
}
_SETTLING = {
    "energy": "energy E at the end of settling",
    "residual": "residual at the end of settling",
}


class Recorder:
    """Declare what is recorded, tell the trainer which blocks to compute, and write its records.

    The file gets the groups ``synapses/<coupling>``, ``neurons/<layer>`` and ``settling``.

    Parameters
    ----------
    writer
        An entered `TraceWriter` without declarations.
    shapes
        (pre, post) of every coupling and (neurons,) of every layer that may be recorded.
    synapses
        Blocks to record: coupling -> (pre range, post range).
    neurons
        Neurons to record: layer -> range.
    examples
        Number of examples of each batch, from its start, whose neurons and settling are recorded.
    interval
        Training steps from one record to the next.
    spiking
        Whether spikes are recorded.
    potential_units
        Units of the potentials: ``"1"`` (normalised) unless told otherwise.

    Attributes
    ----------
    synapses : dict of str to (slice, slice)
        What the trainer has to cut out of each coupling's [pre, post] arrays.
    neurons : dict of str to slice
        What it has to cut out of each layer.
    examples : int
        How many examples, at most.

    Raises
    ------
    InputError
        When a range leaves its coupling or layer, a name is unknown, or a number is not positive.
    """

    def __init__(
        self,
        writer: TraceWriter,
        shapes: Mapping[str, tuple[int, ...]],
        synapses: Mapping[str, tuple[range, range]],
        neurons: Mapping[str, range],
        examples: int = 1,
        interval: int = 1,
        spiking: bool = False,
        potential_units: str = "1",
    ) -> None:
        self._writer = writer
        for field, value in (("examples", examples), ("interval", interval)):
            if value < 1:
                raise InputError(f"{writer.path}: traces.{field}: {value} is not positive")
        for name, block in synapses.items():
            self._check(f"synapses.{name}", block, shapes.get(name))
        for name, ids in neurons.items():
            self._check(f"neurons.{name}", (ids,), shapes.get(name))
        self.examples = examples
        self.interval = interval
        self.synapses = {name: (_cut(pre), _cut(post)) for name, (pre, post) in synapses.items()}
        self.neurons = {name: _cut(ids) for name, ids in neurons.items()}
        self._neuron_variables = [name for name in _NEURON if spiking or name != "spikes"]
        self._declare(synapses, neurons, potential_units)

    def plan(self, steps: int) -> int:
        """Return the size in bytes of the traces of ``steps`` training steps.

        Raises
        ------
        InputError
            When it exceeds the writer's budget.
        """
        rows = -(-steps // self.interval)
        return self._writer.plan({one.group: rows for one in self._writer.declarations})

    def wants(self, step: int) -> bool:
        """Whether a record of ``step`` would be written."""
        return step % self.interval == 0 and not self._writer.capped

    def flush(self) -> None:
        """Bring everything recorded so far to the disk."""
        self._writer.flush()

    def record(self, record: StepRecord) -> None:
        """Append one step. A batch may hold fewer examples than are recorded: the rest is NaN.

        Raises
        ------
        ValueError
            When an array does not have the shape of its block.
        InputError
            When the disk refuses a block.
        """
        by_name = {
            "weight": record.weights,
            "product_plus": record.product_plus,
            "product_minus": record.product_minus,
            "change_asked": record.change_asked,
            "change_applied": record.change_applied,
        }
        for name in self.synapses:
            row = {variable: arrays[name] for variable, arrays in by_name.items()}
            self._writer.append(f"synapses/{name}", record.step, row)
        by_layer = {"activity": record.activity, "potential": record.potential}
        if record.spikes is not None and "spikes" in self._neuron_variables:
            by_layer["spikes"] = record.spikes
        for name in self.neurons:
            row = {key: self._padded(arrays[name]) for key, arrays in by_layer.items()}
            self._writer.append(f"neurons/{name}", record.step, row)
        settling = {"energy": record.energy, "residual": record.residual}
        row = {key: self._padded(array) for key, array in settling.items()}
        self._writer.append("settling", record.step, row)

    def _declare(
        self,
        synapses: Mapping[str, tuple[range, range]],
        neurons: Mapping[str, range],
        potential_units: str,
    ) -> None:
        declare = self._writer.declare
        examples = np.arange(self.examples)
        for name, (pre, post) in synapses.items():
            axes: dict[str, object] = {"step": None, "pre": list(pre), "post": list(post)}
            for variable, meaning in _SYNAPSE.items():
                declare(f"synapses/{name}/{variable}", axes, "1", meaning)
        for name, ids in neurons.items():
            axes = {"step": None, "phase": PHASES, "example": examples, "neuron": list(ids)}
            for variable in self._neuron_variables:
                units = potential_units if variable == "potential" else "1"
                declare(f"neurons/{name}/{variable}", axes, units, _NEURON[variable])
        axes = {"step": None, "phase": PHASES, "example": examples}
        for variable, meaning in _SETTLING.items():
            declare(f"settling/{variable}", axes, "1", meaning, "f8")

    def _padded(self, array: np.ndarray) -> np.ndarray:
        missing = self.examples - array.shape[1]
        if missing <= 0:
            return array
        rest = np.full((array.shape[0], missing, *array.shape[2:]), np.nan)
        return np.concatenate([array, rest], axis=1)

    def _check(self, field: str, block: tuple[range, ...], shape: tuple[int, ...] | None) -> None:
        where = f"{self._writer.path}: traces.{field}"
        if shape is None:
            raise InputError(f"{where}: no such coupling or layer")
        for ids, size in zip(block, shape, strict=True):
            if ids.step < 1 or len(ids) == 0 or ids.start < 0 or ids[-1] >= size:
                raise InputError(f"{where}: {ids.start}:{ids.stop} is not within 0:{size}")


def _cut(ids: range) -> slice:
    return slice(ids.start, ids.stop, ids.step)
