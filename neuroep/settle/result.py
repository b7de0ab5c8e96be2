"""What any settle is asked for, and what its result says of itself."""

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import ClassVar, Self

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Ints, Reals
from neuroep.errors import Unheld


class Status(IntEnum):
    """How a settle ended, per example."""

    CONVERGED = tables.CONVERGED
    STEP_LIMIT = tables.STEP_LIMIT
    DIVERGED = tables.DIVERGED
    CYCLES = tables.CYCLES

    @property
    def message(self) -> str:
        """One line for people."""
        return {
            Status.CONVERGED: "no activity moved by more than the tolerance in the last step",
            Status.STEP_LIMIT: "the step limit was reached before the residual met the tolerance",
            Status.CYCLES: "activities come back: without an energy they may cycle",
            Status.DIVERGED: "an activity became infinite or not a number",
        }[self]


class SettleError(RuntimeError):
    """Raised by a caller who needed convergence and did not get it."""


@dataclass(frozen=True)
class Stop:
    """When a settle ends.

    ``residual``: largest change of an activity in one step (normalised units); ``steps``: the cap;
    ``nudged_steps``: that of a settle which starts from another, as nudged phases do; None: the
    same.
    """

    residual: float = 1e-5
    steps: int = 100
    nudged_steps: int | None = None

    def __post_init__(self) -> None:
        if not self.residual >= 0:
            raise ValueError(f"residual must not be negative, got {self.residual}")
        for name in ("steps", "nudged_steps"):
            cap = getattr(self, name)
            if cap is not None and cap < 1:
                raise ValueError(f"{name} must be at least 1, got {cap}")

    def of_nudged(self) -> "Stop":
        """Return when a settle ends that starts from another."""
        return replace(self, steps=self.nudged_steps or self.steps)


@dataclass(frozen=True)
class Record:
    """What to keep on the way: the potentials (and spikes) of these examples at every step."""

    examples: tuple[int, ...] = (0,)


class Verdicts:
    """What every result of a settle says of its examples (P, B).

    ``ended``: how the last step left each, members of Status; ``steps``, ``residual``.
    """

    ended: Ints
    steps: Ints
    residual: Reals
    unit: ClassVar[str] = ""
    """Of the residual."""

    @property
    def status(self) -> Ints:
        """How each example ended, (P, B); members of Status."""
        return self.ended

    def __repr__(self) -> str:
        phases, examples = self.status.shape
        counts = ", ".join(
            f"{count} {Status(int(kind)).name.lower().replace('_', ' ')}"
            for kind, count in zip(*np.unique(self.status, return_counts=True), strict=True)
        )
        return (
            f"{type(self).__name__}({phases} phase{'s' * (phases > 1)} of {examples} examples: "
            f"{counts}; "
            f"{self.steps.min()} to {self.steps.max()} steps, "
            f"largest residual {self.residual.max():.2g}{self.unit})"
        )

    @property
    def converged(self) -> bool:
        """Whether every example converged."""
        return not self.missed

    @property
    def missed(self) -> int:
        """Examples that did not converge."""
        return int((self.ended != Status.CONVERGED).sum())

    def require_finite(self) -> Self:
        """Return self.

        Raises
        ------
        Unheld
            Some examples diverged.
        """
        if lost := int((self.ended == Status.DIVERGED).sum()):
            raise Unheld(
                f"{lost} of {self.ended.size} settles diverged: {Status.DIVERGED.message}; "
                "smaller weights or beta may help"
            )
        return self

    def require_converged(self) -> Self:
        """Return self.

        Raises
        ------
        SettleError
            Some examples did not converge; says how many and the worst residual.
        """
        if self.missed:
            worst = Status(int(self.status.max()))
            raise SettleError(
                f"{self.missed} of {self.ended.size} settles did not converge: {worst.message} "
                f"(largest residual {self.residual.max():.2g}{self.unit})"
            )
        return self
