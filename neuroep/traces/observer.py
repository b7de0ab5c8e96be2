"""Watch a training: turn what a step did into a record of the chosen synapses and neurons."""

from collections.abc import Mapping
from typing import cast

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.probe import Watched
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.shards import Merged
from neuroep.settle import Record
from neuroep.traces.lens import Asked, Lens, Neurons, Sides
from neuroep.traces.record import StepRecord
from neuroep.traces.recorder import Recorder


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
        self.lens = Lens(watched, recorder.synapses, recorder.neurons, recorder.examples)
        self._pending: dict[str, dict[str, Floats]] | None = None  # rows by array and variable
        self._found: Estimate | Merged | None = None
        self._devices: dict[str, dict[str, np.ndarray]] = {}  # what gauges read, by array

    def asks(self, step: int) -> Asked | None:
        """Return what the lens has to read of the shards of a step; None: nothing."""
        return self._asked(step) if self.recorder.wants(step) else None

    def _asked(self, step: int) -> Asked:
        return Asked(self.recorder.wants_spikes(step), self.recorder.wants_waves(step))

    def record(self, step: int, examples: int) -> Record | None:
        """Return which of a batch's examples the settles of a step have to record, if any."""
        return self.lens.record(self._asked(step), 0, examples)

    def before_update(
        self, step: int, found: Estimate | Merged, rates: Mapping[str, float]
    ) -> None:
        """Cut the recorded blocks out of the phases, and keep the weights as they were."""
        if not self.recorder.wants(step):
            self._pending = None
            return
        pending: dict[str, dict[str, Floats]] = {}
        sides = self._sides(found)
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
                "seen_plus": sides[name][0],
                "seen_minus": sides[name][1],
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
        for name, gauged in self._devices.items():
            watched, block = self.watched.devices[name], self.recorder.synapses[name]
            gauged |= {key: np.asarray(gauge.read(block)) for key, gauge in watched.after.items()}
            watched.end()
        read = self._neurons(step, found)
        self.recorder.record(
            StepRecord(
                step, pending, read.layers, read.settling, read.spikes, read.waves, self._devices
            )
        )
        self._pending = self._found = None

    def _sides(self, found: Estimate | Merged) -> Sides:
        if found.seen:
            sides: Sides = found.seen.synapses
            return sides
        return self.lens.synapses(cast("Estimate", found))

    def _neurons(self, step: int, found: Estimate | Merged) -> Neurons:
        if found.seen:
            neurons: Neurons = found.seen.neurons
            return neurons
        return self.lens.neurons(cast("Estimate", found), self._asked(step))

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
