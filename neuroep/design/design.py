"""The design file: one TOML text that is the whole experiment."""

import math
import tomllib
from collections.abc import Sequence
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import numpy as np
from pydantic import Field, ValidationError, create_model, model_validator

from neuroep.content import circuits_path
from neuroep.design.chip import CircuitSection
from neuroep.design.coupling import CouplingSection
from neuroep.design.settle import SpikingSection, StopSection
from neuroep.design.traces import TraceSection
from neuroep.errors import InputError
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.units import unit_values
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.probe import Watched
from neuroep.learning.recipe import Recipe
from neuroep.learning.updates.gradient_descent import rates_by_name
from neuroep.network.hopfield.catalogue import COST_TYPES, LAYER_TYPES
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.network import Layer, Network
from neuroep.settle import SOLVERS, Solver, Stop
from neuroep.tasks.images.section import ImageSection
from neuroep.tasks.pairs.section import PairSection
from neuroep.tasks.reviews.section import TextSection
from neuroep.tasks.section import STRICT, Section

Kind = TypeVar("Kind")


class Design(Section):
    """One chip and its experiment, checked."""

    title: str
    seed: int = Field(0, ge=0, lt=2**63)
    solver: str = "spiking"
    text: TextSection | None = None
    pairs: PairSection | None = None
    images: ImageSection | None = None
    layers: dict[str, dict[str, Any]]
    couplings: list[CouplingSection] = Field(default_factory=list)
    cost: dict[str, Any]
    settle: StopSection = StopSection()
    spiking: SpikingSection = SpikingSection()
    circuit: CircuitSection = CircuitSection()
    learning: dict[str, Any] = Field(default_factory=dict)
    traces: TraceSection = TraceSection()

    @model_validator(mode="after")
    def _solver_is_known(self) -> "Design":
        if self.solver not in SOLVERS:
            raise ValueError(f"solver: {self.solver!r} is none of {', '.join(SOLVERS)}")
        return self

    @property
    def recipe(self) -> Recipe:
        """How to train."""
        return _checked(Recipe, "learning", self.learning)

    def make_solver(self, name: str = "") -> tuple[Solver, Stop]:
        """Return a solver and its stop; the design's own solver when no name is given."""
        name = name or self.solver
        if name == "spiking":
            return self.spiking.solver(), Stop(self.spiking.residual)
        return SOLVERS[name](), self.settle.stop()

    def watch(self, network: Network, solver: str = "") -> Watched:
        """Return what can be watched of the network, with the SI values of normalised units.

        ``solver``: how it settles; the design's own when no name is given.
        """
        spiking = self.spiking.solver() if (solver or self.solver) == "spiking" else None
        watched = watch(network, spiking)
        try:
            circuit = Circuit(network, self.circuit.chip())
        except ValueError:  # no cell realises it: a network that can learn, but has no volts
            return watched
        return watched.scaled(*unit_values(circuit))

    def resolved(self) -> dict[str, Any]:
        """Return the whole design with every default filled in, as a design file holds it."""
        content = self.model_dump(mode="json", exclude_none=True)
        for name, entry in self.layers.items():
            filled = asdict(self.make_layer(name)) | {"type": entry["type"]}
            filled.pop("name")
            content["layers"][name] = filled
        content["learning"] = asdict(self.recipe)
        return content

    @property
    def reading(self) -> TextSection:
        """How text is read.

        Raises
        ------
        ValueError
            The design reads no text.
        """
        if self.text is None:
            raise ValueError("text: missing, so this design reads no text")
        return self.text

    @property
    def words(self) -> Clamped:
        """The clamped layer that holds the text's patterns."""
        name = self.reading.layer
        layer = self.make_layer(name) if name in self.layers else None
        if not isinstance(layer, Clamped):
            raise ValueError(f"text.layer: {name!r} is not a clamped layer")
        return layer

    @property
    def table_layer(self) -> str:
        """Name of the clamped layer whose table holds the words' patterns; empty without words."""
        if self.text:
            return self.text.layer
        return self.pairs.premise if self.pairs else ""

    def make_layer(self, name: str) -> Layer:
        """Return the layer of that name."""
        if name not in self.layers:
            raise ValueError(f"layers.{name}: there is no such layer")
        entry = dict(self.layers[name])
        kind = entry.pop("type", None)
        if not isinstance(kind, str) or kind not in LAYER_TYPES:
            raise ValueError(f"layers.{name}.type: {kind!r} is none of {', '.join(LAYER_TYPES)}")
        return _checked(LAYER_TYPES[kind], f"layers.{name}", entry | {"name": name})

    def make_network(self, vocabulary: int = 1) -> Network:
        """Return the network; its ``table_layer`` gets a table of ``vocabulary`` rows.

        Raises
        ------
        ValueError
            Shapes that do not fit; names the layer.
        """
        network = Network()
        for name in self.layers:
            layer = self.make_layer(name)
            if name == self.table_layer and isinstance(layer, Clamped):
                layer = replace(layer, vocabulary=vocabulary)
            network.add(layer, name)
        for coupling in self.couplings:
            network.connect(*coupling.between, shared=coupling.shared, gain=coupling.gain)
        entry = dict(self.cost)
        kind = entry.pop("type", None)
        if not isinstance(kind, str) or kind not in COST_TYPES:
            raise ValueError(f"cost.type: {kind!r} is none of {', '.join(COST_TYPES)}")
        network.set_cost(_checked(COST_TYPES[kind], "cost", entry))
        return network


