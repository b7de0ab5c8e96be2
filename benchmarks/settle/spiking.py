"""Spikes: neuroep's solver against Brian2 on the same network, with each of Brian2's targets.

    python -m benchmarks.settle.spiking [--json FILE] [--write]     about 16 minutes on 2 idle cores

A free phase of 160 steps of one input, from rest, in float64. Building and compiling are done
before the clock starts. Ratios come in two kinds: of the whole call (C++ standalone: of running the
program, which reads its input and writes its result), and of Brian2's steps alone, by its own
clock, against neuroep's whole call.

Then what a settle of reviews costs beside its arithmetic alone, and what silent neurons cost.
"""

from functools import partial
from itertools import pairwise

import numpy as np

from benchmarks.measure import Worker, in_turns, ratio, run, spread, table
from benchmarks.settle.spiking_sides import SIZES

REPEATS = {32: 100, 1_000: 20, 10_000: 2}  # of neuroep for one of Brian2
ROUNDS = 9
SILENT = (0.0, 0.5, 0.75, 0.9, 0.99)
TARGETS = {
    "numpy": ("benchmarks.settle.spiking_sides:BrianSide", "numpy"),
    "Cython": ("benchmarks.settle.spiking_sides:BrianSide", "cython"),
    "C++ standalone": ("benchmarks.settle.spiking_sides:StandaloneSide",),
}


def measure_target(ours: Worker, neurons: int, target: str) -> dict[str, object]:
    """Return the figures of one size with one target."""
    side, *options = TARGETS[target]
    theirs = Worker(side, neurons, *options)
    try:
        steps: list[float] = []

        def whole() -> float:
            inside, outside = theirs("time")
            steps.append(inside)
            return float(outside)

        own, brian = in_turns([partial(seconds, ours, REPEATS[neurons]), whole])
        found: dict[str, object] = {
            "neuroep_seconds": float(np.median(own)),
            "brian2_seconds": float(np.median(brian)),
            "brian2_steps_seconds": float(np.median(steps[1:])),
            "ratio": ratio(brian, own),
            "ratio_of_steps": ratio(steps[1:], own),
        }
        if target == "C++ standalone":
            difference = np.abs(theirs("spikes") - ours("spikes")[0])
            found["largest_difference_of_spike_counts"] = float(difference.max())
        else:
            agreed = theirs("agreement")
            found["largest_difference_of_running_counts"] = agreed.count_difference
            found["largest_difference_of_activities"] = agreed.activity_difference
        return found
    finally:
        theirs.close()


def seconds(side: Worker, repeats: int) -> float:
    """Return the seconds of one whole call."""
    return float(side("time", repeats)[1])


def measure_arithmetic() -> tuple[dict[str, object], str]:
    """Measure what a settle of reviews costs beside its arithmetic alone."""
    side = Worker("benchmarks.settle.spiking_sides:ArithmeticSide")
    try:
        side("seconds")
        rounds = [side("seconds") for _ in range(ROUNDS)]
    finally:
        side.close()
    pieces = [name for name in rounds[0] if name != "settle"]
    bounds = [sum(found[name] for name in pieces) for found in rounds]
    settles = [found["settle"] for found in rounds]
    figures = {
        "milliseconds": {k: 1e3 * float(np.median([r[k] for r in rounds])) for k in rounds[0]},
        "ratio": ratio(settles, bounds),
    }
    row = [f"{figures['milliseconds'][k]:.3f}" for k in ("settle", *pieces)]  # type: ignore[index]
    row += [f"{1e3 * np.median(bounds):.3f}", spread(ratio(settles, bounds))]
    return figures, table(["ms a review: settle", *pieces, "arithmetic", "ratio"], [row])


def measure_silence() -> tuple[dict[str, object], str]:
    """Measure what a settle costs where some neurons never spike, beside none of them."""
    figures: dict[str, object] = {}
    rows = []
    for neurons, repeats in ((1_000, 10), (10_000, 1)):
        sides = {
            share: Worker("benchmarks.settle.spiking_sides:SilentSide", neurons, share)
            for share in SILENT
        }
        try:
            spent = in_turns([partial(side, "processor", repeats) for side in sides.values()])
            for (share, side), seconds_ in zip(sides.items(), spent, strict=True):
                spikes = side("spikes")[1] * neurons
                cost = ratio(seconds_, spent[0])
                figures[f"{neurons}, {share}"] = {
                    "seconds": float(np.median(seconds_)),
                    "spikes_a_step": spikes,
                    "ratio": cost,
                }
                rows.append(
                    [
                        f"{neurons:,}",
                        f"{100 * share:.0f}%",
                        f"{spikes:,.1f}",
                        f"{1e3 * np.median(seconds_):,.3g}",
                        spread(cost, 2),
                    ]
                )
        finally:
            for side in sides.values():
                side.close()
    header = ["neurons", "silent", "spikes a step", "ms of a core", "ratio to none silent"]
    return figures, table(header, rows)


def measure() -> tuple[dict[str, object], str]:
    """Measure all that this command measures."""
    against, peers = measure_brian()
    arithmetic, bound = measure_arithmetic()
    silence, shares = measure_silence()
    text = (
        f"{peers}\n\nA free phase of reviews in single precision (pooled attention, 160 steps, 40 "
        f"readings) and its arithmetic alone, processor time of one thread:\n\n{bound}\n\nWhere a "
        f"share of the neurons of the two large layers never spikes:\n\n{shares}"
    )
    return against | {"arithmetic": arithmetic, "silence": silence}, text


def measure_brian() -> tuple[dict[str, object], str]:
    """Measure all sizes and targets of Brian2."""
    figures: dict[str, object] = {}
    rows = []
    for neurons, sizes in SIZES.items():
        ours = Worker("benchmarks.settle.spiking_sides:OwnSide", neurons)
        try:
            _, per_step = ours("spikes")
            synapses = sum(a * b for a, b in pairwise(sizes))
            found: dict[str, object] = {
                "layers": sizes,
                "synapses": synapses,
                "spikes_per_neuron_and_step": per_step,
            }
            for target in TARGETS:
                figure = measure_target(ours, neurons, target)
                found[target] = figure
                milliseconds = [
                    f"{1e3 * figure[key]:,.4g}"  # type: ignore[operator]
                    for key in ("neuroep_seconds", "brian2_seconds", "brian2_steps_seconds")
                ]
                apart = next(value for key, value in figure.items() if "counts" in key)
                rows.append(
                    [
                        f"{neurons:,} ({'-'.join(map(str, sizes))})",
                        f"{synapses:,}",
                        target,
                        *milliseconds,
                        spread(figure["ratio"], 1),  # type: ignore[arg-type]
                        spread(figure["ratio_of_steps"], 1),  # type: ignore[arg-type]
                        f"{apart:g}",
                    ]
                )
            figures[str(neurons)] = found
        finally:
            ours.close()
    header = [
        "neurons",
        "synapses",
        "Brian2's target",
        "neuroep, ms",
        "Brian2, ms",
        "its steps alone, ms",
        "ratio",
        "ratio to its steps alone",
        "spikes apart at most",
    ]
    return {"sizes": figures}, table(header, rows)


if __name__ == "__main__":
    run("spiking", "Spikes against Brian2.", measure)
