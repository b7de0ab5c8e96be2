"""What every view of one circuit returns, so that views can be laid over each other."""

from dataclasses import dataclass, field

import numpy as np

from neuroep.core.tables import Reals


@dataclass(frozen=True)
class Waveform:
    """Node voltages over time in one phase.

    ``time`` (T,), s, from 0, increasing; ``volts``: (T, n) of each layer, V.
    """

    time: Reals
    volts: dict[str, Reals]

    @property
    def end(self) -> dict[str, Reals]:
        """Voltages at the end, (n,) of each layer, V."""
        return {name: v[-1] for name, v in self.volts.items()}

    def resampled(self, time: Reals) -> "Waveform":
        """Return the voltages at other times (s): cubics between the recorded ones, no overshoot.

        As Fritsch & Butland 1984; what a program did between its steps is not known any better.
        """
        from scipy.interpolate import PchipInterpolator

        # Some programs record a breakpoint twice.
        rising = np.concatenate([[True], np.diff(self.time) > 0])
        within = np.clip(time, self.time[0], self.time[-1])
        return Waveform(
            time,
            {
                name: PchipInterpolator(self.time[rising], v[rising])(within)
                for name, v in self.volts.items()
            },
        )

    def settling_time(self, tolerance: float) -> float:
        """Return when every node has come within ``tolerance`` (V) of its last value for good, s.

        Between two recorded times the distance is taken as linear.
        """
        far = np.stack(
            [np.abs(v - v[-1]).max(axis=1, initial=0.0) for v in self.volts.values()]
        ).max(axis=0)
        outside = np.flatnonzero(far > tolerance)
        if outside.size == 0:
            return float(self.time[0])
        last = int(outside[-1])
        step = self.time[last + 1] - self.time[last]
        share = (far[last] - tolerance) / (far[last] - far[last + 1])
        return float(self.time[last] + share * step)


@dataclass(frozen=True)
class View:
    """One program's account of a circuit that settles on one input in P phases.

    Attributes
    ----------
    name : str
        "sweep", "transient", "scipy", "ngspice .op", "ngspice .tran", "Brian2", ...
    betas : (P,)
        Nudging strengths, the free phase first.
    volts : dict of (P, n)
        Voltage of every node of a layer at the end of each phase, V.
    activities : dict of (P, n)
        The same as normalised activities, where the family has them.
    gradient : dict of arrays
        Equilibrium propagation's estimate from these voltages, by parameter.
    balance : float or None
        Largest current balance of a node relative to the currents at that node (Kirchhoff).
    seconds : float
        Time taken.
    waveforms : tuple of Waveform
        One a phase; empty for a view without time.
    energy : (P,) or None
        Drawn from the supplies over the whole of each phase, J.
    power : (P,) or None
        Drawn from the supplies at the end of each phase, at rest, W.
    """

    name: str
    betas: Reals
    volts: dict[str, Reals]
    gradient: dict[str, Reals]
    balance: float | None
    seconds: float
    activities: dict[str, Reals] = field(default_factory=dict)
    waveforms: tuple[Waveform, ...] = ()
    energy: Reals | None = None
    power: Reals | None = None

    @property
    def gradient_norm(self) -> float:
        """|gradient| over all parameters."""
        return float(np.sqrt(sum(float(np.square(g).sum()) for g in self.gradient.values())))

    @property
    def nudged_swing(self) -> float:
        """How far a node ends from its free voltage in a nudged phase, at most, V."""
        return max(float(np.abs(v[1:] - v[0]).max(initial=0.0)) for v in self.volts.values())
