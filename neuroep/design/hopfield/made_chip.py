"""The chip that a design of layers names: its values, and how it differs from others."""

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar

from neuroep.design.hopfield.sections import CircuitSection
from neuroep.design.variability import SpreadSection, VariabilitySection, check_alike
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.fabricated import PARAMETERS, spreading
from neuroep.hardware.pdk.sky130 import CORNERS
from neuroep.network.hopfield.network import Network


class HopfieldVariability(VariabilitySection):
    """How chips of layers spread; see :mod:`neuroep.hardware.hopfield.fabricated`."""

    parameters: ClassVar[Mapping[str, str]] = PARAMETERS

    gain: SpreadSection | None = None
    """Slope of a neuron: of an amplifier, or kappa of a pair."""
    readout: SpreadSection | None = None
    """Of the amplifiers by which attention is read."""
    offset: SpreadSection | None = None
    """What a membrane seems to stand higher: neurons, and what attention asks with."""
    threshold: SpreadSection | None = None
    """Of each transistor of a pair, and of each branch of a softmax."""
    tail_current: SpreadSection | None = None
    """Of a pair, and of a row of attention."""
    saturation: SpreadSection | None = None
    """Of the activity at the upper end."""
    leak: SpreadSection | None = None
    """Of a membrane."""
    capacitance: SpreadSection | None = None
    """Of a membrane: waveforms alone."""
    quantum: SpreadSection | None = None
    """Charge of a spike: a line carries that much less."""
    way_back: SpreadSection | None = None
    """Of each W_ji against W_ij."""


def made_chip(circuit: CircuitSection, spread: HopfieldVariability | None, seed: int) -> Chip:
    """Return the chip; ``seed``: of the design. A ValueError begins with the key."""
    chip = circuit.made(seed)
    if circuit.of_process:
        if spread is not None:
            raise ValueError(
                f"variability: transistors of {circuit.library} spread as their process says"
            )
        if chip.corner not in CORNERS:
            raise ValueError(f"circuit.corner: {chip.corner!r} is none of {', '.join(CORNERS)}")
        return chip
    if spread is not None:
        return replace(chip, variability=spread.variability(seed, circuit.corner))
    check_alike(chip.number, chip.corner, ", or a library of transistors")
    return chip


def check_chip(
    network: Network, circuit: CircuitSection, spread: HopfieldVariability | None, solver: str
) -> None:
    """Check that what a chip is said to differ by, and its noise, change anything.

    A ValueError begins with the key.
    """
    if spread is not None:
        missing = [name for name in PARAMETERS if name not in spreading(network)]
        spread.check_present(dict.fromkeys(missing, "nothing in this network has one"))
    if circuit.noise is not None and solver != "transient":
        raise ValueError(f'circuit.noise: solver = "{solver}" knows none, "transient" does')
