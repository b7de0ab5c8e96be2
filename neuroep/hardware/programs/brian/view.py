"""Brian2: a chip whose lines spike, step by step, held against neuroep's own spikes."""

from collections.abc import Iterator
from dataclasses import fields, replace
from importlib.util import find_spec

import numpy as np
from numpy.typing import ArrayLike

from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.solver import Brian2
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.programs.spikes import compare_spikes, spiking_view
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import compare
from neuroep.hardware.views.view import View
from neuroep.learning.rules.rule import Estimate
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.spiking import Spiking

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
