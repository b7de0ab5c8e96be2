"""A deep resistive network in every view: Newton, transient, scipy, ngspice."""

import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.resistive.branches import (
    Branches,
    Volts,
    by_layer,
    gradient_of_drops,
    joined,
)
from neuroep.hardware.resistive.circuit import diode_circuit, settling_duration, transient
from neuroep.hardware.resistive.netlist import resistive_netlist
from neuroep.hardware.views.view import View, Waveform
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Stop

PROGRAMS = ("scipy", "ngspice")
"""What computes a view besides neuroep."""

PHASES = (0.0, 1.0, -1.0)
"""Free, nudged towards the target, nudged away from it: in units of beta."""

NEWTON = Stop(1e-13, 200)

TOLERANCE = 1e-11
"""Estimated error of one step of neuroep's transient, V."""


@dataclass(frozen=True)
class ResistiveBench:
    """One input of a deep resistive network, free and nudged both ways, for every view to run.

    ``x`` (inputs,) and ``target`` (outputs,), float64, in the network's units; ``duration``: length
    of a phase, s.
    """

    network: ResistiveNetwork
    x: Reals
    target: Reals
    beta: float
    duration: float

    @property
    def betas(self) -> Reals:
        """Nudging strength of each phase, (3,)."""
        return self.beta * np.array(PHASES)

    @property
    def clamped(self) -> Reals:
        """Voltages of the input nodes, (2 inputs + 2,), V."""
        return np.asarray(self.network.clamp(self.x[None])[0], float)

    def branches(self, beta: float) -> Branches:
        """Return the circuit of one phase, branch by branch."""
        return Branches(self.network, self.clamped, beta, self.target)

    def view(
        self,
        name: str,
        ends: Sequence[Reals],
        seconds: float,
        waveforms: Sequence[Waveform] = (),
        energy: Sequence[float] | None = None,
        spice_diodes: bool = False,
    ) -> View:
        """Return a view whose phases end at voltages (n,) of all free nodes.

        Its gradient and its current balance are computed from these; ``spice_diodes``: the latter
        by ngspice's law of diodes.
        """
        volts = by_layer(self.network, np.array(ends))
        return View(
            name,
            self.betas,
            {"in": np.tile(self.clamped, (len(ends), 1))} | volts,
            gradient_of_drops(self.network, self.clamped, volts, self.betas),
            max(
                replace(self.branches(beta), spice_diodes=spice_diodes).balance(
                    by_layer(self.network, end)
                )
                for beta, end in zip(self.betas, ends, strict=True)
            ),
            seconds,
            waveforms=tuple(waveforms),
            energy=None if energy is None else np.array(energy),
        )


def make_resistive_bench(
    network: ResistiveNetwork,
    x: ArrayLike,
    target: ArrayLike,
    beta: float,
    duration: float | None = None,
) -> ResistiveBench:
    """Put one input of a network on the bench.

    Parameters
    ----------
    x : (inputs,)
    target : (outputs,)
    beta : float
        Nudging strength, not 0.
    duration : float, optional
        Length of a phase, s; without it, long enough for the slowest node.

    Raises
    ------
    ValueError
        Ideal diodes, which no transient and no SPICE has; a conductance that the device cannot
        hold; arrays of another size; a nudge that the outputs cannot take.
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
    return ResistiveBench(network, x, target, float(beta), duration or slowest)


def newton_view(bench: ResistiveBench) -> View:
    """Solve Kirchhoff's current law: the view that the others are held to."""
    begun = time.perf_counter()
    network, x = bench.network, bench.x[None]
    free = settle_resistive(network, x, stop=NEWTON).require_converged()
    nudged = settle_resistive(
        network, x, beta=bench.betas[1:], target=bench.target[None], start=free, stop=NEWTON
    ).require_converged()
    seconds = time.perf_counter() - begun
    ends = np.concatenate(
        [np.concatenate([v[:, 0] for v in phase.volts], axis=1) for phase in (free, nudged)]
    )
    return bench.view("newton", list(ends.astype(float)), seconds)


def _starts(newton: View, bench: ResistiveBench) -> list[Reals]:
    """Return where the transient of each phase starts: 0 V, then twice the free state."""
    free = joined(bench.network, {name: v[0] for name, v in newton.volts.items()})
    return [np.zeros_like(free), free, free]


def transient_view(bench: ResistiveBench, newton: View) -> View:
    """Let the circuit run: free from 0 V, nudged from the free state."""
    begun = time.perf_counter()
    waves, energy = [], []
    for beta, start in zip(bench.betas, _starts(newton, bench), strict=True):
        circuit = diode_circuit(bench.network, bench.clamped, beta, bench.target)
        wave, drawn = transient(bench.network, circuit, start, bench.duration, TOLERANCE)
        waves.append(wave)
        energy.append(float(drawn[-1]))
    seconds = time.perf_counter() - begun
    return bench.view("transient", _ends(bench, waves), seconds, waves, energy)


