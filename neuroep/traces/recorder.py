"""Which synapses, neurons and examples are recorded, at which steps, and under which names."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from neuroep.errors import InputError
from neuroep.learning.probe import Block, Watched, in_si
from neuroep.traces.devices import Counted, DeviceTraces
from neuroep.traces.joined import POINT, SPIKE
from neuroep.traces.record import PHASES, StepRecord
from neuroep.traces.writer import TraceWriter

Range = tuple[int, int]
"""First, and past the last."""

_ALONG = {"coordinates": "epoch examples_seen"}


@dataclass(frozen=True)
class Choice:
    """What is recorded."""

    synapses: Mapping[str, tuple[Range, ...]]  # one range a side of each array
    neurons: Mapping[str, Range]
    examples: int = 1  # of each batch, from its start, whose neurons and settling are recorded
    interval: int = 1  # training steps from one record to the next
    spikes: int = 0  # records from one with spike times to the next; 0: no spike times
    waveforms: int = 0  # the same of waveforms
    rows: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By array: of the range of its first side only these, by what they are called."""

    @property
    def blocks(self) -> dict[str, Block]:
        """The synapses, by array."""
        found: dict[str, Block] = {
            name: tuple(slice(*side) for side in block) for name, block in self.synapses.items()
        }
        for name, rows in self.rows.items():
            found[name] = (np.array(list(rows.values())), *found[name][1:])
        return found

    @property
    def units(self) -> dict[str, slice]:
        """The neurons, by layer."""
        return {name: slice(*ids) for name, ids in self.neurons.items()}


