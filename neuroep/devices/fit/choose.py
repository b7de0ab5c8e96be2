"""Which law: each is fitted to every other ramp, and predicts those held out."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from neuroep.devices.device import Device
from neuroep.devices.fit.direction import Fit, fit, shape_names
from neuroep.devices.fit.ramps import Ramps
from neuroep.devices.fit.tabulate import tabulated
from neuroep.devices.laws import LAWS, Law

SIMPLER = 1.05
"""How much larger the held-out error of a law with fewer parameters may be."""

TABLE = 0.7
"""A table has to predict this much better than the best law: it has hundreds of numbers."""


@dataclass(frozen=True)
class Candidate:
    """A law and how well it does.

    Attributes
    ----------
    name : str
        Of ``neuroep.devices.laws.LAWS``.
    up, down : Fit
        To all ramps.
    held_out : tuple of (float, float)
        Rms error of ramps up and down that it was not fitted to, run open loop from their first
        read, as a share of the range.
    """

    name: str
    up: Fit
    down: Fit
    held_out: tuple[float, float]

    @property
    def error(self) -> float:
        """Root of the mean square of both held-out errors."""
        return math.hypot(*self.held_out) / math.sqrt(2.0)

    @property
    def parameters(self) -> int:
        """Number of parameters that give a law its shape."""
        return sum(len(shape_names(fitted.law, fitted.ramps.up)) for fitted in (self.up, self.down))

    @property
    def law(self) -> Law:
        """The law with the shape of both directions."""
        return replace(self.up.law, **self.down.shape)


def candidates(
    up: Ramps,
    down: Ramps,
    only: str | None = None,
    progress: Callable[[str], object] = lambda law: None,
) -> list[Candidate]:
    """Return the laws that can be fitted, the best first.

    Parameters
    ----------
    up, down : Ramps
    only : str
        The one law to fit; all without it.
    progress : callable
        Is told each law before it is fitted.

    Raises
    ------
    ValueError
        A law that cannot be fitted, or none that can.
    """
    found = []
    for name in [only] if only else [name for name, law in LAWS.items() if law.fitted]:
        progress(name)
        try:
            found.append(_candidate(name, up, down))
        except ValueError:
            if only:
                raise
    if not found:
        raise ValueError("no law can be fitted to these ramps")
    best = min(candidate.error for candidate in found)

    def rank(candidate: Candidate) -> tuple[bool, float]:
        near = candidate.error <= SIMPLER * best
        return not near, candidate.parameters if near else candidate.error

    return sorted(found, key=rank)


def _candidate(name: str, up: Ramps, down: Ramps) -> Candidate:
    fits, errors = [], []
    for ramps in (up, down):
        shown, kept = ramps.halves()
        errors.append(fit(LAWS[name](), shown).error(kept))
        fits.append(fit(LAWS[name](), ramps))
    return Candidate(name, fits[0], fits[1], (errors[0], errors[1]))


def table_error(up: Ramps, down: Ramps) -> tuple[float, float]:
    """Return the held-out errors of tables of every other ramp's steps."""
    shown, kept = zip(up.halves(), down.halves(), strict=True)
    table = tabulated(*shown)
    return table.error(kept[0]), table.error(kept[1])


def as_device(
    name: str, chosen: Candidate, g_min: float, g_max: float, sources: Mapping[str, str]
) -> Device:
    """Return the device that a candidate describes.

    Both directions have one pulse noise and one read noise: the root of the mean squares.
    """
    both = (chosen.up, chosen.down)
    pulse = math.hypot(*(fitted.pulse_noise for fitted in both)) / math.sqrt(2.0)
    read = math.hypot(*(fitted.read_noise for fitted in both)) / math.sqrt(2.0)
    return Device(
        name=name,
        g_min=g_min,
        g_max=g_max,
        step_up=chosen.up.step,
        step_down=chosen.down.step,
        law=chosen.law,
        pulse_noise=pulse,
        read_noise=read,
        sources=sources,
    )
