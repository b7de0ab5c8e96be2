"""The noise of a whole chip against ngspice's own: spectra of all membranes, linear and small."""

import numpy as np
import pytest
from circuit_support import CELLS, random_bench
from reference.noise import farads_of, sources

from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.ode import CircuitEquations
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs.ngspice import run_deck


def at_rest(bench: Bench) -> np.ndarray:
    """Return the membrane voltages of the free state, (n,)."""
    circuit, free = bench.circuit, bench.free.sweep
    return np.concatenate(
        [circuit.layers[k].volts * free.potential(k)[0, 0].astype(float) for k in bench.names]
    )


def spectra(bench: Bench, hertz: np.ndarray) -> np.ndarray:
    """Return the one-sided spectra of all membranes, (frequencies, n), V^2/Hz."""
    eqs = CircuitEquations(bench.circuit, bench.drive)
    rest = at_rest(bench)
    volts = np.append(rest, 0.0)
    n = rest.size
    jacobian = np.empty((n, n))
    for i in range(n):
        step = np.zeros(n + 1)
        step[i] = 1e-6
        ahead, behind = eqs.rate(0.0, volts + step), eqs.rate(0.0, volts - step)
        jacobian[:, i] = (ahead - behind)[:-1] / 2e-6
    found = np.zeros((hertz.size, n))
    # ngspice's tails and biases are behavioural sources, without noise.
    every = sources(eqs, bench.drive, 0, rest, biased=False)
    effects = np.array([s.effect * np.sqrt(s.spectrum) for s in every]) / farads_of(eqs)
    for k, f in enumerate(hertz):
        transfer = np.linalg.solve(2j * np.pi * f * np.eye(n) - jacobian, effects.T)
        found[k] = (np.abs(transfer) ** 2).sum(axis=1)
    return found


PROBE = "Vprobe probe 0 dc 0 ac 1\nRprobe probe 0 1\n"
"""An input that reaches nothing: ngspice wants to know to what noise is referred."""


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("plain", 1), ("plain", 2), ("pooled", 1), ("pooled", 2), ("token", 1), ("token", 2)],
)
def test_a_chip_is_as_noisy_as_ngspice_says(ngspice: str, kind: str, seed: int) -> None:
    bench = random_bench(kind, seed)
    rest = bench.circuit.volts({k: bench.free.sweep.potential(k)[0, 0] for k in bench.names})
    deck = network_netlist(bench.circuit, bench.drive, CELLS, guess=rest, analyses=())
    analyses = [f".noise v({unit}_mem) Vprobe dec 3 1k 100meg" for unit in deck.units]
    text = "\n".join([PROBE, *analyses, ".save onoise_spectrum", ".end\n"])
    plots = run_deck(deck.text.replace(".end\n", text))
    assert len(plots) == len(deck.units)
    theirs = np.array([p.values["onoise_spectrum"] ** 2 for p in plots[::-1]])  # last one first
    ours = spectra(bench, plots[0].values["frequency"])[:, deck.places]
    np.testing.assert_allclose(theirs, ours.T, rtol=1e-6)