@dataclass(frozen=True)
class Course:
    """How a training goes: ``examples`` an epoch, in batches of ``batch``.

    ``seconds``: that the chip works on one, 0 where nobody knows.
    """

    examples: int
    batch: int
    seconds: float = 0.0

    def at(self, step: int) -> tuple[int, int]:
        """Return the epoch of a step, from 1, and the examples seen before it."""
        per_epoch = -(-self.examples // self.batch)
        epoch, number = divmod(step, per_epoch)
        return epoch + 1, epoch * self.examples + number * self.batch


class Recorder:
    """Declare what is recorded, tell the trainer which blocks to compute, and write its records.

    The file gets the groups ``synapses/<array>``, ``neurons/<layer>``, ``spikes/<layer>``,
    ``waveforms/<layer>`` and ``settling``; ``writing/<array>`` where pulses write devices.
    ``synapses``, ``neurons`` and ``examples`` tell what the trainer has to cut out of each array,
    each layer and the batch. ``counted``: what earlier files of the run tell of devices.
    """

    def __init__(
        self,
        writer: TraceWriter,
        watched: Watched,
        choice: Choice,
        course: Course,
        counted: Counted | None = None,
    ) -> None:
        self._writer = writer
        self._watched = watched
        self._choice = choice
        self._course = course
        for key in ("examples", "interval"):
            if getattr(choice, key) < 1:
                value = getattr(choice, key)
                raise InputError(f"{writer.path}: traces.{key}: {value} is not positive")
        for name, block in choice.synapses.items():
            probe = watched.probes.get(name)
            self._check(f"synapses.{name}", block, probe.shape if probe else None)
        for name, ids in choice.neurons.items():
            layer = watched.layers.get(name)
            self._check(f"neurons.{name}", (ids,), (layer.size,) if layer else None)
        self.examples = choice.examples
        self.synapses, self.neurons = choice.blocks, choice.units
        self._spiking = watched.spikes is not None and choice.spikes > 0
        self._timed = watched.clock is not None and choice.waveforms > 0
        self._devices = DeviceTraces(watched.devices, self.synapses, counted)
        self._declare()

    def plan(self, steps: int) -> int:
        """Return the most bytes that ``steps`` training steps take; see `TraceWriter.plan`."""
        rows = -(-steps // self._choice.interval)
        counts = {one.key: rows for one in self._writer.declarations}
        if self._spiking:
            recorded = -(-rows // self._choice.spikes) * self.examples
            for name, (first, last) in self._choice.neurons.items():
                most = recorded * (last - first) * self._watched.most_spikes
                counts |= {f"spikes/{name}": -(-rows // self._choice.spikes)}
                counts |= {f"spikes/{name}/{SPIKE}": most}
        if self._timed:
            recorded = -(-rows // self._choice.waveforms)
            most = recorded * self.examples * (self._watched.most_spikes + len(PHASES))
            for name in self._choice.neurons:
                counts |= {f"waveforms/{name}": recorded, f"waveforms/{name}/{POINT}": most}
        return self._writer.plan(counts)

    def wants(self, step: int) -> bool:
        """Whether a record of ``step`` would be written."""
        return step % self._choice.interval == 0 and not self._writer.capped

    def wants_spikes(self, step: int) -> bool:
        """Whether a record of ``step`` would hold spike times."""
        period = self._choice.interval * self._choice.spikes
        return self._spiking and self.wants(step) and step % period == 0

    def wants_waves(self, step: int) -> bool:
        """Whether a record of ``step`` would hold waveforms."""
        period = self._choice.interval * self._choice.waveforms
        return self._timed and self.wants(step) and step % period == 0

    def flush(self) -> None:
        """Bring everything recorded so far to the disk."""
        self._writer.flush()

    def record(self, record: StepRecord) -> None:
        """Append one step. A batch may hold fewer examples than are recorded: the rest is NaN."""
        for name, row in record.synapses.items():
            devices = self._devices.row(name, record.devices.get(name, {}))
            self._append(f"synapses/{name}", record.step, {**row, **devices})
        for name in self._watched.devices:
            self._append(f"writing/{name}", record.step, self._devices.totals(name))
        of_phases = {f"neurons/{name}": row for name, row in record.layers.items()}
        for group, row in (of_phases | {"settling": record.settling}).items():
            padded = {key: self._padded(array) for key, array in row.items()}
            self._append(group, record.step, padded)
        for name, phases in (record.spikes or {}).items():
            self._append_ragged(f"spikes/{name}", SPIKE, ("time", "neuron", "sign"), record, phases)
        for name, waves in (record.waves or {}).items():
            self._append_ragged(f"waveforms/{name}", POINT, ("time", "potential"), record, waves)

    def _append(self, group: str, step: int, row: Mapping[str, np.ndarray]) -> None:
        epoch, seen = self._course.at(step)
        along = {"epoch": np.array(epoch), "examples_seen": np.array(seen)}
        self._writer.append(group, step, {**row, **along})

    def _append_ragged(
        self,
        group: str,
        axis: str,
        names: Sequence[str],
        record: StepRecord,
        phases: Sequence[Sequence[tuple[np.ndarray, ...]]],
    ) -> None:
        """Append columns of any length, by phase and example, and how long they are."""
        count = np.zeros((len(PHASES), self.examples), np.int32)
        for p, examples in enumerate(phases):
            count[p, : len(examples)] = [len(columns[0]) for columns in examples]
        columns = [one for examples in phases for one in examples]
        whole = (np.concatenate(parts) for parts in zip(*columns, strict=True))
        self._writer.extend(group, axis, dict(zip(names, whole, strict=True)))
        self._append(group, record.step, {"count": count})

    def _declare(self) -> None:
        examples = np.arange(self.examples)
        for name, block in self._choice.synapses.items():
            self._declare_array(name, block)
        for name, ids in self._choice.neurons.items():
            layer, group = self._watched.layers[name], f"neurons/{name}"
            axes = {"phase": PHASES, "example": examples, layer.axis: np.arange(*ids)}
            for key, meter in layer.meters.items():
                self._add(f"{group}/{key}", axes, meter.unit, meter.meaning, meter.attributes)
            self._declare_course(group)
            if self._spiking:
                self._declare_spikes(name, examples)
            if self._timed:
                self._declare_waves(name, ids, examples)
        axes = {"phase": PHASES, "example": examples}
        for key in ("energy", "residual"):
            meter = getattr(self._watched, key)
            meaning = f"{meter.meaning}, at the end of settling"
            self._add(f"settling/{key}", axes, meter.unit, meaning, meter.attributes, "f8")
        self._declare_course("settling")
        for name, devices in self._watched.devices.items():
            for key, gauge in devices.totals.items():
                where = f"writing/{name}/{key}"
                self._add(where, {}, gauge.unit, gauge.meaning, gauge.attributes, gauge.dtype)
            self._declare_course(f"writing/{name}")

    def _declare_array(self, name: str, block: tuple[Range, ...]) -> None:
        probe, group = self._watched.probes[name], f"synapses/{name}"
        ids = [np.arange(*side) for side in block]
        if name in self._choice.rows:
            ids[0] = np.array(list(self._choice.rows[name]), "U")
        axes = dict(zip(probe.axes, ids, strict=True))
        for variable, unit, meaning in (
            ("weight", probe.unit, f"{probe.meaning}, before the update"),
            ("seen_plus", probe.seen_unit, f"batch mean of {probe.seen_meaning}, at +beta"),
            ("seen_minus", probe.seen_unit, f"batch mean of {probe.seen_meaning}, at -beta"),
            ("change_asked", probe.unit, "change that the learning rule asked for"),
            ("change_applied", probe.unit, "change that the update applied"),
        ):
            attributes = None if variable.startswith("seen") else probe.attributes
            self._add(f"{group}/{variable}", axes, unit, meaning, attributes)
        if name in self._watched.devices:
            devices = self._watched.devices[name]
            for variable, gauge in {**devices.before, **devices.after}.items():
                attributes = gauge.attributes if gauge.unit else probe.attributes
                unit = gauge.unit or probe.unit
                where = f"{group}/{variable}"
                self._add(where, axes, unit, gauge.meaning, attributes, gauge.dtype)
        self._declare_course(group)

    def _declare_spikes(self, name: str, examples: np.ndarray) -> None:
        group = f"spikes/{name}"
        self._declare_count(group, SPIKE, "spikes", examples)
        small = "i2" if self._watched.layers[name].size <= 1 << 15 else "i4"
        for variable, unit, meaning, dtype in (
            ("time", "s", "time of the spike since its phase began", "f4"),
            ("neuron", "1", "index of the neuron in its layer", small),
            ("sign", "1", "sign of the spike", "i1"),
        ):
            self._writer.declare_ragged(f"{group}/{variable}", SPIKE, unit, meaning, dtype)
        self._declare_course(group)

    def _declare_waves(self, name: str, ids: Range, examples: np.ndarray) -> None:
        group, layer = f"waveforms/{name}", self._watched.layers[name]
        meter = layer.meters["potential"]
        self._declare_count(group, POINT, "points", examples)
        declare = self._writer.declare_ragged
        declare(f"{group}/time", POINT, "s", "time since the phase began", "f8")
        sides = {layer.axis: np.arange(*ids)}
        values = f"{group}/potential"
        declare(values, POINT, meter.unit, meter.meaning, "f4", meter.attributes, **sides)
        self._declare_course(group)

    def _declare_count(self, group: str, axis: str, what: str, examples: np.ndarray) -> None:
        axes = {"phase": PHASES, "example": examples}
        meaning = f"{what} of one example in one phase: so many rows along {axis!r}, in this order"
        self._add(f"{group}/count", axes, "1", meaning, {"sample_dimension": axis}, "i4")

    def _add(
        self,
        name: str,
        axes: Mapping[str, object],
        unit: str,
        meaning: str,
        attributes: Mapping[str, object] | None = None,
        dtype: str = "f4",
    ) -> None:
        along = {"step": None, **axes}
        more = {**_ALONG, **(attributes or {})}
        self._writer.declare(name, along, unit, meaning, dtype, more)

    def _declare_course(self, group: str) -> None:
        declare, axes = self._writer.declare, {"step": None}
        declare(f"{group}/epoch", axes, "1", "epoch of the step, from 1", "i4")
        seconds = self._course.seconds
        si = in_si(seconds, "s") if seconds else None
        declare(f"{group}/examples_seen", axes, "1", "training examples before the step", "i8", si)

    def _padded(self, array: np.ndarray) -> np.ndarray:
        missing = self.examples - array.shape[1]
        if missing <= 0:
            return array
        rest = np.full((array.shape[0], missing, *array.shape[2:]), np.nan)
        return np.concatenate([array, rest], axis=1)

    def _check(self, field: str, block: tuple[Range, ...], shape: tuple[int, ...] | None) -> None:
        where = f"{self._writer.path}: traces.{field}"
        if shape is None:
            raise InputError(f"{where}: no such array or layer")
        if len(block) != len(shape):
            raise InputError(f"{where}: {len(block)} ranges for an array of {len(shape)} sides")
        for (first, last), size in zip(block, shape, strict=True):
            if not 0 <= first < last <= size:
                raise InputError(f"{where}: {first}:{last} is not within 0:{size}")
