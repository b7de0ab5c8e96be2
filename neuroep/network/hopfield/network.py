"""The network: layers, couplings, a cost, and the parameters that belong to them."""

from dataclasses import dataclass, replace
from typing import TypeVar, cast

import numpy as np
from numpy.typing import DTypeLike

from neuroep.network.hopfield.attention import Attention, PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import Cost, CrossEntropy
from neuroep.network.hopfield.neurons import Neurons
from neuroep.network.parameters import Parameters

Layer = Clamped | Neurons | Attention
AnyLayer = TypeVar("AnyLayer", bound=Layer)


@dataclass(frozen=True)
class Coupling:
    """A term s_to . (s_from W) of Phi: ``shared`` puts one W on every row of both layers."""

    name: str
    source: str
    target: str
    shared: bool
    gain: float


class Network:
    """What is wired to what.

    Layers are added, then connected; couplings are symmetric (one W serves both directions), as
    an energy demands. Parameters are created at the first use, or by :meth:`initialise`.

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
        self._parameters: Parameters | None = None
        self.plan: object | None = None  # kept by neuroep.network.hopfield.wiring.plan_of

    # Description

    def _changed(self) -> None:
        self._parameters = None
        self.plan = None

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
        layer = replace(layer, name=name)
        if isinstance(layer, Clamped) and layer.table:
            layer = cast(AnyLayer, self._with_table(layer))
        if isinstance(layer, Attention):
            self._clamped(name, "patterns", layer.stored)
        if isinstance(layer, TokenAttention):
            self._clamped(name, "queries_from", layer.asking)
        self.layers[name] = layer
        self._changed()
        return layer

    def _with_table(self, layer: Clamped) -> Clamped:
        self._clamped(layer.name, "table", layer.table)
        owner = self.layers[layer.table]
        assert isinstance(owner, Clamped)
        if owner.table or not owner.vocabulary or owner.dim != layer.dim:
            raise ValueError(
                f"layer {layer.name!r}: table {layer.table!r} is no table of {layer.dim} columns"
            )
        return replace(layer, vocabulary=owner.vocabulary)

    def _clamped(self, name: str, role: str, wanted: str) -> None:
        if not isinstance(self.layers.get(wanted), Clamped):
            raise ValueError(f"layer {name!r}: {role} {wanted!r} is not a clamped layer here")

    def connect(
        self,
        source: Layer | str,
        target: Layer | str,
        *,
        shared: bool = False,
        gain: float = 1.0,
        name: str = "",
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

        Raises
        ------
        ValueError
            Unknown layer, both clamped, a layer with itself, unequal rows, coupled already, or the
            name is taken by another parameter.
        """
        a, b = self._name(source), self._name(target)
        if isinstance(self.layers[b], Clamped):
            a, b = b, a
        if isinstance(self.layers[b], Clamped):
            raise ValueError(f"coupling {a}-{b}: both layers are clamped")
        if a == b:
            raise ValueError(f"coupling {a}-{b}: a layer cannot be coupled to itself")
        if any({a, b} == {c.source, c.target} for c in self.couplings):
            raise ValueError(f"coupling {a}-{b}: these layers are coupled already")
        name = name or f"{a}-{b}"
        if any(character in name for character in "/.") or name in {c.name for c in self.couplings}:
            raise ValueError(f"coupling {a}-{b}: the name {name!r} is taken, or holds '/' or '.'")
        rows_a, rows_b = self.shape(a)[0], self.shape(b)[0]
        if shared and rows_a != rows_b:
            raise ValueError(
                f"coupling {a}-{b}: a shared projection needs equal rows, "
                f"but {a} has {rows_a} and {b} has {rows_b}"
            )
        self.couplings.append(Coupling(name, a, b, shared, gain))
        self._changed()

    def set_cost(self, cost: Cost) -> None:
        """Put the cost on a layer of plain neurons.

        Raises
        ------
        ValueError
            The layer is not there, or is not one of plain neurons.
        """
        name = self._name(cost.layer)
        if not isinstance(self.layers[name], Neurons):
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
        found = self.layers[self._name(layer)]
        if isinstance(found, PooledAttention):
            return found.queries, self.shape(found.stored)[1]
        if isinstance(found, TokenAttention):
            return self.shape(found.asking)[0], self.shape(found.stored)[1]
        if isinstance(found, Clamped | Neurons):
            return found.tokens, found.width
        raise TypeError(f"layer {found.name!r}: {type(found).__name__} has no shape rule")

    def size(self, layer: Layer | str) -> int:
        """Return the number of units of a layer."""
        rows, width = self.shape(layer)
        return rows * width

    @property
    def clamped(self) -> list[str]:
        """Names of the clamped layers."""
        return [name for name, layer in self.layers.items() if isinstance(layer, Clamped)]

    @property
    def settling(self) -> list[str]:
        """Names of the layers that settle, in the order of their units."""
        return [name for name, layer in self.layers.items() if not isinstance(layer, Clamped)]

    @property
    def outputs(self) -> int:
        """Width of a target: neurons of the output layer, or classes of the read-out."""
        if self.cost is None:
            raise ValueError("the network has no cost; call set_cost")
        return (
            self.cost.classes if isinstance(self.cost, CrossEntropy) else self.size(self.cost.layer)
        )

    def parameter_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every parameter, in the order of the flat buffer."""
        shapes: dict[str, tuple[int, ...]] = {}
        for name, layer in self.layers.items():
            if isinstance(layer, Neurons):
                shapes[f"{name}.bias"] = (layer.size,)
            elif isinstance(layer, PooledAttention):
                shapes[f"{name}.queries"] = self.shape(name)
            elif isinstance(layer, Clamped) and layer.vocabulary and not layer.table:
                shapes[f"{name}.patterns"] = (layer.vocabulary, layer.dim)
        for c in self.couplings:
            axis = 1 if c.shared else slice(None)
            shapes[c.name] = (
                int(np.prod(self.shape(c.source)[axis])),
                int(np.prod(self.shape(c.target)[axis])),
            )
        if isinstance(self.cost, CrossEntropy):
            shapes["readout.weight"] = (self.size(self.cost.layer), self.cost.classes)
            shapes["readout.bias"] = (self.cost.classes,)
        return shapes

    def initialise(self, seed: int = 0, dtype: DTypeLike = np.float32) -> Parameters:
        """Draw the initial parameters and return them; the same seed gives the same values."""
        rng = np.random.default_rng(seed)
        parameters = Parameters(self.parameter_shapes(), dtype)
        gains = {c.name: c.gain for c in self.couplings} | {"readout.weight": 1.0}
        for name, array in parameters.items():
            layer = self.layers.get(name.split(".")[0])
            if name in gains:
                limit = gains[name] * np.sqrt(6.0 / sum(array.shape))
                for row in array:  # all at once would take twice the memory of the weights
                    row[:] = rng.uniform(-limit, limit, row.shape)
            elif isinstance(layer, PooledAttention):
                array[:] = layer.query_scale * rng.standard_normal(array.shape)
            elif isinstance(layer, Neurons):
                array[:] = layer.bias
                if layer.bias_spread:
                    array += rng.uniform(-layer.bias_spread, layer.bias_spread, array.shape)
            elif isinstance(layer, Clamped):
                array[:] = rng.standard_normal(array.shape) / np.sqrt(layer.dim)
        self._parameters = parameters
        return parameters

    @property
    def parameters(self) -> Parameters:
        """The parameters: named views of one flat buffer, changed in place by learning."""
        return self.initialise() if self._parameters is None else self._parameters
