"""Where the joules of a chip go: cell by cell and array by array, in each phase of an example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from neuroep.core.tables import Reals

SETTLED_WITHIN = 0.01
"""Of what a phase moves: what counts as settled."""


@dataclass(frozen=True)
class Part:
    """All cells of one kind in a layer, or one array of conductances.

    Attributes
    ----------
    name : str
        ``pairs: tanh`` for cells, ``pairs -> rails`` for an array.
    count : float
        Cells; devices of an array. A mean over examples.
    drawn : (P,)
        What its cells take from the supplies at rest in each phase, W; nothing for an array.
    passed : (P,)
        What of it they pass on into arrays, W; negative for an array, which turns it into heat.
    area : float or None
        Of one, um^2; None where nobody knows.
    """

    name: str
    count: float
    drawn: Reals
    passed: Reals
    area: float | None = None

    @property
    def heat(self) -> Reals:
        """What becomes heat there, (P,), W."""
        return self.drawn - self.passed

    @property
    def passive(self) -> bool:
        """Whether it takes from others alone: arrays of conductances, and diodes."""
        return not self.drawn.any() and bool((self.passed < 0).any())


@dataclass(frozen=True)
class Account:
    """What an example costs on a chip.

    Attributes
    ----------
    parts : tuple of Part
        The phases are free, +beta, -beta.
    seconds : (3,)
        How long each phase lasts.
    settling : (3,)
        When each phase has settled to a hundredth of what it moves, s; NaN where nobody knows.
    sampled : float
        Onto the samplers of lines that settle, at the ends of both nudged phases, J.
    pulse : mapping of float
        Of one programming pulse: ``joules`` (at the middle of the range), ``seconds``,
        ``volts``; empty without devices, NaN what the card does not tell.
    uncounted : tuple of str
        What a chip needs and no cell of the library is.
    how : str
        How the figures were found.
    """

    parts: tuple[Part, ...]
    seconds: Reals
    settling: Reals = field(default_factory=lambda: np.full(3, np.nan))
    sampled: float = 0.0
    pulse: Mapping[str, float] = field(default_factory=dict)
    uncounted: tuple[str, ...] = ()
    how: str = ""

    @property
    def power(self) -> Reals:
        """What the supplies deliver at rest in each phase, (3,), W."""
        return np.asarray(sum((part.drawn for part in self.parts), np.zeros(3)))

    @property
    def phases(self) -> Reals:
        """Energy of each phase, (3,), J."""
        return self.power * self.seconds

    @property
    def inference(self) -> float:
        """Of a free phase, J."""
        return float(self.phases[0])

    @property
    def step(self) -> float:
        """Of all phases of a learning step and the samples of their ends, J; pulses not."""
        return float(self.phases.sum()) + self.sampled

    @property
    def area(self) -> float:
        """Of all parts whose area is known, um^2."""
        return float(sum(part.count * part.area for part in self.parts if part.area is not None))

    def lasting(self, seconds: Reals) -> "Account":
        """Return the account of phases of another length."""
        return replace(self, seconds=np.asarray(seconds, float))

    def of(self, part: Part) -> Reals:
        """Return the heat of a part in each phase, (3,), J."""
        return np.asarray(part.heat * self.seconds)

    def to_json(self) -> dict[str, object]:
        """Return plain values, SI; areas in um^2."""
        return {
            "inference_joules": self.inference,
            "step_joules": self.step,
            "sampled_joules": self.sampled,
            "phase_joules": self.phases.tolist(),
            "phase_seconds": self.seconds.tolist(),
            "power_watts": self.power.tolist(),
            "settling_seconds": [known(t) for t in self.settling],
            "inferences_per_second": 1.0 / float(self.seconds[0]),
            "steps_per_second": 1.0 / float(self.seconds.sum()),
            "area_um2": self.area,
            "pulse": {name: known(value) for name, value in self.pulse.items()},
            "parts": [
                {
                    "name": part.name,
                    "count": part.count,
                    "drawn_watts": part.drawn.tolist(),
                    "joules": self.of(part).tolist(),
                    "area_um2": None if part.area is None else part.area * part.count,
                }
                for part in self.parts
            ],
            "not_counted": list(self.uncounted),
            "how": self.how,
        }


def wires_uncounted(counted: bool) -> tuple[str, ...]:
    """Return what is not counted of wires, where their resistance is counted and where not."""
    if counted:
        return ("wires: their capacitance, and the delay and area that come with it",)
    return ("wires: their capacitance, and their resistance without [circuit.wires]",)


def known(value: float) -> float | None:
    """Return a number as JSON holds it, None for one that nobody knows."""
    return float(value) if np.isfinite(value) else None


def mean(examples: Sequence[Sequence[Part]]) -> tuple[Part, ...]:
    """Return the parts of a mean example; all have the same parts in the same order."""
    return tuple(
        replace(
            same[0],
            count=float(np.mean([part.count for part in same])),
            drawn=np.mean([part.drawn for part in same], axis=0),
            passed=np.mean([part.passed for part in same], axis=0),
        )
        for same in zip(*examples, strict=True)
    )
