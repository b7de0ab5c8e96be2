"""What is sensed: learning reads what two samplers a line hold of it, not the line itself.

Two nudged phases are compared, and they are apart in time: one sampler of each line holds its
activity at the end of the first, another at the end of the second. Whatever differs between the two
samplers is taken for a contrast. Random errors average out over examples; a fixed offset does not,
unless the samplers swap roles at random from example to example (chopping).

Stored patterns learn from attention and the potentials that ask for it, which stand on no line that
is sampled: their slopes have no errors of samplers, but for what the patterns drive directly.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.pulses.sampling import made, sampled
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.devices.array import key_of
from neuroep.learning.gradient import Gradient
from neuroep.learning.rules.rule import Estimate, Grant, Rule
from neuroep.settle import Record

if TYPE_CHECKING:
    from neuroep.learning.system import Drive, Settled, System

SAMPLERS = 2


@dataclass(frozen=True)
class Sampler:
    """The sample-and-hold circuits of all lines: ``[sensing]`` of a design.

    Activities are in units of full activity, 1.

    Parameters
    ----------
    offset : float
        Spread over the samplers of what each adds.
    gain : float
        Spread of the errors of their gains.
    noise : float
        Standard deviation of each sample (kT/C and the amplifier's).
    droop : float
        Share that has leaked away when a sample is used.
    chop : bool
        Whether a line's two samplers swap roles from example to example, at random.
    fabrication : int
        Number of the chip: it says what each sampler's errors are.
    capacitance : float
        Of each sampling capacitor, F: what a sample costs.

    Raises
    ------
    ValueError
        A value that no sampler can have.
    """

    offset: float = 0.0
    gain: float = 0.0
    noise: float = 0.0
    droop: float = 0.0
    chop: bool = True
    fabrication: int = 0
    capacitance: float = 100e-15

    def __post_init__(self) -> None:
        for name in ("offset", "gain", "noise"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} must be in [0, 1), got {getattr(self, name)}")
        if not 0 <= self.droop < 1:
            raise ValueError(f"droop must be in [0, 1), got {self.droop}")
        if not 0 < self.capacitance < 1e-6:
            raise ValueError(f"capacitance must be in (0, 1 uF), got {self.capacitance:g} F")

    @property
    def ideal(self) -> bool:
        """Whether it holds what it samples."""
        return not (self.offset or self.gain or self.noise or self.droop)

    def hold(self, line: str, values: Floats, roles: Ints, rng: np.random.Generator) -> Floats:
        """Return what samplers hold of the activities (rows, lines) of a layer."""
        held = values.copy()
        gain, offset = _errors(self, line, values.shape[1])
        noise = self.noise * rng.standard_normal(values.shape) if self.noise else np.empty((0, 0))
        sampled(held, roles, gain, offset, 1.0 - self.droop, noise)
        return held


@cache
def _errors(sampler: Sampler, line: str, size: int) -> tuple[Reals, Reals]:
    """Return the gain errors and offsets of the samplers of so many lines, (2, size) each."""
    found = np.empty((2, SAMPLERS, size))
    for number, (kind, spread) in enumerate((("gain", sampler.gain), ("offset", sampler.offset))):
        key = key_of(sampler.fabrication, f"{line}.{kind}")
        for which in range(SAMPLERS):
            made(spread, key, which, found[number, which])
    return found[0], found[1]


@dataclass(frozen=True)
class Sensed(Rule):
    """A rule that reads samples: whatever it makes of phases, it makes of what was held of them.

    Parameters
    ----------
    rule : Rule
    sampler : Sampler
    """

    rule: Rule
    sampler: Sampler

    @property
    def title(self) -> str:  # type: ignore[override]
        """The rule's own, and that it is sampled."""
        return f"{self.rule.title}, sampled"

    @property
    def once(self) -> bool:  # type: ignore[override]
        """Whether the rule grants once a step."""
        return self.rule.once

    @property
    def adds(self) -> bool:  # type: ignore[override]
        """Whether what the rule asks of parts of a batch can be added."""
        return self.rule.adds

    def check(self, system: "System") -> None:
        """Check that a system can learn by the rule, and the rule by samples."""
        if not (self.rule.samples or self.sampler.ideal):
            raise ValueError(
                f"sensing: {self.rule.title} reads no samples, so that samplers have no errors "
                "that it could see"
            )
        self.rule.check(system)

    def step(
        self,
        system: "System",
        drive: "Drive",
        target: ArrayLike,
        grant: Grant,
        rng: np.random.Generator,
        *,
        wanted: Collection[str] | None = None,
        record: Record | None = None,
    ) -> Estimate:
        """Learn from one batch, by samples."""
        seen: Any = SampledSystem(system, self.sampler, rng)

        def granted(found: Estimate) -> None:
            grant(seen.with_held(found))

        return self.rule.step(seen, drive, target, granted, rng, wanted=wanted, record=record)


class SampledSystem:
    """A system whose slopes are those of sampled phases; all else is the system's own."""

    def __init__(self, system: "System", sampler: Sampler, rng: np.random.Generator) -> None:
        self._system, self._sampler, self._rng = system, sampler, rng
        self._held: list[tuple[Settled, Settled]] = []  # phases, and what is held of them

    def __getattr__(self, name: str) -> Any:
        return getattr(self._system, name)

    def slope(
        self,
        phases: Sequence[tuple["Settled", ArrayLike]],
        wanted: Collection[str] | None = None,
    ) -> Gradient:
        """Return the system's slope in what samplers hold of the phases."""
        examples = phases[0][0].beta.shape[1]
        # One decision for all phases of an example: they are what is compared.
        chop = self._sampler.chop
        swaps = self._rng.random(examples) < 0.5 if chop else np.zeros(examples, bool)
        before, held = 0, []
        for settled, shares in phases:
            count = settled.beta.shape[0]
            roles = (before + np.arange(count)[:, None] + swaps) % SAMPLERS
            before += count
            held.append((settled.with_lines(partial(self._hold, roles.reshape(-1))), shares))
        self._held = [(one, of[0]) for (one, _), of in zip(phases, held, strict=True)]
        return self._system.slope(held, wanted)

    def with_held(self, found: Estimate) -> Estimate:
        """Return an estimate with what was held of its phases; one that was not read stays."""
        held = {id(phase): of for phase, of in self._held}
        return replace(found, held=tuple(held.get(id(phase), phase) for phase in found.phases))

    def _hold(self, roles: Ints, line: str, values: Floats) -> Floats:
        return self._sampler.hold(line, values, roles, self._rng)
