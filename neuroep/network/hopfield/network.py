"""The network: layers, couplings, a cost, and the parameters that belong to them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike

from neuroep.core.tables import Floats, Reals
from neuroep.network.description import Table, html_of, text_of
from neuroep.network.hopfield.arrays import MakeArray, Reduced, reduce
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import Cost
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.layer import Layer
from neuroep.network.parameters import BACK, UNBOUNDED, Parameters, draw_uniform

if TYPE_CHECKING:
    from neuroep.network.hopfield.wiring import Plan

AnyLayer = TypeVar("AnyLayer", bound=Layer)


@dataclass(frozen=True)
class Coupling:
    """A term s_to . (s_from W) of Phi: ``shared`` puts one W on every row of both layers.

    ``back``: name of the weights that the way back has, W's own unless they are apart.
    """

    name: str
    source: str
    target: str
    shared: bool
    gain: float
    back: str


class Network:
    """What is wired to what.

    Layers are added, then connected; couplings are symmetric (one W serves both directions), as
    an energy demands, unless the way back is given weights of its own. Parameters are created at
    the first use, or by :meth:`initialise`.

    Examples
    --------
    >>> net = Network()
    >>> words = net.add(Clamped(dim=8, tokens=12), name="words")
    >>> heads = net.add(PooledAttention(words, queries=2), name="heads")
    >>> out = net.add(HardSigmoid(2), name="out")
    >>> net.connect(heads, out)
    >>> net.set_cost(SquaredError(out))
    """

    def __init__(self) -> None:
        self.layers: dict[str, Layer] = {}
        self.couplings: list[Coupling] = []
        self.cost: Cost | None = None
        self.drawn: dict[str, DrawnUnits] = {}
        self.back_factors: dict[str, Reals] = {}
        self.reach: dict[str, float] = {}
        self._parameters: Parameters | None = None
        self._make_array: MakeArray | None = None
        self._reduced: Reduced | None = None
        self.plan: Plan | None = None  # kept by neuroep.network.hopfield.wiring.plan_of

    # Description

    def _changed(self) -> None:
        self._parameters = self._reduced = None
        self.plan = None

    def limit(self, reach: Mapping[str, float]) -> None:
        """Let the lines by which attention asks end at rails: at +-``reach``, by layer.

        Where one is there, a query stands still that its potential would move: there is no energy.
        """
        self.reach = dict(reach)
        self.plan = None

    def draw(self, units: Mapping[str, DrawnUnits], back: Mapping[str, Reals]) -> None:
        """Let units differ as those of a fabricated chip do.

        ``units``: by settling layer; ``back`` (n_from, n_to), by coupling: by what factors weights
        of the way back differ from those of the way there. Where any is not 1 there is no energy.
        """
        self.drawn, self.back_factors = dict(units), dict(back)
        self.plan = self._reduced = None

    @property
    def make_array(self) -> MakeArray | None:
        """What makes the arrays of couplings; None where they are no more than their weights."""
        return self._make_array

    @make_array.setter
    def make_array(self, make: MakeArray | None) -> None:
        if make is not self._make_array:
            self._make_array = make
            self.plan = self._reduced = None

    @property
    def reciprocal(self) -> bool:
        """Whether there is an energy: both ways of couplings, and of attention, are alike."""
        attention = (self.drawn[name] for name in self.drawn if self.layers[name].stored)
        apart = any(self.own_back(c) for c in self.couplings)
        return not apart and all(units.reciprocal for units in attention)

    @property
    def descends(self) -> bool:
        """Whether an energy falls at every sweep, wherever activities stand."""
        return self.reciprocal and not self.reach

    def add(self, layer: AnyLayer, name: str = "") -> AnyLayer:
        """Add a layer and return it under its final name.

        Raises
        ------
        ValueError
            The name is taken, or the layer names a clamped layer that is not there or has no table
            of its width.
        """
        name = name or layer.name or f"{type(layer).__name__.lower()}{len(self.layers)}"
        if name in self.layers or name == "readout":
            raise ValueError(f"layer {name!r}: the name is taken")
        if not name or any(character in name for character in "/.-"):
            raise ValueError(f"layer {name!r}: a name must not hold '/', '.' or '-'")
        layer = replace(layer, name=name).placed(self)
        self.layers[name] = layer
        self._changed()
        return layer

    def require_clamped(self, name: str, role: str, wanted: str) -> None:
        """Check that what a layer names for a role is a clamped layer; else a ValueError."""
        if wanted not in self.clamped:
            raise ValueError(f"layer {name!r}: {role} {wanted!r} is not a clamped layer here")

    def connect(
        self,
        source: Layer | str,
        target: Layer | str,
        *,
        shared: bool = False,
        gain: float = 1.0,
        name: str = "",
        own_back: bool = False,
    ) -> None:
        """Couple two layers by a dense matrix, or by one projection shared by all their rows.

        Parameters
        ----------
        source, target : layer or str
            At most one of them clamped.
        shared : bool
            One (width, width) matrix between row t of the one and row t of the other.
        gain : float
            Factor on the initial weights, uniform within sqrt(6 / (n_from + n_to)).
        own_back : bool
            Whether the way back has weights of its own, the parameter ``NAME.back``, as a chip has
            that holds them in a second array. They begin as those of the way there, and ask for the
            same changes; as soon as they differ there is no energy, and a reference gradient is not
            the gradient of one. Without meaning behind a clamped layer, which nothing goes back to.

        Raises
        ------
        ValueError
            Unknown layer, both clamped, a layer with itself, unequal rows, coupled already, the
            name is taken by another parameter, or a gain that single precision cannot hold.
        """
        a, b = self._name(source), self._name(target)
        if not self.layers[b].settles:
            a, b = b, a
        if not self.layers[b].settles:
            raise ValueError(f"coupling {a}-{b}: both layers are clamped")
        if a == b:
            raise ValueError(f"coupling {a}-{b}: a layer cannot be coupled to itself")
        if any({a, b} == {c.source, c.target} for c in self.couplings):
            raise ValueError(f"coupling {a}-{b}: these layers are coupled already")
        if not abs(gain) < UNBOUNDED:
            raise ValueError(f"coupling {a}-{b}: gain must be within {UNBOUNDED:g}, got {gain}")
        name = name or f"{a}-{b}"
        if any(character in name for character in "/.") or name in {c.name for c in self.couplings}:
            raise ValueError(f"coupling {a}-{b}: the name {name!r} is taken, or holds '/' or '.'")
        rows_a, rows_b = self.shape(a)[0], self.shape(b)[0]
        if shared and rows_a != rows_b:
            raise ValueError(
                f"coupling {a}-{b}: a shared projection needs equal rows, "
                f"but {a} has {rows_a} and {b} has {rows_b}"
            )
        back = name + BACK if own_back and self.layers[a].settles else name
        self.couplings.append(Coupling(name, a, b, shared, gain, back))
        self._changed()

    def set_cost(self, cost: Cost) -> None:
        """Put the cost on a layer of plain neurons.

        Raises
        ------
        ValueError
            The layer is not there, or is not one of plain neurons.
        """
        name = self._name(cost.layer)
        if name in self.clamped or self.layers[name].stored:
            raise ValueError(f"cost: layer {name!r} is not a layer of plain neurons")
        self.cost = replace(cost, layer=name)
        self._changed()

    # What follows from it

    def _name(self, layer: Layer | str) -> str:
        name = layer if isinstance(layer, str) else layer.name
        if name not in self.layers:
            raise ValueError(f"layer {name!r}: there is no such layer")
        return name

    def shape(self, layer: Layer | str) -> tuple[int, int]:
        """Return (rows, width) of a layer: rows are tokens or queries, 1 for plain neurons."""
        return self.layers[self._name(layer)].shape(self)

    def size(self, layer: Layer | str) -> int:
        """Return the number of units of a layer."""
        rows, width = self.shape(layer)
        return rows * width

    @property
    def clamped(self) -> list[str]:
        """Names of the clamped layers."""
        return [name for name, layer in self.layers.items() if not layer.settles]

    @property
    def inputs(self) -> dict[str, Clamped]:
        """The clamped layers by name."""
        return {name: cast(Clamped, self.layers[name]) for name in self.clamped}

    @property
    def settling(self) -> list[str]:
        """Names of the layers that settle, in the order of their units."""
        return [name for name, layer in self.layers.items() if layer.settles]

    @property
    def outputs(self) -> int:
        """Width of a target: neurons of the output layer, or classes of the read-out."""
        if self.cost is None:
            raise ValueError("the network has no cost; call set_cost")
        return self.cost.outputs(self)

    @property
    def hidden(self) -> tuple[int, ...]:
        """Sizes of the layers that settle, without one whose activities are the answer itself."""
        answers = self.cost is not None and not self.cost.parameter_shapes(self)
        out = str(self.cost.layer) if self.cost is not None and answers else ""
        return tuple(self.size(name) for name in self.settling if name != out)

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every parameter, in the order of the flat buffer."""
        shapes: dict[str, tuple[int, ...]] = {}
        for layer in self.layers.values():
            shapes |= layer.parameter_shapes(self)
        for c in self.couplings:
            axis = 1 if c.shared else slice(None)
            shapes[c.name] = shapes[c.back] = (
                int(np.prod(self.shape(c.source)[axis])),
                int(np.prod(self.shape(c.target)[axis])),
            )
        return shapes | (self.cost.parameter_shapes(self) if self.cost else {})

    def initialise(self, seed: int = 0, dtype: DTypeLike = np.float32) -> Parameters:
        """Draw the initial parameters and return them; the same seed gives the same values."""
        rng = np.random.default_rng(seed)
        parameters = Parameters(self.parameter_shapes(), dtype)
        for layer in self.layers.values():
            layer.initial(parameters, rng)
        for c in self.couplings:
            draw_uniform(parameters[c.name], c.gain, rng)
        if self.cost:
            self.cost.initial(parameters, rng)
        self._parameters = parameters
        self.start_ways_back()
        return parameters

    def own_back(self, coupling: Coupling) -> bool:
        """Return whether devices of the way back are others than those of the way there."""
        return coupling.back != coupling.name or coupling.name in self.back_factors

    def way_back(self, coupling: Coupling) -> Floats:
        """Return the weights of the way back, (n_from, n_to), as its devices hold them."""
        weights = self.parameters[coupling.back]
        factors = self.back_factors.get(coupling.name)
        return weights if factors is None else weights * factors.astype(weights.dtype)

    def start_ways_back(self) -> None:
        """Let the weights of all ways back be those of the ways there."""
        for c in self.couplings:
            self.parameters[c.back][:] = self.parameters[c.name]

    @property
    def parameters(self) -> Parameters:
        """The parameters: named views of one flat buffer, changed in place by learning."""
        return self.initialise() if self._parameters is None else self._parameters

    @property
    def reduced(self) -> Reduced | None:
        """The arrays of all couplings at the parameters of this moment.

        None where couplings are no more than their weights: where nobody has set ``make_array``.
        """
        if self.make_array is None:
            return None
        if self._reduced is None or not self._reduced.holds(self.parameters):
            names = dict.fromkeys(n for c in self.couplings for n in (c.name, c.back))
            held = {name: self.parameters[name] for name in names}
            apart = [c for c in self.couplings if c.name in self.back_factors]
            back = {c.name: self.way_back(c) for c in apart}
            self._reduced = reduce(self.make_array, self.parameters, held, back, self._reduced)
        return self._reduced

    def effective_way_back(self, coupling: Coupling) -> Floats:
        """Return the weights of the way back as layers see them, (n_from, n_to)."""
        found = self.reduced
        if found is None:
            return self.way_back(coupling)
        return found.way_back(coupling.name, coupling.back).effective

    @property
    def effective(self) -> Parameters:
        """The parameters as layers see them: the weights of couplings behind their arrays."""
        found = self.reduced
        return self.parameters if found is None else found.parameters

    # For people

    def _description(self) -> Table:
        shapes = self.parameter_shapes()
        count = sum(int(np.prod(shape)) for shape in shapes.values())
        rows = [(name, layer.describe(self)) for name, layer in self.layers.items()]
        for c in self.couplings:
            size = " x ".join(map(str, shapes[c.name])) + (", shared by all rows" * c.shared)
            size += ", and as many for the way back" * (c.back != c.name)
            rows.append((f"{c.source} - {c.target}", size))
        if self.cost:
            rows.append(("cost", f"{type(self.cost).__name__} on {self.cost.layer}"))
        return f"Network: {count:,} parameters", rows

    def __repr__(self) -> str:
        return text_of(*self._description())

    def _repr_html_(self) -> str:
        return html_of(*self._description())
