"""The solver "ngspice": every phase of every example is the whole circuit, running."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import ClassVar

import numpy as np

from neuroep.core import tables
from neuroep.core.tables import Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.deck import NetworkDeck
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.transient import ideal_state
from neuroep.hardware.netlist.cells import read_cells
from neuroep.hardware.netlist.elements import elements, stuck
from neuroep.hardware.programs.session import Session
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.prepare import Job, phases_of
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.result import Status, Stop

UNIT_NODES = ("p", "n", "mem")

FINE, FINE_OPTIONS = 3e-6, "reltol=1e-6 vntol=1e-9 abstol=1e-14"
"""V: where less is asked for, ngspice's own errors must be smaller still."""

COARSE_OPTIONS = "reltol=1e-4 vntol=1e-7"
"""Of all others: lines end within 1e-5 V of where the fine ones leave them (test)."""

CHANGED = {
    "differential_pair": ("gp", "gn"),
    "clamp": ("v",),
    "bias": ("i",),
    "nudge": ("gm",),
    "error": ("beta",),
}
"""What differs from step to step, by cell: weights, inputs, biases and nudges."""


@dataclass
class Running:
    """A session, and the values of its netlist's elements as they stand."""

    session: Session
    values: dict[str, float]

    def holds(self, nodes: Sequence[str], values: Mapping[str, float]) -> bool:
        """Return whether its circuit has these nodes and elements, and no others."""
        return self.session.nodes == nodes and self.values.keys() == values.keys()

    def change(self, values: dict[str, float]) -> None:
        """Set what stands otherwise."""
        self.session.change({k: v for k, v in values.items() if self.values[k] != v})
        self.values = values


