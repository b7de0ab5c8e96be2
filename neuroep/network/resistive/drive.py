"""A clamped batch of a resistive network, with the sums that stay while the conductances do."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.resistive.chain import Chain, fold_inputs
from neuroep.core.tables import Floats, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.errors import Unheld
from neuroep.network.parameters import Stamp
from neuroep.network.resistive.arrays import MakeArray, SynapseArray
from neuroep.network.resistive.drawn import DrawnNodes
from neuroep.network.resistive.network import ResistiveNetwork

INPUTS = 128
"""Inputs whose currents are summed together."""


@dataclass(frozen=True, repr=False)
class ResistiveDrive:
    """A clamped batch, with what stays the same while the conductances do, and only then.

    ``inputs`` (B, inputs); ``chain``; ``current`` (B, n_1), A, and ``power`` (B,), W: see
    :class:`neuroep.core.resistive.chain.Sources`, but with wires ``line_power`` stands for the
    latter; ``stamp``: of the conductances; ``arrays``: of the network, none without wires;
    ``built``: what else makes a chip of the network.
    """

    network: ResistiveNetwork
    inputs: Floats
    chain: Chain
    current: Floats
    power: Reals
    stamp: Stamp
    arrays: tuple[SynapseArray, ...] = ()
    built: tuple[DrawnNodes | None, MakeArray | None] = (None, None)

    def __repr__(self) -> str:
        count, inputs = self.inputs.shape
        return f"ResistiveDrive({count} examples of {inputs} inputs; {self.inputs.dtype})"

    @cached_property
    def line_power(self) -> Reals:
        """The co-content (B,) with all free nodes at 0 V where there are wires, W; zero without.

        Found when asked for: what a network settles to does not depend on it.
        """
        if not self.arrays:
            return np.zeros(len(self.inputs))
        clamped = self.network.clamp(self.inputs).astype(float)
        free = np.zeros((len(clamped), self.network.sizes[1]))
        leaving, _ = self.arrays[0].currents((clamped, free))
        return np.asarray(0.5 * (clamped * leaving).sum(axis=1))

    def check(self, network: ResistiveNetwork) -> None:
        """Check that a network can be settled with it.

        A ValueError: another network, or its nodes, wires or conductances have changed since.
        """
        if self.network is not network or self.built != (network.drawn, network.make_array):
            raise ValueError(
                "the drive was made for another network, or the network has changed since"
            )
        self.stamp.check(network.parameters)


def make_resistive_drive(
    network: ResistiveNetwork,
    inputs: ArrayLike | Mapping[str, ArrayLike],
    *,
    sample: bool = False,
) -> ResistiveDrive:
    """Clamp a batch of inputs x (B, inputs), with the conductances as they are now.

    A mapping holds them as its only entry, whatever its name. ``sample``: whether a few thousand
    conductances, and the count of what learning has granted, shall do to tell later that the drive
    is out of date.

    Raises
    ------
    ValueError
        Wrong shape or dtype, a number that is not finite, or a node to which no conductance leads.
    """
    if isinstance(inputs, Mapping):
        if len(inputs) != 1:
            raise ValueError(f"inputs: needs one entry, got {', '.join(inputs) or 'none'}")
        (inputs,) = inputs.values()
    # Exponential diodes settle in float64 whatever conductances are held in.
    dtype = network.parameters.flat.dtype if network.diode is None else np.dtype(np.float64)
    x = np.ascontiguousarray(network.check_inputs(inputs))
    every = network.effective
    first, others = every[0], [np.asarray(g, dtype) for g in every[1:]]
    ranges, n = chunks(network.inputs, INPUTS), network.inputs
    currents = np.empty((len(ranges), len(x), network.sizes[1]), dtype)
    totals = np.empty((len(ranges), network.sizes[1]), dtype)
    powers = np.empty(n)

    def work(begin: int, end: int) -> None:
        part, folded = begin // INPUTS, np.empty((end - begin, network.sizes[1]), dtype)
        plus, minus = first[begin:end], first[n + begin : n + end]
        fold_inputs(plus, minus, folded, totals[part], powers[begin:end])
        np.dot(x[:, begin:end].astype(dtype, copy=False), folded, currents[part])

    run_chunks(work, ranges)
    constant = first[-2:].astype(dtype, copy=False)
    current = (currents.sum(axis=0) + (constant[0] - constant[1])) * dtype.type(network.input_gain)
    loads = [totals.sum(axis=0) + constant.sum(axis=0)]
    arrays = network.arrays
    there = np.ascontiguousarray(network.parameters.flat[first.size :], dtype)
    if arrays:
        there = np.concatenate([g.ravel() for g in others])
    back = there
    if not network.reciprocal:
        there, back = _unlike_ways(network, others)
    for k, g in enumerate(others, start=1):
        behind = g.sum(axis=1)
        if arrays:
            behind += arrays[k].among_rows.sum(axis=1).astype(dtype)
        if not network.reciprocal:
            behind *= (network.gain_of(k) * network.return_of(k)).astype(dtype)  # type: ignore[union-attr]
        loads[-1] += behind
        loads.append(g.sum(axis=0))
    beside = np.zeros(0, dtype)
    if arrays:
        blocks = _beside(network, arrays, loads)
        beside = np.concatenate([block.ravel() for block in blocks]).astype(dtype)
        power = np.zeros(len(x))
    else:
        squares = np.square(x, dtype=float) @ powers + float(constant.sum())
        power = 0.5 * network.input_gain**2 * squares
    _check_loads(loads)
    scale = np.array([1.0, *(network.amplification**k for k in range(len(loads)))])
    diode = network.diode
    chain = Chain(
        np.array(network.sizes),
        there,
        back,
        np.concatenate(loads),
        beside,
        scale,
        np.concatenate(
            [
                np.broadcast_to(network.saturation_of(k) / scale[k], size)
                for k, size in enumerate(network.sizes[1:], start=1)
            ]
        ),
        (diode.slope_voltage if diode else 1.0) / scale,
        (diode.rail if diode else 0.0) / scale,
    )
    stamp = Stamp.of(network.parameters, dict.fromkeys(network.parameters), sample)
    built = network.drawn, network.make_array
    return ResistiveDrive(network, x, chain, current, power, stamp, arrays, built)


def _beside(
    network: ResistiveNetwork, arrays: tuple[SynapseArray, ...], loads: list[Floats]
) -> list[Reals]:
    """Return what the nodes of each free layer pass into each other, (n_k, n_k); adds to loads.

    The diagonal lifts the lowest eigenvalue to 0, and the loads by as much: the sum of both is what
    wires make of it, and a layer may go to its minimum at once.
    """
    found = []
    for k in range(1, len(network.sizes)):
        block = arrays[k - 1].among_columns.copy()
        loads[k - 1] += block.sum(axis=1).astype(loads[k - 1].dtype)
        if k < len(arrays):
            gain, share = network.gain_of(k), network.return_of(k)
            block += np.reshape(share, (-1, 1)) * arrays[k].among_rows * gain
        lift = max(0.0, -float(np.linalg.eigvalsh(0.5 * (block + block.T))[0]))
        np.einsum("ii->i", block)[:] = lift
        loads[k - 1] += loads[k - 1].dtype.type(lift)
        found.append(block)
    return found


def _unlike_ways(network: ResistiveNetwork, others: list[Floats]) -> tuple[Floats, Floats]:
    """Return conductances as voltages forward and currents back see them, referred to the input.

    ``others``: those between free layers.
    """
    there, back = [], []
    for k, g in enumerate(others, start=1):
        gain = network.gains[k]
        there.append(np.reshape(network.gain_of(k), (-1, 1)) / gain * g)
        back.append(np.reshape(network.return_of(k), (-1, 1)) * gain * g)
    ways = (np.concatenate([g.ravel() for g in way]) for way in (there, back))
    one, other = (way.astype(others[0].dtype, copy=False) for way in ways)
    return one, other


def _check_loads(loads: list[Floats]) -> None:
    for k, load in enumerate(loads, start=1):
        if not (load > 0).all():
            node = int(np.argmin(load > 0))
            raise Unheld(f"layer {k}, node {node}: floats, no conductance leads to it")
