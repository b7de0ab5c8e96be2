"""Noise of a chip in time: kT/C, 4kTg and RC of a node, and what a run of it depends on."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from circuit_support import CELLS, two_sequences
from reference.circuit import BETA, circuit_of
from reference.problems import WIRINGS
from scipy.signal import welch

from neuroep.core.constants import BOLTZMANN
from neuroep.core.tables import Reals
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.noise import built, conductances_at_membranes
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.noise import Noise
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Linear
from neuroep.settle import Record, Settled, Status, settle

KELVINS, FARADS = 340.0, 2e-12
EVERY = 0.1
"""Time constants from one point to the next."""


def alone(nodes: int, inputs: int = 0) -> Circuit:
    """Return nodes of their own, with pairs of so many clamped lines at each that carry nothing."""
    network = Network()
    out = network.add(Linear(nodes), "out")
    if inputs:
        network.connect(network.add(Clamped(inputs), "x"), out)
    network.initialise(0, np.float64)
    return Circuit(network, Chip(temperature=KELVINS, capacitance=FARADS))


def ran(circuit: Circuit, length: float, noise: Noise) -> Reals:
    """Return what nodes go through in so many time constants, at rest, (points, nodes), V."""
    network, tau = circuit.network, circuit.slowest
    points = round(length / EVERY) + 1
    solver = Transient(circuit, length * tau, points=points, limit=10**8, noise=noise)
    drive = make_drive(
        network, {name: np.zeros((1, 1, k.dim)) for name, k in network.inputs.items()}
    )
    settled = settle(network, drive, solver=solver, record=Record((0,)))
    return settled.trace[200:, 0] * circuit.layers["out"].volts


@cache
def of_rc() -> Reals:
    """Return four nodes alone, for 10,000 time constants, V."""
    return ran(alone(4), 10_020.0, Noise())


def test_the_variance_of_a_node_is_kt_over_c() -> None:
    variance = of_rc().var(axis=0) / (BOLTZMANN * KELVINS / FARADS)
    assert variance[0] == pytest.approx(1.0, abs=0.03)
    # 10,000 time constants leave sqrt(2 / 10,000) = 1.4 % to chance, four nodes 0.7 %.
    assert variance.mean() == pytest.approx(1.0, abs=0.02)
    assert np.abs(of_rc().mean(axis=0)).max() < 4 * np.sqrt(2e-4 * BOLTZMANN * KELVINS / FARADS)


def test_its_current_has_the_spectrum_of_its_conductance() -> None:
    circuit = alone(4)
    tau, siemens = circuit.slowest, circuit.layers["out"].leak
    hertz, density = welch(of_rc(), 1.0 / (EVERY * tau), nperseg=1000, axis=0)
    current = density * (siemens**2 + (2 * np.pi * hertz[:, None] * FARADS) ** 2)
    white = current.mean(axis=1) / (4 * BOLTZMANN * KELVINS * siemens)
    corner = 1.0 / (2 * np.pi * tau)
    for low, high in ((0.1, 0.5), (0.5, 2.0), (2.0, 6.0)):  # above, samples fold back
        band = white[(hertz > low * corner) & (hertz < high * corner)]
        assert band.mean() == pytest.approx(1.0, abs=0.04), (low, high)


def test_its_memory_is_rc_long() -> None:
    v = of_rc()
    lag = round(1.0 / EVERY)
    kept = (v[lag:] * v[:-lag]).mean() / (v**2).mean()
    assert -1.0 / np.log(kept) == pytest.approx(1.0, abs=0.03)


def test_what_hangs_at_a_node_makes_it_noisier_and_no_slower() -> None:
    circuit = alone(8, inputs=20)
    v = ran(circuit, 2_020.0, Noise(shot=False))
    pairs = 20 * 2 * circuit.chip.middle_conductance
    more = 1.0 + pairs / circuit.layers["out"].leak
    assert v.var() == pytest.approx(more * BOLTZMANN * KELVINS / FARADS, rel=0.03)


@pytest.mark.parametrize("lengths", [(5, 2), (2, 5)])
def test_only_what_is_wired_to_a_membrane_is_noisy_there(lengths: tuple[int, int]) -> None:
    """A row whose partner's sequence is shorter has no array from there."""
    bench = two_sequences(lengths, Chip(supply=5.0))
    circuit, drive = bench.circuit, bench.drive
    board = network_netlist(circuit, drive, CELLS, analyses=()).board
    siemens: dict[str, float] = {}
    for ground, _, g in board.ledger.conductances:
        siemens[ground] = siemens.get(ground, 0.0) + g
    for ground, _, g, _ in board.ledger.drains:
        siemens[ground] = siemens.get(ground, 0.0) + g
    wanted = [siemens[f"{unit}_in"] for k in bench.names for unit in board.units(k)]
    found = conductances_at_membranes(circuit, drive)[built(circuit, drive) > 0]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)


