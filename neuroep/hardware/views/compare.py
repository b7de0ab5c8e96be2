"""Views of one circuit held against each other, with a verdict on each."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.views.view import View, Waveform

SETTLED_WITHIN = 1e-3
"""A phase has settled when every node stays this close to its end, as a share of the largest
swing of a node in that phase."""

ANOTHER_BASIN = 1e-2
"""V: a state that is this far away and yet in balance is another minimum of the same energy."""

SILENT = 1e-6
"""V: a phase in which no node moves further has no settling time to compare."""


@dataclass(frozen=True)
class Tolerances:
    """What counts as agreement.

    Parameters
    ----------
    volts : float
        At the end of each phase, V.
    gradient : float
        Of the equilibrium propagation gradient: |g - g0| / |g0| over all parameters.
    cosine : float
        Between the gradients; where it is set, ``gradient`` does not count (hard corners).
    activity : float
        Normalised.
    waveform : float
        On a common grid, V.
    settling, energy : float
        Relative.
    balance : float
        Of the currents at a node, relative to their magnitudes.
    """

    volts: float = 1e-6
    gradient: float = 1e-3
    cosine: float | None = None
    activity: float = 1e-3
    waveform: float = 1e-3
    settling: float = 5e-3
    energy: float = 1e-2
    balance: float = 1e-9


@dataclass(frozen=True)
class Comparison:
    """A view's largest deviations from the reference; None where it has no such quantity.

    ``volts``, ``waveform`` in V; ``activity`` normalised; the others relative; ``failed`` names
    what lies outside the tolerances.
    """

    name: str
    volts: float
    activity: float | None
    cosine: float
    gradient: float
    waveform: float | None
    settling: float | None
    energy: float | None
    balance: float
    seconds: float
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every quantity lies within its tolerance."""
        return not self.failed


def compare(
    view: View, settled: View, timed: View | None = None, tolerances: Tolerances | None = None
) -> Comparison:
    """Hold a view against neuroep's own.

    Parameters
    ----------
    view : View
    settled : View
        Reference of voltages, activities and gradient.
    timed : View, optional
        Reference of waveforms, settling times and energies.
    tolerances : Tolerances, optional
    """
    allowed = tolerances or Tolerances()
    volts = _largest(view.volts, settled.volts)
    activity = _largest(view.activities, settled.activities) if view.activities else None
    ours, theirs = _joined(settled.gradient), _joined(view.gradient)
    cosine = _cosine(ours, theirs)
    gradient = float(np.linalg.norm(theirs - ours) / (np.linalg.norm(ours) or 1.0))
    waveform = settling = energy = None
    if timed is not None and view.waveforms:
        pairs = list(zip(view.waveforms, timed.waveforms, strict=True))
        waveform = max(_apart(a, b) for a, b in pairs)
        settling = max(_settling_apart(a, b) for a, b in pairs)
    if timed is not None and timed.energy is not None and view.energy is not None:
        energy = float(np.abs(view.energy / timed.energy - 1.0).max())
    failed = []
    limits: list[tuple[str, float | None, float]] = [
        ("volts", volts, allowed.volts),
        ("activity", activity, allowed.activity),
        ("waveform", waveform, allowed.waveform),
        ("settling", settling, allowed.settling),
        ("energy", energy, allowed.energy),
        ("balance", view.balance, allowed.balance),
    ]
    if allowed.cosine is None:
        limits.append(("gradient", gradient, allowed.gradient))
    elif not cosine >= allowed.cosine:
        failed.append("gradient")
    if volts > ANOTHER_BASIN and view.balance <= allowed.balance:
        failed.append("another basin")
    # Not a number fails: "not <=" rather than ">".
    failed += [name for name, found, limit in limits if found is not None and not found <= limit]
    return Comparison(
        view.name,
        volts,
        activity,
        cosine,
        gradient,
        waveform,
        settling,
        energy,
        view.balance,
        view.seconds,
        tuple(failed),
    )


def _largest(a: dict[str, Reals], b: dict[str, Reals]) -> float:
    apart = [np.abs(a[name] - b[name]).max(initial=0.0) for name in b]
    return float(np.max(apart))


def _joined(gradient: dict[str, Reals]) -> Reals:
    return np.concatenate([gradient[name].ravel() for name in sorted(gradient)])


def _cosine(a: Reals, b: Reals) -> float:
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else float(not a.any() and not b.any())


def _apart(a: Waveform, b: Waveform) -> float:
    """Return the largest distance of two waveforms on the grid of the second, V."""
    return _largest(a.resampled(b.time).volts, b.volts)


def swing(wave: Waveform) -> float:
    """Return how far a node moves from its start at most, V."""
    return float(max(np.abs(v - v[0]).max(initial=0.0) for v in wave.volts.values()))


def settling_time(wave: Waveform) -> float:
    """Return when a phase has settled, s; see ``SETTLED_WITHIN``."""
    return wave.settling_time(SETTLED_WITHIN * swing(wave)) if swing(wave) > SILENT else 0.0


def _settling_apart(a: Waveform, b: Waveform) -> float:
    if swing(b) <= SILENT:
        return 0.0
    limit = SETTLED_WITHIN * swing(b)
    return abs(a.settling_time(limit) / b.settling_time(limit) - 1.0)


def columns() -> tuple[str, ...]:
    """Return the headers of a table of comparisons."""
    return (
        "view",
        "volts (V)",
        "activity",
        "gradient",
        "1 - cosine",
        "waveform (V)",
        "settling",
        "energy",
        "balance",
        "time (s)",
        "verdict",
    )


def rows(comparisons: Iterable[Comparison]) -> list[list[object]]:
    """Return comparisons as the rows of a table under :func:`columns`."""
    return [
        [
            c.name,
            _short(c.volts),
            _short(c.activity),
            _short(c.gradient),
            _short(max(0.0, 1.0 - c.cosine)),  # rounding can lift a cosine above 1
            _short(c.waveform),
            _short(c.settling),
            _short(c.energy),
            _short(c.balance),
            f"{c.seconds:.2f}",
            "agrees" if c.passed else "FAILS: " + ", ".join(c.failed),
        ]
        for c in comparisons
    ]


def _short(value: float | None) -> str | None:
    return None if value is None else "0" if value == 0 else f"{value:.1e}"
