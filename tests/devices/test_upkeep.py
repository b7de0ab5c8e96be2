"""Time and refresh while a chip learns: when they come, what they do, and to what bits."""

import math

import numpy as np
import pytest

from neuroep.core.pulses.arrays import DOWN, MOVED, STANDING
from neuroep.devices.array import Arrangement, DeviceArray
from neuroep.devices.card import read_card
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Ageing, Device, Pulse
from neuroep.devices.gains.plain import Plain
from neuroep.devices.laws.constant import Constant
from neuroep.devices.schemes import Scheme
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.schemes.transfer import Transfer
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.devices.upkeep import Upkeep
from neuroep.network.parameters import Parameters

SHAPES = {"w": (30, 20), "b": (20,)}
RATES = {"w": 1.0, "b": 0.5}


def device(**options: object) -> Device:
    return Device("x", 1e-6, 4e-5, 0.02, 0.02, law=Constant(), **options)  # type: ignore[arg-type]


def parameters() -> Parameters:
    made = Parameters(SHAPES, np.float64)
    made.flat[:] = 0.3 * np.random.default_rng(1).uniform(-1, 1, made.flat.size)
    return made


def updater(
    made: Parameters,
    one: Device,
    upkeep: Upkeep,
    arrangement: Arrangement = "pair",
    scheme: Scheme | None = None,
) -> PulseUpdater:
    chip = DeviceChip(one, arrangement, {"*": 1.0}, upkeep=upkeep)
    limits = dict.fromkeys(SHAPES, (-1.0, 1.0)) if arrangement == "single" else {}
    update = Pulses(chip, scheme or Accumulate(), Plain())
    return update.make(made, limits, np.random.default_rng(0))


def gradient(number: int, size: float = 0.01) -> Parameters:
    made = Parameters(SHAPES, np.float64)
    made.flat[:] = size * np.random.default_rng([2, number]).standard_normal(made.flat.size)
    return made


