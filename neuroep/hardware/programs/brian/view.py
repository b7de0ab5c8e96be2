"""Brian2: a chip whose lines spike, step by step, held against neuroep's own spikes."""

import time
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.views import by_phase
from neuroep.hardware.programs.brian.solver import Brian2
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import compare
from neuroep.hardware.views.view import View, Waveform
from neuroep.learning.estimate import estimate
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Estimate
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Record

STEPS = 1000
"""Every phase lasts at least that many, so that a drift would show."""


class Brian2Program:
    """Brian2, where the lines of a chip spike."""

    def available(self) -> str:
        """Say how to install it where it is not."""
        return "" if find_spec("brian2") else "not found; install it (pip install brian2)"

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        """Yield the chip's spikes, against neuroep's; running counts must stay within one spike."""
        chip = bench.spiking_chip
        if chip is None:
            return
        given = chip.solver
        long_enough = STEPS * given.time_step
        solver = replace(
            given,
            free_duration=max(given.free_duration, long_enough),
            nudged_duration=max(given.nudged_duration, long_enough),
        )
        on_bench = chip.circuit, chip.drive, chip.target, float(bench.betas[1]), solver
        ours, own = spiking_view("spiking", *on_bench)
        theirs, other = brian_view(*on_bench)
        spikes = [compare_spikes(own.free, other.free), compare_spikes(own.nudged, other.nudged)]
        total = sum(s.spikes for s in spikes)
        matched = min(s.matched for s in spikes)
        counts = max(s.count_difference for s in spikes)
        to_sweep = compare(ours, bench.settled)
        rates = np.concatenate([np.abs(s).ravel() for s in ours.activities.values()])
        yield Answer(
            theirs,
            ours,
            failed=("spikes",) if counts > 1 else (),
            remarks=(
                f"Brian2: {total} spikes in 3 phases of "
                f"{round(solver.free_duration / solver.time_step)} steps, {matched:.2%} of them at "
                f"the same step and neuron; running counts at most {counts} apart",
                f"spiking: activities (0 to {rates.max():.2g}) within {to_sweep.activity:.1e} of "
                f"the analog network's, gradient at cosine {to_sweep.cosine:.4f}",
            ),
        )


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
    both, either = int(((a == b) & (a != 0)).sum()), int(((a != 0) | (b != 0)).sum())
    apart = np.cumsum(a, axis=0, dtype=np.int64) - np.cumsum(b, axis=0, dtype=np.int64)
    return SpikeAgreement(
        int(np.count_nonzero(a)),
        both / either if either else 1.0,
        int(np.abs(apart).max()),
        float(np.abs(ours.state.activity - theirs.state.activity).max()),
    )


def spiking_view(
    name: str, circuit: Circuit, drive: Drive, target: ArrayLike, beta: float, solver: Spiking
) -> tuple[View, Estimate]:
    """Settle one input by spikes in the phases 0, +beta, -beta.

    ``drive``: one example; ``target`` (1, outputs); ``solver``: any by spikes; the chip of a
    :class:`Brian2` should be the circuit's.

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


def brian_view(
    circuit: Circuit, drive: Drive, target: ArrayLike, beta: float, options: Spiking | None = None
) -> tuple[View, Estimate]:
    """Settle one input in Brian2, with the times and ranges of ``options``.

    See :func:`spiking_view`, which makes neuroep's own view from the same ``options``.
    """
    given = options or Spiking()
    times = {f.name: getattr(given, f.name) for f in fields(Spiking)}
    solver = Brian2(**times, chip=circuit.chip)
    return spiking_view("Brian2", circuit, drive, target, beta, solver)


def _waveform(circuit: Circuit, settled: Settled, slot: int, solver: Spiking) -> Waveform:
    plan, trace = settled.drive.plan, settled.trace[:, slot]
    parts = dict(zip(plan.names, np.split(trace, plan.offsets[1:-1], axis=1), strict=True))
    times: Reals = np.arange(len(trace), dtype=float) * solver.time_step
    return Waveform(times, circuit.volts(parts))
