"""Waveforms: neuroep's transient kernel against scipy on the same equations.

    python -m benchmarks.settle.transient [--json FILE] [--write]   about 5 minutes on 2 idle cores

The free phase from 0 V with the energy drawn, recorded at 501 times; each side at the same
tolerance of a step, in volts. What each reached is measured against scipy at 1e-12 V. The same run
with all noise of the chip is timed in turns with the kernel at the wider tolerance.
"""

from functools import partial

import numpy as np

from benchmarks.measure import Worker, in_turns, ratio, run, spread, table
from benchmarks.settle.transient_sides import CASES, Waves
from neuroep.hardware.noise import Noise

METHODS = ("RK45", "LSODA", "BDF", "Radau")
TOLERANCES = (1e-6, 1e-9)
REFERENCE = 1e-12
REPEATS = 5  # of neuroep for one of scipy, so that both take long enough to time


def deviation(waves: Waves, reference: Waves) -> float:
    """Return the largest distance of a waveform, V."""
    return float(np.abs(waves.volts - reference.volts).max())


def measure_case(case: str) -> tuple[dict[str, object], list[list[str]]]:
    """Return the figures of one case and its rows of the table."""
    ours = Worker("benchmarks.settle.transient_sides:OwnSide", case)
    noisy = Worker("benchmarks.settle.transient_sides:OwnSide", case, Noise())
    theirs = Worker("benchmarks.settle.transient_sides:ScipySide", case)
    try:
        jobs = [partial(side, "time", REPEATS, TOLERANCES[0]) for side in (noisy, ours)]
        noise = ratio(*in_turns(jobs))
        units = ours("units")
        noise["evaluations"] = noisy("waves", TOLERANCES[0]).evaluations
        figures: dict[str, object] = {"membranes": units, "noise": noise}
        rows = []
        reference = theirs("waves", REFERENCE, "DOP853")
        for tolerance in TOLERANCES:
            own = ours("waves", tolerance)
            if abs(own.energy / reference.energy - 1) > 1e-3 or deviation(own, reference) > 1e-4:
                raise SystemExit(f"{case}: the two sides do not compute the same")
            turns = [partial(ours, "time", REPEATS, tolerance)]
            turns += [partial(theirs, "time", 1, tolerance, method) for method in METHODS]
            fast, *slow = in_turns(turns)
            milliseconds = 1e3 * float(np.median(fast))
            row = [case, str(units), f"{tolerance:g}"]
            row += [f"{milliseconds:.2f}", f"{deviation(own, reference):.0e}"]
            row.append(str(own.evaluations))
            told = f"{spread(noise, 2)}, {noise['evaluations']}"
            row.append(told if tolerance == TOLERANCES[0] else "")
            found: dict[str, object] = {
                "milliseconds": milliseconds,
                "deviation_volts": deviation(own, reference),
                "evaluations": own.evaluations,
            }
            for method, seconds in zip(METHODS, slow, strict=True):
                waves = theirs("waves", tolerance, method)
                speed = ratio(seconds, fast)
                found[method] = {
                    "milliseconds": 1e3 * float(np.median(seconds)),
                    "deviation_volts": deviation(waves, reference),
                    "evaluations": waves.evaluations,
                    "ratio": speed,
                }
                row.append(f"{spread(speed)}, {deviation(waves, reference):.0e}")
            figures[f"{tolerance:g}"] = found
            rows.append(row)
        return figures, rows
    finally:
        noisy.close()
        ours.close()
        theirs.close()


def measure() -> tuple[dict[str, object], str]:
    """Measure all cases."""
    figures, rows = {}, []
    for case in CASES:
        figures[case], more = measure_case(case)
        rows += more
    header = ["chip", "membranes", "tolerance, V", "neuroep, ms", "deviation, V"]
    header += ["evaluations", "with noise: ratio, evaluations"]
    header += [f"{method}: ratio, deviation, V" for method in METHODS]
    return {"cases": figures}, table(header, rows)


if __name__ == "__main__":
    run("transient", "Waveforms against scipy.", measure)
