"""The table [plasticity] of a design: how the synapses of a chip are written on the chip."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from neuroep.design.bench import Example
from neuroep.design.checked import made
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
    """A circuit for each synapse; see :class:`neuroep.hardware.plasticity.settings.Plasticity`."""

    free_duration: Seconds = Field(DEFAULT.free_duration, gt=0)
    nudged_duration: Seconds = Field(DEFAULT.nudged_duration, gt=0)
    window: Seconds = Field(DEFAULT.window, gt=0)
    slots: int = Field(DEFAULT.slots, ge=1, le=100)
    capacitance: Farads = Field(DEFAULT.capacitance, gt=0)
    threshold: Volts = Field(DEFAULT.threshold, gt=0)
    correlator_current: Amperes = Field(DEFAULT.correlator_current, gt=0)
    correlator_range: Volts = Field(DEFAULT.correlator_range, gt=0)
    correlator_offset: Amperes = DEFAULT.correlator_offset
    comparator_offset: Volts = DEFAULT.comparator_offset
    leak: Siemens = Field(DEFAULT.leak, ge=0)
    pulse_volts: Volts = Field(DEFAULT.pulse_volts, gt=0)
    pulse_width: Seconds = Field(DEFAULT.pulse_width, gt=0)
    step_up: float = Field(DEFAULT.step_up, gt=0, le=1)
    step_down: float = Field(DEFAULT.step_down, gt=0, le=1)
    gamma_up: float = Field(DEFAULT.gamma_up, le=1)
    gamma_down: float = Field(DEFAULT.gamma_down, le=1)

    def plasticity(self, chip: Chip) -> Plasticity:
        """Return how the synapses of a chip are written.

        A ValueError begins with the table: values do not fit each other or the chip.
        """
        found = made(Plasticity, self, "plasticity: ")
        try:
            found.schedule(1)
            found.synapse(chip)
            found.device(chip)
        except ValueError as error:
            raise ValueError(f"plasticity: {error}") from None
        return found


def put_on_learning_bench(
    network: Network,
    examples: Sequence[Example],
    beta: float,
    *,
    chip: Chip,
    plasticity: Plasticity,
    cells: Mapping[str, Path],
) -> HopfieldLearningBench:
    """Put some examples of a network on the bench; its parameters are those it starts from.

    A ValueError begins with the key: what no plasticity circuit can write, or no chip can be.
    """
    for name in network.clamped:
        if network.layers[name].vocabulary:  # type: ignore[attr-defined]
            raise ValueError(f"layers.{name}: rows of a table are not written on the chip")
    inputs = {
        name: np.stack([np.asarray(e.inputs[name], float).ravel() for e in examples])
        for name in network.clamped
    }
    targets = np.eye(network.outputs)[[e.label for e in examples]]
    circuit = Circuit(network, chip)
    return HopfieldLearningBench(LearningChip(circuit, plasticity, inputs, targets, beta, cells))
