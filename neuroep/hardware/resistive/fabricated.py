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


def fabricate(
    network: ResistiveNetwork, drawn: DrawnChip | None, open_loop_gain: float | None = None
) -> None:
    """Let the nodes of a network be those of a drawn chip.

    ``open_loop_gain``: of amplifiers, whose feedback makes A/(1 + A/A0) of a gain A; without end
    when absent. A ValueError: a factor is not positive.
    """
    gain = network.amplification
    forward = 1.0
    if open_loop_gain is not None and gain != 1.0:
        forward = 1.0 / (1.0 + gain / open_loop_gain)
    if drawn is None and forward == 1.0:
        return
    drawn = drawn or DrawnChip(0, {}, 0, {})
    free = range(1, len(network.sizes))
    network.drawn = DrawnNodes(
        tuple(_saturation(network, drawn, k) for k in free),
        tuple(
            _of(network, drawn, "amplifier_gain", k) * (forward if k < len(free) else 1.0)
            for k in free
        ),
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
