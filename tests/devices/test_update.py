"""Pulses as an update: what is asked for is granted, to the charge, and booked."""

import math
from collections.abc import Callable

import numpy as np
import pytest

from neuroep.core.pulses.arrays import BOUND, DOWN, MOVED, REFUSED, UP
from neuroep.core.pulses.device import HIGH, LOW, STEP_UP, fabricated
from neuroep.core.tables import Floats
from neuroep.devices.array import Arrangement, DeviceArray, key_of
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device, Pulse, Spread
from neuroep.devices.gains.line import Line
from neuroep.devices.gains.plain import Plain
from neuroep.devices.laws import Law
from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.linear import Linear
from neuroep.devices.schemes import Scheme
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.nearest import Nearest
from neuroep.devices.schemes.sign import Sign
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.network.parameters import Parameters

SHAPES = {"w": (30, 20), "b": (20,)}
STEP = 0.01
RNG = np.random.default_rng(0)


def device(law: Law | None = None, **options: object) -> Device:
    return Device("x", 1e-6, 4e-5, STEP, STEP, law=law or Constant(), **options)  # type: ignore[arg-type]


def parameters(dtype: type = np.float64) -> Parameters:
    made = Parameters(SHAPES, dtype)
    made.flat[:] = 0.3 * np.random.default_rng(1).uniform(-1, 1, made.flat.size)
    return made


def gradients(count: int, size: float, dtype: type = np.float64) -> list[Parameters]:
    rng, found = np.random.default_rng(2), []
    for _ in range(count):
        one = Parameters(SHAPES, dtype)
        one.flat[:] = size * rng.standard_normal(one.flat.size)
        found.append(one)
    return found


def updater(
    made: Parameters,
    scheme: Scheme,
    law: Law | None = None,
    gain: Plain | Line | None = None,
    arrangement: Arrangement = "pair",
    **options: object,
) -> PulseUpdater:
    chip = DeviceChip(device(law, **options), arrangement, full_scale={"*": 1.0})
    limits = dict.fromkeys(SHAPES, (-1.0, 1.0)) if arrangement == "single" else {}
    return Pulses(chip, scheme, gain or Plain()).make(made, limits, RNG)


RATES = {"w": 1.0, "b": 0.5}


def test_what_accumulates_is_granted_or_kept() -> None:
    # Constant steps without noise: value + charge is at all times what was asked for.
    made = parameters()
    start = made.flat.copy()
    grants = updater(made, Accumulate())
    asked = np.zeros_like(start)
    for gradient in gradients(200, 0.003):
        grants.apply(made, gradient, RATES)
        for name, rate in RATES.items():
            part = slice(made.offsets[name], made.offsets[name] + made[name].size)
            asked[part] -= rate * gradient[name].reshape(-1)
    charges = np.concatenate([grants.scheme.charges[name] for name in SHAPES])  # type: ignore[attr-defined]
    pulse = grants.arrays["w"].pulse
    assert pulse == pytest.approx(STEP)
    assert made.flat - start + pulse * charges == pytest.approx(asked, abs=1e-12)
    assert np.abs(charges).max() < 1.0
    assert sum(grants.pulses.values()) > 100


@pytest.mark.parametrize("arrangement", ["pair", "reference", "one_sided", "single"])
def test_values_are_what_the_states_weigh_and_the_books_what_moved(
    arrangement: Arrangement,
) -> None:
    made = parameters()
    spread = Spread(step=0.3, asymmetry=0.02, bounds=0.1)
    grants = updater(
        made, Accumulate(), Linear(), arrangement=arrangement, spread=spread, pulse_noise=0.3
    )
    before = {k: (a.plus.copy(), a.minus.copy()) for k, a in grants.arrays.items()}
    for gradient in gradients(100, 0.01):
        grants.apply(made, gradient, RATES)
    for name, array in grants.arrays.items():
        other = array.minus if array.two else 0.0
        weighs = array.offset + array.scale * (array.plus - other)
        assert made[name].reshape(-1) == pytest.approx(weighs, abs=1e-15)
        moved = (array.plus - before[name][0]).sum() + (array.minus - before[name][1]).sum()
        assert grants.books[name][MOVED] == pytest.approx(moved, abs=1e-12)
    if arrangement == "one_sided":
        assert all(page[DOWN] == 0 for page in grants.books.values())
    if arrangement == "pair":
        assert all(page[UP] == page[DOWN] for page in grants.books.values())


