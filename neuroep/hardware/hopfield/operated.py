"""A layer as it works at the temperature of its chip.

Resistors and membrane volts were sized once, for ``design_temperature``. What transistors compute
depends on kappa V/U_T, and U_T = k T/q is that of operation. So at T the inverse temperature c of
attention, whose scores are volts on gates, and the gain of tanh and sigmoid neurons are
``design_temperature``/T of what was designed; amplifiers between rails keep theirs. The read-out's
softmax is taken as ideal: its score amplifiers are biased proportional to absolute temperature
(PTAT), since a softmax that flattens behind symmetric weights would no longer be nudged by the
slope of its own cost.
"""

from dataclasses import replace
from typing import TypeVar, cast

from neuroep.hardware.chip import Chip
from neuroep.hardware.neurons.catalogue import NEURON_CELLS
from neuroep.network.hopfield.attention import Attention
from neuroep.network.hopfield.layer import Layer
from neuroep.network.hopfield.neurons import Neurons

AnyLayer = TypeVar("AnyLayer", bound=Layer)


def operated(layer: AnyLayer, chip: Chip) -> AnyLayer:
    """Return a layer of a design as a chip operates it.

    Networks for a chip are built from such layers: training, sweeps, spikes, the circuit's ODE and
    its netlist then all see the same function. At the temperature of design it is the layer itself;
    so is a layer that no cell realises, of which nothing is known.
    """
    if chip.sharpness == 1.0 or not layer.settles:
        return layer
    if layer.stored:
        attention = cast(Attention, layer)
        sharpness = attention.inverse_temperature * chip.sharpness
        return cast(AnyLayer, replace(attention, inverse_temperature=sharpness))
    found = NEURON_CELLS.get(cast(type[Neurons], type(layer)))
    return layer if found is None else cast(AnyLayer, found.operated(cast(Neurons, layer), chip))
