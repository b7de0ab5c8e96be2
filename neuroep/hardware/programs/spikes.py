"""Spikes of two programs held against each other, and neuroep's own view of a chip that spikes."""

import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.views import by_phase
from neuroep.hardware.views.view import View, Waveform
from neuroep.learning.estimate import estimate
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Estimate
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Record


@dataclass(frozen=True)
class SpikeAgreement:
    """How the spikes of two programs agree over a phase.

    ``spikes``: of the first program; ``matched``: share of all spikes that both sent from the same
    neuron, at the same step, of the same sign, 1 where there is none; ``count_difference``: largest
    distance, ever, between the running (signed) counts of a neuron; ``activity_difference``: that
    of an averaged activity (normalised).
    """

    spikes: int
    matched: float
    count_difference: int
    activity_difference: float


def compare_spikes(ours: Settled, theirs: Settled) -> SpikeAgreement:
    """Compare two settles of the same examples, both recorded."""
    a, b = ours.raster, theirs.raster
    if a is None or b is None or a.shape != b.shape or not a.size:
        raise ValueError("both settles must record the spikes of the same examples and steps")
    return spike_agreement(a, b, float(np.abs(ours.state.activity - theirs.state.activity).max()))


def spike_agreement(a: np.ndarray, b: np.ndarray, activity: float) -> SpikeAgreement:
    """Compare spikes (steps, ..., n), -1, 0 or 1, whose averaged activities are so far apart."""
    both, either = int(((a == b) & (a != 0)).sum()), int(((a != 0) | (b != 0)).sum())
    apart = np.cumsum(a, axis=0, dtype=np.int64) - np.cumsum(b, axis=0, dtype=np.int64)
    return SpikeAgreement(
        int(np.count_nonzero(a)),
        both / either if either else 1.0,
        int(np.abs(apart).max()),
        activity,
    )


def spiking_view(
    name: str, circuit: Circuit, drive: Drive, target: ArrayLike, beta: float, solver: Spiking
) -> tuple[View, Estimate]:
    """Settle one input by spikes in the phases 0, +beta, -beta.

    ``drive``: one example; ``target`` (1, outputs); ``solver``: any by spikes, of
    the same chip.

    The view has potentials averaged over the window, as membrane voltages; a receiver's potential
    is the current it receives, so no node has an imbalance. The estimate has the spikes of all
    three phases, for :func:`compare_spikes`.
    """
    if drive.count != 1:
        raise ValueError(f"a view shows one input, not {drive.count}")
    network = circuit.network
    begin = time.perf_counter()
    found = estimate(network, drive, target, Centered(beta), solver=solver, record=Record((0,)))
    seconds = time.perf_counter() - begin
    phases = (found.free, found.nudged)
    view = View(
        name,
        np.array([0.0, beta, -beta]),
        circuit.volts(by_phase(phases, "potential")),
        {key: np.asarray(slope, float) for key, slope in found.gradient.items()},
        0.0,
        seconds,
        by_phase(phases, "activity"),
        tuple(
            _waveform(circuit, phase, slot, solver)
            for phase in phases
            for slot in range(phase.trace.shape[1])
        ),
    )
    return view, found


def _waveform(circuit: Circuit, settled: Settled, slot: int, solver: Spiking) -> Waveform:
    plan, trace = settled.drive.plan, settled.trace[:, slot]
    parts = dict(zip(plan.names, np.split(trace, plan.offsets[1:-1], axis=1), strict=True))
    times: Reals = np.arange(len(trace), dtype=float) * solver.time_step
    return Waveform(times, circuit.volts(parts))