def test_what_is_beyond_the_most_pulses_stays_on_the_capacitor() -> None:
    made = parameters()
    start = made["w"].copy()
    grants = updater(made, Accumulate(most=2))
    gradient = gradients(1, 0.0)[0]
    gradient["w"][:] = -5.5 * STEP
    grants.apply(made, gradient, RATES)
    assert made["w"] - start == pytest.approx(np.full(SHAPES["w"], 2 * STEP))
    assert grants.books["w"][REFUSED] == 3 * 600
    gradient["w"][:] = 0.0
    grants.apply(made, gradient, RATES)
    assert made["w"] - start == pytest.approx(np.full(SHAPES["w"], 4 * STEP))
    assert grants.clipped == 600


def test_leak_and_injection_and_swapped_plates() -> None:
    silent = gradients(1, 0.0)[0]

    def charges(scheme: Accumulate, updates: int, first: float = 0.0) -> Floats:
        made = parameters()
        grants = updater(made, scheme)
        grants.scheme.charges["w"][:] = first  # type: ignore[attr-defined]
        for _ in range(updates):
            grants.apply(made, silent, RATES)
        found: Floats = grants.scheme.charges["w"]  # type: ignore[attr-defined]
        return found

    assert charges(Accumulate(keep=0.9), 10, 0.5) == pytest.approx(np.full(600, 0.5 * 0.9**10))
    fixed = charges(Accumulate(injection=0.001), 64)
    assert fixed.std() == pytest.approx(0.064, rel=0.1)
    swapped = charges(Accumulate(injection=0.001, swap=4), 64)
    assert np.abs(swapped).max() < 0.1 * fixed.std()


@pytest.mark.parametrize("request_", [0.3, -1.7, 2.5])
def test_pulses_by_chance_are_as_many_as_asked_for_on_the_average(request_: float) -> None:
    def count(scheme: Scheme) -> Floats:
        made = Parameters({"w": (200, 100)}, np.float64)
        chip = DeviceChip(device(), full_scale={"*": 1.0})
        grants = Pulses(chip, scheme).make(made, {}, RNG)
        gradient = Parameters({"w": (200, 100)}, np.float64)
        gradient.flat[:] = -request_ * STEP
        grants.apply(made, gradient, {"w": 1.0})
        return made.flat / STEP

    drawn = count(Stochastic())
    assert drawn.mean() == pytest.approx(request_, abs=4 * 0.5 / math.sqrt(20_000))
    assert set(np.round(drawn)) <= {math.floor(request_), math.ceil(request_)}
    assert count(Nearest()) == pytest.approx(np.full(20_000, float(round(request_))))
    one = count(Sign(dead_zone=0.5, chance=0.25))
    share = 0.0 if abs(request_) <= 0.5 else 0.25 * math.copysign(1.0, request_)
    assert one.mean() == pytest.approx(share, abs=0.02)


def test_line_gain_is_the_rank_one_estimate_of_adams_second_moment() -> None:
    made, options = parameters(), Line(smoothing=0.9, momentum=0.8)
    grants = updater(made, Accumulate(), gain=options)
    rows, columns, kept = np.zeros(30), np.zeros(20), np.zeros((30, 20))
    value = made["w"].copy()
    asked = np.zeros((30, 20))
    for number, gradient in enumerate(gradients(12, 1e-3), 1):
        gradient["w"][7] = 0.0  # nothing is ever asked of this row
        gradient["w"][:, 3] *= 100.0
        slope = gradient["w"]
        grants.apply(made, gradient, {"w": 0.01})
        rows = 0.9 * rows + 0.1 * (slope**2).mean(axis=1)
        columns = 0.9 * columns + 0.1 * (slope**2).mean(axis=0)
        kept = 0.8 * kept + 0.2 * slope
        fresh = 1 - 0.9**number
        estimate = np.outer(rows, columns) / rows.mean() / fresh
        follow = kept / (1 - 0.8**number)
        step = np.zeros_like(follow)
        np.divide(follow, np.sqrt(estimate), out=step, where=estimate > 0)
        asked -= 0.01 * step
    charge = grants.scheme.charges["w"].reshape(30, 20)  # type: ignore[attr-defined]
    assert made["w"] - value + STEP * charge == pytest.approx(asked, abs=1e-12)
    assert not asked[7].any()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("scheme", [Accumulate(keep=0.99, injection=1e-3, swap=3), Stochastic()])
