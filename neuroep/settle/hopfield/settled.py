"""What a settle is asked for, and what it returns."""

from dataclasses import dataclass, field, replace
from enum import IntEnum
from typing import ClassVar, Self

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.acceleration import Multisecant


class Status(IntEnum):
    """How a settle ended, per example."""

    CONVERGED = tables.CONVERGED
    STEP_LIMIT = tables.STEP_LIMIT
    DIVERGED = tables.DIVERGED

    @property
    def message(self) -> str:
        """One line for people."""
        return {
            Status.CONVERGED: "no activity moved by more than the tolerance in the last step",
            Status.STEP_LIMIT: "the step limit was reached before the residual met the tolerance",
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
    """What every result of a settle says of its examples, by ``status`` and ``residual``."""

    status: Ints
    residual: Reals
    unit: ClassVar[str] = ""
    """Of the residual."""

    @property
    def converged(self) -> bool:
        """Whether every example converged."""
        return bool((self.status == Status.CONVERGED).all())

    def require_converged(self) -> Self:
        """Return self.

        Raises
        ------
        SettleError
            Some examples did not converge; says how many and the worst residual.
        """
        bad = self.status != Status.CONVERGED
        if bad.any():
            worst = Status(int(self.status[bad].max()))
            raise SettleError(
                f"{int(bad.sum())} of {bad.size} settles did not converge: {worst.message} "
                f"(largest residual {self.residual.max():.2g}{self.unit})"
            )
        return self


@dataclass(frozen=True)
class Settled(Verdicts):
    """The result of a settle of P phases of B examples each.

    Attributes
    ----------
    drive : Drive
        What was clamped.
    beta : float64 (P, B)
        Nudging strength.
    rows : int64 (P * B,)
        Drive row of each settled example, phase by phase.
    state : State
        Flat potentials and activities of P * B examples.
    steps : int64 (P, B)
        Steps that each example itself needed.
    residual : float64 (P, B)
        Largest change of an activity in the last step (spiking: distance between the averaged
        activities and those of the averaged potentials).
    energy_before, energy : float64 (P, B)
        E + beta C at the start and at the end.
    status : int64 (P, B)
        Members of Status.
    trace : array (steps + 1, recorded, units)
        Potentials of the recorded examples; row 0 is the start.
    target : (B, outputs), or None
        What the nudged phases were drawn to.
    spikes : int32 flat like a state, or None
        Spikes of each unit (a negative spike counts as one).
    saturated : int64 (P, B), or None
        How often an activity was beyond what its line can carry.
    raster : int8 (steps, recorded, units), or None
        Spikes of the recorded examples: -1, 0, 1.
    time : float64 (steps + 1,), or None
        When the trace was taken, s.
    drawn : float64 (P, B), or None
        Energy drawn from the supplies, J.
    answers : Multisecant, or None
        Where the batch settled as a whole: what token attention answered at the end, and how its
        answers change. A settle that starts from here goes on with it, so that neither the state
        nor the network's parameters may have been changed meanwhile.
    carry : object or None
        What a later settle needs beyond the state to go on (the spiking lines' charges).
    """

    drive: Drive
    beta: Reals
    rows: Ints
    state: tables.State
    steps: Ints
    residual: Reals
    energy_before: Reals
    energy: Reals
    status: Ints
    trace: Floats
    target: Floats | None = None
    spikes: Ints | None = None
    saturated: Ints | None = None
    raster: np.ndarray | None = None
    time: Reals | None = None
    drawn: Reals | None = None
    answers: Multisecant | None = field(default=None, repr=False)
    carry: "tuple[Floats, Floats] | None" = field(default=None, repr=False)

    def _phases(self, flat: Floats, layer: str) -> Floats:
        return self.drive.plan.view(flat, layer).reshape(*self.beta.shape, -1)

    def activity(self, layer: str) -> Floats:
        """Return the activities of a layer, (P, B, size)."""
        return self._phases(self.state.activity, layer)

    def potential(self, layer: str) -> Floats:
        """Return the potentials of a layer, (P, B, size)."""
        return self._phases(self.state.potential, layer)

    def spike_counts(self, layer: str) -> Floats:
        """Return the spikes of each neuron of a layer, (P, B, size).

        Raises
        ------
        ValueError
            The solver sends no spikes.
        """
        if self.spikes is None:
            raise ValueError("this solver sends no spikes")
        return self._phases(self.spikes, layer)