def _checked(kind: type[Kind], where: str, entry: dict[str, Any]) -> Kind:
    """Build a dataclass from a table, with keys and types checked; errors carry the key."""
    known = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    for key in entry:
        if key not in known:
            raise ValueError(f"{where}.{key}: unknown key; known are {', '.join(sorted(known))}")
    hints = get_type_hints(kind)
    types: dict[str, Any] = {name: (hints[name] | None, None) for name in known}
    try:
        create_model(kind.__name__, __config__=STRICT, **types).model_validate(entry)
        return kind(**entry)
    except ValidationError as error:
        raise ValueError(first_error(error, where)) from None
    except (TypeError, ValueError) as error:
        raise ValueError(f"{where}: {error}") from None


def first_error(error: ValidationError, where: str = "") -> str:
    """Return what pydantic found first as one line that begins with the key."""
    found = error.errors()[0]
    path = ".".join(str(part) for part in [*([where] if where else []), *found["loc"]])
    message = str(found["msg"]).removeprefix("Value error, ")
    if found["type"] == "extra_forbidden":
        message = "unknown key"
    return f"{path}: {message}" if path else message


def design_path(name: str) -> Path:
    """Return the file of a design: a path, or the name of a built-in one."""
    built_in = (circuits_path() / "designs" / f"{name}.toml").resolve()
    return built_in if "/" not in name and built_in.is_file() else Path(name)


def load_design(name: str, overrides: Sequence[str] = ()) -> Design:
    """Read and check a design.

    Parameters
    ----------
    name : str
        A path, or the name of a built-in design.
    overrides : sequence of str
        ``key=value`` with a dotted key and a TOML value (bare words are text).

    Raises
    ------
    InputError
        Missing file, broken TOML, unknown key, wrong type or unit, shapes that do not fit; one
        line that names the file and the key.
    """
    return check_design(read_content(name, overrides), str(design_path(name)))


def read_content(name: str, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """Return a design file as parsed, with the overrides in it; nothing is checked yet.

    Raises
    ------
    InputError
        Missing file, or not TOML; or an override that is not ``key=value``.
    """
    path = design_path(name)
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{path}: not TOML: {error}") from None
    for override in overrides:
        _apply(content, override)
    return content


def check_design(content: dict[str, Any], path: str) -> Design:
    """Return the design of a parsed file, with its network built once to check the shapes."""
    if "resistive" in content:
        raise InputError(f"{path}: resistive: a network of this kind has a sim of its own")
    try:
        design = Design.model_validate(content)
        network = design.make_network(max(1, design.words.vocabulary) if design.text else 1)
        shapes = network.parameter_shapes()
        np.empty(sum(map(math.prod, shapes.values())), np.float32)  # not touched, but must exist
        rates_by_name(shapes, design.recipe.rates)
        design.spiking.solver()
        design.traces.check(design.watch(network), [f"{design.table_layer}.patterns"])
        Circuit(network, design.circuit.chip())
    except ValidationError as error:
        raise InputError(f"{path}: {first_error(error)}") from None
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    except (MemoryError, OverflowError):
        raise InputError(f"{path}: layers: larger than memory") from None
    return design


def _apply(content: dict[str, Any], override: str) -> None:
    key, equals, text = override.partition("=")
    if not equals or not key:
        raise InputError(f"--set {override}: must be key=value")
    try:
        value = tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        value = text
    *parents, last = _key_path(key, override)
    table = content
    for parent in parents:
        table = table.setdefault(parent, {})
        if not isinstance(table, dict):
            raise InputError(f"--set {override}: {parent} is not a table")
    table[last] = value


def _key_path(key: str, override: str) -> list[str]:
    """Return the parts of a dotted TOML key, some of which may be quoted."""
    try:
        nested: Any = tomllib.loads(f"{key} = 0")
    except tomllib.TOMLDecodeError:
        raise InputError(f"--set {override}: {key} is not a dotted key") from None
    path: list[str] = []
    while isinstance(nested, dict):
        name, nested = next(iter(nested.items()))
        path.append(name)
    return path


def built_in_designs() -> list[tuple[str, str]]:
    """Return name and title of every built-in design."""
    folder = circuits_path() / "designs"
    found = []
    for path in sorted(folder.glob("*.toml")):
        content = tomllib.loads(path.read_text(encoding="utf-8"))
        found.append((path.stem, str(content.get("title", ""))))
    return found
