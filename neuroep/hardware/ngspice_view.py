"""What ngspice says about a circuit: operating points, waveforms, gradient, energy."""

import time as clock
from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.circuit import Circuit
from neuroep.hardware.netlist import build_netlist
from neuroep.hardware.ngspice import run_deck
from neuroep.hardware.one_example import gradient_from, one_example
from neuroep.hardware.rawfile import Plot
from neuroep.hardware.views import View, Waveform
from neuroep.network.drive import Drive


def ngspice_views(
    circuit: Circuit,
    drive: Drive,
    target: ArrayLike,
    beta: float,
    cells: Mapping[str, Path],
    *,
    example: int = 0,
    duration: float = 0.0,
    guess: Mapping[str, Reals] | None = None,
    timeout: float = 120.0,
    program: str = "ngspice",
) -> Iterator[View]:
    """Settle one example in ngspice, free and nudged: first as operating points, then in time.

    Parameters
    ----------
    circuit : Circuit
    drive : Drive
        Clamped inputs, in float64 for all digits of the gradient.
    target : (outputs,)
        What the cost compares with.
    beta : float
        Nudging strength; phases are 0, +beta, -beta.
    cells : dict of Path
        The .cir file of every cell, by name.
    example : int
        Which of the drive's examples.
    duration : float
        Of a phase in time, s; 40 of the slowest time constant when it is zero.
    guess : dict of (3, n), optional
        Membrane voltages near which each phase's operating point is looked for, by layer, V: of
        several operating points, or an unstable one, ngspice finds any. When absent, nudged phases
        look near the free one.
    timeout : float
        For each run of ngspice, s.
    program : str
        Name or path of ngspice.

    Yields
    ------
    View
        "ngspice .op", then "ngspice .tran", whose free phase starts from 0 V and whose nudged
        phases start from the end of the free one.

    Raises
    ------
    InputError
        See :func:`neuroep.hardware.ngspice.run_deck`; or a cell's file does not fit.
    ValueError
        See :func:`neuroep.hardware.netlist.build_netlist`.
    """
    betas = np.array([0.0, beta, -beta])
    single = one_example(drive, example)
    for analysis in (".op", ".tran"):
        begin = clock.perf_counter()
        ends, lines, waveforms, energies, balances = [], [], [], [], []
        free: dict[str, Reals] = {}
        for phase, strength in enumerate(betas):
            near = free if guess is None else {name: v[phase] for name, v in guess.items()}
            netlist = build_netlist(
                circuit,
                single,
                cells,
                duration=duration,
                beta=float(strength),
                target=target,
                start=free,
                guess=near,
                analyses=(analysis,),
            )
            (plot,) = run_deck(netlist.text, timeout=timeout, program=program)
            volts = netlist.volts("mem", plot.values)
            ends.append({name: v[-1] for name, v in volts.items()})
            activity = netlist.volts("p", plot.values)
            lines.append({name: v[-1] for name, v in activity.items()})
            free = free or ends[0]
            balances.append(netlist.board.ledger.balance(plot.values, plot.time))
            if plot.time is not None:
                waveforms.append(Waveform(plot.time, volts))
                energies.append(_drawn(plot, plot.time, circuit.chip.supply))
        ends_of = {name: np.stack([v[name] for v in ends]) for name in free}
        activities = {
            name: np.stack([v[name] for v in lines]) / circuit.chip.signal for name in free
        }
        potentials = circuit.potentials(ends_of)
        yield View(
            f"ngspice {analysis}",
            betas,
            ends_of,
            gradient_from(single, betas, target, potentials, activities),
            max(balances),
            clock.perf_counter() - begin,
            activities,
            tuple(waveforms),
            np.array(energies) if energies else None,
        )


def _drawn(plot: Plot, time: Reals, supply: float) -> float:
    """Return the integral of what both supplies deliver, v times i, over ngspice's own steps, J."""
    # A voltage source's current is counted from its plus to its minus pin, through the source.
    power = -supply * plot.values["i(vdd)"] + supply * plot.values["i(vss)"]
    return float(np.trapezoid(power, time))
