"""The chip's own curves where there is attention: a plain fixed point, slow and obvious.

No kernel: keys and values of a chip's rows are not the same numbers, so that its attention is no
layer of the network's. It serves to verify circuits, not to train them.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from scipy.interpolate import PchipInterpolator

from neuroep.core import tables
from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.tabulate import Curves
from neuroep.hardware.hopfield.transient import ideal_state
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.prepare import Job
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Status, Stop

DAMPING = 0.5
"""How much of the way a step goes: enough for loops of the size that SPICE carries."""


@dataclass(frozen=True)
class OnRows(Solver):
    """Let one chip settle by its measured neurons and rows of attention.

    Parameters
    ----------
    circuit : Circuit
        Of dense couplings and a squared error.
    curves : Curves
    """

    circuit: Circuit
    curves: Curves

    def __post_init__(self) -> None:
        if any(c.shared for c in self.circuit.network.couplings) or self.circuit.has_readout:
            raise ValueError("shared couplings and softmax read-outs have no curves to settle by")

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job, example by example."""
        plan = job.drive.plan
        potential, activity = np.zeros((2, job.batch, plan.units))
        steps, residual = np.zeros(job.batch, np.int64), np.zeros(job.batch)
        for k in range(job.batch):
            example = int(job.inputs.row[k])
            beta = float(job.nudge.beta[k])
            target = job.nudge.target[example] if beta else np.zeros(1)
            step = self._stepper(job.drive, example, beta, target)
            s = np.zeros(plan.units)
            residual[k] = np.inf
            while residual[k] > stop.residual and steps[k] < stop.steps:
                potential[k], found = step(s)
                residual[k] = float(np.abs(found - s).max())
                s = (1.0 - DAMPING) * s + DAMPING * found
                steps[k] += 1
            activity[k] = s
        flat = [
            np.concatenate([x[:, plan.part(name)].ravel() for name in plan.names])
            for x in (potential, activity)
        ]
        dtype = job.state.activity.dtype
        state = tables.State(
            flat[0].astype(dtype), flat[1].astype(dtype), np.zeros((len(plan.names), job.batch))
        )
        energies = [
            ideal_state(job, plan.rows(s.potential).astype(float))[0] for s in (job.state, state)
        ]
        status = np.where(residual <= stop.residual, Status.CONVERGED, Status.STEP_LIMIT)
        outcome = tables.Outcome(status.astype(np.int64), steps, residual, *energies)
        trace = np.zeros((1, 0, plan.units), dtype)
        return replace(job, state=state).settled(outcome, trace)

    def _stepper(
        self, drive: Drive, example: int, beta: float, target: Reals
    ) -> Callable[[Reals], tuple[Reals, Reals]]:
        """Return what makes potentials and activities (units,) of the activities that stand."""
        plan, network, chip = drive.plan, self.circuit.network, self.circuit.chip
        scale, curves = 2.0 * chip.middle_conductance / chip.unit_conductance, self.curves
        splines = {
            name: [PchipInterpolator(c.potential, a, extrapolate=False) for a in c.activity]
            for name, c in curves.neurons.items()
        }
        constant = {}
        for name in network.settling:
            key = network.layers[name].constant
            constant[name] = np.array(network.parameters[key], float).ravel()
        lines = {name: drive.rows_of(name, example).ravel() for name in curves.clamped}
        lines = {n: x * curves.clamped[n].gain + curves.clamped[n].offset for n, x in lines.items()}

        def step(s: Reals) -> tuple[Reals, Reals]:
            activity = lines | {name: s[plan.part(name)] for name in plan.names}
            current = {name: values.copy() for name, values in constant.items()}
            for c in network.couplings:
                for source, into, w in (
                    (c.source, c.target, np.array(network.parameters[c.name], float)),
                    (c.target, c.source, np.array(network.way_back(c), float).T),
                ):
                    if into in current:
                        mean = curves.means[source]
                        common = (mean.level + mean.slope * activity[source]).sum()
                        current[into] += activity[source] @ w + scale * common
            if beta:
                output = str(network.cost.layer)  # type: ignore[union-attr]
                current[output] += beta * (target + curves.targets - activity[output])
            found = np.zeros(plan.units)
            for name in plan.names:
                u = current[name]
                if name in curves.rows:
                    found[plan.part(name)] = self._attend(drive, example, name, u)
                else:
                    low, high = curves.neurons[name].potential[[0, -1]]
                    inside = np.clip(u, low, high)
                    found[plan.part(name)] = [
                        f(x) for f, x in zip(splines[name], inside, strict=True)
                    ]
            return np.concatenate([current[name] for name in plan.names]), found

        return step

    def _attend(self, drive: Drive, example: int, name: str, u: Reals) -> Reals:
        """Return what a layer of attention answers to potentials (units,)."""
        layer, chip = cast(Attention, self.circuit.network.layers[name]), self.circuit.chip
        measured, patterns = self.curves.rows[name], drive.rows_of(layer.stored, example)
        rows, width = self.circuit.network.shape(name)
        scale = 2.0 * chip.middle_conductance / chip.pattern_conductance
        # Membranes were driven to the signal; a unit of potential is another voltage.
        volts = self.circuit.layers[name].volts / chip.signal
        asked = measured.membranes.gain * (u * volts) + measured.membranes.offset
        mean = measured.membranes.mean
        common = (mean.level + mean.slope * asked).reshape(rows, width).sum(axis=1, keepdims=True)
        scores = asked.reshape(rows, width) @ patterns.T + scale * common
        folds = layer.inverse_temperature / volts * scores
        share = measured.shares(folds)
        over = (measured.mean.level + measured.mean.slope * share).sum(axis=1, keepdims=True)
        read = (share @ patterns + scale * over).ravel()
        return np.asarray(measured.readouts.gain * read + measured.readouts.offset)
