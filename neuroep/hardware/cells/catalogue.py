"""The one place that lists the cells; a new one is a file of its own and its line here."""

from neuroep.hardware.cells.amplifiers import (
    BIDIRECTIONAL_AMPLIFIER,
    DIFFERENTIAL_NUDGE,
    NODE_CAPACITANCE,
)
from neuroep.hardware.cells.attention import READOUT, SCORE, WTA_BRANCH, WTA_TAIL
from neuroep.hardware.cells.cell import Cell
from neuroep.hardware.cells.diode import DIODE
from neuroep.hardware.cells.drivers import BIAS, CLAMP, ERROR, NUDGE
from neuroep.hardware.cells.lif import LIF
from neuroep.hardware.cells.neurons import HARD_SIGMOID, LINEAR, MEMBRANE, SIGMOID, TANH
from neuroep.hardware.cells.sigma_delta import SIGMA_DELTA
from neuroep.hardware.cells.synapses import CONDUCTANCE, DIFFERENTIAL_PAIR

CELLS: dict[str, Cell] = {
    cell.name: cell
    for cell in (
        HARD_SIGMOID,
        LINEAR,
        TANH,
        SIGMOID,
        LIF,
        SIGMA_DELTA,
        DIODE,
        DIFFERENTIAL_PAIR,
        CONDUCTANCE,
        MEMBRANE,
        SCORE,
        WTA_BRANCH,
        WTA_TAIL,
        READOUT,
        NUDGE,
        ERROR,
        CLAMP,
        BIAS,
        BIDIRECTIONAL_AMPLIFIER,
        DIFFERENTIAL_NUDGE,
        NODE_CAPACITANCE,
    )
}
"""By name: neurons, synapses, attention, drivers, and what resistive networks need besides."""