def test_a_resumed_update_is_the_same_to_the_bit(scheme: Scheme, dtype: type) -> None:
    def make(values: Parameters) -> PulseUpdater:
        spread = Spread(step=0.3, asymmetry=0.02)
        return updater(
            values, scheme, Linear(), Line(momentum=0.5),
            spread=spread, pulse_noise=0.3, write_noise=0.01,
        )  # fmt: skip

    whole = parameters(dtype)
    grants, steps = make(whole), gradients(20, 0.01, dtype)
    for gradient in steps[:10]:
        grants.apply(whole, gradient, RATES)
    saved = {name: array.copy() for name, array in grants.to_arrays().items()}
    flat = whole.flat.copy()
    for gradient in steps[10:]:
        grants.apply(whole, gradient, RATES)

    again = parameters(dtype)
    other = make(again)
    again.flat[:] = flat
    other.from_arrays(saved)
    for gradient in steps[10:]:
        other.apply(again, gradient, RATES)
    assert np.array_equal(again.flat, whole.flat)
    for name, array in grants.to_arrays().items():
        assert np.array_equal(array, other.to_arrays()[name]), name


def test_threads_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    from neuroep.core import threads
    from neuroep.learning.updates import updater as blocks

    monkeypatch.setattr(blocks, "BLOCK", 64)  # many blocks of a few rows

    def train(count: int) -> Floats:
        monkeypatch.setattr(threads, "thread_count", lambda: count)
        made = parameters(np.float32)
        grants = updater(made, Stochastic(), Linear(), Line(), pulse_noise=0.3)
        for gradient in gradients(10, 0.01, np.float32):
            grants.apply(made, gradient, RATES)
        return made.flat.copy()

    assert np.array_equal(train(1), train(2))


def test_pulses_cost_what_their_conductances_let_through() -> None:
    made = parameters()
    grants = updater(made, Nearest(), Linear(), pulse=Pulse(volts=2.0, width=5e-8))
    known = updater(parameters(), Nearest(), pulse=Pulse(energy=3e-15))
    gradient = gradients(1, 0.02)[0]
    before = {k: (a.plus.copy(), a.minus.copy()) for k, a in grants.arrays.items()}
    grants.apply(made, gradient, RATES)
    known.apply(parameters(), gradient, RATES)
    joules = 0.0
    for name, array in grants.arrays.items():
        counts = -np.rint(RATES[name] * gradient[name] / array.pulse).reshape(-1).astype(int)
        for states, sign in zip(before[name], (1, -1), strict=True):
            for state, count in zip(states, counts, strict=True):
                w = np.array([state])
                for _ in range(abs(count)):
                    after = array.device.law.after(w, int(np.sign(sign * count)), STEP)
                    siemens = array.device.conductance(0.5 * (w + after))[0]
                    joules += 4.0 * siemens * 5e-8
                    w = after
    assert grants.joules == pytest.approx(joules, rel=1e-12)
    assert known.joules == pytest.approx(sum(known.pulses.values()) * 3e-15, rel=1e-12)
    assert math.isnan(updater(parameters(), Nearest()).joules)


def test_a_pulse_at_the_bound_is_counted() -> None:
    made = parameters()
    made.flat[:] = 1.0
    grants = updater(made, Nearest())
    gradient = gradients(1, 0.0)[0]
    gradient.flat[:] = -STEP
    grants.apply(made, gradient, {"w": 1.0, "b": 1.0})
    assert grants.books["w"][BOUND] == 2 * 600  # both devices of each pair
    assert (made.flat == 1.0).all()


def test_programming_reads_back_and_holds_what_is_beyond() -> None:
    for arrangement, low in (("pair", -1.0), ("reference", -1.0), ("one_sided", -1.0)):
        values = np.array([-1.5, -0.7, 0.0, 0.2, 1.0, 3.0])
        DeviceArray(device(), values, arrangement, low, 1.0, key_of(0, "w"))  # type: ignore[arg-type]
        assert values == pytest.approx([-1.0, -0.7, 0.0, 0.2, 1.0, 1.0]), arrangement
    values = np.array([0.0, 2e-6, 5e-6, 9e-6])
    DeviceArray(device(), values, "single", 1e-6, 8e-6, key_of(0, "g"))
    assert values == pytest.approx([1e-6, 2e-6, 5e-6, 8e-6])


