"""A trial of a design in moments: two drawn examples settle, and what comes out is compared."""

from typing import Any

import numpy as np

from neuroep.design.design import Design
from neuroep.hardware.energy import Energies
from neuroep.learning.system import System
from neuroep.studies.gradcheck.examples import Material, drawn_examples

EXAMPLES = 2


def drawn(design: Design) -> Material:
    """Draw the examples of a trial."""
    return drawn_examples(design, EXAMPLES)


def settled(system: System, material: Material) -> list[bytes]:
    """Return what a network makes of the examples while it settles freely, to the bit."""
    free = system.settle(system.clamp(dict(material.inputs)))
    return _bytes(system.parameters.flat, system.scores(free), free.energy, free.steps)


def learned(system: System, material: Material, beta: float) -> list[bytes]:
    """Return what a network would learn from the examples, and what its devices hold."""
    drive = system.clamp(dict(material.inputs))
    target = material.target.astype(system.parameters.flat.dtype)
    free = system.settle(drive)
    nudged = system.settle(drive, beta=beta, target=target, start=free)
    slope = system.slope([(free, -1.0), (nudged, 1.0)])
    limits = sorted((name, str(limit)) for name, limit in system.limits.items())
    found = _bytes(system.scores(nudged), nudged.energy, *(slope[name] for name in slope.shapes))
    return [*settled(system, material), *found, repr(limits).encode()]


def _bytes(*arrays: Any) -> list[bytes]:
    return [np.ascontiguousarray(array).tobytes() for array in arrays]


def energies(design: Design, system: System, material: Material) -> Energies | None:
    """Return what settling takes, None where nobody knows."""
    try:
        return design.energies(system, dict(material.inputs), material.target)
    except ValueError:
        return None
