"""What a law is: how far one pulse moves a device, wherever it stands."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from neuroep.core.jit import scalar_address
from neuroep.core.pulses import device as kernels
from neuroep.core.tables import Ints, Reals

ScalarFunction = Callable[..., float]


@dataclass(frozen=True)
class Law(ABC):
    """How a pulse moves a device: a frozen dataclass whose fields are its parameters.

    A device's state w is its conductance in half ranges about the centre of the nominal range, -1
    to 1 of a nominal device. A subclass gives two scalar functions ``f(w, c) -> float``, the change
    by an up pulse and by a down pulse in units of the device's own step, both positive for a device
    that moves the way it is pulsed. In their constants stand the device's own bounds, ``c[AT_LOW]``
    and ``c[AT_HIGH]``, the pulse's standard normal draw ``c[DRAW]``, the pulse noise ``c[NOISE]``
    in steps, whether it is relative to the change (``c[RELATIVE]``), and from ``c[OWN]`` on what
    :meth:`constants` returns.
    """

    up: ClassVar[ScalarFunction]
    down: ClassVar[ScalarFunction]
    fitted: ClassVar[bool] = False
    """Whether its fields that end in _up and _down are numbers to be fitted to measured ramps."""

    def constants(self) -> list[float]:
        """Return what the scalar functions find from ``c[OWN]`` on."""
        return []

    @abstractmethod
    def after(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, in closed form where the law has one.

        Parameters
        ----------
        w : array
            States before.
        pulses : int
            Negative for down pulses.
        step : float
            Of the device, for this direction.
        low, high : float
            Its bounds.
        """

    def at_centre(self, up: bool) -> float:
        """Return the mean change by a pulse at the centre of the nominal range, in steps."""
        _, constants = self.table(0.0, False)
        constants[kernels.AT_LOW], constants[kernels.AT_HIGH] = -1.0, 1.0
        law = type(self).up if up else type(self).down
        return float(law(0.0, constants))

    def table(self, noise: float, relative: bool) -> tuple[Ints, Reals]:
        """Return what kernels need: the addresses of both functions, and their constants."""
        kind = type(self)
        addresses = np.array([scalar_address(kind.up), scalar_address(kind.down)], np.int64)
        constants = np.zeros(kernels.OWN + len(self.constants()) + 1)
        constants[kernels.NOISE], constants[kernels.RELATIVE] = noise, relative
        constants[kernels.OWN : -1] = self.constants()
        return addresses, constants

    def step_by_step(
        self, w: Reals, pulses: int, step: float, low: float = -1.0, high: float = 1.0
    ) -> Reals:
        """Return states after noise-free pulses, one after the other: slow, and obvious."""
        _, constants = self.table(0.0, False)
        constants[kernels.AT_LOW], constants[kernels.AT_HIGH] = low, high
        law = type(self).up if pulses > 0 else type(self).down
        sign = 1.0 if pulses > 0 else -1.0
        states = np.array(w, float)
        for _ in range(abs(pulses)):
            changes = [law(state, constants) for state in states.flat]
            states += sign * step * np.reshape(changes, states.shape)
            np.clip(states, low, high, out=states)
        return states