@pytest.mark.parametrize("arrangement", ["pair", "one_sided"])
def test_one_device_of_a_pair_makes_up_for_the_other(arrangement: Arrangement) -> None:
    """Stuck ones and bounds of their own: what both together can hold is programmed."""
    made = device(spread=Spread(bounds=0.4), stuck=0.2)
    wanted = np.random.default_rng(4).uniform(-0.6, 0.6, 2000)
    values, born = wanted.copy(), np.empty(4)
    array = DeviceArray(made, values, arrangement, -1.0, 1.0, key_of(0, "w"))
    low, high = np.empty((2, 2, 2000))
    for side, states in enumerate((array.plus, array.minus)):
        for i, state in enumerate(states):
            fabricated(array.key, 2 * i + side, array.kind, born)
            stuck = born[STEP_UP] == 0.0
            low[side, i], high[side, i] = (state, state) if stuck else (born[LOW], born[HIGH])
            assert low[side, i] <= state <= high[side, i]
    held = np.clip(wanted, 0.5 * (low[0] - high[1]), 0.5 * (high[0] - low[1]))
    assert values == pytest.approx(held, abs=1e-6)
    assert 0.01 < (held != wanted).mean() < 0.3


def test_a_single_device_may_span_less_than_its_limits() -> None:
    made, limits = parameters(), dict.fromkeys(SHAPES, (-1.0, 1.0))
    chip = DeviceChip(device(), "single", full_scale={"w": 0.2})
    arrays = chip.arrays(made, list(SHAPES), limits)
    assert arrays["w"].ends.tolist() == [-1.0, 0.2]
    assert arrays["b"].ends.tolist() == [-1.0, 1.0]
    assert made["w"].max() == pytest.approx(0.2)
    for beyond in (1.5, -1.0):
        with pytest.raises(ValueError, match=r"devices\.full_scale: .* not within -1 to 1"):
            DeviceChip(device(), "single", {"*": beyond}).arrays(made, list(SHAPES), limits)


def test_pairs_span_no_more_than_their_limits() -> None:
    made, limits = parameters(), {"w": (-0.25, 0.25)}
    arrays = DeviceChip(device()).arrays(made, list(SHAPES), limits)
    assert arrays["w"].ends.tolist() == [-0.25, 0.25]  # "auto" would take 0.3 at least
    assert arrays["b"].ends[1] >= 0.3
    DeviceChip(device(), full_scale={"w": 0.25}).arrays(made, ["w"], limits)
    with pytest.raises(ValueError, match=r"^devices\.full_scale: 0\.26 of 'w', but .* hold 0\.25"):
        DeviceChip(device(), full_scale={"w": 0.26}).arrays(made, ["w"], limits)


def test_a_single_device_needs_limits() -> None:
    chip = DeviceChip(device(), "single")
    with pytest.raises(ValueError, match="'w' has no limits"):
        Pulses(chip).make(parameters(), {}, RNG)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Accumulate(keep=0.0), "keep"),
        (lambda: Accumulate(injection=-1.0), "injection"),
        (lambda: Accumulate(most=0), "most"),
        (lambda: Sign(chance=0.0), "chance"),
        (lambda: Sign(dead_zone=-1.0), "dead_zone"),
        (lambda: Line(smoothing=1.0), "smoothing"),
        (lambda: Line(momentum=1.0), "momentum"),
    ],
)
def test_options_out_of_range_are_named(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()


def test_rates_of_a_single_device_are_those_of_projected_descent() -> None:
    from neuroep.learning.updates.projected import Projected

    limits = dict.fromkeys(SHAPES, (1e-6, 5e-6))
    made = {name: Parameters(SHAPES, np.float64) for name in ("pulses", "projected")}
    for one in made.values():
        one.flat[:] = 3e-6
    fine = Device("x", 1e-6, 5e-6, 1e-5, 1e-5, law=Constant())
    chip = DeviceChip(fine, "single")
    grants = Pulses(chip, Nearest()).make(made["pulses"], limits, RNG)
    projected = Projected().make(made["projected"], limits, RNG)
    for gradient in gradients(5, 20.0):
        grants.apply(made["pulses"], gradient, RATES)
        projected.apply(made["projected"], gradient, RATES)
    moved = made["projected"].flat - 3e-6
    assert np.abs(moved).max() > 1e-9 > 20 * grants.arrays["w"].pulse
    assert made["pulses"].flat - 3e-6 == pytest.approx(
        moved, abs=5 * 0.5 * grants.arrays["w"].pulse
    )
