"""scipy: the plain equations of a circuit by a stiff integrator that knows nothing of neuroep."""

import time
from collections.abc import Iterator

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.views.bench import Bench, Rate
from neuroep.hardware.views.view import View, Waveform

WAVEFORM = 1e-8
"""V: the same equations by another integrator."""


class Scipy:
    """scipy's ``solve_ivp``."""

    def available(self) -> str:
        """Return nothing: neuroep needs scipy anyway."""
        return ""

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        """Yield the waveforms by LSODA."""
        yield Answer(scipy_view(bench), tolerances={"waveform": WAVEFORM})


def scipy_view(bench: Bench) -> View:
    """Integrate the plain equations by scipy's stiff LSODA, from the same states."""
    from scipy.integrate import solve_ivp

    begun = time.perf_counter()
    waves, energy = [], []
    phases = zip(bench.betas, bench.starts, bench.timed.waveforms, strict=True)
    for beta, start, wave in phases:
        rate, end = bench.rate(float(beta)), float(wave.time[-1])
        # scipy takes numbers of order one for granted: time runs from 0 to 1, and energy is counted
        # in what the phase would draw at the power it begins with.
        joules = end * float(rate(0.0, np.append(start, 0.0))[-1]) or 1.0
        run = solve_ivp(
            _scaled(rate, end, joules),
            (0.0, 1.0),
            np.append(start, 0.0),
            method="LSODA",
            t_eval=wave.time / end,
            rtol=1e-11,
            atol=1e-12,
        )
        if not run.success:
            raise InputError(f"scipy: {run.message}")
        waves.append(Waveform(wave.time, bench.split(run.y[:-1].T)))
        energy.append(joules * float(run.y[-1, -1]))
    seconds = time.perf_counter() - begun
    ends = [bench.join(w.end) for w in waves]
    return bench.view("scipy", ends, seconds, waves, energy)


def _scaled(rate: Rate, seconds: float, joules: float) -> Rate:
    """Return the slopes by time in ``seconds``, of voltages in V and energy in ``joules``."""

    def slopes(time: float, state: Reals) -> Reals:
        found: Reals = seconds * rate(seconds * time, state)
        found[-1] /= joules
        return found

    return slopes
