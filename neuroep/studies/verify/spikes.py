"""The spiking chip in Brian2: the same spikes, step by step."""

from dataclasses import replace

import numpy as np

from neuroep.design.design import Design
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs.brian.view import brian_view, compare_spikes, spiking_view
from neuroep.hardware.views.compare import Comparison, compare
from neuroep.hardware.views.view import View

STEPS = 1000
"""Every phase lasts at least that many, so that a drift would show."""


def spiking_comparison(design: Design, bench: Bench, sweep: View) -> tuple[Comparison, list[str]]:
    """Run the design's spiking lines in neuroep and in Brian2.

    Parameters
    ----------
    design : Design
        How the lines spike.
    bench : Bench
    sweep : View
        The analog network, to say how far spikes are from it.

    Returns
    -------
    Comparison
        Brian2 against neuroep's spikes; it fails when running counts are more than one apart.
    list of str
        How many spikes matched, and how well spikes stand for activities.
    """
    given = design.spiking.solver()
    long_enough = STEPS * given.time_step
    solver = replace(
        given,
        free_duration=max(given.free_duration, long_enough),
        nudged_duration=max(given.nudged_duration, long_enough),
    )
    target = bench.target
    ours, own = spiking_view("spiking", bench.circuit, bench.drive, target, bench.beta, solver)
    theirs, other = brian_view(bench.circuit, bench.drive, target, bench.beta, solver)
    found = compare(theirs, ours)
    spikes = [compare_spikes(own.free, other.free), compare_spikes(own.nudged, other.nudged)]
    if max(s.count_difference for s in spikes) > 1:
        found = replace(found, failed=(*found.failed, "spikes"))
    total = sum(s.spikes for s in spikes)
    matched = min(s.matched for s in spikes)
    counts = max(s.count_difference for s in spikes)
    to_sweep = compare(ours, sweep)
    rates = np.concatenate([np.abs(s).ravel() for s in ours.activities.values()])
    return found, [
        f"Brian2: {total} spikes in 3 phases of {round(solver.free_duration / solver.time_step)} "
        f"steps, {matched:.2%} of them at the same step and neuron; running counts at most "
        f"{counts} apart",
        f"spiking: activities (0 to {rates.max():.2g}) within {to_sweep.activity:.1e} of the "
        f"analog network's, gradient at cosine {to_sweep.cosine:.4f}",
    ]
