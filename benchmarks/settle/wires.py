"""What wires cost: settles with them against settles without, and the reduction of an array.

    python -m benchmarks.settle.wires [--json FILE] [--write]        2 minutes on 2 idle cores

784-128-10 hard-sigmoid neurons, 64 images of noise, free and nudged both ways, with arrays of 196
lines and 2 ohm a segment; and arrays by themselves, reduced to their ports.
"""

from functools import partial
from statistics import median

from benchmarks.measure import Worker, in_turns, ratio, run, spread, table
from benchmarks.settle.wires_sides import ARRAYS, SWEEPS


def measure() -> tuple[dict[str, object], str]:
    """Measure settles in turns, and each array a few times."""
    with_wires = Worker("benchmarks.settle.wires_sides:SettleSide", True)
    without = Worker("benchmarks.settle.wires_sides:SettleSide", False)
    try:
        wired, ideal = in_turns([partial(with_wires, "time"), partial(without, "time")])
    finally:
        with_wires.close()
        without.close()
    cost = ratio(wired, ideal)
    arrays = Worker("benchmarks.settle.wires_sides:ArraySide")
    try:
        found = [arrays("time", *shape) for shape in ARRAYS]
    finally:
        arrays.close()
    figures: dict[str, object] = {
        "settle": {
            "ratio": cost,
            "seconds": {"wires": median(wired), "ideal": median(ideal)},
        },
        "arrays": [
            {"rows": r, "columns": c, "lines": n, "reduce_seconds": a, "slopes_seconds": b}
            for (r, c, n), (a, b) in zip(ARRAYS, found, strict=True)
        ],
    }
    header = ["array", "lines an array", "reduced, s", "slopes of all devices, s"]
    rows = [
        [f"{r} x {c}", str(n or r), f"{a:.3g}", f"{b:.3g}" if b else "-"]
        for (r, c, n), (a, b) in zip(ARRAYS, found, strict=True)
    ]
    text = (
        f"{SWEEPS} sweeps of three phases take {spread(cost, 2)} times as long with wires as "
        "without, once the arrays are reduced; all in seconds of processor time."
    )
    return figures, f"{text}\n\n{table(header, rows)}"


if __name__ == "__main__":
    run("crossbar", "What wires of a crossbar cost.", measure)
