"""One example on a chip of transistors: by ngspice, by its own curves, and its own gradient."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.in_spice import InSpice
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.on_curves import OnCurves
from neuroep.hardware.hopfield.on_rows import OnRows
from neuroep.hardware.hopfield.one_example import gradient_from
from neuroep.hardware.hopfield.tabulate import Curves, tabulate
from neuroep.hardware.views.bench import Synapse, Volts
from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.settle import settle
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Stop

RESIDUAL = 3e-6
"""Of a settle by ngspice whose small differences count (normalised)."""

STEP = 0.02
"""Of a weight, for differences of the cost: large beside what is left of settling."""

LEAST_RANGE = 0.7
"""A neuron whose activity covers less than this share of the ideal one's range does not work."""


@dataclass
class Transistors:
    """A network on a chip whose cells are made of transistors, and one example, in float64.

    ``target`` (1, outputs); ``cells``: the .cir file of every cell, by name; ``timeout``: for each
    answer of ngspice, s.
    """

    circuit: Circuit
    drive: Drive
    target: Reals
    cells: Mapping[str, Path]
    timeout: float = 120.0

    @cached_property
    def running(self) -> InSpice:
        """The chip in ngspice."""
        return InSpice(self.circuit, self.cells, timeout=self.timeout, resting=self.target[0])

    @cached_property
    def curves(self) -> Curves:
        """The transfer curves of its neurons and lines."""
        deck = network_netlist(
            self.circuit, self.drive, self.cells, target=self.target, analyses=()
        )
        return tabulate(deck)

    def settle(self, betas: Reals, by: Solver | None = None, drive: Drive | None = None) -> Settled:
        """Settle phases, by ngspice without ``by``; ``drive``: of other parameters."""
        solver = by or self.running
        stop = Stop(1e-12, 20_000) if by else Stop(RESIDUAL)
        return settle(
            self.circuit.network,
            drive or self.drive,
            solver=solver,
            beta=betas,
            target=self.target if np.any(betas) else None,
            stop=stop,
        )

    @property
    def on_curves(self) -> Solver:
        """The chip by its own curves, and rows where there is attention.

        A ValueError: it has cells that neither say.
        """
        layers = self.circuit.network.layers.values()
        if any(layer.stored for layer in layers):
            return OnRows(self.circuit, self.curves)
        return OnCurves(self.circuit, lambda drive: self.curves)

    def gradient(self, settled: Settled) -> dict[str, Reals]:
        """Return equilibrium propagation's centered estimate from settled phases."""
        volts = self.circuit.volts(self._quantity(settled, "potential"))
        return gradient_from(
            self.drive,
            settled.beta[:, 0],
            self.target,
            self.circuit.potentials(volts),
            self._quantity(settled, "activity"),
        )

    @staticmethod
    def _quantity(settled: Settled, name: str) -> Volts:
        names = settled.drive.plan.names
        return {k: np.asarray(getattr(settled, name)(k)[:, 0], float) for k in names}

    def activities(self, settled: Settled) -> Volts:
        """Return the activities of all layers, (P, n)."""
        return self._quantity(settled, "activity")

    def reclamped(self) -> Drive:
        """Return the example's drive with the parameters as they are now."""
        return make_drive(self.circuit.network, self.drive.sequences)

    def differences(self, chosen: list[Synapse]) -> Reals:
        """Return the slope of the circuit's own settled cost in some synapses, by ngspice alone."""
        network, found = self.circuit.network, np.zeros(len(chosen))
        for k, (name, i, j) in enumerate(chosen):
            array, costs = network.parameters[name], []
            kept = float(array[i, j])
            for sign in (1.0, -1.0):
                array[i, j] = kept + sign * STEP
                drive = self.reclamped()
                self.settle(np.zeros(1), drive=drive)
                costs.append(self.own_cost(drive))
            array[i, j] = kept
            found[k] = (costs[0] - costs[1]) / (2.0 * STEP)
        return found

    def own_cost(self, drive: Drive) -> float:
        """Return the cost of the phase that has just settled, as the lines of the chip say it.

        Under a squared error the nudge pulls the lines of outputs to those of targets, whose
        drivers have offsets of their own: their distance is the cost that it is the slope of.
        Behind a softmax it is the cross-entropy of the shares.
        """
        network, signal = self.circuit.network, self.circuit.chip.signal
        count = network.outputs
        outputs = [f"{unit}_p" for unit in self._outputs]
        targets = [f"target_{k}_p" for k in range(count)]
        volts = self.running.standing(drive, 0, [*outputs, *targets]) / signal
        if self.circuit.has_readout:
            return -float(self.target[0] @ np.log(volts[:count]))
        return 0.5 * float(np.square(volts[:count] - volts[count:]).sum())

    @cached_property
    def _outputs(self) -> list[str]:
        board = network_netlist(self.circuit, self.drive, self.cells, analyses=()).board
        return board.outputs()

    def at_small_beta(self, beta: float) -> dict[str, Reals]:
        """Return the chip's own estimate at a nudging strength."""
        return self.gradient(self.settle(np.array([beta, -beta])))

    def broken(self) -> list[str]:
        """Say which neurons do not cover the range that they are made for."""
        found = []
        for name, curve in self.curves.neurons.items():
            layer = self.circuit.network.layers[name]
            ideal = [type(layer).activity(u, (layer.gain,)) for u in curve.potential[[0, -1]]]  # type: ignore[attr-defined]
            spans = np.ptp(np.atleast_2d(curve.activity), axis=1) / (ideal[1] - ideal[0])
            if spans.min() < LEAST_RANGE:
                found.append(
                    f"a neuron of {name} covers {spans.min():.0%} of its range at a supply of "
                    f"{self.circuit.chip.supply:g} V"
                )
        return found

    def other(self, **values: object) -> "Transistors":
        """Return the same network on another chip."""
        chip = replace(self.circuit.chip, **values)  # type: ignore[arg-type]
        circuit = Circuit(self.circuit.network, chip)
        return Transistors(circuit, self.drive, self.target, self.cells, self.timeout)

    def close(self) -> None:
        """End ngspice."""
        self.running.close()
