"""The Brian2 bridge: the spiking network settled by a program that nobody here wrote."""

from dataclasses import dataclass, field
from typing import Any, Literal, cast

import numpy as np

from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.relax import activate
from neuroep.core.tables import Floats, Outcome, Reals
from neuroep.hardware.cells.brian import code_target
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.network import BrianNetwork
from neuroep.network.hopfield.neurons import Neurons
from neuroep.settle.hopfield.prepare import Job, phases_of
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Status, Stop


@dataclass(frozen=True)
class Brian2(Spiking):
    """Settle by Brian2: a solver for :func:`neuroep.settle.settle` beside "spiking".

    Same options, same result. Networks are built once for every size of batch and kept, so that
    settling batch after batch builds nothing anew.

    Parameters
    ----------
    chip : Chip
        Its signal and conductances are the volts and amperes that Brian2 computes in.
    target : {"numpy", "cython"}
        How Brian2 runs its code; compiling the second takes a minute at first.
    """

    chip: Chip = field(default_factory=Chip)
    target: Literal["numpy", "cython"] = "numpy"
    built: dict[Any, BrianNetwork] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job for its full duration; ``stop.residual`` only decides the status."""
        plan = job.drive.plan
        with code_target(self.target):
            brian = self._network(job)
            brian.network.restore()
            charge, filtered = job.carry or (
                np.zeros_like(job.state.potential),
                self._filtered_currents(job),
            )
            brian.load(job, self.quanta(job), charge, filtered)
            before = _energies(job)
            brian.run()
        mean_s = np.zeros(job.state.activity.shape)
        filtered, charge = np.zeros((2, mean_s.size))
        counts: np.ndarray = np.zeros(mean_s.size, np.int32)
        saturated = np.zeros(job.batch, np.int64)
        for name, group in brian.groups.items():
            volts = brian.volts(name)
            potential = plan.view(job.state.potential, name)
            potential[:] = np.asarray(group.mean_v[:].reshape(potential.shape) / volts)
            plan.view(mean_s, name).ravel()[:] = group.mean_s[:]
            plan.view(charge, name).ravel()[:] = group.charge[:]
            left = np.asarray(group.current[:] / brian.unit_current)
            if name in brian.attending:  # padded rows have synapses here; what flows is nobody's
                left = left * group.use[:]
            plan.view(filtered, name).ravel()[:] = left
            plan.view(counts, name).ravel()[:] = group.spike_count[:]
            saturated += np.asarray(group.saturated[:]).reshape(job.batch, -1).sum(axis=1)
        scratch = np.empty(job.scratch_size(job.batch), job.state.potential.dtype)
        activate(plan.sweep, job.inputs, job.state, job.batch, 0, job.batch, scratch)
        distance = np.abs(job.state.activity - mean_s)
        residual = np.max(
            [plan.view(distance, name).max(axis=1) for name in plan.names], axis=0
        ).astype(float)
        residual[~np.isfinite(residual)] = np.inf
        status = np.where(residual <= stop.residual, Status.CONVERGED, Status.STEP_LIMIT)
        status[np.isinf(residual)] = Status.DIVERGED
        trace, raster = _recorded(brian, job)
        steps = np.full(job.batch, brian.steps)
        return job.settled(
            Outcome(status.astype(np.int64), steps, residual, before, _energies(job)),
            trace,
            spikes=counts,
            saturated=phases_of(job, saturated),
            raster=raster,
            carry=(charge, filtered),
        )

    def _network(self, job: Job) -> BrianNetwork:
        plan = job.drive.plan
        network = plan.network
        stored = {
            name: int(job.drive.sequences[name].lengths.max(initial=0)) for name in network.clamped
        }
        weighting = self.weighting(
            self.nudged_duration if job.warm or job.carry is not None else self.free_duration
        )
        by_slot = np.argsort(job.trace_of, kind="stable")
        recorded = tuple(int(e) for e in by_slot if job.trace_of[e] >= 0)
        key = (job.batch, weighting.size, recorded)
        found = self.built.get(key)
        if (
            found is None
            or found.plan is not plan
            or any(found.stored[name] < length for name, length in stored.items())
        ):
            found = BrianNetwork(
                plan, Circuit(network, self.chip), self, job.batch, weighting, stored, recorded
            )
            found.network.store()
            self.built[key] = found
        return found

    def quanta(self, job: Job) -> Reals:
        """Return the activity that one spike of each line stands for, flat like a state.

        A neuron's is its full scale; an attention line's ``attention_range`` times the largest
        value stored in its column.
        """
        drive = job.drive
        flat = np.zeros(job.batch * drive.plan.units)
        for name in drive.plan.names:
            layer, view = drive.plan.network.layers[name], drive.plan.view(flat, name)
            if not layer.stored:
                view[:] = cast(Neurons, layer).full_scale
            else:
                values, offsets = drive.values[layer.stored], drive.sequences[layer.stored].offsets
                for e, row in enumerate(job.inputs.row):
                    stored = values[offsets[row] : offsets[row + 1]]
                    peak = np.abs(stored).max(axis=0, initial=0.0).astype(float)
                    full = np.maximum(self.attention_range * peak, 1e-30)
                    view[e] = np.tile(full, view.shape[1] // full.size)
        return flat


def _energies(job: Job) -> Reals:
    found = np.zeros(job.batch)
    scratch = np.empty(job.scratch_size(job.batch), job.state.potential.dtype)
    total_energy(job.problem(job.drive.plan.sweep), 0, job.batch, scratch, found)
    return found


def _recorded(brian: BrianNetwork, job: Job) -> tuple[Floats, np.ndarray]:
    """Return potentials (steps + 1, recorded, units) and spikes of what the monitors saw."""
    plan = brian.plan
    dtype = job.state.potential.dtype
    if not brian.recorded:
        return np.zeros((1, 0, plan.units), dtype), np.zeros((1, 0, plan.units), np.int8)
    slots = np.full(job.batch, -1)
    slots[list(brian.recorded)] = np.arange(len(brian.recorded))
    trace = np.zeros((brian.steps + 1, len(brian.recorded), plan.units), dtype)
    raster = np.zeros((brian.steps, len(brian.recorded), plan.units), np.int8)
    for name, begin, size in zip(plan.names, plan.offsets, plan.sizes, strict=False):
        monitors = brian.monitors[name]
        v = np.asarray(monitors["v"].v.T.reshape(brian.steps, -1, size) / brian.volts(name))
        trace[:-1, :, begin : begin + size] = v
        for event, sign in (("spike", 1), ("down", -1)):
            if event in monitors:
                step = np.rint(np.asarray(monitors[event].t / brian.time_step)).astype(int)
                example, unit = np.divmod(np.asarray(monitors[event].i[:]), size)
                kept = slots[example] >= 0
                raster[step[kept], slots[example[kept]], begin + unit[kept]] = sign
    trace[-1] = trace[-2]
    return trace, raster
