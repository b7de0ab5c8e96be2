"""The plasticity of a chip in SI units: phases, the circuit of a synapse, and its devices."""

from dataclasses import dataclass

from neuroep.hardware.cells import CELLS, Values
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.chip import Chip

EDGE = 0.1
"""Rise and fall of all lines, in widths of a pulse."""


@dataclass(frozen=True)
class Plasticity:
    """How the synapses of a chip are written.

    Parameters
    ----------
    free_duration, nudged_duration, window : float
        Length of the phases, and of the time at the end of each nudged phase within which lines are
        correlated, s.
    slots : int
        Most pulses of a synapse and example.
    capacitance : float
        Of a synapse's capacitor, F.
    threshold : float
        At which it asks for a pulse, V.
    correlator_current : float
        While both lines carry full activity, without compression, A.
    correlator_range : float
        Over which the correlator's inputs compress, V.
    correlator_offset : float
        A.
    comparator_offset : float
        V.
    leak : float
        Conductance beside the capacitor, S.
    pulse_volts, pulse_width : float
        Of a pulse on a write line, V and s.
    step_up, step_down : float
        Of a device's state, which lies in -1 to 1, at its middle.
    gamma_up, gamma_down : float
        How steps shrink towards the bound: 0 not at all, 1 soft bounds.
    """

    free_duration: float = 2e-6
    nudged_duration: float = 2e-6
    window: float = 1e-6
    slots: int = 2
    capacitance: float = 100e-15
    threshold: float = 0.1
    correlator_current: float = 100e-9
    correlator_range: float = 2.0
    correlator_offset: float = 0.0
    comparator_offset: float = 0.0
    leak: float = 0.0
    pulse_volts: float = 1.5
    pulse_width: float = 50e-9
    step_up: float = 1 / 32
    step_down: float = 1 / 32
    gamma_up: float = 1.0
    gamma_down: float = 1.0

    def schedule(self, examples: int) -> Schedule:
        """Return when the chip does what.

        Raises
        ------
        ValueError
            Times that do not fit into each other.
        """
        edge = EDGE * self.pulse_width
        width = self.pulse_width
        return Schedule(
            examples, self.free_duration, self.nudged_duration, self.window, self.slots, width, edge
        )

    def synapse(self, chip: Chip) -> Values:
        """Return the values of the cell ``plasticity``, SI.

        Raises
        ------
        ValueError
            Values that no cell has, or that leave the chip's supply.
        """
        if self.pulse_volts > chip.supply:
            raise ValueError(
                f"pulse_volts of {self.pulse_volts:g} V is beyond the supply of {chip.supply:g} V"
            )
        swing = self.correlator_current * self.window / self.capacitance
        if swing > chip.supply:
            raise ValueError(
                f"correlator_current charges the capacitor by {swing:.3g} V within a window, "
                f"beyond the supply of {chip.supply:g} V"
            )
        return CELLS["plasticity"].values(
            c=self.capacitance,
            vth=self.threshold,
            ik=self.correlator_current,
            vs=chip.signal,
            vl=self.correlator_range,
            ios=self.correlator_offset,
            vos=self.comparator_offset,
            gl=self.leak,
            vp=self.pulse_volts,
            tp=self.pulse_width,
        )

    def device(self, chip: Chip) -> Values:
        """Return the values of the cell ``memristor``, SI.

        Raises
        ------
        ValueError
            Values that no device has.
        """
        return CELLS["memristor"].values(
            gmin=chip.conductance_min,
            gmax=chip.conductance_max,
            su=self.step_up,
            sd=self.step_down,
            gammau=self.gamma_up,
            gammad=self.gamma_down,
            vp=self.pulse_volts,
            tp=self.pulse_width,
        )
