"""What is read of the phases of a step: of a whole batch at once, or of its shards, then joined."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.probe import Block, Watched
from neuroep.learning.rules.rule import Estimate
from neuroep.settle import Record
from neuroep.traces.record import PHASES, Columns, Wave

Sides = Mapping[str, tuple[Floats, Floats]]
"""What a rule sees at +beta and at -beta, by array."""


def _ends(phases: int) -> range:
    """Return the first and the last of so many phases of a settle, or all where there are two."""
    return range(0, phases, max(1, phases - 1))


class Asked(NamedTuple):
    """What is wanted of a step beside synapses, neurons and settling."""

    spikes: bool
    waves: bool


@dataclass(frozen=True)
class Neurons:
    """What was read of the recorded examples, by layer; phases that a rule has none of are NaN."""

    layers: Mapping[str, Mapping[str, Floats]]  # each [phase, example, unit]
    settling: Mapping[str, Floats]  # each [phase, example]
    spikes: Mapping[str, list[list[Columns]]] | None  # by phase and example
    waves: Mapping[str, list[list[Wave]]] | None


@dataclass(frozen=True)
class Seen:
    """What was read of the phases of a shard, or of a batch."""

    synapses: Sides
    neurons: Neurons


class Lens:
    """Reads the chosen synapses and neurons of phases.

    Parameters
    ----------
    watched : Watched
    synapses : dict of Block
        By array.
    neurons : dict of slice
        By layer.
    examples : int
        Of each batch, from its start, whose neurons and settling are read.
    """

    def __init__(
        self,
        watched: Watched,
        synapses: Mapping[str, Block],
        neurons: Mapping[str, slice],
        examples: int,
    ) -> None:
        self.watched = watched
        self.blocks = synapses
        self.units = neurons
        self.examples = examples

    def record(self, asked: Asked, first: int, count: int) -> Record | None:
        """Return which of a shard's examples its settles have to record, if any."""
        shown = self._shown(first, count)
        return Record(tuple(range(shown))) if shown and any(asked) else None

    def see(self, asked: Asked, found: Estimate, first: int, count: int) -> Seen:
        """Return what is wanted of a shard's phases, as plain arrays."""
        return Seen(self.synapses(found), self.neurons(found, asked, self._shown(first, count)))

    def join(self, seen: Sequence[Seen], weights: Sequence[float]) -> Seen:
        """Return what was seen of a batch; ``weights``: the shards' shares of it."""
        return Seen(
            {
                name: tuple(  # type: ignore[misc]
                    sum(w * one.synapses[name][side] for one, w in zip(seen, weights, strict=True))
                    for side in (0, 1)
                )
                for name in self.blocks
            },
            _joined([one.neurons for one in seen]),
        )

    def synapses(self, found: Estimate) -> Sides:
        """Return the batch mean of what the rule reads at each block."""
        phases = found.held or found.phases
        last = phases[-1]
        before = phases[0] if last.beta.shape[0] == 1 else last
        return {
            name: (
                self.watched.probes[name].read(last, 0, block),
                self.watched.probes[name].read(before, -1, block),
            )
            for name, block in self.blocks.items()
        }

    def neurons(self, found: Estimate, asked: Asked, count: int | None = None) -> Neurons:
        """Return what the first ``count`` examples came to, as many as are recorded when absent."""
        count = self.examples if count is None else count
        layers = {
            name: {
                key: self._phases((meter.read(s) for s in found.phases), count)[:, :, units]
                for key, meter in self.watched.layers[name].meters.items()
            }
            for name, units in self.units.items()
        }
        settling = {
            "energy": self._phases((self.watched.energy.read(s) for s in found.phases), count),
            "residual": self._phases((self.watched.residual.read(s) for s in found.phases), count),
        }
        slots = self._slots(found, count)
        spikes = self._spikes(slots) if asked.spikes else None
        return Neurons(layers, settling, spikes, self._waves(slots) if asked.waves else None)

    def _shown(self, first: int, count: int) -> int:
        """Return how many examples of a shard are recorded."""
        return min(max(self.examples - first, 0), count)

    @staticmethod
    def _phases(parts: Iterable[Floats], count: int) -> Floats:
        """Return free, plus, minus of the recorded examples; a missing phase is NaN."""
        stacked = np.concatenate([part[_ends(len(part)), :count] for part in parts])
        missing = np.full((len(PHASES) - len(stacked), *stacked.shape[1:]), np.nan)
        return np.concatenate([stacked, missing])

    @staticmethod
    def _slots(found: Estimate, count: int) -> list[list[tuple[Any, int]]]:
        """Return a settle and a place in what it kept, by phase and recorded example."""
        shown = min(found.phases[0].beta.shape[1], count)
        return [
            [(settled, phase * shown + example) for example in range(shown)]
            for settled in found.phases
            for phase in _ends(len(settled.beta))
        ]

    def _spikes(self, slots: list[list[tuple[Any, int]]]) -> dict[str, list[list[Columns]]]:
        """Return the spikes of the recorded neurons, by phase and example."""
        read = self.watched.spikes
        assert read is not None
        return {
            name: [[_chosen(units, read(s, name, slot)) for s, slot in row] for row in slots]
            for name, units in self.units.items()
        }

    def _waves(self, slots: list[list[tuple[Any, int]]]) -> dict[str, list[list[Wave]]]:
        """Return the potentials of the recorded neurons in time, by phase and example."""
        clock = self.watched.clock
        assert clock is not None
        waves: dict[str, list[list[Wave]]] = {}
        for name, units in self.units.items():
            trace = self.watched.layers[name].trace
            assert trace is not None
            waves[name] = [
                [
                    (clock(s)[: len(kept)], kept)
                    for s, slot in row
                    for kept in [trace(s, slot)[:, units]]
                ]
                for row in slots
            ]
        return waves


def _chosen(units: slice, spikes: Columns) -> Columns:
    """Return the spikes of some neurons of a layer."""
    time, neuron, sign = spikes
    kept = (neuron >= units.start) & (neuron < units.stop)
    return time[kept], neuron[kept], sign[kept]


def _joined(parts: Sequence[Neurons]) -> Neurons:
    """Return what shards' examples came to as those of one batch."""
    first = parts[0]
    layers = {
        name: {key: np.concatenate([one.layers[name][key] for one in parts], axis=1) for key in of}
        for name, of in first.layers.items()
    }
    settling = {
        key: np.concatenate([one.settling[key] for one in parts], axis=1) for key in first.settling
    }
    spikes = _by_phase([one.spikes for one in parts])
    return Neurons(layers, settling, spikes, _by_phase([one.waves for one in parts]))


def _by_phase(parts: Sequence[Any]) -> Any:
    """Return lists by layer, phase and example with the examples of all shards."""
    if parts[0] is None:
        return None
    return {
        name: [[kept for one in parts for kept in one[name][p]] for p in range(len(phases))]
        for name, phases in parts[0].items()
    }
