"""What examples take of a design's chip of layers: by its equations, and cell by cell."""

from collections.abc import Mapping

import numpy as np

from neuroep.core.tables import Floats
from neuroep.design.cells import library
from neuroep.design.hopfield.sections import CircuitSection
from neuroep.hardware.account import Account, wires_uncounted
from neuroep.hardware.hopfield.account import parts_of
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.settling import settling_estimate
from neuroep.hardware.hopfield.transient import Transient
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.inputs import Input
from neuroep.settle import Stop, settle
from neuroep.settle.result import Record

AT_REST = Stop(1e-8, 1000)
"""Sweeps until what is left is no power any more, and a small part of what any nudge moves: how
fast a phase settles is read off its last sweeps."""


def account_of(
    circuit: Circuit,
    inputs: Mapping[str, Input],
    target: Floats,
    section: CircuitSection,
    spikes: bool,
    beta: float,
    durations: tuple[float, float],
    capacitance: float,
) -> Account:
    """Return where the joules of examples go on a chip, an estimate from sweeps.

    ``spikes``: whether lines carry spikes; ``durations``: of a free and of a nudged phase, s, 0 is
    80 of the slowest time constant; ``capacitance``: of a line's sampler, F. A ValueError: a device
    cannot hold its weight.
    """
    network = circuit.network
    drive = make_drive(network, inputs)
    circuit.check(drive)
    free = settle(network, drive, stop=AT_REST, record=Record((0,)))
    nudged = settle(
        network,
        drive,
        beta=[beta, -beta],
        target=target,
        start=free,
        stop=AT_REST,
        record=Record((0, drive.count)),
    )
    where = library(section.library)
    volts = circuit.chip.signal
    squares = sum(float(np.square(nudged.activity(k), dtype=float).sum()) for k in network.settling)
    seconds = [float(Transient(circuit, duration).time[-1]) for duration in durations]
    traces = [free.trace[:, 0], nudged.trace[:, 0], nudged.trace[:, 1]]
    return Account(
        parts_of(circuit, [free, nudged], target, where.measured),
        np.array([seconds[0], seconds[1], seconds[1]]),
        np.array([settling_estimate(circuit, trace.astype(float)) for trace in traces]),
        capacitance * volts**2 * squares / drive.count,
        uncounted=tuple(_uncounted(section, spikes)),
        how="settled by sweeps; power at rest times the length of a phase; "
        + (
            "cells draw what was measured of them in ngspice"
            if where.measured
            else "cells draw what their equations say: quiescent currents and class-B drivers"
        ),
    )


def _uncounted(section: CircuitSection, spikes: bool) -> list[str]:
    lines = [
        "converters (DAC of the inputs, ADC of the outputs)",
        "controller of the phases, clocks and selection of rows",
        *wires_uncounted(section.wires is not None),
    ]
    if section.of_process:
        lines.append("area of devices: the process has none")
    else:
        lines += ["area: ideal cells have none", "amplifiers' bias circuits"]
    if spikes:
        lines.append("spiking lines: taken as analog ones")
    if section.cells:
        lines.append(f"own cells {', '.join(section.cells)}: counted as those they stand for")
    return lines