def scipy_view(bench: ResistiveBench, newton: View, timed: View) -> View:
    """Integrate the branch currents by scipy's LSODA, at the times of another view's waveforms."""
    from scipy.integrate import solve_ivp

    begun = time.perf_counter()
    network = bench.network
    starts = _starts(newton, bench)
    # scipy takes numbers of order one for granted: time runs from 0 to 1, and energy is counted in
    # what a phase would draw at the power it begins with.
    joules = bench.duration * bench.branches(0.0).power(by_layer(network, starts[0]))
    waves, energy = [], []
    for beta, start, wave in zip(bench.betas, starts, timed.waveforms, strict=True):
        branches = bench.branches(beta)

        def rates(_: float, state: Reals, branches: Branches = branches) -> Reals:
            volts = by_layer(network, state[:-1])
            sums = {name: total for name, (total, _) in branches.currents(volts).items()}
            slopes = joined(network, sums) / network.capacitance
            return bench.duration * np.append(slopes, branches.power(volts) / joules)

        run = solve_ivp(
            rates,
            (0.0, 1.0),
            np.append(start, 0.0),
            method="LSODA",
            t_eval=wave.time / bench.duration,
            rtol=1e-11,
            atol=1e-12,
        )
        if not run.success:
            raise InputError(f"scipy: {run.message}")
        waves.append(Waveform(wave.time, by_layer(network, run.y[:-1].T)))
        energy.append(joules * float(run.y[-1, -1]))
    seconds = time.perf_counter() - begun
    return bench.view("scipy", _ends(bench, waves), seconds, waves, energy)


def ngspice_views(
    bench: ResistiveBench,
    newton: View,
    cells: Mapping[str, Path],
    *,
    timeout: float = 120.0,
    program: str = "ngspice",
) -> Iterator[View]:
    """Yield ngspice's operating point, looked for near another view's, and its transient.

    Raises
    ------
    InputError
        A cell's file does not fit; ngspice is missing, hangs or answers nonsense.
    """
    guesses = [
        joined(bench.network, {name: v[phase] for name, v in newton.volts.items()})
        for phase in range(len(PHASES))
    ]
    for name, analysis in (("ngspice .op", ".op"), ("ngspice .tran", ".tran")):
        begun = time.perf_counter()
        waves, energy = [], []
        for beta, start, guess in zip(bench.betas, _starts(newton, bench), guesses, strict=True):
            netlist = resistive_netlist(
                bench.network,
                bench.x,
                cells,
                duration=bench.duration,
                beta=beta,
                target=bench.target,
                start=start,
                guess=guess,
                analyses=(analysis,),
            )
            (plot,) = run_deck(netlist.text, timeout=timeout, program=program)
            waves.append(_waveform(bench, netlist.volts(plot), plot.time, start))
            energy.append(_drawn(netlist.power(plot), plot.time))
        seconds = time.perf_counter() - begun
        ends = _ends(bench, waves)
        if analysis == ".op":
            yield bench.view(name, ends, seconds, spice_diodes=True)
        else:
            yield bench.view(name, ends, seconds, waves, energy, spice_diodes=True)


def _waveform(bench: ResistiveBench, volts: Volts, moments: Reals | None, start: Reals) -> Waveform:
    """Return what ngspice recorded, and before it the given start, which it leaves out."""
    if moments is None:
        return Waveform(np.zeros(1), volts)
    before = by_layer(bench.network, start[None])
    return Waveform(
        np.append(0.0, moments),
        {name: np.concatenate([before[name], v]) for name, v in volts.items()},
    )


def _drawn(power: Reals, moments: Reals | None) -> float:
    """Return the energy of a power (W) over time, its first value holding from 0 on, J."""
    if moments is None:
        return 0.0
    return float(np.trapezoid(power, moments) + power[0] * moments[0])


def _ends(bench: ResistiveBench, waves: Sequence[Waveform]) -> list[Reals]:
    return [joined(bench.network, {k: v[-1] for k, v in w.volts.items()}) for w in waves]


def resistive_views(
    network: ResistiveNetwork,
    x: ArrayLike,
    target: ArrayLike,
    beta: float,
    *,
    duration: float | None = None,
    cells: Mapping[str, Path],
    programs: Collection[str] = PROGRAMS,
    timeout: float = 120.0,
) -> Iterator[View]:
    """Yield one input of a deep resistive network in every view, neuroep's own two first.

    "newton" settles, "transient" lets the circuit run; then "scipy", "ngspice .op" and
    "ngspice .tran", where ``programs`` names them. Each view's phases are free, +beta, -beta;
    transients start from 0 V, nudged ones from the free state of "newton".

    Parameters
    ----------
    x : (inputs,)
    target : (outputs,)
    beta : float
    duration : float, optional
        Length of a phase, s; without it, long enough for the slowest node.
    cells : dict of Path
        The .cir file of every cell, by name.
    programs : collection of str
        Of ``PROGRAMS``.
    timeout : float
        Of one run of ngspice, s.

    Raises
    ------
    InputError
        A cell's file does not fit; ngspice is missing, hangs or answers nonsense.
    ValueError
        See :func:`make_resistive_bench`.
    """
    bench = make_resistive_bench(network, x, target, beta, duration)
    newton = newton_view(bench)
    yield newton
    timed = transient_view(bench, newton)
    yield timed
    if "scipy" in programs:
        yield scipy_view(bench, newton, timed)
    if "ngspice" in programs:
        yield from ngspice_views(bench, newton, cells, timeout=timeout)
