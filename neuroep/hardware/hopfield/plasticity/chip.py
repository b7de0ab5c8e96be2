"""A network of neurons that learns on its own chip: some examples, once in each program."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells import Values
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.plasticity.account import Synapse
from neuroep.hardware.plasticity.settings import Plasticity
from neuroep.network.hopfield.network import Coupling

MOST_SYNAPSES = 100
"""Whose circuits ngspice carries in minutes."""


@dataclass(frozen=True)
class LearningChip:
    """A network of neurons, a plasticity circuit for each of its synapses, and some examples.

    Couplings learn; biases stay, since a constant current is no device.

    Parameters
    ----------
    circuit : Circuit
        Its parameters are those that learning starts from.
    plasticity : Plasticity
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
        if network.cost is None or self.circuit.has_readout:
            raise ValueError("cost: only outputs that are nudged by their squared error learn here")
        count = sum(network.size(c.source) * network.size(c.target) for c in network.couplings)
        if not 0 < count <= MOST_SYNAPSES:
            raise ValueError(
                f"{count} synapses: SPICE carries 1 to {MOST_SYNAPSES} with their circuits"
            )
        self.circuit.check_weights()
        self.schedule, self.synapse_values, self.device_values  # noqa: B018  # these check

    @cached_property
    def schedule(self) -> Schedule:
        """When what happens."""
        return self.plasticity.schedule(len(self.targets))

    @cached_property
    def synapse_values(self) -> Values:
        """Values of the cell ``plasticity``."""
        return self.plasticity.synapse(self.circuit.chip)

    @cached_property
    def device_values(self) -> Values:
        """Values of the cell ``memristor``."""
        return self.plasticity.device(self.circuit.chip)

    @property
    def couplings(self) -> tuple[Coupling, ...]:
        """The couplings, all of which learn."""
        return tuple(self.circuit.network.couplings)

    def both_ways(self, coupling: Coupling) -> bool:
        """Return whether a coupling has a second array of devices, for the way back."""
        return bool(self.circuit.network.layers[coupling.source].settles)

    def clamped(self, example: int) -> dict[str, Reals]:
        """Return the inputs of one example as a drive takes them, (1, rows, width)."""
        shape = self.circuit.network.shape
        return {
            name: np.asarray(values[example], float).reshape(1, *shape(name))
            for name, values in self.inputs.items()
        }

    def states(self) -> Reals:
        """Return the state of the devices (plus, minus) of each synapse before learning, (2, S)."""
        low, high = self.circuit.chip.conductance_min, self.circuit.chip.conductance_max
        parameters = self.circuit.network.parameters
        pairs = [
            np.stack([g.ravel() for g in self.circuit.pair(parameters[c.name], c.name)])
            for c in self.couplings
        ]
        return np.asarray(2.0 * (np.concatenate(pairs, axis=1) - low) / (high - low) - 1.0)

    def named(self, units: Mapping[str, list[str]]) -> tuple[Synapse, ...]:
        """Return all synapses in order; ``units``: the names of a layer's units."""
        return tuple(
            Synapse(c.name, i, j, pre, post)
            for c in self.couplings
            for i, pre in enumerate(units[c.source])
            for j, post in enumerate(units[c.target])
        )