@dataclass(frozen=True)
class InSpice(Solver):
    """Let ngspice run the circuit, example by example, from phase to phase.

    An example keeps a process of its own, so that its circuit goes on from where it stood when
    weights, inputs or the nudge are changed; of more examples than ``processes``, the one that
    rested longest gives up its place: its process goes on with the other example, from where it
    stands, if that one's circuit has the same elements, and ends otherwise. Examples of equal
    inputs have one process, and take turns.

    Parameters
    ----------
    circuit : Circuit
    cells : dict of Path
        The .cir file of every cell, by name.
    tolerance : float
        A phase has settled when no line and no membrane moves by more within a quantum, V; by no
        more than the residual asked for, in volts of a line, where that is less.
    quanta : int
        A phase ends after so many of them at the latest; one is four of the circuit's slowest time
        constant.
    processes : int
        At most so many are kept while they rest.
    timeout : float
        For each answer of ngspice, s.
    resting : (outputs,), optional
        What target lines carry in phases without a nudge; the mean of all classes without it.

    Raises
    ------
    InputError
        A cell that would stay as it is while its values change: one of behavioural sources.
    """

    whole: ClassVar[bool] = True
    told: ClassVar[str] = (
        "largest move of a line or a membrane in the last quantum of time, in units of the signal "
        "on a line"
    )

    circuit: Circuit
    cells: Mapping[str, Path]
    tolerance: float = 1e-5
    quanta: int = 100
    processes: int = 32
    timeout: float = 120.0
    resting: Reals | None = None
    running: "OrderedDict[str, Running]" = field(default_factory=OrderedDict, compare=False)
    lock: threading.Lock = field(default_factory=threading.Lock, compare=False)

    def __post_init__(self) -> None:
        corner = self.circuit.chip.corner
        for name, cell in read_cells(self.cells, [CELLS[k] for k in CHANGED], corner).items():
            if still := stuck(cell, CHANGED[name]):
                raise InputError(
                    f"{self.cells[name]}: {still[0]} stands in a behavioural source, which the "
                    'solver "ngspice" cannot change while it runs: take cells of transistors '
                    "(circuit.library)"
                )

    @property
    def quantum(self) -> float:
        """How often is looked, s."""
        return 4.0 * self.circuit.slowest

    def close(self) -> None:
        """End all processes."""
        while self.running:
            self.running.popitem()[1].session.close()

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job.

        Raises
        ------
        InputError
            ngspice is missing, fails, or does not answer.
        ValueError
            The circuit is of another network, or a device cannot hold its weight.
        """
        plan, circuit = job.drive.plan, self.circuit
        if circuit.network is not plan.network:
            raise ValueError("the circuit is of another network than the drive")
        circuit.check(job.drive)
        count, phases = job.drive.count, job.batch // job.drive.count
        moved, drawn = np.zeros((2, phases, count))
        quanta = np.zeros((phases, count), np.int64)
        found = np.zeros((phases, count, len(UNIT_NODES), plan.units))

        within = min(self.tolerance, stop.residual * circuit.chip.signal)

        alike: dict[str, list[int]] = {}
        for example in range(count):
            alike.setdefault(_key(job.drive, example), []).append(example)
        turns = list(alike.values())

        def work(first: int, last: int) -> None:
            for example in (e for turn in turns[first:last] for e in turn):
                for phase in range(phases):
                    found[phase, example], *how = self._phase(job, phase, example, within)
                    moved[phase, example], quanta[phase, example], drawn[phase, example] = how

        run_chunks(work, chunks(len(turns), 1))
        state = self._state(job, found.reshape(job.batch, len(UNIT_NODES), plan.units))
        before, energy = (ideal_state(job, self._rows(job, s))[0] for s in (job.state, state))
        status = np.where(moved <= within, Status.CONVERGED, Status.STEP_LIMIT)
        outcome = tables.Outcome(
            status.ravel().astype(np.int64),
            quanta.ravel(),
            moved.ravel() / circuit.chip.signal,
            before,
            energy,
        )
        trace = np.zeros((1, 0, plan.units))
        return replace(job, state=state).settled(
            outcome, trace, drawn=phases_of(job, drawn.ravel())
        )

    def standing(self, drive: Drive, example: int, nodes: Sequence[str]) -> Reals:
        """Return voltages of recorded nodes as an example's last phase has left them, V."""
        session = self.running[_key(drive, example)].session
        return session.read([f"v({node})" for node in nodes])

    def _phase(
        self, job: Job, phase: int, example: int, within: float
    ) -> tuple[Reals, float, int, float]:
        """Run one phase; return voltages (nodes, units), last move, quanta and energy drawn."""
        beta = float(job.beta[phase, example])
        target = job.nudge.target[example] if job.beta.any() else self.resting
        deck = self.deck(job, example, beta, target)
        key = _key(job.drive, example)
        running = self._taken(key, deck, within)
        try:
            running.change(elements(deck.board.deck, deck.names))
            volts, moved, seconds = running.session.settle(within, self.quanta * self.quantum)
        finally:
            self._put_back(key, running)
        whole = np.zeros((len(UNIT_NODES), job.drive.plan.units))
        whole[:, deck.places] = volts.reshape(-1, len(UNIT_NODES)).T
        return whole, moved, round(seconds / self.quantum), running.session.drawn

    def deck(self, job: Job, example: int, beta: float, target: Reals | None) -> NetworkDeck:
        """Return the netlist of a phase; the nudge's elements are there in all of them."""
        outputs = self.circuit.network.outputs
        wanted = np.full(outputs, 1.0 / outputs) if target is None else target
        return network_netlist(
            self.circuit,
            job.drive,
            self.cells,
            example=example,
            beta=beta,
            target=wanted,
            analyses=(),
        )

    def _taken(self, key: str, deck: NetworkDeck, within: float) -> Running:
        """Return the process of an example: its own, a new one, or the one that rested longest.

        Nobody else has it until it is put back.
        """
        nodes = [f"{unit}_{node}" for unit in deck.units for node in UNIT_NODES]
        values = elements(deck.board.deck, deck.names)
        over: Running | None = None
        with self.lock:
            known = self.running.pop(key, None)
            if known is not None and not known.session.full:
                return known
            if known is None and len(self.running) >= self.processes:
                over = self.running.popitem(last=False)[1]
        if over is not None and over.holds(nodes, values) and not over.session.full:
            return over
        for ended in (known, over):
            if ended is not None:
                ended.session.close()
        session = Session(
            deck.text,
            nodes,
            quantum=self.quantum,
            options=FINE_OPTIONS if within < FINE else COARSE_OPTIONS,
            timeout=self.timeout,
        )
        return Running(session, values)

    def _put_back(self, key: str, running: Running) -> None:
        """Let a process rest; those that rested longest end where there are too many."""
        ended = []
        with self.lock:
            self.running[key] = running
            while len(self.running) > self.processes:
                ended.append(self.running.popitem(last=False)[1])
        for one in ended:
            one.session.close()

    @staticmethod
    def _rows(job: Job, state: tables.State) -> Reals:
        return job.drive.plan.rows(state.potential).astype(float)

    def _state(self, job: Job, volts: Reals) -> tables.State:
        """Return activities of both lines, and potentials of membranes, of (B, nodes, units)."""
        plan, dtype = job.drive.plan, job.state.activity.dtype
        p, n, mem = volts.transpose(1, 0, 2)
        activity, potential = np.zeros((2, job.batch * plan.units), dtype)
        for name in plan.names:
            part = plan.part(name)
            plan.view(activity, name)[:] = 0.5 * (p - n)[:, part] / self.circuit.chip.signal
            plan.view(potential, name)[:] = mem[:, part] / self.circuit.layers[name].volts
        return tables.State(potential, activity, np.zeros((len(plan.names), job.batch)))


def _key(drive: Drive, example: int) -> str:
    digest = hashlib.sha256()
    for name in sorted(drive.values):
        rows = np.ascontiguousarray(drive.rows_of(name, example))
        digest.update(f"{name}{rows.shape}".encode() + rows.tobytes())
    return digest.hexdigest()
