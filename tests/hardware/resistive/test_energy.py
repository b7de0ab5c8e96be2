"""Energy of an example on a resistive chip: G V^2 t, synapse by synapse."""

import numpy as np
import pytest
from resistive_support import SEEDS, draw, random_network

from neuroep.hardware.resistive.energy import dissipated, energies, phase_duration
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle import Stop
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive

STOP = Stop(1e-12, 2000)


def settled(network: ResistiveNetwork, count: int = 3) -> tuple[ResistiveSettled, np.ndarray]:
    rng = np.random.default_rng(5)
    inputs = rng.uniform(-1, 1, (count, network.inputs))
    target = rng.uniform(-1, 1, (count, network.outputs))
    return settle_resistive(network, make_resistive_drive(network, inputs), stop=STOP), target


def slow(network: ResistiveNetwork, found: ResistiveSettled) -> np.ndarray:
    """Return g (A v_pre - v_post)^2, one synapse after the other."""
    power = np.zeros(found.beta.shape)
    for phase, example in np.ndindex(*power.shape):
        for k, g in enumerate(network.conductances):
            before = network.gains[k] * found.layer(k)[phase, example]
            behind = found.layer(k + 1)[phase, example]
            for i, j in np.ndindex(*g.shape):
                power[phase, example] += g[i, j] * (before[i] - behind[j]) ** 2
    return power


@pytest.mark.parametrize("seed", SEEDS)
def test_power_against_a_slow_loop(seed: int) -> None:
    network = random_network(seed)
    free, _ = settled(network)
    np.testing.assert_allclose(dissipated(network, free), slow(network, free), rtol=1e-10)


def test_without_amplifiers_the_sources_deliver_it() -> None:
    network = random_network(3, diode=None)
    free, _ = settled(network)
    clamped, first = free.layer(0)[0], network.conductances[0]
    delivered = [
        float(np.sum(v * (first * (v[:, None] - free.layer(1)[0, e])).sum(axis=1)))
        for e, v in enumerate(clamped)
    ]
    np.testing.assert_allclose(dissipated(network, free)[0], delivered, rtol=1e-6)


def test_energy_is_power_times_time_and_samples_are_c_v_squared() -> None:
    network = random_network(1)
    free, target = settled(network)
    beta, farads = 0.1, 50e-15
    found = energies(network, free.drive, target, beta, 2e-6, farads, STOP)
    nudged = settle_resistive(
        network, free.drive, beta=[beta, -beta], target=target, start=free, stop=STOP
    )
    assert found.free == pytest.approx(2e-6 * slow(network, free)[0].mean(), rel=1e-9)
    assert found.nudged == pytest.approx(2e-6 * slow(network, nudged).sum(axis=0).mean(), rel=1e-9)
    squares = sum(float((volts**2).sum()) for volts in nudged.volts) / 3
    assert found.sampled == pytest.approx(farads * squares, rel=1e-9)
    assert found.how.startswith("estimated")


def test_a_phase_lasts_thirty_time_constants_of_the_least_loaded_node() -> None:
    network = random_network(2)
    loads = []
    for k in range(1, len(network.sizes)):
        for node in range(network.sizes[k]):
            load = float(network.conductances[k - 1][:, node].sum())
            if k < len(network.conductances):
                load += float(network.conductances[k][node].sum())
            loads.append(load)
    assert phase_duration(network) == pytest.approx(30 * network.capacitance / min(loads))


def test_on_a_drawn_chip_it_is_the_slowest_node() -> None:
    network = random_network(2)
    draw(network, spread=0.5)
    constants = []
    for k in range(1, len(network.sizes)):
        farads = np.broadcast_to(network.capacitance_of(k), network.sizes[k])
        for node in range(network.sizes[k]):
            load = float(network.conductances[k - 1][:, node].sum())
            if k < len(network.conductances):
                through = (network.gain_of(k) * network.return_of(k))[node]
                load += through * float(network.conductances[k][node].sum())
            constants.append(farads[node] / load)
    assert phase_duration(network) == pytest.approx(30 * max(constants))
