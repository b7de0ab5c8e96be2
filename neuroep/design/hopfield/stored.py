"""What attention stores of inputs: patterns that are written into a chip example by example."""

from collections.abc import Mapping
from typing import cast

import numpy as np

from neuroep.devices.loading import Stored
from neuroep.learning.system import System
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.inputs import Input


def stored_patterns(system: System, inputs: Mapping[str, Input]) -> dict[str, Stored]:
    """Return the patterns by the clamped layer that holds them."""
    drive, layers, found = system.clamp(inputs), system.network.layers, {}
    for name in dict.fromkeys(layer.stored for layer in layers.values() if layer.stored):
        ends = drive.sequences[name].offsets[1:-1]
        clamped = cast(Clamped, layers[name])
        table = clamped.vocabulary * clamped.dim
        found[name] = Stored(np.split(drive.values[name], ends), table)
    return found
