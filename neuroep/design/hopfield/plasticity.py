"""The table [plasticity] of a design: how the synapses of a chip are written on the chip."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

import numpy as np
from pydantic import Field

from neuroep.design.bench import Example
from neuroep.design.checked import made
from neuroep.design.devices import DevicesSection
from neuroep.design.hopfield.memristor import memristor
from neuroep.hardware.cells import Values
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.hopfield.plasticity.views import HopfieldLearningBench
from neuroep.hardware.plasticity.settings import Plasticity
from neuroep.network.hopfield.network import Network
from neuroep.quantities import Amperes, Farads, Seconds, Siemens, Volts
from neuroep.tasks.section import Section

DEFAULT = Plasticity()


class PlasticitySection(Section):
    """What writes each synapse; see :class:`neuroep.hardware.plasticity.settings.Plasticity`."""

    circuit: Literal["accumulate", "coincidence"] = "accumulate"
    """A correlator and a capacitor in every synapse, or trains of pulses on rows and columns."""
    free_duration: Seconds = Field(DEFAULT.free_duration, gt=0)
    """Of the free phase."""
    nudged_duration: Seconds = Field(DEFAULT.nudged_duration, gt=0)
    """Of each nudged phase."""
    window: Seconds = Field(DEFAULT.window, gt=0)
    """At the end of each nudged phase, within which lines are correlated or sampled."""
    slots: int = Field(DEFAULT.slots, ge=1, le=100)
    """Most pulses of a synapse and example; half of them for each of two trains."""
    capacitance: Farads = Field(DEFAULT.capacitance, gt=0)
    """Of a synapse's capacitor (``accumulate``)."""
    threshold: Volts = Field(DEFAULT.threshold, gt=0)
    """At which the capacitor asks for a pulse, which takes as much off (``accumulate``)."""
    correlator_current: Amperes = Field(DEFAULT.correlator_current, gt=0)
    """While both lines carry full activity (``accumulate``)."""
    correlator_range: Volts = Field(DEFAULT.correlator_range, gt=0)
    """Over which the correlator's inputs compress (``accumulate``)."""
    correlator_offset: Amperes = DEFAULT.correlator_offset
    """Of all correlators (``accumulate``)."""
    comparator_offset: Volts = DEFAULT.comparator_offset
    """Of all comparators; from 0 V on with ``coincidence``."""
    leak: Siemens = Field(DEFAULT.leak, ge=0)
    """Beside each capacitor (``accumulate``)."""
    mean_gain: float = Field(DEFAULT.mean_gain, gt=0, allow_inf_nan=False)
    """Chance of a pulse per unit of the mean that a line sends (``coincidence``)."""
    difference_gain: float = Field(DEFAULT.difference_gain, gt=0, allow_inf_nan=False)
    """Chance of a pulse per unit of the difference that a line sends (``coincidence``)."""
    hold_capacitance: Farads = Field(DEFAULT.hold_capacitance, gt=0)
    """Of a sampler (``coincidence``)."""
    hold_conductance: Siemens = Field(DEFAULT.hold_conductance, gt=0)
    """Of a sampler's switch while it follows the line (``coincidence``)."""
    hold_overlap: Farads = Field(DEFAULT.hold_overlap, ge=0)
    """What the switch injects through (``coincidence``)."""
    hold_leak: Siemens = Field(DEFAULT.hold_leak, gt=0)
    """What the sampler loses through (``coincidence``)."""
    seed: int = Field(DEFAULT.seed, ge=0, lt=2**31)
    """That trains are drawn with (``coincidence``)."""

    def plasticity(self, chip: Chip, device: Values) -> Plasticity:
        """Return how the synapses of a chip are written; ``device``: see :func:`memristor`.

        A ValueError begins with the table: values do not fit each other or the chip.
        """
        found = made(Plasticity, self, "plasticity: ")
        try:
            found.schedule(1, device["tp"])
            if found.circuit == "coincidence":
                found.sampler()
                found.sender()
            else:
                found.synapse(chip, device)
        except ValueError as error:
            raise ValueError(f"plasticity: {error}") from None
        return found


def put_on_learning_bench(
    network: Network,
    examples: Sequence[Example],
    beta: float,
    *,
    chip: Chip,
    section: PlasticitySection,
    devices: DevicesSection,
    cells: Mapping[str, Path],
) -> HopfieldLearningBench:
    """Put some examples of a network on the bench; its parameters are those it starts from.

    A ValueError begins with the key: what no plasticity circuit can write, or no chip can be.
    """
    if chip.wires is not None:
        raise ValueError("circuit.wires: plasticity circuits take arrays without wires only")
    if devices.directions == "own":
        raise ValueError(
            "devices.directions: plasticity circuits write one array for both ways; they take the "
            'same chip with "one"'
        )
    for name in network.clamped:
        if network.layers[name].vocabulary:  # type: ignore[attr-defined]
            raise ValueError(f"layers.{name}: rows of a table are not written on the chip")
    inputs = {
        name: np.stack([np.asarray(e.inputs[name], float).ravel() for e in examples])
        for name in network.clamped
    }
    targets = np.eye(network.outputs)[[e.label for e in examples]]
    device, told = memristor(devices, chip)
    plasticity = section.plasticity(chip, device)
    circuit = Circuit(network, chip)
    made = LearningChip(circuit, plasticity, device, inputs, targets, beta, cells)
    return HopfieldLearningBench(made, told)
