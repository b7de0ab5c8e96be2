"""Devices at their own bounds, and pulses that are counted by sign, one after the other."""

import numpy as np
import pytest
from reference.registry import compares

from neuroep.core.pulses import arrays, device
from neuroep.core.pulses.arrays import at_bounds, settled_in, synapse_pulsed
from neuroep.core.tables import Reals
from neuroep.devices.array import key_of
from neuroep.devices.device import Device, Spread

KEY = key_of(3, "w")
SYNAPSES = 200


def made_of(number: int, kind: Reals) -> Reals:
    made = np.empty(4)
    device.fabricated(KEY, number, kind, made)
    return made


@compares(at_bounds)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("spread", [Spread(), Spread(bounds=0.3), Spread(lower=0.3)])
def test_who_stands_at_a_bound_of_its_own(dtype: type, spread: Spread) -> None:
    kind = Device("x", 1e-6, 4e-5, 0.1, 0.1, spread=spread).kind()
    states = np.random.default_rng(1).uniform(-2, 2, SYNAPSES).astype(dtype)
    settled_in(states, 1, KEY, kind)
    expected = 0
    for i, state in enumerate(states):
        made = made_of(2 * i + 1, kind)
        expected += state in (dtype(made[device.LOW]), dtype(made[device.HIGH]))
    assert at_bounds(states, 1, KEY, kind) == expected
    assert SYNAPSES / 4 < expected < SYNAPSES


@compares(synapse_pulsed)
@pytest.mark.parametrize("code", [arrays.PAIR, arrays.SINGLE, arrays.ONE_SIDED])
@pytest.mark.parametrize("counted", [True, False])
def test_books_and_counts_of_a_pulse_after_another(code: int, counted: bool) -> None:
    """N pulses at once are n pulses one by one, where no noise is drawn."""
    one = Device("x", 1e-6, 4e-5, 0.3, 0.2, spread=Spread(step=0.2, bounds=0.2))
    kind, (laws, constants) = one.kind(), one.law.table(0.0, False)
    rng = np.random.default_rng(2)
    start = [rng.uniform(-1, 1, SYNAPSES) for _ in range(1 if code == arrays.SINGLE else 2)]
    start.append(np.empty(0))
    for side, states in enumerate(start[:2]):
        settled_in(states, side, KEY, kind)
    counts = rng.integers(-6, 7, SYNAPSES)
    results = []
    for single in (False, True):
        plus, minus = start[0].copy(), start[1].copy()
        books, given = np.zeros(arrays.BOOKS), np.zeros((SYNAPSES * counted, 2), np.uint32)
        standing = 0
        values = np.zeros(SYNAPSES)
        some = arrays.Synapses(0, values, plus, minus, given, 1.0, 0.0, code)
        pulsing = arrays.Pulsing(KEY, KEY, 1, kind, laws, constants, np.empty(4), books)
        for states, side in ((plus, 0), (minus, 1)):
            standing -= at_bounds(states, side, KEY, kind)
        for i, count in enumerate(counts):
            for part in [int(np.sign(count))] * abs(count) if single else [int(count)]:
                synapse_pulsed(i, part, some, pulsing)
        for states, side in ((plus, 0), (minus, 1)):
            standing += at_bounds(states, side, KEY, kind)
        assert books[arrays.STANDING] == standing
        assert books[arrays.MOVED] == pytest.approx(
            (plus - start[0]).sum() + (minus - start[1]).sum(), abs=1e-12 * 4 * SYNAPSES
        )
        both = 2 if code == arrays.PAIR else 1
        assert books[arrays.UP] + books[arrays.DOWN] == both * np.abs(counts).sum()
        if counted:
            assert np.array_equal(given[:, 0], np.maximum(counts, 0))
            assert np.array_equal(given[:, 1], np.maximum(-counts, 0))
        results.append((plus, minus, books))
    for name in (0, 1):
        np.testing.assert_allclose(results[0][name], results[1][name], atol=1e-15)
    exact = [arrays.UP, arrays.DOWN, arrays.STANDING]
    np.testing.assert_array_equal(results[0][2][exact], results[1][2][exact])
    np.testing.assert_allclose(results[0][2][arrays.SEEN], results[1][2][arrays.SEEN])
