"""How a design settles: when a relaxation ends, and the spiking lines."""

from dataclasses import fields
from typing import Literal

from pydantic import Field

from neuroep.quantities import Seconds
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Stop
from neuroep.tasks.section import Section


class StopSection(Section):
    """When a relaxation ends.

    ``nudged_steps``: cap of the nudged phases, that of the free phase without it.
    """

    residual: float = Field(1e-3, ge=0)
    steps: int = Field(50, ge=1, le=10**9)
    nudged_steps: int | None = Field(None, ge=1, le=10**9)

    def stop(self) -> Stop:
        """Return the stop."""
        return Stop(self.residual, self.steps, self.nudged_steps)


class SpikingSection(Section):
    """The spiking lines, in SI units; see :class:`neuroep.settle.hopfield.spiking.Spiking`."""

    time_step: Seconds = 1e-6
    time_constant: Seconds = 5e-6
    free_duration: Seconds = 160e-6
    nudged_duration: Seconds = 120e-6
    window: Seconds = 100e-6
    attention_stride: int = Field(4, ge=1, le=10**9)
    attention_range: float = Field(1.0, gt=0)
    taper: Literal["boxcar", "triangle"] = "triangle"
    residual: float = Field(2e-2, gt=0)

    def solver(self) -> Spiking:
        """Return the solver.

        Raises
        ------
        ValueError
            Durations that do not fit each other.
        """
        try:
            return Spiking(**{f.name: getattr(self, f.name) for f in fields(Spiking)})
        except ValueError as error:
            raise ValueError(f"spiking: {error}") from None
