"""A small chip that learns by itself, for tests: three inputs, two hidden neurons, two outputs."""

from dataclasses import replace
from typing import Any

import numpy as np
from circuit_support import CELLS

from neuroep.hardware.cells import CELLS as CELLS_OF
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.plasticity.chip import LearningChip
from neuroep.hardware.plasticity.settings import Plasticity
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Sigmoid

SETTLED = {"free_duration": 4e-6, "nudged_duration": 4e-6, "window": 1e-6}


DEVICE = CELLS_OF["memristor"].values()


def learning_chip(examples: int = 3, strength: float = 0.5, **plasticity: Any) -> LearningChip:
    """Return the chip, with devices of soft bounds; keywords are those of :class:`Plasticity`."""
    network = Network()
    network.add(Clamped(3), "x")
    network.add(Sigmoid(2, bias=0.5), "hidden")
    network.add(HardSigmoid(2, bias=0.5), "out")
    network.connect("x", "hidden", gain=0.5)
    network.connect("hidden", "out", gain=0.4)
    network.set_cost(SquaredError("out"))
    network.initialise(2, np.float64)
    rng = np.random.default_rng(5)
    return LearningChip(
        Circuit(network, Chip(unit_conductance=20e-6)),
        replace(Plasticity(**SETTLED), **plasticity),
        DEVICE,
        {"x": rng.uniform(-1, 1, (examples, 3))},
        np.eye(2)[rng.integers(0, 2, examples)],
        strength,
        CELLS,
    )
