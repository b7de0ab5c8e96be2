"""The tables of a design's layers with every neuron with corners replaced by a smooth one."""

from collections.abc import Iterable, Mapping
from typing import Any

from neuroep.hardware.neurons import NEURON_CELLS
from neuroep.network.hopfield.catalogue import LAYER_TYPES
from neuroep.network.hopfield.neurons import Neurons


def smooth_layers(
    layers: Mapping[str, dict[str, Any]], neurons: Mapping[str, Neurons], corners: Iterable[str]
) -> dict[str, dict[str, Any]] | None:
    """Return the tables, None where a neuron with corners has no smooth twin.

    ``neurons``: the layers as they are operated; ``corners``: those with corners.
    """
    kinds = {kind: name for name, kind in LAYER_TYPES.items()}
    made = dict(layers)
    for name in corners:
        cell = NEURON_CELLS.get(type(neurons[name]))
        if cell is None or cell.twin is None:
            return None
        entry = dict(made[name])
        bias = float(entry.get("bias", 0.0)) + cell.twin.shift(neurons[name])
        made[name] = entry | {"type": kinds[cell.twin.kind], "bias": bias}
    return made
