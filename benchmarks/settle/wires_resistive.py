"""What wires cost a resistive chip: settles with them against settles without.

    python -m benchmarks.settle.wires_resistive [--json FILE] [--write]     3 minutes of 1 core

784 inputs, hidden nodes and ten outputs, 64 images of noise, free and nudged both ways, each until
nothing moves; the arrays are reduced before the clock starts.
"""

from functools import partial
from statistics import median

from benchmarks.measure import Worker, in_turns, ratio, run, spread, table
from benchmarks.settle.wires_resistive_sides import CHIPS


def measure() -> tuple[dict[str, object], str]:
    """Measure the settles of each chip in turns."""
    found = {}
    for name in CHIPS:
        sides = [
            Worker("benchmarks.settle.wires_resistive_sides:Side", name, wired)
            for wired in (True, False)
        ]
        try:
            wired, ideal = in_turns([partial(side, "time") for side in sides])
            steps = [side("steps") for side in sides]
        finally:
            for side in sides:
                side.close()
        found[name] = {
            "ratio": ratio(wired, ideal),
            "seconds": {"wires": median(wired), "ideal": median(ideal)},
            "steps": {"wires": steps[0], "ideal": steps[1]},
        }
    header = ["chip", "with wires over without", "steps of a settle, with", "without"]
    rows = [
        [
            name,
            spread(one["ratio"], 2),
            f"{one['steps']['wires']:.1f}",
            f"{one['steps']['ideal']:.1f}",
        ]
        for name, one in found.items()
    ]
    return {"settles": found}, table(header, rows)


if __name__ == "__main__":
    run("wires_settle_resistive", "What wires cost a resistive chip.", measure)