@pytest.mark.parametrize("arrangement", ["pair", "single"])
@pytest.mark.parametrize("batch", [1, 7, 300])
def test_a_capacitor_leaks_for_as_long_as_examples_take(
    arrangement: Arrangement, batch: int
) -> None:
    made = parameters()
    start = made.flat.copy()
    leaky = device(ageing=Ageing(retention=0.1))
    grants = updater(made, leaky, Upkeep(1e-4, age_every=50), arrangement)
    for _ in range(2100 // batch):
        grants.elapse(batch)
    # 2,100 examples of 0.1 ms are two time constants and one
    assert made.flat == pytest.approx(start * math.exp(-2.1), rel=1e-12)


def test_time_passes_every_so_many_examples_and_not_between() -> None:
    made = parameters()
    grants = updater(made, device(ageing=Ageing(retention=0.1)), Upkeep(1e-4, age_every=10))
    before = made.flat.copy()
    grants.elapse(9)
    assert np.array_equal(made.flat, before)
    grants.elapse(1)
    assert made.flat == pytest.approx(before * math.exp(-0.01), rel=1e-12)


@pytest.mark.parametrize("upkeep", [Upkeep(1.0, age_every=0), Upkeep(1.0, age_every=1)])
def test_time_stands_still_where_it_is_told_to_or_nothing_ages(upkeep: Upkeep) -> None:
    made = parameters()
    ageing = Ageing(retention=1.0) if not upkeep.age_every else Ageing()
    grants = updater(made, device(ageing=ageing), upkeep)
    before = made.flat.copy()
    grants.elapse(1000)
    assert np.array_equal(made.flat, before)


def test_drift_has_one_clock_an_array_that_programming_starts() -> None:
    made = parameters()
    drifting = device(ageing=Ageing(drift=0.05, drift_from=2.0))
    grants = updater(made, drifting, Upkeep(0.01, age_every=25), "single")
    before = drifting.conductance(grants.arrays["w"].plus)
    for _ in range(40):
        grants.elapse(25)
    # ten seconds behind the first two, in forty parts: g (t / t_0)^-nu, as at once
    expected = before * 6.0**-0.05
    assert drifting.conductance(grants.arrays["w"].plus) == pytest.approx(expected, rel=1e-12)
    # what is written later goes on with the array's clock: hardly any drift is left to it
    pulse = gradient(0, 0.0)
    pulse["w"][:] = -0.2
    grants.apply(made, pulse, RATES)
    after = drifting.conductance(grants.arrays["w"].plus)
    grants.elapse(25)
    now = drifting.conductance(grants.arrays["w"].plus)
    assert now == pytest.approx(after * (12.25 / 12.0) ** -0.05, rel=1e-12)


@pytest.mark.parametrize("card", ["pcm", "capacitor"])
@pytest.mark.parametrize("scheme", [Accumulate(), Transfer()])
def test_books_know_who_stands_at_bounds_after_time_and_refresh(card: str, scheme: Scheme) -> None:
    made, arrangement = parameters(), "one_sided" if card == "pcm" else "pair"
    grants = updater(made, read_card(card), Upkeep(0.05, 20, 20, 0.2), arrangement, scheme)  # type: ignore[arg-type]
    for number in range(200):
        grants.apply(made, gradient(number, 0.1), RATES)
        grants.elapse(1)
    for name, array in grants.arrays.items():
        every = [array, grants.scheme.fast[name]] if grants.scheme.fast else [array]
        standing = sum(one.at_bounds for one in every)
        assert grants.books[name][STANDING] == standing
        spent = grants.budget[name]
        assert spent.devices == sum(one.devices for one in every)
        assert spent.at_bounds == standing / spent.devices
        assert spent.most_pulses == max(int(one.most_pulses or 0) for one in every)
    if card == "pcm":
        assert grants.books["w"][DOWN] > 0  # only resets are


def test_the_fast_array_of_a_transfer_wears_and_is_nobody_s_but_its_own() -> None:
    made = parameters()
    grants = updater(made, device(pulse=Pulse(energy=1e-15)), Upkeep(), scheme=Transfer())
    for number in range(60):
        grants.apply(made, gradient(number, 0.02), RATES)
    spent, slow, fast = grants.budget["w"], grants.arrays["w"], grants.scheme.fast["w"]
    # it takes many pulses for each that reaches a weight
    assert slow.given.sum() < 0.2 * fast.given.sum()
    assert spent.most_pulses == fast.most_pulses > (slow.most_pulses or 0)  # type: ignore[operator]
    assert spent.pulses == 2 * (slow.given.sum() + fast.given.sum())
    assert spent.joules == pytest.approx(1e-15 * spent.pulses)
    gauge = grants.devices["w"].totals["most_pulses"]
    assert gauge.read((slice(0, 30), slice(0, 20))) == spent.most_pulses
    chip = DeviceChip(device(), full_scale={"*": 1.0}, count_pulses=False)
    silent = Pulses(chip, Transfer(), Plain()).make(parameters(), {}, np.random.default_rng(0))
    assert silent.scheme.fast["w"].given.size == 0
    assert silent.budget["w"].most_pulses is None


def test_one_sided_pairs_go_on_learning_only_where_they_are_refreshed() -> None:
    """Requests of either sign in turn fill both devices; then nothing is left to write."""
    moved = {}
    for every in (0, 10):
        made = parameters()
        grants = updater(made, device(), Upkeep(refresh_every=every), "one_sided")
        start, sign = made["w"].copy(), gradient(0, 0.0)
        for number in range(600):
            sign["w"][:] = 0.02 if number % 2 else -0.02
            grants.apply(made, sign, RATES)
            grants.elapse(1)
        sign["w"][:] = -0.02
        before = made["w"].copy()
        assert every == 0 or before == pytest.approx(start, abs=0.03)
        grants.apply(made, sign, RATES)
        moved[every] = made["w"] - before
        array = grants.arrays["w"]
        sides = np.concatenate([array.plus, array.minus])
        assert (sides.max() == 1.0) == (every == 0)
        change = sides.sum() - _start(array, start)
        assert grants.books["w"][MOVED] == pytest.approx(change, abs=1e-9)
    assert moved[0] == pytest.approx(np.zeros((30, 20)), abs=1e-12)
    assert moved[10] == pytest.approx(np.full((30, 20), 0.02), abs=1e-12)


def _start(array: DeviceArray, values: np.ndarray) -> float:
    """Sum of the states that an array of these values begins with."""
    fresh = DeviceArray(array.device, values.copy(), array.arrangement, -1.0, 1.0, array.key)
    return float(fresh.plus.sum() + fresh.minus.sum())


def test_stuck_devices_neither_age_nor_are_reset() -> None:
    one = device(stuck=0.3, ageing=Ageing(retention=0.01))
    made = parameters()
    grants = updater(made, one, Upkeep(1e-3, 1, 1, -0.5), "one_sided", Stochastic())
    array = grants.arrays["w"]
    plus = array.plus.copy()
    for number in range(50):
        grants.apply(made, gradient(number, 0.1), RATES)
        grants.elapse(1)
    still = array.plus == plus
    assert 0.2 < still.mean() < 0.4
    assert np.isfinite(made.flat).all()


@pytest.mark.parametrize("card", ["pcm", "capacitor"])
def test_what_stops_between_two_turns_goes_on_to_the_same_bits(card: str) -> None:
    arrangement: Arrangement = "one_sided" if card == "pcm" else "pair"
    upkeep = Upkeep(0.02, 7, 11, 0.0)
    whole, parts = parameters(), parameters()
    one = updater(whole, read_card(card), upkeep, arrangement)
    other = updater(parts, read_card(card), upkeep, arrangement)
    for number in range(40):
        for made, grants in ((whole, one), (parts, other)):
            grants.apply(made, gradient(number, 0.05), RATES)
            grants.elapse(3)
        if number == 17:
            kept = {name: array.copy() for name, array in other.to_arrays().items()}
            values = parts.flat.copy()
            parts = parameters()
            other = updater(parts, read_card(card), upkeep, arrangement)
            other.from_arrays(kept)
            parts.flat[:] = values
    assert parts.flat.tobytes() == whole.flat.tobytes()
    for name, array in one.to_arrays().items():
        assert np.array_equal(array, other.to_arrays()[name]), name
    assert one.books["w"][DOWN] > 0


def test_the_noise_of_the_last_write_outlives_time() -> None:
    noisy = device(write_noise=0.2, ageing=Ageing(retention=1.0))
    made = parameters()
    grants = updater(made, noisy, Upkeep(0.1, age_every=1), scheme=Stochastic())
    for number in range(5):
        grants.apply(made, gradient(number, 0.05), RATES)
    array = grants.arrays["w"]
    left = made["w"].reshape(-1) - array.scale * (array.plus - array.minus)
    assert left.std() > 0.05
    grants.elapse(1)
    now = made["w"].reshape(-1) - array.scale * (array.plus - array.minus)
    assert now == pytest.approx(left, abs=1e-14)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"example_time": 0.0}, "example_time must be positive"),
        ({"example_time": math.inf}, "example_time must be positive"),
        ({"age_every": -1}, "age_every must not be negative"),
        ({"refresh_every": -1}, "refresh_every must not be negative"),
        ({"refresh_level": 1.5}, "refresh_level must be in"),
    ],
)
def test_options_out_of_range_are_named(options: dict[str, float], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Upkeep(**options)  # type: ignore[arg-type]


def test_weights_that_begin_alike_have_room_both_ways() -> None:
    made = parameters()
    made["w"][0, 0] = 0.8
    for bias, expected in ((0.5, 1.0), (-0.5, 1.0), (0.1, 0.3), (0.0, 0.3)):
        made["b"][:] = bias
        arrays = DeviceChip(device()).arrays(made, list(SHAPES), {})
        assert arrays["b"].ends.tolist() == [-expected, expected]
        assert arrays["w"].ends.tolist() == [-0.8, 0.8]  # others: as large as the largest
        assert np.abs(arrays["b"].plus).max() <= 0.5  # no device is at an end of its range
        assert made["b"] == pytest.approx(np.full(20, bias))
