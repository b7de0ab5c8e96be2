"""One coupling between two layers: an entry of a design's ``[[couplings]]``."""

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from pydantic import Field

from neuroep.learning.hopfield.slopes import FACTORED, large_couplings
from neuroep.network.hopfield.network import Network
from neuroep.tasks.section import Section


class CouplingSection(Section):
    """One coupling between two layers."""

    between: tuple[str, str]
    """The two layers."""
    shared: bool = False
    """One projection for all rows of both layers."""
    gain: float = Field(1.0, gt=0)
    """Factor on the initial weights."""
    identity: float = 0.0
    """So many times the identity matrix is added to the initial weights: a word first asks for
    words like itself.
    """
    opposite: str = ""
    """Name of a coupling whose negative this one starts as: what a word finds is first taken from
    it.
    """
    tied: float = Field(0.0, ge=0)
    """Standard deviation of initial weights that all rows of the layer share, and go on to share as
    they learn; 0: not tied.
    """

    def name(self, network: Network) -> str:
        """Return the name of the coupling in the network."""
        return next(c.name for c in network.couplings if {c.source, c.target} == set(self.between))


Couplings = Annotated[
    tuple[CouplingSection, ...], Field(max_length=1000, description="Between any two layers.")
]
"""Of one chip: each is two arrays with a name and a place in every table and figure."""


def start_couplings(network: Network, couplings: Sequence[CouplingSection]) -> None:
    """Let couplings start as their ``identity``, ``opposite`` and ``tied`` say.

    What :func:`check_couplings` finds wrong must have been put right.
    """
    parameters = network.parameters
    for section in couplings:
        if section.identity:
            weights = parameters[section.name(network)]
            weights += section.identity * np.eye(*weights.shape, dtype=weights.dtype)
    rows = tied_rows(network, couplings)
    for section in couplings:
        if section.tied:
            name = section.name(network)
            blocks = parameters[name].reshape(rows[name], -1, parameters[name].shape[1])
            blocks[:] = blocks[0] * (section.tied / blocks[0].std())
    for section in couplings:  # the last: of what the others start as
        if section.opposite:
            parameters[section.name(network)][:] = -parameters[section.opposite]


def check_couplings(network: Network, couplings: Sequence[CouplingSection]) -> None:
    """Check that couplings can start as their ``opposite`` and ``tied`` say."""
    shapes = network.parameter_shapes()
    of_name = {section.name(network): section for section in couplings}
    for number, section in enumerate(couplings):
        other, where = section.opposite, f"couplings.{number}"
        if not other:
            continue
        if shapes.get(other) != shapes[section.name(network)] or other not in of_name:
            raise ValueError(f"{where}.opposite: {other!r} has no such weights")
        if section.identity:
            raise ValueError(f"{where}.identity: it starts as the opposite of {other!r}")
        if of_name[other].opposite:
            raise ValueError(f"{where}.opposite: {other!r} starts as an opposite itself")
        if section.tied and section.tied != of_name[other].tied:
            raise ValueError(f"{where}.tied: its opposite {other!r} is not tied like that")
    tied_rows(network, couplings)


def check_wires(network: Network, products: bool) -> None:
    """Check that what devices behind wires ask for can be had.

    ``products``: whether pulses are the products of what rows and columns know. These, and slopes
    in large couplings, are made of what stands at the ends of lines.
    """
    if network.make_array is None:
        return
    if products:
        raise ValueError(
            'circuit.wires, learning.scheme: "coincidence" knows the ends of lines, and with wires '
            "no device stands there; another scheme writes this chip"
        )
    for name in large_couplings(network):
        raise ValueError(
            f"circuit.wires, couplings: {name} has {FACTORED} weights or more, whose slopes are "
            "made of what stands at the ends of lines; with wires no device stands there"
        )


def tied_rows(network: Network, couplings: Sequence[CouplingSection]) -> dict[str, int]:
    """Return the number of blocks, one a row, of each coupling that is tied, and of its way back.

    Only a dense coupling of a layer with rows can be, and no larger than is stored dense.
    """
    of_name = {c.name: c for c in network.couplings}
    shapes = network.parameter_shapes()
    rows = {}
    for number, section in enumerate(couplings):
        if not section.tied:
            continue
        name = section.name(network)
        blocks = network.shape(of_name[name].source)[0] if not section.shared else 1
        if blocks == 1:
            raise ValueError(f"couplings.{number}.tied: no dense coupling of a layer with rows")
        if np.prod(shapes[name]) == blocks:
            raise ValueError(f"couplings.{number}.tied: one weight a row has no deviation")
        if np.prod(shapes[name]) >= FACTORED:
            raise ValueError(f"couplings.{number}.tied: {FACTORED} weights or more")
        rows[name] = rows[of_name[name].back] = blocks
    return rows
