"""Tables of a design that hold the SI values of its chip, and say how it settles."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from neuroep.design.cells import library
from neuroep.design.checked import made
from neuroep.design.wires import WiresSection, wires_of
from neuroep.hardware.chip import Chip
from neuroep.hardware.noise import Noise
from neuroep.hardware.variability import Variability
from neuroep.quantities import Amperes, Farads, Kelvins, Seconds, Siemens, Volts
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Stop
from neuroep.tasks.section import Section

DEFAULT = Chip()

Layers = Annotated[dict[str, dict[str, Any]], Field(max_length=200)]
"""Of one chip: each has a name, a place in every table and figure, and a loop of its own."""


class NoiseSection(Section):
    """What is noisy in time; see :class:`neuroep.hardware.noise.Noise`.

    ``seed``: that of the design when absent.
    """

    thermal: bool = Noise.thermal
    shot: bool = Noise.shot
    flicker: Volts = Noise.flicker
    seed: int | None = Field(None, ge=0, lt=2**63)


class CircuitSection(Section):
    """The chip, in SI units; see :class:`neuroep.hardware.chip.Chip`.

    ``chip``: one of those that ``[variability]`` or the process draws; ``corner``: of either;
    ``duration``: how long a phase is watched, s; 80 of the slowest time constant when absent.
    ``cells``: a designer's own .cir by the name of the cell whose place it takes, beside the
    design or in the present folder. What a library of cells is made for takes the place of the
    chip's defaults.
    """

    library: str = DEFAULT.library
    corner: str = DEFAULT.corner
    chip: int | None = Field(None, ge=0, lt=2**63)
    supply: Volts = DEFAULT.supply
    least_supply: Volts = DEFAULT.least_supply
    signal: Volts = DEFAULT.signal
    unit_conductance: Siemens = DEFAULT.unit_conductance
    pattern_conductance: Siemens = DEFAULT.pattern_conductance
    conductance_min: Siemens = DEFAULT.conductance_min
    conductance_max: Siemens = DEFAULT.conductance_max
    capacitance: Farads = DEFAULT.capacitance
    capacitances: dict[str, Farads] = Field(default_factory=dict)
    membrane_volts: dict[str, Volts] = Field(default_factory=dict)
    temperature: Kelvins = DEFAULT.temperature
    design_temperature: Kelvins = DEFAULT.design_temperature
    slope_factor: float = Field(DEFAULT.slope_factor, gt=0, le=1)
    tail_current: Amperes = DEFAULT.tail_current
    quiescent_current: Amperes = DEFAULT.quiescent_current
    open_loop_gain: float | None = Field(None, gt=1)
    duration: Seconds | None = Field(None, gt=0)
    wires: WiresSection | None = None
    noise: NoiseSection | None = None
    cells: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _of_library(cls, given: Any) -> Any:
        if isinstance(given, dict) and isinstance(given.get("library"), str):
            return {**library(given["library"]).circuit, **given}
        return given

    @model_validator(mode="after")
    def _fits_library(self) -> Self:
        highest = library(self.library).highest_supply
        if highest and self.supply > TypeAdapter(Volts).validate_python(highest):
            raise ValueError(
                f"supply: {self.supply:g} V is more than transistors of {self.library} stand, "
                f"{highest} a rail"
            )
        if self.of_process and self.wires is not None:
            raise ValueError("wires: arrays with wires are of ideal cells, not of transistors")
        if self.of_process and self.noise is not None:
            raise ValueError("noise: known of ideal cells, not of transistors")
        return self

    @property
    def of_process(self) -> bool:
        """Whether its cells are made of transistors of a process."""
        return self.library != DEFAULT.library

    @property
    def number(self) -> int | None:
        """Which chip of the process."""
        return self.chip

    @property
    def variability(self) -> Variability:
        """No chip differs by its circuit alone."""
        return DEFAULT.variability

    def made(self, seed: int = 0) -> Chip:
        """Return the chip; ``seed``: of the design."""
        noise, wires = None, wires_of(self.wires)
        if self.noise is not None:
            own = self.noise.seed if self.noise.seed is not None else seed
            noise = made(Noise, self.noise.model_copy(update={"seed": own}), "circuit.noise.")
        return made(Chip, self.model_copy(update={"wires": wires, "noise": noise}), "circuit.")


class StopSection(Section):
    """When a relaxation ends.

    ``nudged_steps``: cap of the nudged phases, that of the free phase without it.
    """

    residual: float = Field(1e-3, ge=0)
    steps: int = Field(50, ge=1, le=10**6)
    nudged_steps: int | None = Field(None, ge=1, le=10**6)

    def stop(self) -> Stop:
        """Return the stop."""
        return Stop(self.residual, self.steps, self.nudged_steps)


class SpikingSection(Section):
    """The spiking lines, in SI units; see :class:`neuroep.settle.hopfield.spiking.Spiking`."""

    time_step: Seconds = 1e-6
    time_constant: Seconds = 5e-6
    free_duration: Seconds = 160e-6
    nudged_duration: Seconds = 120e-6
    window: Seconds = 100e-6
    attention_stride: int = Field(4, ge=1, le=10**6)
    attention_range: float = Field(1.0, gt=0)
    taper: Literal["boxcar", "triangle"] = "triangle"
    residual: float = Field(2e-2, gt=0)

    def solver(self) -> Spiking:
        """Return the solver."""
        return made(Spiking, self, "spiking: ")
