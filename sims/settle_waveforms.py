#!/usr/bin/env python3
"""A chip settles, is nudged both ways, and its synapses read the contrast: as on an oscilloscope.

What it shows   The circuit's own ODE in volts and seconds: membranes settle in the free phase, move
                by millivolts under the nudges, and at each synapse the product of the activities on
                its two sides tells, from the difference of the nudges, the gradient that it needs.
Command         python sims/settle_waveforms.py
                python sims/settle_waveforms.py --design attention_small --beta 0.2 --out scope.png
Expected        settle_waveforms.png, and a table: when each phase has settled, what it draws from
                the supplies until then and at rest, and that the last contrast is the gradient of
                exact sweeps to 1e-6
Time            a few seconds, and half a minute at the first run, to compile
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from neuroep.cli.errors import guarded
from neuroep.cli.numbers import natural, nonzero
from neuroep.cli.outputs import check_outputs
from neuroep.cli.parser import Parser
from neuroep.errors import InputError
from neuroep.export import check_export, export
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.views import compare
from neuroep.hardware.views.view import Waveform
from neuroep.report import Number, check_figure, oscilloscope, save, table
from neuroep.studies.verify.case import VerifyOptions, nudged, open_case
from neuroep.studies.verify.export import recording_of

PHASES = ("free", "+beta", "-beta")


def arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--design",
        metavar="DESIGN",
        default="attention_small",
        help="design file or built-in name",
    )
    parser.add_argument(
        "--weights", metavar="RUN", help="run folder; drawn from the seed without it"
    )
    parser.add_argument("--data", metavar="FILE", help="where the run's test examples are")
    parser.add_argument("--example", type=natural, default=0, help="which example")
    parser.add_argument("--beta", type=nonzero, default=0.5, help="nudging strength")
    parser.add_argument(
        "--out", metavar="FILE", default="settle_waveforms.png", help=".png, .svg or .pdf"
    )
    parser.add_argument(
        "--export",
        metavar="FILE",
        help="also write all waveforms (s, V): .raw, .cir (sources), .csv, .vcd, .nc, .npz",
    )
    return parser.parse_args()


def main() -> None:
    """Run the chip and draw it."""
    options = arguments()
    check_figure(options.out)
    check_outputs(options, options.out, options.export)
    if options.export:
        check_export(options.export)
    wanted = VerifyOptions(
        data=options.data,
        design=options.design,
        weights=options.weights,
        example=options.example,
        beta=options.beta,
    )
    case = open_case(wanted)
    bench = case.bench
    if not isinstance(bench, Bench):
        raise InputError(f"{options.design}: a resistive chip has no activities to multiply")
    with nudged(wanted):
        exact, chip = bench.settled, bench.timed

    energy = compare.energy_to_settle(chip, chip)
    assert energy is not None
    assert chip.power is not None
    # The last coupling between settling layers, from what stands on the two sides of each synapse.
    coupling = next(c for c in reversed(bench.circuit.network.couplings) if c.source in bench.names)
    beta = options.beta
    plus, minus = (activities(bench, wave) for wave in chip.waveforms[1:])
    products = [
        np.einsum("ti,tj->tij", s[coupling.source], s[coupling.target]) for s in (plus, minus)
    ]
    contrast = -(products[0] - products[1]) / (2 * beta)
    synapses = {
        f"{i} to {j}": contrast[:, i, j]
        for i in range(contrast.shape[1])
        for j in range(contrast.shape[2])
    }
    error = np.abs(contrast[-1] - exact.gradient[coupling.name]).max()

    rows = [
        [
            phase,
            Number(compare.settling_time(wave) * 1e6, unit="us"),
            Number(drawn * 1e9, unit="nJ"),
            Number(rest * 1e3, unit="mW"),
        ]
        for phase, wave, drawn, rest in zip(PHASES, chip.waveforms, energy, chip.power, strict=True)
    ]
    for note in case.notes:
        print(note)
    print(table(rows, ["phase", "settled after", "drawn until then", "power at rest"]))
    print(f"contrast at {coupling.name}: within {error:.1e} of the gradient by exact sweeps")
    switch = min(2.0 * max(compare.settling_time(w) for w in chip.waveforms), bench.time[-1])
    layers = {name: [w.volts[name] for w in chip.waveforms] for name in bench.names}
    figure = oscilloscope(bench.time, layers, synapses, coupling=coupling.name, switch=switch)
    print(f"waveforms: {save(figure, Path(options.out))}")
    if options.export:
        export(options.export, recording_of(chip, case.title, options.design))
        print(f"time and voltages: {options.export}")


def activities(bench: Bench, wave: Waveform) -> dict[str, np.ndarray]:
    """Return the normalised activities of a waveform's membranes, (T, n) by layer."""
    equations = bench.equations(0.0)
    lines = [equations.lines(equations.split(row))[0] for row in flat_rows(bench, wave)]
    return {
        name: np.stack([line[name].ravel() for line in lines]) / bench.circuit.chip.signal
        for name in bench.names
    }


def flat_rows(bench: Bench, wave: Waveform) -> np.ndarray:
    """Return the voltages of all membranes, (T, n)."""
    return np.concatenate([wave.volts[name] for name in bench.names], axis=1)


if __name__ == "__main__":
    sys.exit(guarded(main))
