"""The design of a network of layers: neurons, attention, couplings, a cost, and its chip."""

import math
from collections.abc import Mapping
from dataclasses import asdict, replace
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike
from pydantic import field_validator

from neuroep.design.checked import checked, chosen
from neuroep.design.chip import CircuitSection
from neuroep.design.coupling import CouplingSection, start_couplings, tied_rows
from neuroep.design.design import Design
from neuroep.design.settle import SpikingSection, StopSection
from neuroep.design.smooth import SMOOTH, centre_shift, has_corners, smooth_layer
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.system import System
from neuroep.learning.updates import Updater, rates_by_name
from neuroep.learning.updates.tied import Tied
from neuroep.network.hopfield.catalogue import COST_TYPES, LAYER_TYPES
from neuroep.network.hopfield.network import Layer, Network
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.parameters import Parameters
from neuroep.settle import SOLVERS, Solver, Stop
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.tasks.task import InputLayer


class HopfieldDesign(Design):
    """One chip of layers and its experiment, checked."""

    solver: str = "spiking"
    layers: dict[str, dict[str, Any]]
    couplings: tuple[CouplingSection, ...] = ()
    cost: dict[str, Any]
    settle: StopSection = StopSection()
    spiking: SpikingSection = SpikingSection()
    circuit: CircuitSection = CircuitSection()

    @field_validator("solver")
    @classmethod
    def _solver_is_known(cls, given: str) -> str:
        chosen(SOLVERS, "", given)
        return given

    # Description

    def make_layer(self, name: str) -> Layer:
        """Return the layer of that name.

        Raises
        ------
        ValueError
            An unknown type or key, or a value out of range; begins with the key.
        """
        entry = dict(self.layers[name])
        kind = chosen(LAYER_TYPES, f"layers.{name}.type", entry.pop("type", None))
        return checked(kind, f"layers.{name}", entry | {"name": name})

    def make_network(self, tables: Mapping[str, int] | None = None) -> Network:
        """Return the network; clamped layers named in ``tables`` get tables of so many rows.

        Raises
        ------
        ValueError
            Shapes that do not fit; names the layer.
        """
        network = Network()
        for name in self.layers:
            layer = self.make_layer(name)
            if tables and name in tables:
                layer = replace(layer, vocabulary=tables[name])  # type: ignore[call-arg]
            network.add(layer, name)
        for coupling in self.couplings:
            network.connect(*coupling.between, shared=coupling.shared, gain=coupling.gain)
        entry = dict(self.cost)
        kind = chosen(COST_TYPES, "cost.type", entry.pop("type", None))
        network.set_cost(checked(kind, "cost", entry))
        return network

    @property
    def inputs(self) -> Mapping[str, InputLayer]:
        """The clamped layers by name."""
        made = {name: self.make_layer(name) for name in self.layers}
        return {
            name: InputLayer(name, k.tokens, k.dim, k.vocabulary, k.table)
            for name, k in made.items()
            if not k.settles
        }

    @property
    def outputs(self) -> int:
        """Width of a target."""
        return self.make_network(self._least()).outputs

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
        return tuple(SOLVERS)

    @property
    def twins(self) -> tuple[str, ...]:
        """Exact sweeps stand beside spikes."""
        return ("sweep",) if SOLVERS[self.solver] is Spiking else ()

    def make_solver(self, name: str = "") -> tuple[Solver, Stop]:
        """Return a solver and its stop; the design's own solver when no name is given."""
        name = name or self.solver
        if SOLVERS[name] is Spiking:
            return self.spiking.solver(), Stop(self.spiking.residual)
        return SOLVERS[name](), self.settle.stop()

    def make_system(
        self, tables: Mapping[str, int] | None = None, *, dtype: DTypeLike = None
    ) -> HopfieldSystem:
        """Return the network with the parameters that a training starts from."""
        network = self.make_network(tables)
        network.initialise(self.seed, dtype or np.float32)
        start_couplings(network, self.couplings)
        solver, stop = self.make_solver()
        limits = Circuit(network, self.circuit.chip()).limits()
        return HopfieldSystem(network, solver, stop, limits)

    def settled_by(self, system: System, solver: str = "") -> HopfieldSystem:
        """Return the same network, settled by another solver of the design; its own when empty."""
        assert isinstance(system, HopfieldSystem)
        made, stop = self.make_solver(solver)
        return replace(system, solver=made, stop=stop)

    def make_updater(self, system: System) -> Updater | None:
        """Return an update that keeps tied couplings alike, None where there are none."""
        assert isinstance(system, HopfieldSystem)
        rows = tied_rows(system.network, self.couplings)
        if not rows:
            return None
        rng = np.random.default_rng([self.seed, 1])
        return Tied(self.recipe.update.make(system.parameters, system.limits, rng), rows)

    # The smooth twin

    smoothed: ClassVar[str] = "clip(g v, 0, 1) by the sigmoid of equal slope at the same centre"

    def drawn_tables(self) -> dict[str, int]:
        """Return tables for inputs that are drawn: as many rows as a sequence has tokens."""
        return {name: max(2, self.inputs[name].tokens) for name in self._least()}

    @property
    def corners(self) -> list[str]:
        """Layers whose activation has corners."""
        return [name for name, layer in self._neurons().items() if has_corners(layer)]

    def _neurons(self) -> dict[str, Neurons]:
        made = {name: self.make_layer(name) for name in self.layers}
        return {name: layer for name, layer in made.items() if isinstance(layer, Neurons)}

    def smooth(self) -> "HopfieldDesign | None":
        """Return the design with each clip neuron replaced by the sigmoid that touches it.

        Drawn from the same seed, the couplings are the same.
        """
        neurons = self._neurons()
        if not self.corners or any(type(neurons[name]) not in SMOOTH for name in self.corners):
            return None
        layers = dict(self.layers)
        kinds = {kind: name for name, kind in LAYER_TYPES.items()}
        for name in self.corners:
            layer = smooth_layer(neurons[name])
            entry = {k: v for k, v in asdict(layer).items() if k != "name"}
            layers[name] = entry | {"type": kinds[type(layer)]}
        return self.model_copy(update={"layers": layers})

    def shift_to_smooth(self, parameters: Parameters) -> None:
        """Move biases to where the smooth twin has the same centre."""
        neurons = self._neurons()
        for name in self.corners:
            parameters[f"{name}.bias"][:] += centre_shift(neurons[name])

    def check(self) -> None:
        """Build the network once, without its parameters."""
        network = self.make_network(self._least())
        shapes = network.parameter_shapes()
        np.empty(sum(map(math.prod, shapes.values())), np.float32)  # not touched, but must exist
        rates_by_name(shapes, self.recipe.rates)
        self.spiking.solver()
        self.traces.check(network)
        tied_rows(network, self.couplings)
        Circuit(network, self.circuit.chip())

    def resolved(self) -> dict[str, Any]:
        """Return the whole design with every default filled in, as a design file holds it."""
        content = super().resolved()
        for name, entry in self.layers.items():
            filled = asdict(self.make_layer(name)) | {"type": entry["type"]}
            filled.pop("name")
            content["layers"][name] = filled
        return content
