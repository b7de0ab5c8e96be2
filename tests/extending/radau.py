"""A program of one's own: scipy's Radau on a circuit's equations (docs/extending.md)."""

from collections.abc import Iterator

import numpy as np
from scipy.integrate import solve_ivp

from neuroep.hardware.programs.program import Answer
from neuroep.hardware.views.bench import Bench, Rate
from neuroep.hardware.views.view import Waveform


def scaled(
    time: float, state: np.ndarray, rate: Rate, units: np.ndarray, seconds: float
) -> np.ndarray:
    return seconds * rate(seconds * time, state * units) / units


class Radau:
    """An implicit Runge-Kutta method on a circuit's equations."""

    slower = 1.0

    def available(self) -> str:
        return ""

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        waves, energy = [], []
        phases = zip(bench.betas, bench.starts, bench.timed.waveforms, strict=True)
        for beta, start, wave in phases:
            rate, end = bench.rate(float(beta)), wave.time[-1]
            units = np.append(np.ones(start.size), 1e-9)  # V and nJ
            run = solve_ivp(
                scaled,
                (0.0, 1.0),
                np.append(start, 0.0),
                "Radau",
                t_eval=wave.time / end,
                rtol=1e-8,
                atol=1e-10,
                args=(rate, units, end / self.slower),
            )
            waves.append(Waveform(wave.time, bench.split(run.y[:-1].T)))
            energy.append(self.slower * 1e-9 * float(run.y[-1, -1]))
        ends = [bench.join({k: v[-1] for k, v in w.volts.items()}) for w in waves]
        yield Answer(
            bench.view("Radau", ends, 0.0, waves, energy), remarks=("one step after another",)
        )
