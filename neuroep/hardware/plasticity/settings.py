"""The plasticity of a chip in SI units: phases, and the circuit of a synapse."""

from dataclasses import dataclass

from neuroep.hardware.cells import CELLS, Values
from neuroep.hardware.cells.schedule import Schedule
from neuroep.hardware.chip import Chip

EDGE = 0.1
"""Rise and fall of all lines, in widths of a pulse."""

FOLLOWED = 20.0
"""Least time constants of a sampler in a window: what is left of a step is a part in 1e8."""


@dataclass(frozen=True)
class Plasticity:
    """How the synapses of a chip are written.

    Parameters
    ----------
    circuit : str
        "accumulate": a correlator and a capacitor in every synapse; "coincidence": trains of pulses
        on rows and columns, a device moves where they meet.
    free_duration, nudged_duration, window : float
        Length of the phases, and of the time at the end of each nudged phase within which lines are
        correlated, or sampled, s.
    slots : int
        Most pulses of a synapse and example; half of them in each of two trains.
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
    mean_gain, difference_gain : float
        Chance of a pulse per unit of what a line sends: the mean of both nudged phases, or their
        difference.
    hold_capacitance, hold_conductance : float
        Of a sampler, F, and of its switch while it follows a line, S.
    hold_overlap : float
        Overlap capacitance of its switch, F.
    hold_leak : float
        S.
    seed : int
        That trains are drawn with.
    """

    circuit: str = "accumulate"
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
    mean_gain: float = 1.0
    difference_gain: float = 1.0
    hold_capacitance: float = 100e-15
    hold_conductance: float = 100e-6
    hold_overlap: float = 0.1e-15
    hold_leak: float = 10e-12
    seed: int = 0

    def schedule(self, examples: int, width: float) -> Schedule:
        """Return when the chip does what; ``width``: of a pulse, s.

        Raises
        ------
        ValueError
            Times that do not fit into each other.
        """
        edge = EDGE * width
        return Schedule(
            examples, self.free_duration, self.nudged_duration, self.window, self.slots, width, edge
        )

    def synapse(self, chip: Chip, device: Values) -> Values:
        """Return the values of the cell ``plasticity``, SI; ``device``: of its ``memristor``.

        Raises
        ------
        ValueError
            Values that no cell has, or that leave the chip's supply, or too low a supply.
        """
        if chip.supply < chip.least_supply:
            raise ValueError(
                f"amplifiers and bias currents need {chip.least_supply:g} V "
                f"(circuit.least_supply), and the supply is {chip.supply:g} V: nothing works"
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
            vp=device["vp"],
            tp=device["tp"],
        )

    def sampler(self) -> Values:
        """Return the values of the cell ``sample_hold``, SI.

        Raises
        ------
        ValueError
            Values that no cell has, or that do not follow a line within a window.
        """
        if self.slots % 2:
            raise ValueError(f"slots must be even, half of them in each train, got {self.slots}")
        constant = (self.hold_capacitance + self.hold_overlap) / self.hold_conductance
        if constant * FOLLOWED > self.window:
            raise ValueError(
                f"hold_capacitance and hold_conductance take {constant:.3g} s: too long to follow "
                f"a line within a window of {self.window:g} s"
            )
        return CELLS["sample_hold"].values(
            c=self.hold_capacitance,
            ron=1.0 / self.hold_conductance,
            cj=self.hold_overlap,
            gl=self.hold_leak,
        )

    def sender(self) -> Values:
        """Return the values of the cell ``train``, SI.

        Raises
        ------
        ValueError
            An offset that lets both comparators of a sender fire at once.
        """
        if self.comparator_offset < 0:
            raise ValueError(
                "comparator_offset: below 0 V both comparators of a sender fire at once, got "
                f"{self.comparator_offset:g} V"
            )
        return CELLS["train"].values(
            gmean=self.mean_gain, gdiff=self.difference_gain, vos=self.comparator_offset
        )
