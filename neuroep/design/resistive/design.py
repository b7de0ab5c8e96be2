"""The design of a resistive network: conductances, diodes and what is clamped."""

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar, Literal, cast

import numpy as np
from numpy.typing import DTypeLike
from pydantic import Field, model_validator

from neuroep.core.tables import Floats
from neuroep.design.bench import Example, Stand
from neuroep.design.cells import cell_files
from neuroep.design.design import Design
from neuroep.design.variability import SpreadSection, VariabilitySection, check_alike
from neuroep.design.wires import WiresSection, wires_of
from neuroep.devices.device import Device
from neuroep.hardware.account import Account
from neuroep.hardware.energy import Energies
from neuroep.hardware.resistive.account import account_of
from neuroep.hardware.resistive.arrays import with_wires
from neuroep.hardware.resistive.energy import energies, phase_duration
from neuroep.hardware.resistive.fabricated import PARAMETERS, fabricate
from neuroep.hardware.resistive.slicing import Extent, conductance_count, slice_network
from neuroep.hardware.resistive.views import RAILS, Rails, make_resistive_bench
from neuroep.hardware.variability import Variability
from neuroep.hardware.views.compare import Tolerances
from neuroep.learning.probe import Watched
from neuroep.learning.resistive.probes import watch
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.learning.system import System
from neuroep.network.inputs import Input
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.quantities import Amperes, Farads, Kelvins, Seconds, Siemens, Volts
from neuroep.settle.result import Stop
from neuroep.tasks.section import Section
from neuroep.tasks.task import InputLayer
from neuroep.tasks.view import TrainedView

INPUTS = "inputs"
"""Name of the layer that is clamped."""

MOST_CONDUCTANCES = 1 << 28
"""More would not fit into the memory of the machines that this is made for."""

CONDUCTANCES_AT_MOST = 10_000
"""Conductances that ngspice carries in seconds."""


class DiodeSection(Section):
    """An exponential diode; see :class:`neuroep.network.resistive.network.ExponentialDiode`."""

    saturation: Amperes
    """Current that flows backwards."""
    ideality: float = 1.0
    """Factor n of n U_T."""
    temperature: Kelvins = 300.15
    """Of the diodes."""
    rail: Volts = 0.0
    """Diodes that keep nodes from falling come from a rail at + this, those that keep them from
    rising lead to one at - this; a rail of the diode's drop puts the knee at 0 V.
    """


class NetworkSection(Section):
    """The chip; see :class:`neuroep.network.resistive.network.ResistiveNetwork`."""

    inputs: int = Field(ge=1, le=10**6)
    """Values of an input, which is doubled by its inverse."""
    hidden: tuple[int, ...] = Field(max_length=100)
    """Nodes of each hidden layer."""
    outputs: int = Field(ge=1, le=10**6)
    """Predictions, two nodes each."""
    input_gain: Volts
    """At an input node per unit."""
    output_gain: Volts = 1.0
    """Between the two nodes of an output per unit."""
    amplification: float = 1.0
    """Of the bidirectional amplifiers behind hidden layers."""
    conductance_min: Siemens = 0.0
    """Least that a device can hold; training stops there."""
    conductance_max: Siemens
    """Most that a device can hold; training stops there."""
    nudge_conductance: Siemens
    """Per unit of beta."""
    capacitance: Farads = 1e-12
    """Of a node."""
    spread: tuple[Siemens, ...]
    """What conductances start with, one a layer: some at the minimum, the others up to so much
    more.
    """
    filled: float | tuple[float, ...] = 0.5
    """Share of the others, one for all layers or one a layer."""
    precision: Literal["float32", "float64"] = "float64"
    """``float32`` is faster to train."""
    diode: DiodeSection | None = None
    """Exponential diodes; ideal ones when absent."""


class CircuitSection(Section):
    """Which chip it is, and how ``neuroep verify`` looks at the circuit."""

    chip: int | None = Field(None, ge=0, lt=2**63)
    """Which chip, as ``--chip N``, of those that ``[variability]`` draws; the nominal one when
    absent.
    """
    corner: str = "tt"
    """One of ``[variability.corners]``."""
    supply: Volts = Field(RAILS.supply, gt=0)
    """Rails of the input sources, the amplifiers and the nudge, + and -."""
    least_supply: Volts = Field(RAILS.least, ge=0)
    """What the rails must stand at for anything to work."""
    open_loop_gain: float | None = Field(None, gt=1)
    """Of the amplifiers; without end when absent."""
    duration: Seconds | None = None
    """Of a phase that is watched; long enough for the slowest node when absent."""
    wires: WiresSection | None = None
    """Arrays with wires; ideal when absent."""
    cells: dict[str, str] = Field(default_factory=dict)
    """Your own ``.cir`` by the name of the cell whose place it takes, beside the design file or
    where the command is given.
    """


