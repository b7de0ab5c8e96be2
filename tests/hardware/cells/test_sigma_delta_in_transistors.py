"""The clocked neuron in transistors spikes as often as the kernel's."""

from pathlib import Path

import numpy as np
import pytest

from neuroep.design.cells import cell_files
from neuroep.hardware.cells import CELLS
from neuroep.hardware.netlist.cells import read_cells
from neuroep.hardware.netlist.deck import Deck
from neuroep.hardware.netlist.options import PROCESS_OPTIONS
from neuroep.hardware.programs.ngspice import run_deck

QUANTUM, PERIOD, SIGNAL, SUPPLY = 2.6e-12, 10e-6, 0.3, 0.9


def in_transistors(rates: np.ndarray, steps: int, supply: float = SUPPLY) -> np.ndarray:
    """Return the spikes (rates, steps) of neurons that get a constant current each."""
    cells = read_cells(cell_files({}, Path(), "sky130"), [CELLS["sigma_delta"]])
    deck, lines, begun = Deck(cells), [], 0.5 * PERIOD
    for k, rate in enumerate(rates):
        deck.add(
            f"n{k}", "sigma_delta", f"in{k}", "clk", f"mem{k}", f"spike{k}",
            c=10e-12, q=QUANTUM, t=PERIOD, vs=SIGNAL, signed=1,
        )  # fmt: skip
        current = rate * QUANTUM / PERIOD
        lines.append(f"i{k} 0 in{k} pwl(0 0 {begun - 1e-9} 0 {begun} {current})")
        lines.append(f"rload{k} spike{k} 0 100k")
    text = [
        "neurons that spike",
        PROCESS_OPTIONS,
        f"vdd vdd 0 {supply}",
        f"vss vss 0 {-supply}",
        f"vclk clk 0 pulse({-supply} {supply} {PERIOD} 20n 20n {PERIOD / 2 - 20e-9} {PERIOD})",
        deck.subcircuits(),
        *deck.lines,
        *lines,
        *(f".ic v(xn{k}.m)=0" for k in range(len(rates))),
        f".tran 100n {(steps + 1) * PERIOD} 0 250n",
        ".save " + " ".join(f"v(spike{k})" for k in range(len(rates))),
        ".end\n",
    ]
    (plot,) = run_deck("\n".join(text), timeout=500)
    middle = (np.arange(1, steps + 1) + 0.4) * PERIOD
    lines_at = [np.interp(middle, plot.time, plot.values[f"spike{k}"]) for k in range(len(rates))]  # type: ignore[arg-type]
    return np.round(np.array(lines_at) / SIGNAL)


def of_the_kernel(rates: np.ndarray, steps: int) -> np.ndarray:
    """Return the same by the modulator's own equation."""
    charge, spikes = np.zeros(len(rates)), []
    for _ in range(steps):
        phi = charge + rates
        spike = (phi >= 0.5).astype(float) - (phi < -0.5)
        charge = phi - spike
        spikes.append(spike)
    return np.array(spikes).T


def check(rates: np.ndarray, steps: int) -> None:
    found, wanted = (
        in_transistors(rates, steps).sum(axis=1),
        of_the_kernel(rates, steps).sum(axis=1),
    )
    assert (np.abs(found - wanted) <= 1).all(), (found, wanted)


def test_two_rates(process: str) -> None:
    check(np.array([-0.35, 0.8]), 20)


@pytest.mark.endurance
def test_five_rates_over_a_hundred_steps(process: str) -> None:
    check(np.array([-0.8, -0.3, 0.1, 0.45, 0.9]), 100)


def test_half_the_rails_do_not_spike(process: str) -> None:
    assert np.abs(in_transistors(np.array([0.8]), 8, 0.5 * SUPPLY)).sum() == 0
