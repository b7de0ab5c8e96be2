"""Time and refresh, against what each of them does to one device after the other, in Python."""

import math

import numpy as np
import pytest
from reference import pulses as slow
from reference.registry import compares

from neuroep.core.pulses import ageing, arrays
from neuroep.core.pulses.device import SHARE_STUCK, STUCK
from neuroep.devices.device import Device, Spread
from neuroep.devices.laws.linear import Linear

KEY = np.uint64(17)
WORN = Device(
    "x", 1e-6, 4e-5, 0.03, 0.02, law=Linear(0.5, 0.8), pulse_noise=0.3,
    spread=Spread(step=0.2, asymmetry=0.05, bounds=0.1),
)  # fmt: skip


@compares(ageing.aged)
@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("spread", [0.0, 0.03])
def test_drift_and_decay(side: int, spread: float) -> None:
    states = np.linspace(-1.2, 1.2, 40)
    table = np.zeros(ageing.AGEING)
    table[ageing.RATIO], table[ageing.KEEP], table[ageing.CENTRE] = 37.0, 0.8, 1.05
    table[ageing.SLOPE], table[ageing.SPREAD] = 0.06, spread
    kind = WORN.kind()
    kind[SHARE_STUCK] = 0.2
    expected, standing = [], [0, 0]
    for i, state in enumerate(states):
        device = 2 * i + side
        if slow.uniform(int(KEY), device, -1, STUCK) < 0.2:
            expected.append(state)
            continue
        nu = max(0.06 + spread * slow.normal(int(KEY), device, -1, ageing.DRIFTING), 0.0)
        moved = (0.8 * state + 1.05) * 37.0**-nu - 1.05
        _, _, low, high = slow.born(WORN, int(KEY), device)
        expected.append(min(max(moved, low), high))
        for when, one in enumerate((state, expected[-1])):
            standing[when] += one <= low or one >= high
    more = ageing.aged(states, side, KEY, kind, table)
    assert more == standing[1] - standing[0]
    np.testing.assert_allclose(states, expected, rtol=1e-12, atol=1e-14)


@compares(ageing.read_noisily)
@pytest.mark.parametrize("two", [False, True])
def test_a_read(two: bool) -> None:
    rng = np.random.default_rng(0)
    plus, minus = rng.uniform(-1, 1, 30), rng.uniform(-1, 1, 30 * two)
    values = np.empty(30)
    ageing.read_noisily(plus, minus, 0.7, 0.2, 0.05, KEY, 9, values)
    for i, found in enumerate(values):
        difference = plus[i] + 0.05 * slow.normal(int(KEY), 2 * i, 9, ageing.READ)
        if two:
            difference -= minus[i] + 0.05 * slow.normal(int(KEY), 2 * i + 1, 9, ageing.READ)
        assert found == pytest.approx(0.2 + 0.7 * difference, abs=1e-12)


@compares(ageing.refreshed)
def test_refresh() -> None:
    rng = np.random.default_rng(1)
    plus, minus = rng.uniform(-0.5, 0.9, 30), rng.uniform(-0.5, 0.9, 30)
    minus[3:6], plus[3:6] = -0.99, 0.8  # nothing to gain
    given = np.zeros((30, 2), np.uint32)
    wear = np.zeros((30, 2))
    laws, constants = WORN.law.table(WORN.pulse_noise, False)
    books, moved, pulses = np.zeros(arrays.BOOKS), 0.0, 0
    expected = [plus.copy(), minus.copy()]
    count = 0
    for i in range(30):
        if max(plus[i], minus[i]) < 0.4:
            continue
        difference = plus[i] - minus[i]
        side = 0 if difference >= 0 else 1
        up, _, low, high = slow.born(WORN, int(KEY), 2 * i + side)
        least, _, other, _ = slow.born(WORN, int(KEY), 2 * i + 1 - side)
        if min(plus[i], minus[i]) - other < least:
            continue
        count += 1
        wear[i] += 1  # both are reset
        state = low
        for k in range(500):
            mean = min(max(state + up * (1 - 0.5 * state / high), low), high)
            wanted = other + abs(difference)
            if abs(wanted - state) <= abs(wanted - mean) or state >= wanted:
                break
            draw = slow.normal(int(KEY), 2 * i + side, 6, 2 * k)
            state = min(max(state + up * (1 - 0.5 * state / high + 0.3 * draw), low), high)
            pulses += 1
            wear[i, side] += 1
        expected[side][i], expected[1 - side][i] = state, other
        moved += state + other - plus[i] - minus[i]
    kind = WORN.kind()
    found = ageing.refreshed(plus, minus, given, 0.4, 500, KEY, 6, kind, laws, constants, books)
    assert 5 < found == count < 27
    assert np.array_equal(given, wear)
    assert books[arrays.DOWN] == 2 * count
    np.testing.assert_allclose([plus, minus], expected, rtol=1e-10, atol=1e-12)
    assert books[arrays.UP] == pulses
    assert books[arrays.MOVED] == pytest.approx(moved, abs=1e-10)
    assert math.isfinite(books[arrays.SEEN])
