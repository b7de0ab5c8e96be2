"""Operating point of a deep resistive network: neuroep's Newton solver against ngspice.

    python -m benchmarks.settle.resistive [--json FILE] [--write]     20 minutes on 2 busy cores

784-256-10 with input doubling, bidirectional amplifiers and exponential diodes. Both sides find the
same voltages to better than 1e-6 V, or the command fails.
"""

from functools import partial
from shutil import which
from statistics import median

import numpy as np

from benchmarks.measure import Worker, in_turns, ratio, run, spread, table
from benchmarks.settle.resistive_sides import BATCH, SIZES

VOLTS = 1e-6
REPEATS = 200  # of neuroep for one of ngspice, so that both take long enough to time


def measure() -> tuple[dict[str, object], str]:
    """Measure both sides in turns."""
    if which("ngspice") is None:
        raise SystemExit("the peer needs ngspice: apt-get install ngspice")
    ours = Worker("benchmarks.settle.resistive_sides:OwnSide")
    theirs = Worker("benchmarks.settle.resistive_sides:SpiceSide")
    try:
        own, spice = ours("answer"), theirs("answer")
        apart = float(np.abs(own.volts - spice.volts).max())
        if not apart < VOLTS:
            raise SystemExit(f"the two sides do not compute the same: {apart:.1e} V apart")
        one, batch, slow = in_turns(
            [
                partial(ours, "time", 1, REPEATS),
                partial(ours, "time", BATCH, REPEATS // BATCH + 1),
                partial(theirs, "time"),
            ]
        )
        analysis = theirs("analysis_time")
        lines = theirs("elements")
    finally:
        ours.close()
        theirs.close()
    speed = ratio(slow, one)
    each = [seconds / BATCH for seconds in batch]
    name = "-".join(str(size) for size in SIZES)
    figures: dict[str, object] = {
        "network": name,
        "netlist_lines": lines,
        "largest_deviation_volts": apart,
        "balance": {"neuroep": own.balance, "ngspice": spice.balance},
        "newton_steps": own.steps,
        "seconds": {
            "neuroep_one_input": median(one),
            f"neuroep_per_input_of_{BATCH}": median(each),
            "ngspice": median(slow),
            "ngspice_analysis_alone": analysis,
        },
        "ratio": speed,
        f"ratio_of_{BATCH}_inputs": ratio(slow, each),
    }
    header = ["", "neuroep, ms", "ngspice, s", "ratio"]
    rows = [
        [f"{name}, one input", f"{1e3 * median(one):.2f}", f"{median(slow):.1f}", spread(speed, 0)],
        [
            f"{name}, each of {BATCH} inputs",
            f"{1e3 * median(each):.2f}",
            f"{median(slow):.1f}",
            spread(ratio(slow, each), 0),
        ],
    ]
    text = (
        f"Voltages agree to {apart:.1e} V; currents balance to {own.balance:.0e} (neuroep, "
        f"{own.steps} Newton steps) and {spice.balance:.0e} (ngspice) of those at a node. ngspice "
        f"reads a netlist of {lines:,} lines; its analysis alone took {analysis:.1f} s of the last "
        "run. neuroep starts from the conductances and the input as well."
    )
    return figures, f"{table(header, rows)}\n\n{text}"


if __name__ == "__main__":
    run("resistive", "Operating point of a resistive network against ngspice.", measure)
