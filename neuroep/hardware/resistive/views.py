"""A deep resistive network in neuroep's own views, and on the bench for all others."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import inf
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.resistive.branches import Branches, by_layer, gradient_of_drops, joined
from neuroep.hardware.resistive.circuit import diode_circuit, settling_duration, transient
from neuroep.hardware.resistive.netlist import ResistiveNetlist, resistive_netlist
from neuroep.hardware.views.bench import PHASES, Bench, Rate, Reading, Synapse, Volts
from neuroep.hardware.views.view import View
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Stop

NEWTON = Stop(1e-13, 200)

SMALL_CHANGE = 1e-5
"""Of the largest conductance."""


@dataclass(frozen=True)
class Rails:
    """Of the input sources, the amplifiers and the nudge.

    ``supply``: they stand at + and - so many V; ``least``: and must for anything to work.
    """

    supply: float = 6.0
    least: float = 4.0


RAILS = Rails()
"""Where a design does not say."""


@dataclass(frozen=True)
class ResistiveBench(Bench):
    """One input of a deep resistive network, free and nudged both ways, for every view to run.

    ``x`` (inputs,) and ``target`` (outputs,), float64, in the network's units; ``duration``: length
    of a phase, s; ``cells``: the .cir file of every cell, by name, for netlists; ``rails``: what
    sources and amplifiers run on; ``note``: what readers of netlists must know, such as that this
    is a slice of a larger chip.
    """

    network: ResistiveNetwork
    x: Reals
    target: Reals
    beta: float
    duration: float
    cells: Mapping[str, Path] = field(default_factory=dict)
    rails: Rails = RAILS
    note: str = ""

    @property
    def small_change(self) -> float:
        """Of a conductance, S."""
        return SMALL_CHANGE * self.network.conductance_range[1]

    def changes(self, synapse: Synapse) -> tuple[float, float]:
        """Return by how much a conductance goes up and down: none below zero, S."""
        name, i, j = synapse
        held = float(self.network.parameters[name][i, j])
        return self.small_change, -min(self.small_change, held)

    def towards(self, target: Reals) -> Self:
        """Return the bench with another target (outputs,)."""
        return replace(self, target=target)

    @property
    def clamped(self) -> Reals:
        """Voltages of the input nodes, (2 inputs + 2,), V."""
        return np.asarray(self.network.clamp(self.x[None])[0], float)

    @cached_property
    def settled(self) -> View:
        """The view "newton": Kirchhoff's current law solved, which the others are held to."""
        begun = time.perf_counter()
        network, x = self.network, self.x[None]
        free = settle_resistive(network, x, stop=NEWTON).require_converged()
        nudged = settle_resistive(
            network, x, beta=self.betas[1:], target=self.target[None], start=free, stop=NEWTON
        ).require_converged()
        seconds = time.perf_counter() - begun
        ends = np.concatenate(
            [np.concatenate([v[:, 0] for v in phase.volts], axis=1) for phase in (free, nudged)]
        )
        return self.view("newton", list(ends.astype(float)), seconds)

    @cached_property
    def timed(self) -> View:
        """The view "transient": the circuit runs, free from 0 V, nudged from the free state."""
        begun = time.perf_counter()
        waves, energy = [], []
        for beta, start in zip(self.betas, self.starts, strict=True):
            circuit = diode_circuit(self.network, self.clamped, beta, self.target)
            wave, drawn = transient(self.network, circuit, start, self.duration)
            waves.append(wave)
            energy.append(float(drawn[-1]))
        seconds = time.perf_counter() - begun
        ends = [self.join(w.end) for w in waves]
        return self.view("transient", ends, seconds, waves, energy)

    @property
    def couplings(self) -> list[str]:
        """Parameters: the conductances between two layers each."""
        return list(self.network.parameters)

    @property
    def reciprocal(self) -> bool:
        """Whether amplifiers take back what they should."""
        return self.network.reciprocal

    def branches(self, beta: float) -> Branches:
        """Return the circuit of one phase, branch by branch."""
        return Branches(self.network, self.clamped, beta, self.target)

    def rate(self, beta: float) -> Rate:
        """Return the slopes of voltages and energy in one phase."""
        branches = self.branches(beta)
        sizes = enumerate(self.network.sizes[1:], start=1)
        farads = np.concatenate(
            [np.broadcast_to(self.network.capacitance_of(k), size) for k, size in sizes]
        )

        def slopes(_: float, state: Reals) -> Reals:
            volts = self.split(state[:-1])
            sums = {name: total for name, (total, _) in branches.currents(volts).items()}
            return np.append(self.join(sums) / farads, branches.power(volts))

        return slopes

    def split(self, flat: Reals) -> Volts:
        """Return the free nodes (..., n) by layer, V."""
        return by_layer(self.network, flat)

    def join(self, volts: Mapping[str, Reals]) -> Reals:
        """Return the free nodes of all layers as (..., n), V."""
        return joined(self.network, volts)

    def account(self, ends: Sequence[Reals], readings: Sequence[Reading] = ()) -> dict[str, Any]:
        """Return what a view says of phases that end at voltages (n,) of all free nodes.

        The balance of a SPICE program is by its own law of diodes: Shockley's where they are in
        Verilog-A, as VACASK has them.
        """
        volts = self.split(np.array(ends))
        own = bool(readings) and not any(r.shockley for r in readings)
        phases = [
            (replace(self.branches(beta), spice_diodes=own), self.split(end))
            for beta, end in zip(self.betas, ends, strict=True)
        ]
        power = [r.power[-1] for r in readings] or [b.power(v) for b, v in phases]
        return {
            "volts": {"in": np.tile(self.clamped, (len(ends), 1))} | volts,
            "gradient": gradient_of_drops(self.network, self.clamped, volts, self.betas),
            "balance": max(branches.balance(end) for branches, end in phases),
            "power": np.array(power),
        }

    def gradient(self, betas: Reals, readings: Sequence[Reading]) -> dict[str, Reals]:
        """Return equilibrium propagation's estimate from what a SPICE program read."""
        ends = np.array([self.join(r.waves.end) for r in readings])
        return gradient_of_drops(self.network, self.clamped, self.split(ends), betas)

    def deck(
        self,
        analyses: Sequence[str],
        beta: float,
        guess: Reals | None = None,
        start: Reals | None = None,
    ) -> ResistiveNetlist:
        """Return the netlist of a phase."""
        return resistive_netlist(
            self.network,
            self.x,
            self.cells,
            duration=self.duration,
            beta=beta,
            target=self.target,
            start=start,
            guess=guess,
            analyses=analyses,
            note=self.note,
        )

    def scores(self) -> Reals:
        """Return what the free phase predicts, (outputs,)."""
        out = self.settled.volts["out"][0]
        return np.asarray((out[0::2] - out[1::2]) / self.network.output_gain)

    def beyond_supply(self) -> list[str]:
        """Say whether sources and amplifiers have what they need, and which nodes would clip."""
        supply, found = self.rails.supply, []
        if supply < self.rails.least:
            found.append(
                f"sources and amplifiers need {self.rails.least:g} V (circuit.least_supply), and "
                f"the supply is {supply:g} V: nothing works"
            )
        last = len(self.network.sizes) - 1
        for k, (name, volts) in enumerate(self.settled.volts.items()):
            waves = [w.volts[name] for w in self.timed.waveforms if name in w.volts]
            most = np.max([np.abs(v).max(axis=0, initial=0.0) for v in (volts, *waves)], axis=0)
            gain = self.network.gain_of(k) if k < last else 1.0
            reached = float((gain * most).max())
            if reached > supply:
                found.append(f"nodes of {name} reach {reached:.3g} V at a supply of {supply:g} V")
        return found

    def second_start(self, view: View) -> float:
        """Return infinity: the co-content is convex, so no view ends in a basin of its own."""
        return inf


