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

Layers = Annotated[
    dict[str, dict[str, Any]], Field(max_length=200, description="A table for each, by its name.")
]
"""Of one chip: each has a name, a place in every table and figure, and a loop of its own."""


class NoiseSection(Section):
    """What is noisy in time; see :class:`neuroep.hardware.noise.Noise`."""

    thermal: bool = Noise.thermal
    """Leaks and pairs of conductances: 4 k T g."""
    shot: bool = Noise.shot
    """Currents below threshold: 2 q I."""
    flicker: Volts = Noise.flicker
    """Standard deviation of an offset of each membrane, drawn anew for every phase and example."""
    seed: int | None = Field(None, ge=0, lt=2**63)
    """Of what is drawn; that of the design when absent."""


class CircuitSection(Section):
    """The chip, in SI units; see :class:`neuroep.hardware.chip.Chip`.

    What a library of cells is made for takes the place of the chip's defaults.
    """

    library: str = DEFAULT.library
    """Whose cells: ``sky130`` are transistors, and its values take the place of the defaults."""
    corner: str = DEFAULT.corner
    """Of a library of transistors ``tt``, ``ss``, ``ff``, ``sf`` or ``fs``; else of
    ``[variability.corners]``.
    """
    chip: int | None = Field(None, ge=0, lt=2**63)
    """Which chip, as ``--chip N``: of those that ``[variability]`` or the process's mismatch draws;
    the nominal one when absent.
    """
    supply: Volts = DEFAULT.supply
    """The rails stand at + and - this."""
    least_supply: Volts = DEFAULT.least_supply
    """What the rails must stand at for amplifiers and bias currents to work."""
    signal: Volts = DEFAULT.signal
    """On a line at full activity."""
    unit_conductance: Siemens = DEFAULT.unit_conductance
    """Difference of a pair of devices per unit of weight."""
    pattern_conductance: Siemens = DEFAULT.pattern_conductance
    """The same per unit of a stored pattern."""
    conductance_min: Siemens = DEFAULT.conductance_min
    """Least that one device can be set to; training stops there."""
    conductance_max: Siemens = DEFAULT.conductance_max
    """Most that one device can be set to; training stops there."""
    capacitance: Farads = DEFAULT.capacitance
    """Of a membrane."""
    capacitances: dict[str, Farads] = Field(default_factory=dict)
    """Exceptions by layer, such as ``hidden = "2 pF"``."""
    membrane_volts: dict[str, Volts] = Field(default_factory=dict)
    """Of a membrane per unit of potential, by layer."""
    temperature: Kelvins = DEFAULT.temperature
    """At which the chip is operated, in training, too."""
    design_temperature: Kelvins = DEFAULT.design_temperature
    """For which resistors and membrane volts were sized."""
    slope_factor: float = Field(DEFAULT.slope_factor, gt=0, le=1)
    """Kappa of a transistor below threshold."""
    tail_current: Amperes = DEFAULT.tail_current
    """Of a winner-take-all row or a differential pair."""
    quiescent_current: Amperes = DEFAULT.quiescent_current
    """Of every amplifier, from rail to rail."""
    open_loop_gain: float | None = Field(None, gt=1)
    """Of the drivers of lines that carry activities, such as 1000.0; without end when absent."""
    duration: Seconds | None = Field(None, gt=0)
    """Of a phase that ``verify`` watches; 80 of the slowest time constant when absent."""
    wires: WiresSection | None = None
    """Arrays with wires; ideal when absent."""
    noise: NoiseSection | None = None
    """Of a chip that runs in time; none when absent."""
    cells: dict[str, str] = Field(default_factory=dict)
    """Your own ``.cir`` by the name of the cell whose place it takes, beside the design file or
    where the command is given.
    """

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
    """When a relaxation ends."""

    residual: float = Field(1e-3, ge=0)
    """Largest change of an activity that counts as settled."""
    steps: int = Field(50, ge=1, le=10**6)
    """Most steps."""
    nudged_steps: int | None = Field(None, ge=1, le=10**6)
    """Most steps of the nudged phases; as ``steps`` when absent."""

    def stop(self) -> Stop:
        """Return the stop."""
        return Stop(self.residual, self.steps, self.nudged_steps)


class SpikingSection(Section):
    """The spiking lines, in SI units; see :class:`neuroep.settle.hopfield.spiking.Spiking`."""

    time_step: Seconds = 1e-6
    """Clock of the spikes."""
    time_constant: Seconds = 5e-6
    """Low-pass of the receivers."""
    free_duration: Seconds = 160e-6
    """Length of the free phase."""
    nudged_duration: Seconds = 120e-6
    """Length of each nudged phase."""
    window: Seconds = 100e-6
    """End of a phase over which potentials are averaged."""
    attention_stride: int = Field(4, ge=1, le=10**6)
    """Steps between two readings of the stored patterns."""
    attention_range: float = Field(1.0, gt=0)
    """Full scale of an attention line, in units of the largest stored value of its column."""
    taper: Literal["boxcar", "triangle"] = "triangle"
    """Weights within the window."""
    residual: float = Field(2e-2, gt=0)
    """Averaged activities this close to those of the averaged potentials count as settled."""

    def solver(self) -> Spiking:
        """Return the solver."""
        return made(Spiking, self, "spiking: ")
