"""What couples layers where an array is more than its devices: wires between weight and effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

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

    ``parameters``: what kernels settle with; ``arrays``: by the name of the weights; ``apart``: of
    ways back whose devices differ, by the name of their coupling; ``held``: copies of what each
    array was made of.
    """

    given: Floats
    parameters: Parameters
    arrays: dict[str, CouplingArray]
    apart: dict[str, CouplingArray]
    held: dict[str, Floats]

    def holds(self, parameters: Parameters) -> bool:
        """Return whether parameters are still those that were given."""
        return np.array_equal(self.given, parameters.flat)

    def way_back(self, coupling: str, weights: str) -> CouplingArray:
        """Return the array of a coupling's way back; ``weights``: the name of its weights."""
        return self.apart.get(coupling, self.arrays[weights])


def reduce(
    make: MakeArray,
    parameters: Parameters,
    weights: Mapping[str, Floats],
    back: Mapping[str, Floats],
    before: Reduced | None,
) -> Reduced:
    """Return the arrays of parameters as they are now; those that have not changed as before.

    ``weights``, ``back``: what devices hold, by parameter, and of ways back apart by coupling.
    """
    held: dict[str, Floats] = {}

    def arrays(given: Mapping[str, Floats], known: Mapping[str, CouplingArray], prefix: str) -> Any:
        found = {}
        for name, values in given.items():
            key = prefix + name
            same = before is not None and np.array_equal(before.held[key], values)
            found[name] = known[name] if same else make(name, values)
            held[key] = values.copy()
        return found

    there = arrays(weights, before.arrays if before else {}, "")
    apart = arrays(back, before.apart if before else {}, "back ")
    effective = parameters.copy()
    for name, array in there.items():
        effective[name][:] = array.effective
    return Reduced(parameters.flat.copy(), effective, there, apart, held)
