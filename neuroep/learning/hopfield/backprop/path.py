"""Adjoints of a settle: the steps that it took, gone through backwards."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.hopfield.adjoint import send_back, step_back
from neuroep.core.tables import Floats, Inputs, Ints, Wiring
from neuroep.core.threads import chunks
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.wiring import Plan
from neuroep.network.parameters import real_numbers
from neuroep.settle.hopfield.prepare import CHUNK
from neuroep.settle.hopfield.settled import Settled


def read_error(free: Settled, target: ArrayLike) -> Floats:
    """Return the mean cost's slope in what the cost of a free settle reads, (B, outputs).

    Raises
    ------
    ValueError
        The network has no cost, or the target does not fit it.
    """
    drive, network = free.drive, free.drive.plan.network
    if network.cost is None:
        raise ValueError("a gradient needs a cost; call set_cost on the network")
    wanted = real_numbers("target", target, drive.current.dtype)
    if wanted.shape != (drive.count, network.outputs):
        raise ValueError(
            f"target of shape {wanted.shape} instead of {(drive.count, network.outputs)}"
        )
    scores = network.cost.scores(network, free.activity(str(network.cost.layer))[0])
    error: Floats = network.cost.slope(scores, wanted) / wanted.dtype.type(drive.count)
    return error


def cost_slope(free: Settled, target: ArrayLike) -> Floats:
    """Return the mean cost's slope in every activity of a free settle, flat like its state."""
    error, network = read_error(free, target), free.drive.plan.network
    assert network.cost is not None
    adjoint = np.zeros_like(free.state.activity)
    layer = free.drive.plan.view(adjoint, str(network.cost.layer))
    layer[:] = network.cost.back(network, error)
    return adjoint


@dataclass
class Path:
    """The potentials of a batch along a settle, and what stands beside them.

    ``potentials`` (steps + 1, B, units); ``wiring``: what a step of it was.
    """

    drive: Drive
    wiring: Wiring
    potentials: Floats
    inputs: Inputs

    @classmethod
    def at_rest(cls, free: Settled, wiring: Wiring) -> "Path":
        """Return the path that stands still at the end of a free settle."""
        plan = free.drive.plan
        parts = [plan.view(free.state.potential, name) for name in plan.names]
        return cls.along(free.drive, wiring, np.concatenate(parts, axis=1)[None])

    @classmethod
    def along(cls, drive: Drive, wiring: Wiring, potentials: Floats) -> "Path":
        """Return the path of recorded potentials (steps + 1, B, units)."""
        rows = np.arange(drive.count, dtype=np.int64)
        return cls(drive, wiring, potentials, drive.inputs(rows))

    @property
    def plan(self) -> Plan:
        """Where each layer lies."""
        return self.drive.plan

    def ranges(self) -> list[tuple[int, int]]:
        """Chunks of examples."""
        return chunks(self.drive.count, CHUNK)

    def scratch(self, examples: int) -> Floats:
        """Return room for what the kernels need for some examples."""
        shapes = [self.plan.network.shape(name) for name in self.plan.names]
        longest = int(self.inputs.length.max(initial=0))
        attention = max(2 * rows * longest + longest * width for rows, width in shapes)
        return np.empty(max(2 * examples * max(self.plan.sizes), attention), self.potentials.dtype)

    def step_back(
        self,
        first: int,
        last: int,
        row: Ints,
        role: Ints,
        adjoint: Floats,
        current: Floats,
        activity: Floats | None,
        slope: Floats,
        scratch: Floats,
    ) -> None:
        """Take examples first..last one step back; see :func:`step_back`."""
        step_back(
            self.wiring,
            self.plan.network.parameters.flat,
            self.inputs,
            self.potentials,
            row,
            role,
            self.drive.count,
            first,
            last,
            activity is not None,
            adjoint,
            current,
            current if activity is None else activity,
            slope,
            scratch,
        )

    def send_back(
        self, k: int, first: int, last: int, current: Floats, adjoint: Floats, scratch: Floats
    ) -> None:
        """Send layer k's mu; see :func:`neuroep.core.hopfield.adjoint.send_back`."""
        weights, count = self.plan.network.parameters.flat, self.drive.count
        send_back(
            self.wiring, weights, self.inputs, current, count, k, first, last, adjoint, scratch
        )
