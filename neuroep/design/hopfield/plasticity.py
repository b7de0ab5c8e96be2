"""The table [plasticity] of a design: how the synapses of a chip are written on the chip."""

from dataclasses import fields

from pydantic import Field

from neuroep.design.quantities import Amperes, Farads, Seconds, Siemens, Volts
from neuroep.hardware.plasticity.settings import Plasticity
from neuroep.tasks.section import Section

DEFAULT = Plasticity()


class PlasticitySection(Section):
    """A plasticity circuit for each synapse; see :class:`Plasticity`."""

    free_duration: Seconds = Field(DEFAULT.free_duration, gt=0)
    nudged_duration: Seconds = Field(DEFAULT.nudged_duration, gt=0)
    window: Seconds = Field(DEFAULT.window, gt=0)
    slots: int = Field(DEFAULT.slots, ge=1, le=100)
    capacitance: Farads = Field(DEFAULT.capacitance, gt=0)
    threshold: Volts = Field(DEFAULT.threshold, gt=0)
    correlator_current: Amperes = Field(DEFAULT.correlator_current, gt=0)
    correlator_range: Volts = Field(DEFAULT.correlator_range, gt=0)
    correlator_offset: Amperes = DEFAULT.correlator_offset
    comparator_offset: Volts = DEFAULT.comparator_offset
    leak: Siemens = Field(DEFAULT.leak, ge=0)
    pulse_volts: Volts = Field(DEFAULT.pulse_volts, gt=0)
    pulse_width: Seconds = Field(DEFAULT.pulse_width, gt=0)
    step_up: float = Field(DEFAULT.step_up, gt=0, le=1)
    step_down: float = Field(DEFAULT.step_down, gt=0, le=1)
    gamma_up: float = Field(DEFAULT.gamma_up, le=1)
    gamma_down: float = Field(DEFAULT.gamma_down, le=1)

    def plasticity(self) -> Plasticity:
        """Return how synapses are written."""
        return Plasticity(**{f.name: getattr(self, f.name) for f in fields(Plasticity)})
