"""Views of one circuit held against each other, with a verdict on each."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.views.view import View, Waveform

SETTLED_WITHIN = 1e-3
"""A phase has settled when every node stays this close to its end, as a share of the largest
swing of a node in that phase."""

ANOTHER_BASIN = 1e-2
"""V: a state that is this far away and yet in balance may be another minimum of the same energy."""

SILENT = 1e-6
"""V: a phase in which no node moves further has no settling time to compare."""


LEAST_SHARE = 1e-3
"""An energy to settle counts relative to itself, or to this share of the whole phase's if more."""


@dataclass(frozen=True)
class Tolerances:
    """What counts as agreement.

    ``volts``: at the end of each phase, V; ``gradient``: |g - g0| / |g0| over all parameters;
    ``cosine``: between the gradients, where it is set, ``gradient`` does not count (hard corners);
    ``activity``: normalised; ``waveform``: on a common grid, V; ``settling``, ``energy``,
    ``power``: relative; ``balance``: of the currents at a node, relative to their magnitudes.
    """

    volts: float = 1e-6
    gradient: float = 1e-3
    cosine: float | None = None
    activity: float = 1e-3
    waveform: float = 1e-3
    settling: float = 5e-3
    energy: float = 1e-2
    power: float = 1e-2
    balance: float = 1e-9


@dataclass(frozen=True)
class Comparison:
    """A view's largest deviations from the reference; None where it has no such quantity.

    ``volts``, ``waveform`` in V; ``activity`` normalised; the others relative, ``energy`` being
    what a phase draws until it has settled and ``power`` what it draws at rest; ``seconds``: time
    taken; ``failed`` names what lies outside the tolerances.
    """

    name: str
    volts: float | None
    activity: float | None
    cosine: float | None
    gradient: float | None
    waveform: float | None
    settling: float | None
    energy: float | None
    power: float | None
    balance: float | None
    seconds: float
    failed: tuple[str, ...]

    @property
    def passed(self) -> bool:
        """Whether every quantity lies within its tolerance."""
        return not self.failed


def compare(
    view: View,
    settled: View,
    timed: View | None = None,
    tolerances: Tolerances | None = None,
    *,
    second_start: Callable[[View], float] | None = None,
) -> Comparison:
    """Hold a view against neuroep's own.

    ``settled`` is the reference of voltages, activities, gradient and power at rest, ``timed`` that
    of waveforms, settling times and energies. ``second_start`` says how far from a view's end
    another settle ends that starts near it, V: a view that is far from the reference and in balance
    is in another basin only where that settle stays.
    """
    allowed = tolerances or Tolerances()
    volts = _largest(view.volts, settled.volts)
    cosine = gradient = None
    if view.gradient:
        ours, theirs = _joined(settled.gradient), _joined(view.gradient)
        cosine = _cosine(ours, theirs)
        gradient = float(np.linalg.norm(theirs - ours) / (np.linalg.norm(ours) or 1.0))
    waveform = settling = energy = None
    if timed is not None and view.waveforms:
        pairs = list(zip(view.waveforms, timed.waveforms, strict=True))
        waveform = max(_apart(a, b) for a, b in pairs)
        settling = max(_settling_apart(a, b) for a, b in pairs)
        energy = _energy_apart(view, timed)
    found: dict[str, float | None] = {
        "volts": volts,
        "activity": _largest(view.activities, settled.activities),
        "waveform": waveform,
        "settling": settling,
        "energy": energy,
        "power": _relative(view.power, settled.power),
        "balance": view.balance,
    }
    checked = dict(found)
    failed = []
    if allowed.cosine is None:
        checked["gradient"] = gradient
    elif cosine is not None and not cosine >= allowed.cosine:
        failed.append("gradient")
    balanced = view.balance is not None and view.balance <= allowed.balance
    lost = balanced and volts is not None and volts > ANOTHER_BASIN
    if lost and second_start and second_start(view) <= allowed.volts:
        failed.append("another basin")
    # Not a number fails: "not <=" rather than ">".
    failed += [
        name
        for name, value in checked.items()
        if value is not None and not value <= getattr(allowed, name)
    ]
    return Comparison(
        view.name,
        cosine=cosine,
        gradient=gradient,
        seconds=view.seconds,
        failed=tuple(failed),
        **found,
    )


def energy_to_settle(view: View, timed: View) -> Reals | None:
    """Return what each phase draws until it has settled, (P,), J; None where a view has no energy.

    The waveforms of ``timed`` say when that is. From then on a phase draws its power at rest: the
    energy of the whole phase less that.
    """
    if view.energy is None or view.power is None:
        return None
    rest = np.array([w.time[-1] - settling_time(w) for w in timed.waveforms])
    return np.asarray(view.energy - view.power * rest)


def _energy_apart(view: View, timed: View) -> float | None:
    found, wanted = energy_to_settle(view, timed), energy_to_settle(timed, timed)
    if found is None or wanted is None or timed.energy is None:
        return None
    # A silent phase has settled at once: what it draws until then is but a rounding error.
    scale = np.maximum(np.abs(wanted), LEAST_SHARE * np.abs(timed.energy))
    return float((np.abs(found - wanted) / scale).max())


def _relative(found: Reals | None, wanted: Reals | None) -> float | None:
    if found is None or wanted is None:
        return None
    return float((np.abs(found - wanted) / np.where(wanted == 0, 1.0, np.abs(wanted))).max())


def _largest(a: dict[str, Reals], b: dict[str, Reals]) -> float | None:
    """Return the largest distance, None where the first has nothing."""
    return float(np.max([np.abs(a[k] - b[k]).max(initial=0.0) for k in b])) if a else None


def _joined(gradient: dict[str, Reals]) -> Reals:
    return np.concatenate([gradient[name].ravel() for name in sorted(gradient)])


def _cosine(a: Reals, b: Reals) -> float:
    length = float(np.linalg.norm(a) * np.linalg.norm(b))
    return float(a @ b) / length if length else float(not a.any() and not b.any())


def _apart(a: Waveform, b: Waveform) -> float:
    """Return the largest distance of two waveforms on the grid of the second, V."""
    found = a.resampled(b.time).volts
    return float(np.max([np.abs(found[k] - v).max(initial=0.0) for k, v in b.volts.items()]))


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


COLUMNS = (
    "view",
    "volts (V)",
    "activity",
    "gradient",
    "1 - cosine",
    "waveform (V)",
    "settling",
    "energy",
    "power",
    "balance",
    "time (s)",
    "verdict",
)
"""Headers of a table of comparisons."""


def rows(comparisons: Iterable[Comparison]) -> list[list[object]]:
    """Return comparisons as the rows of a table under ``COLUMNS``."""
    return [
        [
            c.name,
            *(_short(value) for value in (c.volts, c.activity, c.gradient)),
            # Rounding can lift a cosine above 1.
            _short(None if c.cosine is None else max(0.0, 1.0 - c.cosine)),
            *(_short(value) for value in (c.waveform, c.settling, c.energy, c.power, c.balance)),
            f"{c.seconds:.2f}",
            "agrees" if c.passed else "FAILS: " + ", ".join(c.failed),
        ]
        for c in comparisons
    ]


def _short(value: float | None) -> str | None:
    return None if value is None else "0" if value == 0 else f"{value:.1e}"
