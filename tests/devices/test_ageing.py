"""Time and devices: drift, decay, the noise of a read, and pairs that are put back."""

import math

import numpy as np
import pytest

from neuroep.core.pulses.arrays import BOOKS, DOWN, MOVED, UP, Pulsing, Synapses, synapse_pulsed
from neuroep.core.pulses.device import LOW, fabricated
from neuroep.devices.array import Arrangement, DeviceArray, key_of
from neuroep.devices.card import read_card
from neuroep.devices.device import Ageing, Device, Spread
from neuroep.devices.laws.constant import Constant

MANY = 20_000


def array(
    device: Device, values: np.ndarray, arrangement: Arrangement = "pair", low: float = -1.0
) -> DeviceArray:
    return DeviceArray(device, values, arrangement, low, 1.0, key_of(3, "heads-hidden"))


def device(**options: object) -> Device:
    return Device("x", 1e-6, 2.5e-5, 0.01, 0.01, law=Constant(), **options)  # type: ignore[arg-type]


def test_conductances_drift_as_a_power_of_time() -> None:
    made = device(ageing=Ageing(drift=0.05, drift_from=20.0))
    one = array(made, np.linspace(0.4, 0.9, 11), "single", 0.0)
    before = one.values.copy()
    one.age(980.0)
    # g(t) = g_0 (t / t_0)^-nu, t counted from the write
    assert one.values == pytest.approx(before * 50.0**-0.05, rel=1e-12)
    # a value is its device's conductance, and none goes below 0 S, however the bounds spread
    assert one.values == pytest.approx(one.device.conductance(one.plus), abs=1e-15)
    wide = device(spread=Spread(bounds=0.5), stuck=1.0)
    assert array(wide, np.zeros(MANY), "single", 0.0).values.min() > -1e-15


def test_time_adds_up() -> None:
    made = device(ageing=Ageing(drift=0.06, drift_spread=0.02, drift_from=20.0, retention=1e3))
    once, twice = (array(made, np.linspace(-0.4, 0.4, 500)) for _ in range(2))
    once.age(480.0)
    twice.age(100.0)
    twice.age(380.0, since=120.0)
    # Decay and drift do not commute exactly; each alone does, and both stay close.
    assert twice.values == pytest.approx(once.values, abs=2e-2)
    for alone in (Ageing(drift=0.06, drift_spread=0.02, drift_from=20.0), Ageing(retention=1e3)):
        once, twice = (array(device(ageing=alone), np.linspace(-0.4, 0.4, 500)) for _ in range(2))
        once.age(480.0)
        twice.age(100.0)
        twice.age(380.0, since=alone.drift_from + 100.0)
        assert twice.values == pytest.approx(once.values, abs=1e-13)


def test_exponents_of_drift_are_each_device_s_own() -> None:
    made = device(ageing=Ageing(drift=0.06, drift_spread=0.01, drift_from=1.0))
    one = array(made, np.full(MANY, 0.8), "single", 0.0)
    before = one.values.copy()
    one.age(99.0)
    exponents = -np.log(one.values / before) / math.log(100.0)
    assert exponents.mean() == pytest.approx(0.06, rel=0.01)
    assert exponents.std() == pytest.approx(0.01, rel=0.03)
    again = array(made, np.full(MANY, 0.8), "single", 0.0)
    again.age(9.0)
    other = -np.log(again.values / before) / math.log(10.0)
    assert other == pytest.approx(exponents, abs=1e-12)  # born with it


def test_a_capacitor_forgets_towards_its_centre() -> None:
    made = device(ageing=Ageing(retention=10.0))
    pair = array(made, np.linspace(-0.8, 0.8, 9))
    start = pair.values.copy()
    pair.age(5.0)
    assert pair.values == pytest.approx(start * math.exp(-0.5), abs=1e-14)
    pair.age(1e6)
    assert pair.values == pytest.approx(np.zeros(9), abs=1e-14)


def test_devices_without_ageing_stay_and_none_leaves_its_bounds() -> None:
    still = array(device(), np.linspace(-1.0, 1.0, 9))
    before = still.values.copy()
    still.age(1e9)
    assert np.array_equal(still.values, before)
    made = device(ageing=Ageing(drift=0.3, drift_from=1.0), spread=Spread(bounds=0.1))
    one = array(made, np.linspace(0.0, 1.0, 99), "single", 0.0)
    lowest, both = np.empty(99), np.empty(4)
    for number in range(99):
        fabricated(one.key, 2 * number, one.kind, both)
        lowest[number] = both[LOW]
    one.age(1e12)
    assert (one.plus >= lowest).all()
    assert one.plus == pytest.approx(lowest, abs=1e-3)  # 2.5e-4 of a conductance is left
    assert (one.device.conductance(lowest) >= -1e-18).all()
    assert lowest.std() > 0.02


