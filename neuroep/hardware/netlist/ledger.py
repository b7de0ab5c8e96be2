"""Kirchhoff's current law, checked from the node voltages that another program returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuroep.core.tables import Reals


@dataclass
class Ledger:
    """Who puts which current into which node of a netlist, as its elements say.

    ``conductances``: (node, other, S), a current S * V(other) into a node held at 0 V;
    ``constants``: (node, A); ``drains``: (node, of, S, F), what a cell takes out of a node, as the
    voltage ``of`` that it makes of it shows: S * V(of) + F dV(of)/dt.
    """

    conductances: list[tuple[str, str, float]] = field(default_factory=list)
    constants: list[tuple[str, float]] = field(default_factory=list)
    drains: list[tuple[str, str, float, float]] = field(default_factory=list)

    def balance(self, values: Mapping[str, Reals], time: Reals | None = None) -> float:
        """Return the largest sum of currents into a node over the sum of their magnitudes.

        ``values``: voltages (T,) of all nodes, V; ``time`` (T,), s: the balance is that of the last
        time step, whose currents the trapezoidal rule takes as the mean of both ends; None for an
        operating point.
        """
        nodes = {node: k for k, node in enumerate(dict.fromkeys(d[0] for d in self.drains))}
        total, size = np.zeros((2, len(nodes)))
        ends = slice(-2, None) if time is not None else slice(-1, None)

        def add(node: str, current: float) -> None:
            total[nodes[node]] += current
            size[nodes[node]] += abs(current)

        for node, other, siemens in self.conductances:
            add(node, siemens * float(values[other][ends].mean()))
        for node, amperes in self.constants:
            add(node, amperes)
        for node, of, siemens, farads in self.drains:
            add(node, -siemens * float(values[of][ends].mean()))
            if time is not None:
                last, before = values[of][-1], values[of][-2]
                add(node, -farads * float((last - before) / (time[-1] - time[-2])))
        share = np.divide(np.abs(total), size, out=np.zeros_like(total), where=size > 0)
        return float(share.max(initial=0.0))
