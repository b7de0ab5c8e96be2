"""One example of a network of layers on the bench, cut to what SPICE can carry."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neuroep.design.bench import Example, Stand
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.slicing import Extent, device_pairs, slice_network
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.neurons import has_corners
from neuroep.hardware.views.compare import Tolerances
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.settle.hopfield.spiking import Spiking

PAIRS_AT_MOST = 10_000
"""Pairs of conductances that ngspice carries in seconds."""

HARD_CORNERS = Tolerances(volts=1e-4, cosine=0.999)
"""Where an activity has a corner: a step over it costs a solver digits, and a synapse its slope."""

PAIRS_IN_TRANSISTORS = 200
"""The same of a chip of transistors, of which every line has two dozen."""

EVERYTHING = Extent(10**9, 10**9, 10**9, 10**9)
A_FEW = Extent(tokens=4, width=2, queries=2, neurons=4)


def put_on_bench(
    network: Network,
    example: Example,
    beta: float,
    *,
    chip: Chip,
    cells: Mapping[str, Path],
    process: Mapping[str, Path],
    spiking: Spiking,
    by_spikes: bool,
    duration: float,
) -> Stand:
    """Put one example of a network on the bench, or as much of it as SPICE can carry.

    ``process``: files of the cells in transistors, where the chip is made of them.
    """
    inputs, notes = example.inputs, []
    pairs = device_pairs(network, {name: len(rows) for name, rows in inputs.items()})
    most, small = (PAIRS_IN_TRANSISTORS, A_FEW) if process else (PAIRS_AT_MOST, Extent())
    extent = EVERYTHING if pairs <= most else small
    part, clamped = slice_network(network, inputs, extent)
    cut = ""
    if extent is not EVERYTHING:
        kept = device_pairs(part, {name: v.shape[1] for name, v in clamped.items()})
        shapes = ", ".join(
            f"{name} {' x '.join(str(n) for n in part.shape(name))}" for name in part.layers
        )
        cut = f"a slice of {kept} of {pairs} pairs of devices: {shapes}"
        notes.append(f"{pairs} pairs of devices are too many for SPICE: {cut}")
    Circuit(network, chip).check_weights()  # a slice must not hide the rest
    bench = Bench(
        Circuit(part, chip),
        make_drive(part, clamped),
        np.eye(network.outputs)[example.label][None],
        beta,
        duration,
        cells=cells,
        process=process,
        spiking=spiking,
        note=cut,
        by_spikes=by_spikes,
    )
    neurons = (part.layers[name] for name in part.settling)
    hard = any(not layer.stored and has_corners(layer) for layer in neurons)  # type: ignore[arg-type]
    tolerances = HARD_CORNERS if hard else Tolerances()
    apart = bench.free.apart
    if apart > tolerances.volts:
        notes.append(
            f"several minima: sweeps from zero settle {apart:.3g} V away from where the chip "
            "does; all views are compared from the chip's free state"
        )
    return Stand(bench, tolerances, notes, cut)
