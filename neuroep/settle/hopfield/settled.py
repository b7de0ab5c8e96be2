"""What a layered network settles to."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.acceleration import Multisecant
from neuroep.settle.result import Status, Verdicts

if TYPE_CHECKING:
    from neuroep.settle.hopfield.cycles import Onward


@dataclass(frozen=True, repr=False)
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
    ended : int64 (P, B)
        Members of Status, as the last step tells them.
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
    onward : Onward, or None
        How stuck examples step on, which tells whether they cycle; None where nothing can.
    """

    drive: Drive
    beta: Reals
    rows: Ints
    state: tables.State
    steps: Ints
    residual: Reals
    energy_before: Reals
    energy: Reals
    ended: Ints
    trace: Floats
    target: Floats | None = None
    spikes: Ints | None = None
    saturated: Ints | None = None
    raster: np.ndarray | None = None
    time: Reals | None = None
    drawn: Reals | None = None
    answers: Multisecant | None = None
    carry: "tuple[Floats, Floats] | None" = None
    onward: "Onward | None" = None

    @cached_property
    def status(self) -> Ints:
        """How each example ended, (P, B); members of Status.

        Found at the first reading, for it takes dozens of steps to tell what cycles: such examples
        are at their step limit where parameters have changed since.
        """
        if self.onward is None or self.onward.outdated:
            return self.ended
        found = self.ended.copy()
        stuck = np.flatnonzero(found == Status.STEP_LIMIT)
        found.ravel()[self.onward.coming_back(stuck)] = Status.CYCLES
        return found

    def _phases(self, flat: Floats, layer: str) -> Floats:
        return self.drive.plan.view(flat, layer).reshape(*self.beta.shape, -1)

    def inputs(self, rows: Ints) -> tables.Inputs:
        """Return the kernel's view of what clamps these drive rows, in the dtype of the state.

        A circuit in time settles in float64, whatever its network is of.
        """
        found, dtype = self.drive.inputs(rows), self.state.potential.dtype
        return found._replace(patterns=found.patterns.astype(dtype, copy=False))

    def activity(self, layer: str) -> Floats:
        """Return the activities of a layer, (P, B, size)."""
        return self._phases(self.state.activity, layer)

    def with_lines(self, change: Callable[[str, Floats], Floats]) -> "Settled":
        """Return the same result with other activities on its lines.

        ``change(layer, activities (P * B, size))`` is what stands there instead, but for padding.
        """
        plan, activity = self.drive.plan, self.state.activity.copy()
        for name in plan.names:
            view = plan.view(activity, name)
            used = self.drive.used_units(name)[self.rows, None]
            np.copyto(view, change(name, view), where=np.arange(view.shape[1]) < used)
        return replace(self, state=self.state._replace(activity=activity))

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
