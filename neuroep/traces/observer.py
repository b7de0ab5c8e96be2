"""Watch a training: turn what a step did into a record of the chosen synapses and neurons."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats
from neuroep.learning.estimators import Estimate
from neuroep.network.hopfield.network import Network
from neuroep.settle import Settled
from neuroep.traces.record import StepRecord
from neuroep.traces.recorder import Recorder


@dataclass
class _Pending:
    step: int
    weights: dict[str, Floats]
    plus: dict[str, Floats]
    minus: dict[str, Floats]
    asked: dict[str, Floats]


class TrainingObserver:
    """The trainer's observer that feeds a recorder.

    Only the recorded block of each coupling is computed: its products cost a corner of the matrix
    product that the gradient takes.

    Parameters
    ----------
    recorder : Recorder
    network : Network
        The one that is trained.

    Notes
    -----
    The change asked for is the rule's, -rate * gradient estimate; the change applied is what
    the update made of it. A one-sided estimate has no -beta phase: its free phase stands there.
    Backpropagation has free phases only: they stand in both places.
    """

    def __init__(self, recorder: Recorder, network: Network) -> None:
        self.recorder = recorder
        self.network = network
        self._rows = {
            c.name: (c.source, c.target, network.shape(c.source)[0] if c.shared else 1)
            for c in network.couplings
        }
        self._pending: _Pending | None = None
        self._found: Estimate | None = None

    def before_update(self, step: int, found: Estimate, rates: Mapping[str, float]) -> None:
        """Cut the recorded blocks out of the phases, and keep the weights as they were."""
        self._pending = None
        if not self.recorder.wants(step):
            return
        pending = _Pending(step, {}, {}, {}, {})
        for name, (pre, post) in self.recorder.synapses.items():
            pending.weights[name] = self.network.parameters[name][pre, post].copy()
            pending.asked[name] = (
                -rates[name] * found.gradient.rows(name, pre.start, pre.stop)[:, post]
            )
            last = found.phases[-1]
            pending.plus[name] = self._products(name, last, 0, pre, post)
            one_sided = last.beta.shape[0] == 1
            pending.minus[name] = self._products(
                name, found.free if one_sided else last, -1, pre, post
            )
        self._pending, self._found = pending, found

    def after_update(self, step: int) -> None:
        """Record the step with the change that was made."""
        pending, found = self._pending, self._found
        if pending is None or found is None:
            return
        applied = {
            name: self.network.parameters[name][block] - pending.weights[name]
            for name, block in self.recorder.synapses.items()
        }
        spiking = found.free.spikes is not None
        self.recorder.record(
            StepRecord(
                step,
                pending.weights,
                pending.plus,
                pending.minus,
                pending.asked,
                applied,
                self._neurons(Settled.activity),
                self._neurons(Settled.potential),
                self._neurons(Settled.spike_counts) if spiking else None,
                self._phases([settled.energy for settled in found.phases]),
                self._phases([settled.residual for settled in found.phases]),
            )
        )
        self._pending = self._found = None

    def flush(self) -> None:
        """Bring everything recorded so far to the disk."""
        self.recorder.flush()

    def _products(self, name: str, settled: Settled, phase: int, pre: slice, post: slice) -> Floats:
        """Return the batch mean of s_pre s_post, summed over the rows that share the synapse."""
        source, target, rows = self._rows[name]
        n_from, n_to = self.network.parameters.shapes[name]
        after = settled.activity(target)[phase]
        if source in settled.drive.values:
            gradient = np.zeros((n_from, n_to), after.dtype)
            drive = settled.drive
            sequences, values = drive.sequences[source], drive.values[source]
            for e in range(drive.count):
                block = values[sequences.offsets[e] : sequences.offsets[e + 1]].reshape(-1, n_from)
                gradient += block.T @ after[e].reshape(-1, n_to)[: len(block)]
            return gradient[pre, post] / drive.count
        before = settled.activity(source)[phase].reshape(-1, n_from)[:, pre]
        products: Floats = before.T @ after.reshape(-1, n_to)[:, post]
        return products * (rows / len(before))

    def _neurons(self, read: object) -> dict[str, Floats]:
        assert self._found is not None
        return {
            name: self._phases([read(s, name) for s in self._found.phases])[:, :, neurons]  # type: ignore[operator]
            for name, neurons in self.recorder.neurons.items()
        }

    def _phases(self, parts: list[Floats]) -> Floats:
        """Return free, plus, minus of the recorded examples; a missing phase is NaN."""
        stacked = np.concatenate([part[:, : self.recorder.examples] for part in parts])
        missing = np.full((3 - len(stacked), *stacked.shape[1:]), np.nan)
        return np.concatenate([stacked, missing])
