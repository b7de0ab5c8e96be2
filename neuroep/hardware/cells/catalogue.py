"""The one place that lists the cells; a new one is a file of its own and its line here."""

from neuroep.hardware.cells.amplifiers import (
    BIDIRECTIONAL_AMPLIFIER,
    DIFFERENTIAL_NUDGE,
    NODE_CAPACITANCE,
)
from neuroep.hardware.cells.attention import READOUT, SCORE, WTA_BRANCH, WTA_TAIL
from neuroep.hardware.cells.capacitor_synapse import CAPACITOR_SYNAPSE
from neuroep.hardware.cells.cell import Cell
from neuroep.hardware.cells.coincidence import COINCIDENCE
from neuroep.hardware.cells.comparator import COMPARATOR
from neuroep.hardware.cells.correlator import CORRELATOR
from neuroep.hardware.cells.diode import DIODE
from neuroep.hardware.cells.drivers import BIAS, CLAMP, ERROR, NUDGE
from neuroep.hardware.cells.gated_nudge import GATED_NUDGE
from neuroep.hardware.cells.lif import LIF
from neuroep.hardware.cells.memristor import MEMRISTOR
from neuroep.hardware.cells.neurons import HARD_SIGMOID, LINEAR, MEMBRANE, SIGMOID, TANH
from neuroep.hardware.cells.plasticity import PLASTICITY
from neuroep.hardware.cells.pulses import CHARGE_PUMP, PULSE_DRIVER
from neuroep.hardware.cells.sample_hold import SAMPLE_HOLD
from neuroep.hardware.cells.sigma_delta import SIGMA_DELTA
from neuroep.hardware.cells.synapses import CONDUCTANCE, CURRENT_INVERTER, DIFFERENTIAL_PAIR
from neuroep.hardware.cells.train import TRAIN

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
        CURRENT_INVERTER,
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
        MEMRISTOR,
        CAPACITOR_SYNAPSE,
        SAMPLE_HOLD,
        CORRELATOR,
        COMPARATOR,
        PULSE_DRIVER,
        CHARGE_PUMP,
        PLASTICITY,
        TRAIN,
        COINCIDENCE,
        GATED_NUDGE,
    )
}
"""By name: neurons, synapses, attention, drivers, what resistive networks need besides, and what
writes synapses."""
