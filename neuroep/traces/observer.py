"""Watch a training: turn what a step did into a record of the chosen synapses and neurons."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.probe import Watched
from neuroep.learning.rules.rule import Estimate
from neuroep.settle import Record
from neuroep.traces.record import PHASES, Columns, StepRecord, Wave
from neuroep.traces.recorder import Recorder


def _ends(phases: int) -> range:
    """Return the first and the last of so many phases of a settle, or all where there are two."""
    return range(0, phases, max(1, phases - 1))


class TrainingObserver:
    """The trainer's observer that feeds a recorder.

    The change asked for is the rule's, -rate * gradient estimate; the change applied is what
    the update made of it. Both are those of a whole step, of which a continual rule grants one
    small part after the other; its phases are those of the last part. A one-sided estimate has no
    -beta phase: its free phase stands there. Backpropagation has free phases only: they stand in
    both places. Of an oscillating nudge its first and last phase are kept, the extremes.
    """

    def __init__(self, recorder: Recorder, watched: Watched) -> None:
        self.recorder = recorder
        self.watched = watched
        self._pending: dict[str, dict[str, Floats]] | None = None  # rows by array and variable
        self._found: Estimate | None = None
        self._devices: dict[str, dict[str, np.ndarray]] = {}  # what gauges read, by array

    def record(self, step: int, examples: int) -> Record | None:
        """Return which of a batch's examples the settles of a step have to record, if any."""
        if not (self.recorder.wants_spikes(step) or self.recorder.wants_waves(step)):
            return None
        return Record(tuple(range(min(examples, self.recorder.examples))))

    def before_update(self, step: int, found: Estimate, rates: Mapping[str, float]) -> None:
        """Cut the recorded blocks out of the phases, and keep the weights as they were."""
        if not self.recorder.wants(step):
            self._pending = None
            return
        pending: dict[str, dict[str, Floats]] = {}
        last = found.phases[-1]
        one_sided = last.beta.shape[0] == 1
        for name, block in self.recorder.synapses.items():
            probe = self.watched.probes[name]
            rows, *rest = block
            ids = np.arange(probe.shape[0])[rows]
            slope = found.gradient.rows(name, int(ids.min()), int(ids.max()) + 1)
            asked = -rates[name] * probe.rate_unit * slope[ids - ids.min()][:, *rest]
            if self._pending:
                weight = self._pending[name]["weight"]
                asked += self._pending[name]["change_asked"]
            else:
                weight = self.watched.parameters[name][block].copy()
            pending[name] = {
                "weight": weight,
                "seen_plus": probe.read(last, 0, block),
                "seen_minus": probe.read(found.phases[0] if one_sided else last, -1, block),
                "change_asked": asked,
            }
        self._devices = self._devices if self._pending else self._devices_before()
        self._pending, self._found = pending, found

    def after_update(self, step: int) -> None:
        """Record the step with the change that was made."""
        pending, found = self._pending, self._found
        if pending is None or found is None:
            return
        for name, block in self.recorder.synapses.items():
            applied = self.watched.parameters[name][block] - pending[name]["weight"]
            pending[name]["change_applied"] = applied
        layers = {
            name: {
                key: self._phases(meter.read(s) for s in found.phases)[:, :, units]
                for key, meter in self.watched.layers[name].meters.items()
            }
            for name, units in self.recorder.neurons.items()
        }
        for name, read in self._devices.items():
            watched, block = self.watched.devices[name], self.recorder.synapses[name]
            read |= {key: np.asarray(gauge.read(block)) for key, gauge in watched.after.items()}
            watched.end()
        settling = {
            "energy": self._phases(self.watched.energy.read(s) for s in found.phases),
            "residual": self._phases(self.watched.residual.read(s) for s in found.phases),
        }
        spikes = self._spikes(found) if self.recorder.wants_spikes(step) else None
        waves = self._waves(found) if self.recorder.wants_waves(step) else None
        self.recorder.record(
            StepRecord(step, pending, layers, settling, spikes, waves, self._devices)
        )
        self._pending = self._found = None

    def flush(self) -> None:
        """Bring everything recorded so far to the disk."""
        self.recorder.flush()

    def _devices_before(self) -> dict[str, dict[str, np.ndarray]]:
        """Read devices before the first grant of a step, and let requests be added up from now."""
        found = {}
        for name, block in self.recorder.synapses.items():
            if watched := self.watched.devices.get(name):
                watched.begin(block)
                gauges = watched.before.items()
                found[name] = {key: np.asarray(gauge.read(block)) for key, gauge in gauges}
        return found

    def _phases(self, parts: Iterable[Floats]) -> Floats:
        """Return free, plus, minus of the recorded examples; a missing phase is NaN."""
        stacked = np.concatenate(
            [part[_ends(len(part)), : self.recorder.examples] for part in parts]
        )
        missing = np.full((len(PHASES) - len(stacked), *stacked.shape[1:]), np.nan)
        return np.concatenate([stacked, missing])

    def _slots(self, found: Estimate) -> list[list[tuple[Any, int]]]:
        """Return a settle and a place in what it kept, by phase and recorded example."""
        shown = min(found.phases[0].beta.shape[1], self.recorder.examples)
        return [
            [(settled, phase * shown + example) for example in range(shown)]
            for settled in found.phases
            for phase in _ends(len(settled.beta))
        ]

    def _spikes(self, found: Estimate) -> dict[str, list[list[Columns]]]:
        """Return the spikes of the recorded neurons, by phase and example."""
        read = self.watched.spikes
        assert read is not None
        return {
            name: [
                [self.recorder.chosen(name, read(settled, name, slot)) for settled, slot in row]
                for row in self._slots(found)
            ]
            for name in self.recorder.neurons
        }

    def _waves(self, found: Estimate) -> dict[str, list[list[Wave]]]:
        """Return the potentials of the recorded neurons in time, by phase and example."""
        clock = self.watched.clock
        assert clock is not None
        waves: dict[str, list[list[Wave]]] = {}
        for name, units in self.recorder.neurons.items():
            trace = self.watched.layers[name].trace
            assert trace is not None
            waves[name] = [
                [
                    (clock(s)[: len(kept)], kept)
                    for s, slot in row
                    for kept in [trace(s, slot)[:, units]]
                ]
                for row in self._slots(found)
            ]
        return waves
