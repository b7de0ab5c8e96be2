"""What couples layers where an array is more than its devices: wires between weight and effect."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from neuroep.core.tables import Floats
from neuroep.network.parameters import Parameters


class CouplingArray(Protocol):
    """One coupling's weights as they act."""

    @property
    def effective(self) -> Floats:
        """The weights that the two layers see, both ways, (n_from, n_to)."""

    def at_devices(self, slope: Floats) -> Floats:
        """Return the slope in the weights of a quantity with this slope in what they effect.

        ``slope`` (n_from, n_to); read from what stands at each device.
        """


MakeArray = Callable[[str, Floats], CouplingArray]
"""Returns the :class:`CouplingArray` of a coupling by its name and its weights."""


@dataclass(frozen=True)
class Reduced:
    """The arrays of a network, at parameters that were ``given`` (a copy).

    ``parameters``: what kernels settle with; ``arrays``: by the name of the weights.
    """

    given: Floats
    parameters: Parameters
    arrays: dict[str, CouplingArray]


def reduce(
    make: MakeArray, names: list[str], parameters: Parameters, before: Reduced | None
) -> Reduced:
    """Return the arrays of parameters as they are now; those that have not changed as before."""
    if before is not None and np.array_equal(before.given, parameters.flat):
        return before
    found, arrays = parameters.copy(), {}
    for name in names:
        weights = parameters[name]
        known = before is not None and np.array_equal(_part(before, parameters, name), weights)
        arrays[name] = before.arrays[name] if before and known else make(name, weights)
        found[name][:] = arrays[name].effective
    return Reduced(parameters.flat.copy(), found, arrays)


def _part(before: Reduced, parameters: Parameters, name: str) -> Floats:
    begin, shape = parameters.offsets[name], parameters.shapes[name]
    return before.given[begin : begin + int(np.prod(shape))].reshape(shape)
