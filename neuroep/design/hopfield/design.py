"""The design of a network of layers: neurons, attention, couplings, a cost, and its chip."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
from numpy.typing import DTypeLike
from pydantic import Field, field_validator

from neuroep.core.tables import Floats
from neuroep.design.bench import Example, Stand
from neuroep.design.cells import cell_files
from neuroep.design.checked import checked, chosen, suggestion
from neuroep.design.design import Design
from neuroep.design.hopfield.accounts import account_of
from neuroep.design.hopfield.bench import put_on_bench
from neuroep.design.hopfield.coupling import (
    Couplings,
    check_couplings,
    check_wires,
    start_couplings,
    tied_rows,
)
from neuroep.design.hopfield.drawn import drawn_inputs
from neuroep.design.hopfield.layer_tables import layer_of
from neuroep.design.hopfield.made_chip import HopfieldVariability, check_chip, made_chip
from neuroep.design.hopfield.memristor import memristor
from neuroep.design.hopfield.plasticity import PlasticitySection, put_on_learning_bench
from neuroep.design.hopfield.sections import CircuitSection, Layers, SpikingSection, StopSection
from neuroep.design.hopfield.smooth import smooth_layers
from neuroep.design.hopfield.stored import stored_patterns
from neuroep.devices.loading import Stored
from neuroep.hardware.account import Account
from neuroep.hardware.chip import Chip
from neuroep.hardware.energy import Energies
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.energy import energies
from neuroep.hardware.hopfield.engines import ENGINES
from neuroep.hardware.hopfield.fabricated import fabricate
from neuroep.hardware.hopfield.operated import operated
from neuroep.hardware.hopfield.units import unit_values
from neuroep.hardware.neurons import NEURON_CELLS, has_corners
from neuroep.hardware.plasticity.bench import LearningBench
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.probe import Watched
from neuroep.learning.system import System
from neuroep.learning.trainer import update_rng
from neuroep.learning.updates import Updater, within
from neuroep.learning.updates.tied import Tied
from neuroep.network.hopfield.catalogue import COST_TYPES
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.layer import Layer
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.inputs import Input
from neuroep.network.parameters import Parameters
from neuroep.settle import SOLVERS, Solver, Stop
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.tasks.task import InputLayer
from neuroep.tasks.view import TrainedView


class HopfieldDesign(Design):
    """One chip of layers and its experiment, checked."""

    smoothed: ClassVar[str] = "clip(g v, 0, 1) by the sigmoid of equal slope at the same centre"

    solver: str = Field("spiking", description="How it settles, in training and in the test.")
    layers: Layers
    couplings: Couplings = ()
    cost: dict[str, Any] = Field(description="What the outputs are held against.")
    settle: StopSection = StopSection()
    spiking: SpikingSection = SpikingSection()
    circuit: CircuitSection = CircuitSection()
    variability: HopfieldVariability | None = None
    plasticity: PlasticitySection | None = None

    @field_validator("solver")
    @classmethod
    def _solver_is_known(cls, given: str) -> str:
        known = (*SOLVERS, *ENGINES)
        if given not in known:
            raise ValueError(f"{given!r} is unknown; {suggestion(given, known)}")
        return given

    # Description

    @property
    def made_chip(self) -> Chip:
        """The chip, and how it differs from others."""
        return made_chip(self.circuit, self.variability, self.seed)

    def make_layer(self, name: str) -> Layer:
        """Return the layer of that name, as its design says."""
        return layer_of(self.layers, name)

    def make_network(self, tables: Mapping[str, int] | None = None) -> Network:
        """Return the network as the chip operates it, without parameters yet.

        Clamped layers named in ``tables`` get tables of so many rows.
        """
        network, chip = Network(), self.made_chip
        for name in self.layers:
            layer = self.make_layer(name)
            if tables and name in tables:
                layer = replace(cast(Clamped, layer), vocabulary=tables[name])
            network.add(operated(layer, chip), name)
        for number, coupling in enumerate(self.couplings):
            for name in coupling.between:
                self._check_layer(f"couplings.{number}.between", name)
            own, shared = self._own_back, coupling.shared
            network.connect(*coupling.between, shared=shared, gain=coupling.gain, own_back=own)
        entry = dict(self.cost)
        cost = checked(chosen(COST_TYPES, "cost.type", entry.pop("type", None)), "cost", entry)
        self._check_layer("cost.layer", str(cost.layer))
        network.set_cost(cost)
        fabricate(network, chip)
        return network

    @property
    def _durations(self) -> tuple[float, float]:
        """Of a free and of a nudged phase, s: of spiking lines, or as ``circuit.duration`` says."""
        if self._spikes:
            return self.spiking.free_duration, self.spiking.nudged_duration
        return (self.circuit.duration or 0.0,) * 2

    @property
    def phase_seconds(self) -> float:
        """How long a free phase and two nudged ones last, s: [plasticity] goes before others."""
        own = self.plasticity
        free, nudged = (own.free_duration, own.nudged_duration) if own else self._durations
        return free + 2 * nudged

    @property
    def _own_back(self) -> bool:
        """Whether ways back have devices of their own."""
        return self.devices is not None and self.devices.directions == "own"

    def _check_layer(self, where: str, name: str) -> None:
        if name not in self.layers:
            raise ValueError(f"{where}: no layer {name!r}; {suggestion(name, self.layers)}")

    @property
    def inputs(self) -> Mapping[str, InputLayer]:
        """The clamped layers by name."""
        made = ((name, self.make_layer(name)) for name in self.layers)
        clamped = ((name, cast(Clamped, k)) for name, k in made if not k.settles)
        return {n: InputLayer(n, k.tokens, k.dim, k.vocabulary, k.table) for n, k in clamped}

    @property
    def outputs(self) -> int:
        """Width of a target."""
        return self._skeleton.outputs

    @property
    def hidden(self) -> tuple[int, ...]:
        """Sizes of the layers between what is clamped and the outputs."""
        return self._skeleton.hidden

    @cached_property
    def _skeleton(self) -> Network:
        """The network with tables of one row, to look at; it never gets parameters."""
        return self.make_network(self._least())

    def _least(self) -> dict[str, int]:
        """Return the tables of the layers whose size the data decide, one row each."""
        clamped = list(self.inputs)
        only = clamped[0] if len(clamped) == 1 else ""
        named = self.section.tables if self.section else ()
        return {name or only: 1 for name in named if (name or only) in clamped}

    # Systems

    @property
    def settles_by(self) -> str:
        """Name of the solver that the design trains and tests with."""
        return self.solver

    @property
    def solvers(self) -> tuple[str, ...]:
        """Names of the solvers that can settle the network."""
        return (*SOLVERS, *ENGINES)

    @property
    def twins(self) -> tuple[str, ...]:
        """Exact sweeps stand beside spikes."""
        return ("sweep",) if self._spikes else ()

    @property
    def _spikes(self) -> bool:
        """Whether the design settles by spikes."""
        return self.solver in SOLVERS and SOLVERS[self.solver].spikes

    def make_solver(self, network: Network, name: str = "") -> tuple[Solver, Stop]:
        """Return a solver of a network and its stop; the design's own when no name is given."""
        name = name or self.solver
        if name in ENGINES:
            circuit, duration = Circuit(network, self.made_chip), self.circuit.duration or 0.0
            return ENGINES[name](circuit, self._cells(Path()), duration), self.settle.stop()
        if SOLVERS[name].spikes:
            return self.spiking.solver(), Stop(self.spiking.residual)
        return SOLVERS[name](), self.settle.stop()

    def _cells(self, path: Path) -> Mapping[str, Path]:
        """Return the .cir file of every cell; a designer's own ones lie beside ``path``."""
        return cell_files(self.circuit.cells, path, self.circuit.library)

    def make_system(
        self, tables: Mapping[str, int] | None = None, *, dtype: DTypeLike = None
    ) -> HopfieldSystem:
        """Return the network with the parameters that a training starts from."""
        network = self.make_network(tables)
        network.initialise(self.seed, dtype or np.float32)
        start_couplings(network, self.couplings)
        network.start_ways_back()
        solver, stop = self.make_solver(network)
        limits = circuit.limits() if (circuit := self._circuit(network)) else {}
        return HopfieldSystem(network, solver, stop, limits, self._products, self.reading)

    @property
    def _products(self) -> bool:
        """Whether pulses are products of what rows and columns know."""
        return getattr(self.recipe.update, "products", False)  # of pulses, and of no other

    def _circuit(self, network: Network) -> Circuit | None:
        """Return the network as a circuit, None where no cell realises one of its neurons."""
        layers = (network.layers[name] for name in network.settling)
        whole = all(layer.stored or type(layer) in NEURON_CELLS for layer in layers)
        return Circuit(network, self.made_chip) if whole else None

    def settled_by(self, system: System, solver: str = "") -> HopfieldSystem:
        """Return the same network, settled by another solver of the design; its own when empty."""
        known = cast(HopfieldSystem, system)
        made, stop = self.make_solver(known.network, solver)
        return replace(known, solver=made, stop=stop)

    def make_updater(self, system: System) -> Updater | None:
        """Return an update that keeps tied couplings alike, None where there are none.

        A ValueError where pulses are the products of what rows and columns know.
        """
        rows = tied_rows(system.network, self.couplings)
        if not rows:
            return None
        update = self.recipe.update
        made = update.make(system.parameters, system.limits, update_rng(self.seed))
        if cast(HopfieldSystem, system).factored:
            raise ValueError("scheme: blocks that are tied share sums, which no two lines know")
        return Tied(made, rows)

    def watch(self, system: System) -> Watched:
        """Return what can be watched of the network, with the SI values of normalised units."""
        watched = watch(system.network, self._lines(), solver=cast(HopfieldSystem, system).solver)
        circuit = self._circuit(system.network)
        return watched.scaled(*unit_values(circuit)) if circuit else watched

    def _lines(self) -> Spiking | None:  # where the design settles by them
        return self.spiking.solver() if self._spikes else None

    # The smooth twin

    def drawn_tables(self) -> dict[str, int]:
        """Return tables for inputs that are drawn: as many rows as a sequence has tokens."""
        return {name: max(2, self.inputs[name].tokens) for name in self._least()}

    @property
    def corners(self) -> list[str]:
        """Layers whose activation has corners."""
        return [name for name, layer in self._neurons().items() if has_corners(layer)]

    def _neurons(self) -> dict[str, Neurons]:
        layers = self._skeleton.layers.items()
        return {n: cast(Neurons, k) for n, k in layers if k.settles and not k.stored}

    def smooth(self) -> "HopfieldDesign | None":
        """Return the design with each neuron with corners replaced by the one that touches it.

        Drawn from the same seed, the couplings are the same.
        """
        layers = smooth_layers(self.layers, self._neurons(), self.corners)
        if not self.corners or layers is None:
            return None
        made = self.model_copy(update={"layers": layers})
        made.__dict__.pop("_skeleton", None)  # of the layers before
        return made

    def shift_to_smooth(self, parameters: Parameters) -> None:
        """Move biases to where the smooth twin has the same centre."""
        neurons = self._neurons()
        for name in self.corners:
            twin = NEURON_CELLS[type(neurons[name])].twin
            assert twin is not None
            parameters[f"{name}.bias"][:] += twin.shift(neurons[name])

    # The circuit

    def draw_example(self, number: int) -> tuple[HopfieldSystem, Example]:
        """Return the network in float64 and one example, both drawn from the seed."""
        tables = {name: self.inputs[name].tokens for name in self._least()}
        system = self.make_system(tables, dtype=np.float64)
        within(system.parameters, system.limits)
        inputs = drawn_inputs(system.network, np.random.default_rng([self.seed, number]))
        return system, Example(inputs, number % system.network.outputs)

    def bench(self, system: System, example: Example, beta: float, path: Path) -> Stand:
        """Put one example on the bench, cut to what SPICE can carry."""
        return put_on_bench(
            system.network,
            example,
            beta,
            chip=self.made_chip,
            cells=cell_files({}, path) if self.circuit.of_process else self._cells(path),
            process=self._cells(path) if self.circuit.of_process else {},
            spiking=self.spiking.solver(),
            by_spikes=SOLVERS[self.solver].spikes,
            duration=self.circuit.duration or 0.0,
        )

    def learning_bench(
        self, system: System, examples: Sequence[Example], beta: float, path: Path
    ) -> LearningBench:
        """Put some examples on the bench, to be learned by the chip itself."""
        if self.plasticity is None:
            raise ValueError("plasticity: missing; this table says how synapses are written")
        if self.devices is None:
            raise ValueError("devices: missing; this table says what [plasticity] writes")
        return put_on_learning_bench(
            system.network,
            examples,
            beta,
            chip=self.made_chip,
            section=self.plasticity,
            devices=self.devices,
            cells=self._cells(path),
        )

    def energies(
        self, system: System, inputs: Mapping[str, Input], target: Floats
    ) -> Energies | None:
        """Return what examples take by the circuit's equations; None where cells are missing."""
        if (circuit := self._exact_circuit(system)) is None:
            return None
        return energies(circuit, make_drive(circuit.network, inputs), target, *self._phases)

    def account(
        self, system: System, inputs: Mapping[str, Input], target: Floats
    ) -> Account | None:
        """Return where the joules of examples go; None where cells are missing."""
        if (circuit := self._exact_circuit(system)) is None:
            return None
        return account_of(circuit, inputs, target, self.circuit, self._spikes, *self._phases)

    @property
    def _phases(self) -> tuple[float, tuple[float, float], float]:
        return self.beta, self._durations, self.sampling_capacitance

    def _exact_circuit(self, system: System) -> Circuit | None:
        if self._circuit(system.network) is None:
            return None
        tables = {name: system.network.layers[name].vocabulary for name in self._least()}
        exact = self.make_system(tables, dtype=np.float64)
        exact.parameters.take(system.parameters.flat)
        return Circuit(exact.network, self.made_chip)

    def stored(self, system: System, inputs: Mapping[str, Input]) -> dict[str, Stored]:
        """Return the patterns that attention stores of the inputs, by clamped layer."""
        return stored_patterns(system, inputs)

    def figures(self, view: TrainedView) -> None:
        """Draw phases, spikes and weights."""
        from neuroep.design.hopfield.figures import draw_figures

        draw_figures(self, view)

    def check(self) -> None:
        """Build the network once, without its parameters."""
        network = self._skeleton
        shapes = network.parameter_shapes()
        empty = Parameters(shapes, np.float32)  # not touched, but must exist
        self.check_names(shapes)
        tables = [f"{name}.patterns" for name in self._least()]
        self.traces.check(watch(network, self._lines(), empty), tables)
        check_couplings(network, self.couplings)
        check_wires(network, self._products)
        self._circuit(network)
        check_chip(network, self.circuit, self.variability, self.solver)
        if self.plasticity and self.devices:
            self.plasticity.plasticity(c := self.made_chip, memristor(self.devices, c)[0])

    def resolved(self) -> dict[str, Any]:
        """Return the whole design with every default filled in, as a design file holds it."""
        content = super().resolved()
        for name, entry in self.layers.items():
            content["layers"][name] = self.make_layer(name).to_table() | {"type": entry["type"]}
        return content