@pytest.mark.parametrize(("seconds", "since"), [(-1.0, None), (math.inf, None), (1.0, 0.0)])
def test_time_does_not_run_backwards(seconds: float, since: float | None) -> None:
    with pytest.raises(ValueError, match="time must pass"):
        array(device(), np.zeros(3)).age(seconds, since)


@pytest.mark.parametrize(("arrangement", "devices"), [("pair", 2), ("reference", 1)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_read_has_the_noise_of_its_devices(
    arrangement: Arrangement, devices: int, dtype: type
) -> None:
    made = array(device(read_noise=0.02), np.full((MANY, 2), 0.25, dtype), arrangement)
    first, second = made.read_noisily(3), made.read_noisily(4)
    assert first.dtype == dtype
    assert first.shape == (MANY, 2)
    spread = float(made.scale) * 0.02 * math.sqrt(devices)
    for found in (first, second):
        assert found.mean() == pytest.approx(0.25, abs=4 * spread / math.sqrt(2 * MANY))
        assert found.std() == pytest.approx(spread, rel=0.02)
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] == pytest.approx(0.0, abs=0.02)
    assert np.array_equal(made.read_noisily(3), first)
    assert (made.values == dtype(0.25)).all()  # nothing was written


def test_one_sided_pairs_get_room_again_and_keep_what_they_weigh() -> None:
    made = device()
    pairs = array(made, np.linspace(-0.6, 0.6, 101), "one_sided")
    wanted = pairs.values.copy()
    pairs.plus[::2] += 0.7  # both have been pulsed up by as much
    pairs.minus[::2] += 0.7
    pairs.read()
    assert pairs.values == pytest.approx(wanted, abs=1e-14)
    states = np.array([pairs.plus, pairs.minus])
    put_back = (states.max(axis=0) >= 0.0) & (states.min(axis=0) > -1.0)  # others gain nothing
    full = int(put_back.sum())
    assert 0 < full < (states.max(axis=0) >= 0.0).sum() < 101
    books = np.zeros(BOOKS)
    assert pairs.refresh(7, books, level=0.0) == full
    # to within half a step of one device, in values
    assert np.abs(pairs.values - wanted).max() <= 0.5 * made.step * float(pairs.scale) + 1e-14
    now = np.array([pairs.plus, pairs.minus])
    assert (now.min(axis=0)[put_back] == -1.0).all()
    assert (pairs.given.sum(axis=1)[put_back] >= 2).all()  # a reset is wear
    assert np.array_equal(now[:, ~put_back], states[:, ~put_back])
    assert books[MOVED] == pytest.approx((now - states).sum(), abs=1e-12)
    pulses = np.rint((now.max(axis=0)[put_back] + 1.0) / 0.01).sum()
    assert books[UP] == pulses
    assert books[DOWN] == 2 * full
    assert pairs.given.sum() == pulses + 2 * full


def test_a_pair_without_refresh_saturates_and_with_it_goes_on() -> None:
    """Pulses up and down in turn leave a weight alone, but fill a one-sided pair."""
    found = {}
    for refreshed in (False, True):
        pair, books = array(device(), np.zeros(1), "one_sided"), np.zeros(BOOKS)
        made = np.empty(4)
        law = Pulsing(pair.key, pair.key, 5, pair.kind, pair.laws, pair.constants, made, books)
        states = (pair.values, pair.plus, pair.minus, pair.given)
        one = Synapses(0, *states, pair.scale, pair.offset, pair.code)
        for turn in range(300):
            for count in (1, -1):
                synapse_pulsed(0, count, one, law)
            if refreshed:
                pair.refresh(turn, books)
        before = pair.plus[0] - pair.minus[0]
        synapse_pulsed(0, 10, one, law)
        found[refreshed] = pair.plus[0] - pair.minus[0] - before
    assert found[False] == 0.0
    assert found[True] == pytest.approx(0.1, abs=1e-12)


def test_only_one_sided_pairs_are_refreshed() -> None:
    with pytest.raises(ValueError, match="one-sided"):
        array(device(), np.zeros(3)).refresh(1, np.zeros(BOOKS))


def test_phase_change_memory_drifts_as_its_card_says() -> None:
    made = read_card("pcm")
    one = array(made, np.full(MANY, 0.5), "single", 0.0)
    before = one.values.copy()
    one.age(made.ageing.drift_from * (1e4 - 1.0))
    exponents = -np.log(one.values / before) / math.log(1e4)
    assert np.median(exponents) == pytest.approx(made.ageing.drift, rel=0.03)