def test_colder_chips_are_quieter_and_quiet_ones_do_not_move() -> None:
    hot, cold = alone(8), alone(8)
    cold = Circuit(cold.network, replace(cold.chip, temperature=KELVINS / 2 + 4))
    hot_v, cold_v = (ran(c, 300.0, Noise()) for c in (hot, cold))
    # The same draws: their seed is of the noise, their size of the temperature.
    ratio = cold_v.std() / hot_v.std()
    assert ratio == pytest.approx(np.sqrt(0.5 + 4 / KELVINS), rel=1e-9)
    assert not ran(hot, 300.0, Noise(thermal=False)).any()  # nor has it currents


def settled(number: int | None = None, **given: Any) -> Settled:
    problem = WIRINGS["pooled"]("squared", np.float64)
    circuit = circuit_of(problem)
    circuit = Circuit(problem.network, replace(circuit.chip, number=number))
    solver = Transient(circuit, duration=5e-7, points=2, noise=Noise(**given))
    betas = [BETA, -BETA]
    return settle(problem.network, problem.drive, solver=solver, beta=betas, target=problem.target)


def test_the_same_settle_has_the_same_noise_and_any_other_its_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    first = settled().state.potential
    monkeypatch.setenv("NEUROEP_THREADS", "3")
    assert np.array_equal(first, settled().state.potential)
    monkeypatch.setenv("NEUROEP_THREADS", "1")
    assert np.array_equal(first, settled().state.potential)
    for other in (settled(seed=1), settled(number=17)):
        assert np.abs(first - other.state.potential).max() > 1e-5


def test_nudges_to_other_targets_are_other_measurements() -> None:
    circuit = alone(2000)
    circuit.network.set_cost(SquaredError("out"))
    solver = Transient(circuit, 30.0 * circuit.slowest, points=2, noise=Noise())
    drive = make_drive(circuit.network, {})
    low, high = (
        settle(
            circuit.network, drive, solver=solver, beta=BETA, target=np.full((1, 2000), wanted)
        ).potential("out")
        for wanted in (0.0, 1.0)
    )
    assert low.std() == pytest.approx(high.std(), rel=0.1)
    assert abs(np.corrcoef(low.ravel(), high.ravel())[0, 1]) < 0.07


def test_examples_nudged_with_other_signs_are_other_measurements() -> None:
    circuit = alone(2000, 1)
    circuit.network.set_cost(SquaredError("out"))
    solver = Transient(circuit, 30.0 * circuit.slowest, points=2, noise=Noise())
    drive = make_drive(circuit.network, {"x": np.zeros((4, 1, 1))})
    signs = BETA * np.array([[1, -1, -1, 1]])
    first, other = (
        settle(circuit.network, drive, solver=solver, beta=b, target=np.zeros((4, 2000)))
        .potential("out")
        .reshape(4, 2000)
        for b in (signs, -signs)
    )
    for one, again in zip(first, other, strict=True):
        assert abs(np.corrcoef(one, again)[0, 1]) < 0.1


def test_flicker_is_an_offset_of_a_phase() -> None:
    circuit = alone(2000)
    v = ran(circuit, 30.0, Noise(thermal=False, flicker=3e-3))
    assert v[-1].std() == pytest.approx(3e-3, rel=0.05)
    assert np.abs(v[-1] - v[-50]).max() < 1e-6
    again = ran(circuit, 30.0, Noise(thermal=False, flicker=3e-3, seed=1))
    assert abs(np.corrcoef(v[-1], again[-1])[0, 1]) < 0.07


def test_flicker_of_a_spectrum_is_what_phases_differ_by() -> None:
    """K/f, low-passed by tau, at two ends of phases T apart: K (ln(T/tau) + 0.577) each."""
    x = np.logspace(-6, 5, 2_000_000)  # 2 pi f tau
    for apart in (20.0, 80.0):
        differing = np.trapezoid((1 - np.cos(apart * x)) / (x * (1 + x**2)), x)
        assert differing == pytest.approx(np.log(apart) + np.euler_gamma, abs=5e-3)


def test_without_noise_steps_lead_where_exact_ones_do() -> None:
    problem = WIRINGS["token"]("squared", np.float64)
    circuit = circuit_of(problem)
    quiet = Noise(thermal=False, shot=False)
    exact, stepped = (
        settle(problem.network, problem.drive, solver=Transient(circuit, noise=noise))
        for noise in (None, quiet)
    )
    np.testing.assert_allclose(stepped.state.potential, exact.state.potential, atol=1e-9)
    assert stepped.drawn is not None
    assert exact.drawn is not None
    np.testing.assert_allclose(stepped.drawn, exact.drawn, rtol=1e-3)
    assert (stepped.status == Status.CONVERGED).all()


@pytest.mark.parametrize("flicker", [-1e-3, float("nan"), float("inf")])
def test_an_offset_that_cannot_be_is_refused(flicker: float) -> None:
    with pytest.raises(ValueError, match="flicker: must not be negative"):
        Noise(flicker=flicker)
