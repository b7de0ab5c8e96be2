"""A part of a network that SPICE can carry: the first rows, columns and neurons of each layer.

Of a clamped vector, an image, the largest values are kept: the first pixels are mostly empty.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.hardware.hopfield.circuit import READOUT
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped, sinusoidal_positions
from neuroep.network.hopfield.layer import Layer
from neuroep.network.hopfield.network import Coupling, Network
from neuroep.network.hopfield.neurons import Neurons


@dataclass(frozen=True)
class Extent:
    """The largest sizes that a part keeps."""

    tokens: int = 12
    width: int = 8
    queries: int = 2
    neurons: int = 8


def device_pairs(network: Network, lengths: Mapping[str, int]) -> int:
    """Return how many pairs of conductances a chip of this network has.

    ``lengths``: rows of each clamped sequence that are in use.
    """
    pairs = 0
    for name, layer in network.layers.items():
        if layer.stored:
            rows, width = network.shape(name)
            pairs += 2 * rows * lengths[layer.stored] * width
    for c in network.couplings:
        size = int(np.prod(network.parameters.shapes[c.name]))
        both = 2 if network.layers[c.source].settles else 1
        pairs += both * size * (network.shape(c.target)[0] if c.shared else 1)
    return pairs


def slice_network(
    network: Network, inputs: Mapping[str, Floats | Ints], extent: Extent
) -> tuple[Network, dict[str, np.ndarray]]:
    """Cut a network and one example's inputs down to the first units of each layer.

    ``inputs``: ids (length,) for a clamped layer with a table, values (length, dim) otherwise. An
    output layer under a squared error keeps its size, whatever the ``extent``.

    The part has the parameters of the units that are kept, in float64. A table keeps the rows that
    the example uses; layers that share one get one each. One of rows with a position code that are
    cut becomes values, of which each column has its code. What to clamp has a leading axis of one
    example.
    """
    part = Network()
    clamped: dict[str, np.ndarray] = {}
    tables: dict[str, Floats] = {}
    pixels: dict[str, Ints] = {}
    for name, layer in network.layers.items():
        if layer.settles:
            part.add(_cut(network, name, layer, extent), name)
            continue
        given = cast(Clamped, layer)
        if given.tokens == 1 and not given.vocabulary and given.position == "none":
            values = np.asarray(inputs[name], float)
            largest = np.argsort(-np.abs(values[0]), kind="stable")
            pixels[name] = np.sort(largest[: max(extent.width, extent.neurons)])
            clamped[name] = values[None, :, pixels[name]]
            cut = replace(given, dim=len(pixels[name]))
        else:
            cut, clamped[name], table = _cut_clamped(network, given, inputs[name], extent)
            if table is not None:
                tables[name] = table
        part.add(cut, name)

    def columns(name: str) -> Ints:
        """Return what is kept of a row of a layer; attention has the width of what it stores."""
        width_of = network.layers[name].stored or name
        return pixels[width_of] if width_of in pixels else np.arange(part.shape(name)[1])

    def kept(name: str) -> Ints:
        """Return the units of a layer that its part keeps, as places in the whole layer."""
        rows = np.arange(part.shape(name)[0])[:, None]
        return (rows * network.shape(name)[1] + columns(name)).ravel()

    def kept_pairs(c: Coupling) -> tuple[Ints, ...]:
        """Return which weights of a coupling are kept."""
        places = columns if c.shared else kept
        return np.ix_(places(c.source), places(c.target))

    for c in network.couplings:
        own_back = c.back != c.name
        part.connect(
            c.source, c.target, shared=c.shared, gain=c.gain, name=c.name, own_back=own_back
        )
    if network.cost is not None:
        part.set_cost(network.cost)
    part.make_array = network.make_array
    parameters = part.initialise(0, np.float64)
    constants = {layer.constant: name for name, layer in part.layers.items()}
    couplings = {name: c for c in part.couplings for name in (c.name, c.back)}
    for name, array in parameters.items():
        layer_name, _, kind = name.partition(".")
        if kind == "patterns":
            array[:] = tables[layer_name]
        elif name == READOUT:
            assert network.cost is not None
            array[:] = network.parameters[name][kept(str(network.cost.layer))]
        elif name in constants:
            full = network.parameters[name].ravel()
            array[:] = full[kept(constants[name])].reshape(array.shape)
        elif name in couplings:
            array[:] = network.parameters[name][kept_pairs(couplings[name])]
        else:
            array[:] = network.parameters[name]
    part.limit(network.reach)
    part.draw(
        {
            name: units.cut(kept(name), part.shape(name)[0], _tokens(part, name))
            for name, units in network.drawn.items()
        },
        {
            c.name: network.back_factors[c.name][kept_pairs(couplings[c.name])]
            for c in part.couplings
            if c.name in network.back_factors
        },
    )
    return part, clamped


def _tokens(network: Network, name: str) -> int:
    """Return how many tokens a layer of attention could hold, none of neurons."""
    stored = network.layers[name].stored
    return cast(Clamped, network.layers[stored]).tokens if stored else 0


def _cut(network: Network, name: str, layer: Layer, extent: Extent) -> Layer:
    if layer.asking:
        return layer  # a row for each token that is kept
    if layer.stored:
        pooled = cast(PooledAttention, layer)
        return replace(pooled, queries=min(pooled.queries, extent.queries))
    cost = network.cost
    if cost is not None and cost.layer == name and READOUT not in network.parameter_shapes():
        return layer
    neurons = cast(Neurons, layer)
    return neurons.cut(min(neurons.size, extent.neurons))


def _cut_clamped(
    network: Network, layer: Clamped, given: Floats | Ints, extent: Extent
) -> tuple[Clamped, np.ndarray, Floats | None]:
    """Return the cut layer, its input of one example, and its table."""
    dim = min(layer.dim, extent.width)
    tokens = min(layer.tokens, extent.tokens)
    rows = np.asarray(given)[:tokens]
    if layer.position != "none" and dim < layer.dim:
        # The code of fewer columns is another one: these keep theirs, as values.
        table = network.parameters[layer.patterns] if layer.vocabulary else None
        values = np.asarray(rows if table is None else table[rows], float)
        code = layer.position_scale * sinusoidal_positions(len(rows), layer.dim)
        cut = replace(layer, tokens=tokens, dim=dim, vocabulary=0, table="", position="none")
        return cut, (values + code)[None, :, :dim], None
    if not layer.vocabulary:
        return replace(layer, tokens=tokens, dim=dim), rows[None, :, :dim].astype(float), None
    used, ids = np.unique(rows, return_inverse=True)
    table = network.parameters[layer.patterns][used, :dim]
    cut = replace(layer, tokens=tokens, dim=dim, vocabulary=len(used), table="")
    return cut, ids.reshape(1, -1), np.asarray(table, float)
