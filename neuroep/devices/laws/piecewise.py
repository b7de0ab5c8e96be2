"""Steps interpolated between nodes over the range."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from neuroep.core.pulses.device import OWN
from neuroep.core.pulses.interpolation import in_nodes
from neuroep.core.tables import Reals
from neuroep.devices.laws.law import Law, ScalarFunction


def up(w: float, c: Sequence[float]) -> float:
    """Return the step of an up pulse, interpolated, with noise."""
    return in_nodes(w, c, OWN + 1)  # type: ignore[no-any-return]


def down(w: float, c: Sequence[float]) -> float:
    """Return the step of a down pulse, interpolated, with noise."""
    return in_nodes(w, c, OWN + 1 + int(c[OWN]))  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Piecewise(Law):
    """A pulse changes w by a step that is linear between equally spaced nodes of the range.

    Pulses are taken one by one: within a piece they have a closed form, but the way through the
    pieces has none.

    Parameters
    ----------
    nodes_up, nodes_down : tuple of float
        Steps at the nodes, in units of the device's, from the lower bound to the upper; two at
        least, as many in both directions.
    """

    nodes_up: tuple[float, ...] = (1.0, 1.0)
    nodes_down: tuple[float, ...] = (1.0, 1.0)

    up: ClassVar[ScalarFunction] = staticmethod(up)
    down: ClassVar[ScalarFunction] = staticmethod(down)

    def __post_init__(self) -> None:
        if len(self.nodes_up) < 2 or len(self.nodes_up) != len(self.nodes_down):
            raise ValueError(
                "nodes_down: must be as many as nodes_up and two at least, got "
                f"{len(self.nodes_up)} and {len(self.nodes_down)}"
            )
        if not all(map(math.isfinite, (*self.nodes_up, *self.nodes_down))):
            raise ValueError("nodes_up: not all finite")

    def constants(self) -> list[float]:
        """Return the number of nodes, and the steps at them."""
        return [float(len(self.nodes_up)), *self.nodes_up, *self.nodes_down]

    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, one by one."""
        return self.step_by_step(w, pulses, step, low, high)
