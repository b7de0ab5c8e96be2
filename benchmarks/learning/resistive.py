"""Resistive training beside the published algorithm, and diodes that exist beside ideal ones.

    python -m benchmarks.learning.resistive [--json FILE] [--write]     2 minutes on 2 idle cores

One step of the design resistive_mnist (784-1024-10, a batch of 16, float32): clamping, the free
phase, both nudged ones, gradient and update, to the same residual on both sides. And one step of
resistive_diodes (784-512-10) with its Schottky diodes and with ideal ones.
"""

import sys
from functools import partial
from importlib.util import find_spec
from statistics import median
from typing import Any

from benchmarks.agreement import compare, sentence
from benchmarks.measure import Worker, in_turns, ratio, run, spread, table

SIDES = "benchmarks.learning.resistive_sides"
DESIGN, DIODES = "resistive_mnist", "resistive_diodes"
BATCHES = 4
"""That are timed, one after the other."""

WANTED, MOST = 5.0, 2.0
"""How many times as fast as the published algorithm; what diodes may cost against ideal ones."""


def beside_published() -> dict[str, Any]:
    """Return times and ratios of one training step; both sides compute the same."""
    own = Worker(f"{SIDES}:Side", DESIGN)
    published = Worker(f"{SIDES}:PeerSide", DESIGN, False)
    favoured = Worker(f"{SIDES}:PeerSide", DESIGN, True)
    try:
        found = [compare(own("result"), side("result")) for side in (published, favoured)]
        times = in_turns([partial(side, "time") for side in (own, published, favoured)])
        steps = [side("steps") for side in (own, published)]
    finally:
        for side in (own, published, favoured):
            side.close()
    seconds = [median(part) / BATCHES for part in times]
    return {
        "seconds": dict(zip(("neuroep", "published", "favoured"), seconds, strict=True)),
        "sweeps": dict(zip(("neuroep", "published"), steps, strict=True)),
        "ratio": ratio(times[1], times[0]),
        "ratio_to_favoured": ratio(times[2], times[0]),
        "agreement": found[0],
    }


def diodes() -> dict[str, Any]:
    """Return times and ratio of one training step with diodes that exist and with ideal ones."""
    real, ideal = (Worker(f"{SIDES}:Side", DIODES, flag) for flag in (False, True))
    try:
        times = in_turns([partial(side, "time") for side in (real, ideal)])
        steps = [side("steps") for side in (real, ideal)]
    finally:
        real.close()
        ideal.close()
    names = ("exponential", "ideal")
    return {
        "seconds": dict(zip(names, (median(part) / BATCHES for part in times), strict=True)),
        "steps": dict(zip(names, steps, strict=True)),
        "ratio": ratio(*times),
    }


def measure() -> tuple[dict[str, Any], str]:
    """Measure both comparisons; return figures and tables."""
    if find_spec("torch") is None:
        sys.exit("the peer needs PyTorch: pip install -e '.[benchmark]'")
    beside, cost = beside_published(), diodes()
    seconds, sweeps = beside["seconds"], beside["sweeps"]

    def phases(steps: dict[str, float]) -> str:
        return f"{steps['free']:.1f}, {steps['nudged']:.1f}"

    rows = [
        ["neuroep", f"{1e3 * seconds['neuroep']:.1f}", phases(sweeps["neuroep"]), ""],
        [
            "published, in PyTorch",
            f"{1e3 * seconds['published']:.1f}",
            phases(sweeps["published"]),
            spread(beside["ratio"]),
        ],
        [
            "the same with two favours",
            f"{1e3 * seconds['favoured']:.1f}",
            phases(sweeps["published"]),
            spread(beside["ratio_to_favoured"]),
        ],
    ]
    training = table(["", "one step, ms", "sweeps, free and nudged", "ratio"], rows)
    kinds = [
        [name, f"{1e3 * cost['seconds'][name]:.1f}", phases(cost["steps"][name])]
        for name in ("exponential", "ideal")
    ]
    kinds[0].append(spread(cost["ratio"]))
    kinds[1].append("")
    by_diode = table(["diodes", "one step, ms", "steps, free and nudged", "ratio"], kinds)
    text = (
        f"{training}\n\n{sentence(beside['agreement'])} {WANTED:g} times the published algorithm's "
        f"speed is wanted: {_verdict(beside['ratio']['median'] >= WANTED)}. The favours: currents "
        "from the clamped layer summed once a phase, squares of drops written out.\n\n"
        f"{by_diode}\n\nAt most {MOST:g} times is wanted: "
        f"{_verdict(cost['ratio']['median'] <= MOST)}."
    )
    return {"training": beside, "diodes": cost}, text


def _verdict(met: bool) -> str:
    return "met" if met else "missed"


if __name__ == "__main__":
    run("resistive_training", "Resistive training beside the published algorithm.", measure)
