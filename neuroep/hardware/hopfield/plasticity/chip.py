"""A network of neurons that learns on its own chip: some examples, once in each program."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import Values
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.plasticity.accumulate import Accumulators
from neuroep.hardware.hopfield.plasticity.coincide import Coincidences
from neuroep.hardware.hopfield.plasticity.wiring import LearnedArray, Wiring
from neuroep.hardware.hopfield.plasticity.writer import Writer
from neuroep.hardware.plasticity.settings import Plasticity

WRITERS: dict[str, Callable[..., Writer]] = {
    "accumulate": Accumulators,
    "coincidence": Coincidences,
}
"""By ``circuit`` of a :class:`Plasticity`."""

MOST_SYNAPSES = 100
"""Whose circuits ngspice carries in minutes."""


@dataclass(frozen=True)
class LearningChip:
    """A network of neurons, circuits that write each of its synapses, and some examples.

    Couplings learn, and biases: pairs of devices at a line that always carries full activity.

    Parameters
    ----------
    circuit : Circuit
        Its parameters are those that learning starts from.
    plasticity : Plasticity
    device : Values
        Of the cell ``memristor``; its conductances are those of the circuit's chip.
    inputs : dict of (examples, n)
        Activities of the clamped layers.
    targets : (examples, outputs)
    strength : float
        Nudging strength beta.
    cells : dict of Path
        The .cir file of every cell, by name.

    Raises
    ------
    ValueError
        What has no such circuit: attention, shared couplings, a softmax read-out; too many
        synapses; weights beyond the devices; values that do not fit each other.
    """

    circuit: Circuit
    plasticity: Plasticity
    device: Values
    inputs: Mapping[str, Reals]
    targets: Reals
    strength: float
    cells: Mapping[str, Path]

    def __post_init__(self) -> None:
        network = self.circuit.network
        for name in network.settling:
            if network.layers[name].stored:
                raise ValueError(f"layers.{name}: no plasticity circuit writes stored patterns")
        for c in network.couplings:
            if c.shared:
                raise ValueError(f"coupling {c.name}: no plasticity circuit writes shared weights")
        if network.back_factors:
            raise ValueError(
                "variability.way_back: plasticity circuits write both ways alike, and these differ"
            )
        if network.cost is None or self.circuit.has_readout:
            raise ValueError("cost: only outputs that are nudged by their squared error learn here")
        if not 0 < self.wiring.count <= MOST_SYNAPSES:
            raise ValueError(
                f"{self.wiring.count} synapses: SPICE carries 1 to {MOST_SYNAPSES} with their "
                "circuits"
            )
        self.states(), self.writer  # both check

    @cached_property
    def wiring(self) -> Wiring:
        """Which synapses there are."""
        return Wiring(self.circuit.network)

    @cached_property
    def schedule(self) -> Schedule:
        """When what happens."""
        return self.plasticity.schedule(len(self.targets), self.device["tp"])

    @cached_property
    def writer(self) -> Writer:
        """The circuits that write."""
        kind = WRITERS[self.plasticity.circuit]
        return kind(self.wiring, self.schedule, self.plasticity, self.circuit.chip, self.device)

    def both_ways(self, array: LearnedArray) -> bool:
        """Return whether an array has a second one, for the way back."""
        return array.source in self.circuit.network.settling

    def clamped(self, example: int) -> dict[str, Reals]:
        """Return the inputs of one example as a drive takes them, (1, rows, width)."""
        shape = self.circuit.network.shape
        return {
            name: np.asarray(values[example], float).reshape(1, *shape(name))
            for name, values in self.inputs.items()
        }

    def states(self) -> Reals:
        """Return the state of the devices (plus, minus) of each synapse before learning, (2, S)."""
        low, high = self.device["gmin"], self.device["gmax"]
        parameters = self.circuit.network.parameters
        pairs = [
            np.stack([g.ravel() for g in self.circuit.pair(parameters[a.name], a.name)])
            for a in self.wiring.arrays
        ]
        return np.asarray(2.0 * (np.concatenate(pairs, axis=1) - low) / (high - low) - 1.0)
