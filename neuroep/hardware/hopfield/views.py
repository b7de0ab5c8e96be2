"""A network on a chip in neuroep's own views, and on the bench for all others."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.deck import NetworkDeck
from neuroep.hardware.hopfield.metered import run_metered
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.ode import CircuitEquations
from neuroep.hardware.hopfield.one_example import gradient_from
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.hopfield.transistors import Transistors
from neuroep.hardware.views import bench
from neuroep.hardware.views.bench import Metered, Rate, Reading, SpikingChip, Volts
from neuroep.hardware.views.view import View, Waveform
from neuroep.network.hopfield.drive import Drive
from neuroep.settle import settle
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Record, Stop

EXACT = Stop(1e-15, 20_000)
"""Sweeps until nothing moves but by rounding."""

AT_REST = Stop(1e-9)
"""When a circuit counts as settled (normalised)."""

BESIDE = 1e-2
"""V: how far from a state a second start lies."""


@dataclass(frozen=True)
class FreePhase:
    """Where one example settles without a nudge.

    ``chip``: the circuit's ODE from 0 V, recorded; ``sweep``: exact sweeps on from there, the free
    state that all views share; ``apart``: how far from it sweeps from zero end, V: a network at
    high gain has several minima, and its chip finds but one of them.
    """

    chip: Settled
    sweep: Settled
    apart: float
    seconds: tuple[float, float]


@dataclass(eq=False, repr=False)
class Bench(bench.Bench):
    """One example on a chip, free and nudged both ways, for every view to run.

    ``drive``: of one example, in float64; ``target`` (1, outputs); ``duration``: length of a phase,
    s, 80 of the slowest time constant when it is zero; ``cells``: the .cir file of every cell, by
    name, for netlists; ``spiking``: how the lines spike, for views by spikes; ``note``: what a
    reader of its netlists must know; ``process``: the .cir files of the same cells in transistors;
    ``by_spikes``: whether the design settles by them. A ValueError: more than one example, another
    dtype, or values that no device can hold.
    """

    circuit: Circuit
    drive: Drive
    target: Reals
    beta: float
    duration: float = 0.0
    cells: Mapping[str, Path] = field(default_factory=dict)
    spiking: Spiking | None = None
    note: str = ""
    process: Mapping[str, Path] = field(default_factory=dict)
    by_spikes: bool = True

    small_change = 1e-3
    """Of a weight or a stored value."""

    def __post_init__(self) -> None:
        if self.drive.count != 1:
            raise ValueError(f"views lie over one example at a time, got {self.drive.count}")
        if self.drive.current.dtype != np.float64:
            raise ValueError("views are compared in float64")
        self.circuit.check(self.drive)
        self.target = np.asarray(self.target, float)
        self.solver = Transient(self.circuit, self.duration, tolerance=1e-11)
        self.names = self.drive.plan.names
        self._equations: dict[float, CircuitEquations] = {}

    def towards(self, target: Reals) -> Self:
        """Return the bench with another target (outputs,); the free phase is the same."""
        other = replace(self, target=target[None])
        other.free = self.free
        return other

    @property
    def time(self) -> Reals:
        """The common grid of waveforms, s."""
        return self.solver.time

    @cached_property
    def free(self) -> FreePhase:
        """The free phase, as the chip settles and by sweeps on from there.

        An Unheld, also of nudged ones: the network runs away.
        """
        network, drive = self.circuit.network, self.drive
        begun = time.perf_counter()
        chip = settle(network, drive, solver=self.solver, stop=AT_REST, record=Record((0,)))
        between = time.perf_counter()
        sweep = settle(network, drive, start=chip, stop=EXACT).require_finite()
        cold = settle(network, drive, stop=EXACT)
        apart = max(
            float(
                np.max(
                    self.circuit.layers[k].volts
                    * np.abs(cold.potential(k) - sweep.potential(k))[0, 0],
                    initial=0.0,
                )
            )
            for k in self.names
        )
        return FreePhase(chip, sweep, apart, (between - begun, time.perf_counter() - between))

    @cached_property
    def settled(self) -> View:
        """The view "sweep": exact sweeps to rounding, which the others are held to."""
        return self._own("sweep", self.free.sweep, self.free.seconds[1], "sweep", EXACT)

    @cached_property
    def timed(self) -> View:
        """The view "transient": the circuit's ODE, free from 0 V, nudged from the free state."""
        free, seconds = self.free.chip, self.free.seconds[0]
        return self._own("transient", free, seconds, self.solver, AT_REST, Record((0, 1)))

    def _own(
        self,
        name: str,
        free: Settled,
        seconds: float,
        solver: str | Transient,
        stop: Stop,
        record: Record | None = None,
    ) -> View:
        """Return a view of a free phase and of nudged ones, which start where sweeps have settled.

        ``seconds``: what the free phase has taken.
        """
        begun = time.perf_counter()
        nudged = settle(
            self.circuit.network,
            self.drive,
            solver=solver,
            beta=self.betas[1:],
            target=self.target,
            start=self.free.sweep,
            stop=stop,
            record=record,
        ).require_finite()
        seconds += time.perf_counter() - begun
        phases = (free, nudged)
        return self.view(
            name,
            list(self.join(self.circuit.volts(by_phase(phases, "potential")))),
            seconds,
            [
                Waveform(phase.time, self.circuit.volts(self.split(phase.trace[:, slot])))
                for phase in phases
                if phase.time is not None
                for slot in range(phase.trace.shape[1])
            ],
            [float(e) for p in phases if p.drawn is not None for e in p.drawn[:, 0]] or None,
            activities=by_phase(phases, "activity"),
        )

    @property
    def couplings(self) -> list[str]:
        """Parameters whose entries are pairs of conductances between lines and grounds."""
        return [c.name for c in self.circuit.network.couplings]

    @property
    def spiking_chip(self) -> SpikingChip | None:
        """The chip with spiking lines."""
        if self.spiking is None:
            return None
        on_chip = self.circuit, self.drive, self.target, self.spiking
        return SpikingChip(*on_chip, self.cells, self.note, self.by_spikes)

    @property
    def transistors(self) -> Transistors | None:
        """The chip in transistors."""
        if not self.process:
            return None
        return Transistors(self.circuit, self.drive, self.target, self.process)

    @property
    def reciprocal(self) -> bool:
        """Whether both ways of couplings and of attention are alike."""
        return self.circuit.network.reciprocal

    def equations(self, beta: float) -> CircuitEquations:
        """Return the circuit's equations in one phase."""
        if beta not in self._equations:
            made = CircuitEquations(self.circuit, self.drive, 0, beta, self.target[0])
            self._equations[beta] = made
        return self._equations[beta]

    def rate(self, beta: float) -> Rate:
        """Return the slopes of voltages and energy in one phase."""
        return self.equations(beta).rate

    def account(
        self,
        ends: Sequence[Reals],
        readings: Sequence[Reading] = (),
        activities: Volts | None = None,
    ) -> dict[str, Any]:
        """Return what a view says of phases that end at membrane voltages (n,) of all layers.

        Activities are those of the given voltages when absent.
        """
        phases = list(zip(map(float, self.betas), ends, strict=True))
        volts = self.split(np.array(ends))
        if readings:
            activities = _stacked([r.activities or {} for r in readings])
            power = np.array([r.power[-1] for r in readings])
            balance = max(r.balance or 0.0 for r in readings)
        else:
            power = np.array([self.equations(beta).nodes(end).power for beta, end in phases])
            balance = max(self.equations(beta).balance(end) for beta, end in phases)
        if activities is None:
            activities = _stacked([self._activities(end) for end in ends])
        return {
            "volts": volts,
            "gradient": self._gradient(self.betas, volts, activities),
            "balance": balance,
            "activities": activities,
            "power": power,
        }

    def _activities(self, end: Reals) -> Volts:
        equations = self.equations(0.0)
        lines, _ = equations.lines(equations.split(end))
        return {k: v.ravel() / self.circuit.chip.signal for k, v in lines.items()}

    def _gradient(self, betas: Reals, volts: Volts, activities: Volts) -> dict[str, Reals]:
        potentials = self.circuit.potentials(volts)
        return gradient_from(self.drive, betas, self.target, potentials, activities)

    def gradient(self, betas: Reals, readings: Sequence[Reading]) -> dict[str, Reals]:
        """Return equilibrium propagation's estimate from what a SPICE program read."""
        volts = _stacked([r.waves.end for r in readings])
        return self._gradient(betas, volts, _stacked([r.activities or {} for r in readings]))

    def deck(
        self,
        analyses: Sequence[str],
        beta: float,
        guess: Reals | None = None,
        start: Reals | None = None,
    ) -> NetworkDeck:
        """Return the netlist of a phase."""
        return network_netlist(
            self.circuit,
            self.drive,
            self.cells,
            duration=float(self.time[-1]),
            beta=beta,
            target=self.target,
            start=None if start is None else self.split(start),
            guess=None if guess is None else self.split(guess),
            analyses=analyses,
            note=self.note,
        )

    def netlist(self, beta: float) -> NetworkDeck:
        """Return the netlist of a phase for a reader, in transistors where the chip has them."""
        own = replace(self, cells=self.process, process={}) if self.process else self
        return own.deck((".op", ".tran"), beta)

    def metered(self, timeout: float) -> list[Metered]:
        """Run all phases in ngspice with ammeters, in transistors where the chip has them."""
        own = replace(self, cells=self.process, process={}) if self.process else self
        return [
            run_metered(own.deck((".tran",), float(beta), start=start), timeout)
            for beta, start in zip(self.betas, self.starts, strict=True)
        ]

    def join(self, volts: Mapping[str, Reals]) -> Reals:
        """Return voltages by layer as (..., n)."""
        return np.concatenate([volts[name] for name in self.names], axis=-1)

    def split(self, flat: Reals) -> Volts:
        """Return voltages (..., n) of all units by layer."""
        parts = np.split(flat, self.drive.plan.offsets[1:-1], axis=-1)
        return dict(zip(self.names, parts, strict=True))

    def scores(self) -> Reals:
        """Return what the free phase says of each output or class, (outputs,)."""
        network, cost = self.circuit.network, self.circuit.network.cost
        assert cost is not None
        activity = self.free.sweep.activity(str(cost.layer))[0, 0]
        return np.asarray(cost.scores(network, activity), float)

    def beyond_supply(self) -> list[str]:
        """Say which membranes and lines would ever leave the supply: a real amplifier clips there.

        And whether amplifiers have enough of it: without, a netlist stands still.
        """
        chip, found = self.circuit.chip, []
        if chip.supply < chip.least_supply:
            found.append(
                f"amplifiers and bias currents need {chip.least_supply:g} V "
                f"(circuit.least_supply), and the supply is {chip.supply:g} V: nothing works"
            )
        waves, equations = self.timed.waveforms, self.equations(0.0)
        lines: dict[str, Reals] = {}
        for name, values in self.circuit.layers.items():
            lines[name] = np.array([equations.line_waves(name, w.volts[name]) for w in waves])
            membrane = max(float(np.abs(w.volts[name]).max(initial=0.0)) for w in waves)
            if membrane > chip.supply:
                limit = values.unit_volts * chip.supply / membrane
                found.append(
                    f"membranes of {name} reach {membrane:.3g} V at a supply of {chip.supply:g} V; "
                    f"circuit.membrane_volts.{name} below {limit * 1e3:.3g} mV helps"
                )
        lines |= {name: chip.signal * v for name, v in self._clamped_lines().items()}
        for name, volts in lines.items():
            line = float(np.abs(volts).max(initial=0.0))
            if line > chip.supply:
                limit = chip.signal * chip.supply / line
                found.append(
                    f"lines of {name} reach {line:.3g} V at a supply of {chip.supply:g} V; "
                    f"circuit.signal below {limit * 1e3:.3g} mV helps"
                )
        return found

    def _clamped_lines(self) -> Volts:
        """Return the activities that are clamped onto lines; stored patterns have none."""
        network = self.circuit.network
        sources = {c.source for c in network.couplings}
        return {name: self.drive.values[name] for name in network.clamped if name in sources}

    def second_start(self, view: View) -> float:
        """Return how far from a view's ends sweeps settle from 10 mV beside them, V."""
        apart = 0.0
        for phase, beta in enumerate(self.betas):
            ends = {k: v[phase] for k, v in view.volts.items()}
            beside = self.join(ends) + BESIDE * (-1.0) ** np.arange(self.drive.plan.units)
            potentials = self.circuit.potentials(self.split(beside))
            state = tables.State(
                self.join(potentials),
                self.join(self._activities(beside)),
                np.zeros((len(self.names), 1)),
            )
            start = replace(self.free.sweep, state=state, answers=None, carry=None)
            found = settle(
                self.circuit.network,
                self.drive,
                beta=float(beta),
                target=self.target if beta else None,
                start=start,
                stop=EXACT,
            )
            there = self.circuit.volts({k: found.potential(k)[0, 0] for k in self.names})
            apart = max(apart, float(np.abs(self.join(there) - self.join(ends)).max()))
        return apart


def by_phase(phases: Sequence[Settled], quantity: str) -> Volts:
    """Return the potential or activity of all layers, (P, n), of the one example of each phase."""
    return {
        name: np.concatenate([getattr(p, quantity)(name)[:, 0] for p in phases]).astype(float)
        for name in phases[0].drive.plan.names
    }


def _stacked(phases: Sequence[Volts]) -> Volts:
    return {name: np.stack([p[name] for p in phases]) for name in phases[0]}