class ResistiveVariability(VariabilitySection):
    """How resistive chips spread; see :mod:`neuroep.hardware.resistive.fabricated`."""

    parameters: ClassVar[Mapping[str, str]] = PARAMETERS

    diode_saturation: SpreadSection | None = None
    """Of each diode."""
    diode_offset: SpreadSection | None = None
    """Of each diode: its current grows e-fold with n U_T."""
    amplifier_gain: SpreadSection | None = None
    """Of an amplifier's voltage forward."""
    amplifier_back: SpreadSection | None = None
    """Of the current that it takes back."""
    capacitance: SpreadSection | None = None
    """Of a node: waveforms alone."""


class SettleSection(Section):
    """When a settle ends; see :class:`neuroep.settle.result.Stop`."""

    residual: Volts = Field(1e-9, gt=0)
    """Largest change of a voltage that counts as settled."""
    steps: int = Field(100, ge=1, le=10**6)
    """Most steps."""


class ResistiveDesign(Design):
    """One resistive chip and its experiment, checked."""

    learns: ClassVar[Mapping[str, Any]] = {
        "epochs": 10,
        "batch": 16,
        "beta": 1.0,
        "update": "projected",
        "rates": {"*": 3e-3},
    }

    resistive: NetworkSection
    circuit: CircuitSection = CircuitSection()
    variability: ResistiveVariability | None = None
    settle: SettleSection = SettleSection()

    @model_validator(mode="after")
    def _fits_memory(self) -> "ResistiveDesign":
        chip = self.resistive
        sizes = (2 * chip.inputs + 2, *chip.hidden, 2 * chip.outputs)
        if sum(n * m for n, m in pairwise(sizes)) > MOST_CONDUCTANCES:
            raise ValueError(f"resistive.hidden: more than {MOST_CONDUCTANCES:,} conductances")
        return self

    @property
    def inputs(self) -> Mapping[str, InputLayer]:
        """The clamped layer: x, before doubling."""
        return {INPUTS: InputLayer(INPUTS, 1, self.resistive.inputs)}

    @property
    def outputs(self) -> int:
        """Width of a target."""
        return self.resistive.outputs

    @property
    def hidden(self) -> tuple[int, ...]:
        """Nodes of each layer between inputs and outputs."""
        return tuple(self.resistive.hidden)

    @property
    def device(self) -> Device | None:
        """The device of a conductance, if any: its range is what the chip's can hold."""
        found, chip = super().device, self.resistive
        return found and replace(found, g_min=chip.conductance_min, g_max=chip.conductance_max)

    @property
    def phase_seconds(self) -> float:
        """How long a free phase and two nudged ones last, s."""
        return 3 * (self.circuit.duration or 0.0)

    @property
    def settles_by(self) -> str:
        """Name of the solver: ideal diodes are swept, exponential ones need Newton's method."""
        return "sweep" if self.resistive.diode is None else "newton"

    @property
    def corners(self) -> list[str]:
        """Ideal diodes have corners."""
        return ["ideal diodes"] if self.resistive.diode is None else []

    @property
    def solvers(self) -> tuple[str, ...]:
        """Names of the solvers that can settle the network."""
        return (self.settles_by,)

    def make_network(self, dtype: DTypeLike = None) -> ResistiveNetwork:
        """Return the network with its initial conductances."""
        chip = self.resistive
        same = ("input_gain", "output_gain", "amplification", "nudge_conductance", "capacitance")
        try:
            diode = ExponentialDiode(**dict(chip.diode)) if chip.diode else None
            network = ResistiveNetwork(
                chip.inputs,
                chip.hidden,
                chip.outputs,
                **{name: getattr(chip, name) for name in same},
                conductance_range=(chip.conductance_min, chip.conductance_max),
                own_bounds=self.devices is not None,
                diode=diode,
                dtype=np.dtype(dtype or chip.precision),
            )
            network.initialise(self.seed, chip.spread, chip.filled)
        except ValueError as error:
            raise ValueError(f"resistive.{error}") from None
        own = self.circuit
        fabricate(network, self._variability.chip(own.chip), own.open_loop_gain)
        return with_wires(network, wires_of(own.wires))

    @property
    def _variability(self) -> Variability:
        """How chips differ; a ValueError: they do not, and the circuit names one."""
        circuit = self.circuit
        if self.variability is not None:
            missing: dict[str, str] = {}
            if self.resistive.amplification == 1.0:
                why = "resistive.amplification = 1 builds no amplifiers"
                missing |= dict.fromkeys(("amplifier_gain", "amplifier_back"), why)
            if self.resistive.diode is None:
                why = "without resistive.diode diodes are ideal, and all alike"
                missing |= dict.fromkeys(("diode_saturation", "diode_offset"), why)
            self.variability.check_present(missing)
            return self.variability.variability(self.seed, circuit.corner)
        check_alike(circuit.chip, circuit.corner)
        return Variability()

    def make_system(
        self, tables: Mapping[str, int] | None = None, *, dtype: DTypeLike = None
    ) -> ResistiveSystem:
        """Return the network with the conductances that a training starts from."""
        stop = Stop(self.settle.residual, self.settle.steps)
        return ResistiveSystem(self.make_network(dtype), stop, self.reading)

    def settled_by(self, system: System, solver: str = "") -> ResistiveSystem:
        """Return the network as it is: its diodes decide how it settles."""
        if solver not in ("", self.settles_by):
            raise ValueError(f"solver {solver!r}: these diodes are settled by {self.settles_by}")
        return replace(cast(ResistiveSystem, system))

    def watch(self, system: System) -> Watched:
        """Return what can be watched of the network: conductances, drops, node voltages."""
        return watch(system.network)

    def draw_example(self, number: int) -> tuple[ResistiveSystem, Example]:
        """Return the network in float64 and one example, both drawn from the seed."""
        system = self.make_system(dtype=np.float64)
        rng = np.random.default_rng([self.seed, number])
        x = rng.uniform(0, 1, self.resistive.inputs)
        return system, Example({INPUTS: x}, number % self.outputs)

    def bench(self, system: System, example: Example, beta: float, path: Path) -> Stand:
        """Put one input on the bench, or as much of the chip as SPICE can carry."""
        (x,) = example.inputs.values()
        values, target = np.asarray(x, float).ravel(), np.eye(self.outputs)[example.label]
        if values.size != self.resistive.inputs:
            raise ValueError(
                f"resistive.inputs: {self.resistive.inputs}, the example has {values.size}"
            )
        cells = cell_files(self.circuit.cells, path)
        network, cut, notes = system.network, "", []
        network.check_conductances()  # a slice must not hide the rest
        if (count := conductance_count(network)) > CONDUCTANCES_AT_MOST:
            network, values = slice_network(network, values, Extent())
            shape = "-".join(str(size) for size in network.sizes)
            cut = f"a slice of {conductance_count(network)} of {count} conductances: {shape} nodes"
            notes.append(f"{count} conductances are too many for SPICE: {cut}")
        rails = Rails(self.circuit.supply, self.circuit.least_supply)
        bench = make_resistive_bench(
            network, values, target, beta, self.circuit.duration, cells, rails, cut
        )
        return Stand(bench, Tolerances(gradient=1e-6), notes, cut)

    def energies(self, system: System, inputs: Mapping[str, Input], target: Floats) -> Energies:
        """Return what examples take: an estimate, G V^2 t."""
        network = system.network
        drive = system.clamp(inputs)
        duration = self.circuit.duration or 0.0
        capacitance = self.sampling_capacitance
        stop = Stop(self.settle.residual, self.settle.steps)
        return energies(network, drive, target, self.beta, duration, capacitance, stop)

    def account(self, system: System, inputs: Mapping[str, Input], target: Floats) -> Account:
        """Return where the joules of examples go."""
        return account_of(
            system.network,
            system.clamp(inputs),
            target,
            self.beta,
            self.circuit.duration or phase_duration(system.network),
            self.sampling_capacitance,
            self.circuit.supply,
            Stop(self.settle.residual, self.settle.steps),
        )

    def figures(self, view: TrainedView) -> None:
        """Draw conductances and receptive fields."""
        from neuroep.design.resistive.figures import draw_figures

        draw_figures(view)

    def check(self) -> None:
        """Build the network once."""
        if self.devices is not None and self.devices.directions == "own":
            raise ValueError(
                'devices.directions: a conductance is the same both ways, so only "one"'
            )
        if self.devices is not None and self.devices.arrangement != "single":
            raise ValueError('devices.arrangement: a conductance is one device, so only "single"')
        network = self.make_network()
        self.check_names(network.parameters)
        self.traces.check(watch(network))

    def facts(self, system: System) -> dict[str, Any]:
        """Return sizes, which share of each pair of layers' conductances is at a limit, and beta.

        ``lowest_beta``: where an output has no stable state any more.
        """
        low, high = (
            {
                name: float((g == g.dtype.type(limit)).mean())
                for name, g in system.parameters.items()
            }
            for limit in (self.resistive.conductance_min, self.resistive.conductance_max)
        )
        return {
            "nodes": [2 * self.resistive.inputs + 2, *self.resistive.hidden, 2 * self.outputs],
            "conductances_at_smallest": low,
            "conductances_at_largest": high,
            "beta": self.beta,
            "lowest_beta": system.lowest_beta,
        }
