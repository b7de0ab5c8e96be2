"""A network as the units of one fabricated chip make it."""

import math
from typing import cast

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.hardware.neurons.catalogue import NEURON_CELLS
from neuroep.hardware.variability import DrawnChip
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.layer import Layer
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Neurons

PARAMETERS = {
    "gain": "",
    "readout": "",
    "offset": "V",
    "threshold": "V",
    "tail_current": "A",
    "saturation": "",
    "leak": "",
    "capacitance": "F",
    "quantum": "",
    "way_back": "",
}
"""What can spread on a chip of layers, and the SI unit of its absolute spreads beside shares."""

_MEMBRANE = {"offset", "leak", "capacitance", "quantum"}
_TAIL = {"threshold", "tail_current"}


def spreading(network: Network) -> set[str]:
    """Return which of PARAMETERS a network has anything of."""
    found = {n for name in network.settling for n in _parameters(network.layers[name])}
    between = any(network.layers[c.source].settles for c in network.couplings)
    return found | {"way_back"} if between else found


def fabricate(network: Network, chip: Chip) -> None:
    """Let the units of a network, as operated, and its arrays be those of its chip.

    Lines by which attention asks end at its rails. A layer that a cell is missing for stays as it
    is. A ValueError: a factor is not positive.
    """
    with_wires(network, chip)
    attention = [name for name in network.settling if network.layers[name].stored]
    volts = {name: chip.membrane_volts.get(name, chip.signal) for name in attention}
    network.limit({name: chip.supply / one for name, one in volts.items()})
    drawn = chip.drawn
    if drawn is None and chip.driven == 1.0:
        return
    drawn = drawn or DrawnChip(0, {}, 0, {})
    units = {}
    for number, name in enumerate(network.settling):
        column = (number + 0.5) / len(network.settling) - 0.5
        layer = network.layers[name]
        if layer.stored:
            found = _attention(network, cast(Attention, layer), drawn, chip, column)
        elif type(layer) in NEURON_CELLS:
            found = _neurons(cast(Neurons, layer), drawn, chip, column)
        else:
            continue
        if found is not None:
            units[name] = found
    back = {}
    if drawn.touches("way_back"):
        for c in network.couplings:
            if network.layers[c.source].settles:
                shape = network.parameter_shapes()[c.name]
                back[c.name] = drawn.factors("way_back", c.name, shape).reshape(shape)
    network.draw(units, back)


def _membranes(
    drawn: DrawnChip,
    chip: Chip,
    name: str,
    shape: tuple[int, int],
    column: float,
    volts: float,
    gain: str = "gain",
) -> dict[str, Reals]:
    """Return what membranes of any kind differ by.

    ``volts``: of one unit of potential; ``gain``: the parameter that spreads amplifiers.
    """
    capacitance = chip.capacitances.get(name, chip.capacitance)
    return {
        "gain": drawn.factors(gain, name, shape, column),
        "offset": drawn.volts("offset", name, shape, column) / volts,
        "saturation": drawn.factors("saturation", name, shape, column),
        "leak": drawn.factors("leak", name, shape, column),
        "capacitance": drawn.factors("capacitance", name, shape, column, capacitance),
        "line": chip.driven / drawn.factors("quantum", name, shape, column),
    }


def _parameters(layer: Layer) -> set[str]:
    """Return what spreads of the units of a layer."""
    if layer.stored:
        return _MEMBRANE | _TAIL | {"readout"}
    if type(layer) not in NEURON_CELLS:
        return set()
    neurons = cast(Neurons, layer)
    found = _MEMBRANE | {"gain"}
    if math.isfinite(neurons.high):
        found |= {"saturation"}
    return found | _TAIL if NEURON_CELLS[type(neurons)].tails else found


def _neurons(layer: Neurons, drawn: DrawnChip, chip: Chip, column: float) -> DrawnUnits | None:
    cell, name, shape = NEURON_CELLS[type(layer)], layer.name, (1, layer.size)
    if chip.driven == 1.0 and not drawn.touches(*_parameters(layer)):
        return None
    volts = cell.volts(layer, chip)
    units = _membranes(drawn, chip, name, shape, column, volts)
    if cell.tails:
        first, second = (
            drawn.volts("threshold", f"{name}.{side}", shape, column) for side in ("own", "other")
        )
        units["offset"] = units["offset"] + (second - first) / volts
        tail = drawn.factors("tail_current", name, shape, column, chip.tail_current)
        units["saturation"] = units["saturation"] * tail
    return DrawnUnits(**units, tail=np.zeros(0), score=np.zeros((0, 0)))


def _attention(
    network: Network, layer: Attention, drawn: DrawnChip, chip: Chip, column: float
) -> DrawnUnits | None:
    if chip.driven == 1.0 and not drawn.touches(*_parameters(layer)):
        return None
    name, shape = layer.name, network.shape(layer.name)
    tokens = cast(Clamped, network.layers[layer.stored]).tokens
    volts = chip.membrane_volts.get(name, chip.signal)
    thresholds = drawn.volts("threshold", f"{name}.branch", (shape[0], tokens), column)
    return DrawnUnits(
        **_membranes(drawn, chip, name, shape, column, volts, "readout"),
        tail=drawn.factors("tail_current", name, (shape[0], 1), column, chip.tail_current),
        score=(-thresholds / chip.volts_per_fold).reshape(shape[0], tokens),
    )
