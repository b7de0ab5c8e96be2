"""A SPICE program on a bench: one deck a phase, first its operating point, then in time."""

import time
from collections.abc import Callable, Iterator

import numpy as np

from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.views.bench import Bench, Deck, Reading
from neuroep.hardware.views.view import View

ANALYSES = (".op", ".tran")


def in_phases(bench: Bench, name: str, run: Callable[[Deck], Plot]) -> Iterator[View]:
    """Settle one input in a program, free and nudged: first as operating points, then in time.

    Operating points are looked for near neuroep's settled states, since a circuit may have several,
    and unstable ones; nudged transients start from its free state, the free transient from 0 V.
    ``run``: a deck of one analysis, and what the program says of it.
    """
    guesses = bench.join(bench.settled.volts)
    for analysis in ANALYSES:
        begun = time.perf_counter()
        readings, energy = [], []
        for beta, guess, start in zip(bench.betas, guesses, bench.starts, strict=True):
            deck = bench.deck((analysis,), float(beta), guess, start)
            readings.append(deck.read(run(deck)))
            energy.append(_drawn(readings[-1]))
        ends = [bench.join(r.waves.end) for r in readings]
        timed = analysis == ".tran"
        yield bench.view(
            f"{name} {analysis}",
            ends,
            time.perf_counter() - begun,
            [r.waves for r in readings] if timed else (),
            energy if timed else None,
            readings=readings,
        )


def _drawn(reading: Reading) -> float:
    """Return the energy of a phase over the program's own steps, J."""
    moments, power = reading.waves.time, reading.power
    # What a program leaves out before its first step is drawn at the power of that step.
    before = len(moments) - len(power)
    whole = np.concatenate([np.full(before, power[0]), power])
    return float(np.trapezoid(whole, moments))
