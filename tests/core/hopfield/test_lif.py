"""Leaky integrate-and-fire kernels against bisection, and against the closed form."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference.lif import lif_spikes
from reference.registry import compares

from neuroep.core.hopfield import lif

TAU, LEAK, REST, THRESHOLD, RESET, REFRACTORY = 1e-4, 1e-8, 0.05, 0.3, -0.1, 1e-5
NEURON = np.array([TAU, LEAK, REST, THRESHOLD, RESET, REFRACTORY])


def random_neurons(rng: np.random.Generator, n: int) -> np.ndarray:
    low = rng.uniform(-0.3, 0.1, n)
    columns = np.empty((n, lif.LIF_COLUMNS))
    columns[:, lif.TIME_CONSTANT] = 10 ** rng.uniform(-6, -4, n)
    columns[:, lif.LEAK] = 10 ** rng.uniform(-9, -7, n)
    columns[:, lif.REST] = rng.uniform(-0.2, 0.2, n)
    columns[:, lif.THRESHOLD] = low + rng.uniform(0.1, 0.5, n)
    columns[:, lif.RESET] = low
    columns[:, lif.REFRACTORY] = rng.choice([0.0, 1e-6, 3e-5], n)
    return columns


@compares(lif.lif_neuron, lif.lif_neurons)
def test_spikes_and_state(rng: np.random.Generator) -> None:
    n, segments = 40, 12
    edges = np.concatenate([[0.0], np.cumsum(rng.uniform(1e-6, 1e-4, segments))])
    neurons = random_neurons(rng, n)
    reach = (neurons[:, lif.THRESHOLD] - neurons[:, lif.REST]) * neurons[:, lif.LEAK]
    currents = reach * rng.uniform(-1, 4, (segments, n))
    v = rng.uniform(-0.3, 0.4, n)  # some start above their threshold and fire at once
    currents[:, :4], v[:4] = -np.abs(currents[:, :4]), -0.5  # and some stay silent
    ready = rng.uniform(-1e-5, 3e-5, n)
    start = v.copy(), ready.copy()
    times, counts = np.empty((n, 4000)), np.zeros(n, np.int64)
    lif.lif_neurons(edges, currents, neurons, v, ready, times, counts)
    assert counts.sum() > 500
    assert (counts == 0).any()
    for i in range(n):
        spikes, wanted_v, wanted_ready = lif_spikes(
            edges, currents[:, i], neurons[i], start[0][i], start[1][i]
        )
        assert counts[i] == len(spikes)
        np.testing.assert_allclose(times[i, : counts[i]], spikes, rtol=1e-9, atol=1e-13)
        assert v[i] == pytest.approx(wanted_v, abs=1e-7)
        if spikes:
            assert ready[i] == pytest.approx(wanted_ready, rel=1e-9)


@given(factor=st.floats(1.001, 50.0))
def test_constant_current_gives_the_textbook_interval(factor: float) -> None:
    settled = REST + factor * (THRESHOLD - REST)
    interval = REFRACTORY + TAU * np.log((settled - RESET) / (settled - THRESHOLD))
    edges = np.array([0.0, 20.5 * interval])
    times = np.empty(100)
    current = np.array([(settled - REST) * LEAK])
    _, _, count = lif.lif_neuron(edges, current, NEURON, RESET, -1.0, times)
    assert count == 21 if 0.5 * interval > interval - REFRACTORY else 20
    np.testing.assert_allclose(np.diff(times[:count]), interval, rtol=1e-12)


def test_a_run_in_two_parts_is_one_run(rng: np.random.Generator) -> None:
    edges = np.linspace(0, 1e-3, 11)
    currents = 1e-8 * rng.uniform(-0.2, 1.5, 10)
    whole, first, second = np.empty(100), np.empty(100), np.empty(100)
    v, ready, count = lif.lif_neuron(edges, currents, NEURON, 0.0, 0.0, whole)
    middle = lif.lif_neuron(edges[:6], currents[:5], NEURON, 0.0, 0.0, first)
    last = lif.lif_neuron(edges[5:], currents[5:], NEURON, *middle[:2], second)
    assert middle[2] > 0
    assert middle[2] + last[2] == count
    parts = np.concatenate([first[: middle[2]], second[: last[2]]])
    np.testing.assert_allclose(parts, whole[:count], rtol=1e-12)
    assert last[:2] == pytest.approx((v, ready), rel=1e-12)


def test_silent_at_and_below_threshold_and_without_a_number() -> None:
    edges, times = np.array([0.0, 1.0]), np.empty(10)
    for current in (LEAK * (THRESHOLD - REST), 0.0, -1e-8, np.nan, -np.inf):
        assert lif.lif_neuron(edges, np.array([current]), NEURON, 0.0, -1.0, times)[2] == 0


def test_a_full_buffer_ends_the_run() -> None:
    edges, times = np.array([0.0, 1.0]), np.empty(7)
    _, _, count = lif.lif_neuron(edges, np.array([1e-7]), NEURON, 0.0, -1.0, times)
    assert count == 7
    assert np.all(np.diff(times) > 0)
