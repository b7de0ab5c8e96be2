"""What ngspice says about a network on a chip: operating points, waveforms, gradient, energy."""

import time as clock
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.views.view import View, Waveform


def ngspice_views(
    bench: Bench,
    sweep: View,
    cells: Mapping[str, Path],
    *,
    timeout: float = 120.0,
    program: str = "ngspice",
) -> Iterator[View]:
    """Settle one example in ngspice, free and nudged: first as operating points, then in time.

    Parameters
    ----------
    bench : Bench
        What settles.
    sweep : View
        The settled state as neuroep found it. Operating points are looked for near it, since a
        circuit may have several, and unstable ones; nudged transients start from its free state,
        the free transient from 0 V.
    cells : dict of Path
        The .cir file of every cell, by name.
    timeout : float
        For each run of ngspice, s.
    program : str
        Name or path of ngspice.

    Yields
    ------
    View
        "ngspice .op", then "ngspice .tran". The balance is that of the lines and currents that
        ngspice returns, by the elements of the netlist.

    Raises
    ------
    InputError
        See :func:`neuroep.hardware.programs.ngspice.run_deck`; or a cell's file does not fit.
    """
    for analysis in (".op", ".tran"):
        begun = clock.perf_counter()
        volts, lines, waveforms, energies, balances = [], [], [], [], []
        for phase, beta in enumerate(bench.betas):
            netlist = network_netlist(
                bench.circuit,
                bench.drive,
                cells,
                duration=float(bench.time[-1]),
                beta=float(beta),
                target=bench.target,
                start={name: v[0] for name, v in sweep.volts.items()} if phase else None,
                guess={name: v[phase] for name, v in sweep.volts.items()},
                analyses=(analysis,),
            )
            (plot,) = run_deck(netlist.text, timeout=timeout, program=program)
            waves = netlist.volts("mem", plot.values)
            volts.append({name: v[-1] for name, v in waves.items()})
            lines.append({name: v[-1] for name, v in netlist.volts("p", plot.values).items()})
            balances.append(netlist.board.ledger.balance(plot.values, plot.time))
            if plot.time is not None:
                waveforms.append(Waveform(plot.time, waves))
                energies.append(_drawn(plot, plot.time, bench.circuit.chip.supply))
        view = bench.view(
            f"ngspice {analysis}",
            {name: np.stack([v[name] for v in volts]) for name in bench.names},
            {
                name: np.stack([v[name] for v in lines]) / bench.circuit.chip.signal
                for name in bench.names
            },
            clock.perf_counter() - begun,
            waveforms,
            np.array(energies) if energies else None,
        )
        yield replace(view, balance=max(balances))


def _drawn(plot: Plot, time: Reals, supply: float) -> float:
    """Return the integral of what both supplies deliver, v times i, over ngspice's own steps, J."""
    # A voltage source's current is counted from its plus to its minus pin, through the source.
    power = -supply * plot.values["i(vdd)"] + supply * plot.values["i(vss)"]
    return float(np.trapezoid(power, time))