def make_resistive_bench(
    network: ResistiveNetwork,
    x: ArrayLike,
    target: ArrayLike,
    beta: float,
    duration: float | None = None,
    cells: Mapping[str, Path] | None = None,
    rails: Rails = RAILS,
    note: str = "",
) -> ResistiveBench:
    """Put one input of a network on the bench; see :class:`ResistiveBench`.

    Without a duration, phases are long enough for the slowest node. A ValueError: ideal diodes,
    which no transient and no SPICE has; a conductance that the device cannot hold; arrays of
    another size; a nudge that the outputs cannot take.
    """
    network.check_conductances()
    x, target = np.asarray(x, float), np.asarray(target, float)
    if x.shape != (network.inputs,):
        raise ValueError(f"inputs: one example has {network.inputs}, got {x.shape}")
    if target.shape != (network.outputs,):
        raise ValueError(f"target: one example has {network.outputs}, got {target.shape}")
    if not (beta and np.isfinite(beta)):
        raise ValueError(f"beta: must be finite and not 0, got {beta:g}")
    slowest = max(settling_duration(network, float(b)) for b in beta * np.array(PHASES))
    if duration is not None and not 0 < duration < np.inf:
        raise ValueError(f"duration: must be positive, got {duration:g} s")
    length = duration or slowest
    return ResistiveBench(network, x, target, float(beta), length, cells or {}, rails, note)
