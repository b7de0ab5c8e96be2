"""The solver "measured": a chip's own curves in the fast kernels.

The network settles by exact sweeps with the transfer curve that each of its neurons has on this
chip, as :mod:`neuroep.hardware.hopfield.tabulate` measures it by ngspice, once. The means of pairs
of lines are weights and currents besides; a receiver does not feel them the way a sender does, so
that ways back get weights of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import numpy as np

from neuroep.core import tables
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.tabulate import Curves
from neuroep.hardware.hopfield.transient import ideal_state
from neuroep.network.hopfield.curve import Measured
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.inputs import Sequences
from neuroep.settle.hopfield.prepare import Job, make_job
from neuroep.settle.hopfield.relaxation import Sweep
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Stop


@dataclass(frozen=True)
class OnCurves(Solver):
    """Let the neurons of one chip settle by sweeps.

    Parameters
    ----------
    circuit : Circuit
        Without attention.
    measure : callable
        Drive -> its curves; called at the first settle, with its drive.
    """

    circuit: Circuit
    measure: Callable[[Drive], Curves]
    known: list["Twin"] = field(default_factory=list, compare=False)

    def __post_init__(self) -> None:
        network = self.circuit.network
        stored = [name for name in network.settling if network.layers[name].stored]
        if stored:
            raise ValueError(f"layer {stored[0]!r}: attention has no curve to settle by")

        if self.circuit.chip.wires is not None:
            raise ValueError("circuit.wires: neurons are measured behind arrays without wires only")

    def twin(self, drive: Drive) -> "Twin":
        """Return the network of measured neurons, measuring them at the first call."""
        if not self.known:
            self.known.append(Twin(self.circuit, self.measure(drive)))
        return self.known[0]

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job.

        Raises
        ------
        InputError
            ngspice is missing, or fails, where the chip has not been measured yet.
        ValueError
            The circuit is of another network.
        """
        if self.circuit.network is not job.drive.plan.network:
            raise ValueError("the circuit is of another network than the drive")
        twin = self.twin(job.drive)
        drive = twin.clamp(job.drive)
        target = job.nudge.target + twin.curves.targets if job.beta.any() else None
        inner = make_job(drive, job.beta, target, None, None)
        inner.state.potential[:] = job.state.potential
        inner.state.activity[:] = job.state.activity
        found = Sweep().run(inner, stop)
        state = tables.State(
            found.state.potential,
            found.state.activity,
            np.zeros((len(job.drive.plan.names), job.batch)),
        )
        energies = [
            ideal_state(job, job.drive.plan.rows(s.potential).astype(float))[0]
            for s in (job.state, state)
        ]
        outcome = tables.Outcome(
            found.status.ravel(), found.steps.ravel(), found.residual.ravel(), *energies
        )
        trace = np.zeros((1, 0, job.drive.plan.units), state.activity.dtype)
        return replace(job, state=state).settled(outcome, trace)


class Twin:
    """A network whose neurons have the curves of one chip.

    Parameters
    ----------
    circuit : Circuit
    curves : Curves
    """

    def __init__(self, circuit: Circuit, curves: Curves) -> None:
        self.circuit, self.curves = circuit, curves
        whole, chip = circuit.network, circuit.chip
        self.network = Network()
        for name, layer in whole.layers.items():
            if layer.settles:
                neurons = cast(Neurons, layer)
                layer = Measured(neurons.size, curve=curves.neurons[name])
            self.network.add(layer, name)
        for c in whole.couplings:
            self.network.connect(c.source, c.target, shared=c.shared, own_back=True)
        if whole.cost is not None:
            self.network.set_cost(whole.cost)
        self.network.initialise(0, whole.parameters.flat.dtype)
        self._scale = 2.0 * chip.middle_conductance / chip.unit_conductance

    def clamp(self, drive: Drive) -> Drive:
        """Return the drive of the twin, with the weights and inputs as they are on its lines."""
        whole, mine, means = self.circuit.network, self.network.parameters, self.curves.means
        for name, array in mine.items():  # biases, and what reads outputs out
            if name in whole.parameters:
                array[:] = whole.parameters[name]
        for c, own in zip(whole.couplings, self.network.couplings, strict=True):
            weights = whole.parameters[c.name]
            mine[own.name][:] = weights + self._scale * means[c.source].slope[:, None]
            mine[f"{c.target}.bias"][:] += self._scale * means[c.source].level.sum()
            if own.back != own.name:
                back = whole.way_back(c)
                mine[own.back][:] = back + self._scale * means[c.target].slope[None, :]
                mine[f"{c.source}.bias"][:] += self._scale * means[c.target].level.sum()
        inputs = {name: self._on_lines(drive, name) for name in self.network.clamped}
        return make_drive(self.network, inputs)

    def _on_lines(self, drive: Drive, name: str) -> Sequences:
        packed, driven = drive.sequences[name], self.curves.clamped.get(name)
        rows = drive.values[name]
        if driven is not None:
            rows = rows * driven.gain.astype(rows.dtype) + driven.offset.astype(rows.dtype)
        return Sequences(rows, packed.offsets)
