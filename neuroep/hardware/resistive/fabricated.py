"""A resistive network as the nodes of one fabricated chip make it."""

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.variability import DrawnChip
from neuroep.network.resistive.drawn import DrawnNodes
from neuroep.network.resistive.network import ResistiveNetwork

PARAMETERS = {
    "diode_saturation": "A",
    "diode_offset": "V",
    "amplifier_gain": "",
    "amplifier_back": "",
    "capacitance": "F",
}
"""What can spread on a resistive chip, and the SI unit of its absolute spreads beside shares."""


def fabricate(network: ResistiveNetwork, drawn: DrawnChip | None) -> None:
    """Let the nodes of a network be those of a drawn chip. A ValueError: a factor not positive."""
    if drawn is None:
        return
    free = range(1, len(network.sizes))
    network.drawn = DrawnNodes(
        tuple(_saturation(network, drawn, k) for k in free),
        tuple(_of(network, drawn, "amplifier_gain", k) for k in free),
        tuple(_of(network, drawn, "amplifier_back", k) for k in free),
        tuple(_of(network, drawn, "capacitance", k, network.capacitance) for k in free),
    )


def _of(
    network: ResistiveNetwork, drawn: DrawnChip, parameter: str, layer: int, nominal: float = 1.0
) -> Reals:
    last = len(network.sizes) - 1
    size = network.sizes[layer]
    if layer == last and parameter != "capacitance":
        return np.ones(size)  # outputs have neither diodes nor amplifiers
    place = "out" if layer == last else f"h{layer}"
    return drawn.factors(parameter, place, (1, size), (layer - 0.5) / last - 0.5, nominal)


def _saturation(network: ResistiveNetwork, drawn: DrawnChip, layer: int) -> Reals:
    """Return factors on saturation currents: an offset of V is one of exp(V/(n U_T))."""
    diode, last = network.diode, len(network.sizes) - 1
    if diode is None or layer == last:
        return np.ones(network.sizes[layer])
    factors = _of(network, drawn, "diode_saturation", layer, diode.saturation)
    shape, column = (1, network.sizes[layer]), (layer - 0.5) / last - 0.5
    offset = drawn.volts("diode_offset", f"h{layer}", shape, column)
    return np.asarray(factors * np.exp(offset / diode.slope_voltage))
