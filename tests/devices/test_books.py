"""The books of pulses: what moved, what it cost and who was written, held against slow loops."""

import math

import numpy as np
import pytest

from neuroep.core.pulses import device as kernels
from neuroep.core.pulses.arrays import BOUND, DOWN, MOVED, UP
from neuroep.devices.array import Arrangement, DeviceArray
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device, Pulse, Spread
from neuroep.devices.gains.line import Line
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.network.parameters import Parameters

SHAPES = {"w": (40, 30), "b": (30,)}
RATES = {"w": 1.0, "b": 0.5}
VOLTS, WIDTH = 2.0, 50e-9


def soft(**options: object) -> Device:
    return Device("soft", 1e-6, 40e-6, 0.05, 0.05, **options)  # type: ignore[arg-type]


def trained(
    device: Device,
    arrangement: Arrangement = "pair",
    scheme: Accumulate | Stochastic | None = None,
    updates: int = 60,
    dtype: type = np.float64,
    **chip: object,
) -> tuple[PulseUpdater, Parameters, dict[str, list[np.ndarray]]]:
    """Return an updater after many updates, and the states of its devices before and after."""
    rng = np.random.default_rng(3)
    parameters = Parameters(SHAPES, dtype)
    parameters.flat[:] = rng.uniform(-0.3, 0.3, parameters.flat.size)
    limits = dict.fromkeys(SHAPES, (-1.0, 1.0))
    options = DeviceChip(device, arrangement, {"*": 1.0}, **chip)  # type: ignore[arg-type]
    made = Pulses(options, scheme or Accumulate(), Line())
    updater = made.make(parameters, limits, rng)
    states = {name: [a.plus.copy(), a.minus.copy()] for name, a in updater.arrays.items()}
    for _ in range(updates):
        gradient = Parameters(SHAPES, dtype)
        gradient.flat[:] = rng.standard_normal(gradient.flat.size)
        updater.apply(parameters, gradient, {name: 0.01 * rate for name, rate in RATES.items()})
    return updater, parameters, states


@pytest.mark.parametrize("arrangement", ["pair", "reference", "one_sided", "single"])
def test_steps_add_up_to_the_change_of_conductance(arrangement: Arrangement) -> None:
    updater, _, before = trained(soft(), arrangement)
    for name, array in updater.arrays.items():
        sides = zip((array.plus, array.minus), before[name], strict=True)
        moved = [(now - then).sum() for now, then in sides]
        range_of_all = 2.0 * array.devices
        assert abs(updater.books[name][MOVED] - sum(moved)) < 1e-12 * range_of_all
        assert updater.books[name][UP] + updater.books[name][DOWN] > array.devices / 10


@pytest.mark.parametrize("arrangement", ["pair", "reference", "one_sided", "single"])
def test_every_pulse_is_counted_at_its_synapse(arrangement: Arrangement) -> None:
    updater, _, before = trained(soft(), arrangement)
    for name, array in updater.arrays.items():
        given, books = array.given.astype(int), updater.books[name]
        both = 2 if arrangement == "pair" else 1
        assert both * given.sum() == books[UP] + books[DOWN]
        of_device = given if arrangement == "one_sided" else given.sum(axis=1)
        assert array.most_pulses == of_device.max() > 1
        # Soft bounds let a device go nowhere without a pulse, and never leave it where it was.
        moved = array.plus != before[name][0]
        pulsed = given[:, 0] > 0 if arrangement == "one_sided" else given.sum(axis=1) > 0
        assert (moved <= pulsed).all()
        assert (pulsed & ~moved).sum() < 0.05 * pulsed.sum()  # one up and one down may cancel


def test_who_does_not_count_learns_the_same_in_less_memory() -> None:
    counted, values, _ = trained(soft())
    other, same, _ = trained(soft(), count_pulses=False)
    assert np.array_equal(values.flat, same.flat)
    array = other.arrays["w"]
    assert (array.given.size, array.most_pulses) == (0, None)
    assert other.pulses == counted.pulses


def test_joules_are_pulses_times_joules_a_pulse() -> None:
    updater, _, _ = trained(soft(pulse=Pulse(energy=3e-15)))
    for name, spent in updater.budget.items():
        assert spent.joules == spent.pulses * 3e-15 == updater.pulses[name] * 3e-15
    assert updater.joules == pytest.approx(sum(updater.pulses.values()) * 3e-15, rel=1e-14)
    unknown, _, _ = trained(soft(), updates=2)
    assert math.isnan(unknown.budget["w"].joules)


def test_energy_by_volts_and_conductance_against_a_slow_loop() -> None:
    """Each pulse takes V^2 G t, G half-way between before and after it."""
    device = soft(pulse=Pulse(volts=VOLTS, width=WIDTH), spread=Spread(step=0.3), pulse_noise=0.3)
    updater, parameters, before = trained(device, updates=0)
    array, energy, made, counter = updater.arrays["w"], 0.0, np.empty(4), 0
    states = [side.copy() for side in before["w"]]
    laws, constants = device.law.table(device.pulse_noise, device.relative)
    rng = np.random.default_rng(8)
    for counter in range(1, 31):
        gradient = Parameters(SHAPES, np.float64)
        gradient["w"][:] = rng.standard_normal(SHAPES["w"])
        seen = array.given.astype(int)
        updater.apply(parameters, gradient, {"w": 0.01})
        fresh = array.given.astype(int) - seen
        for i in np.flatnonzero(fresh.any(axis=1)):
            up, count = bool(fresh[i, 0]), int(fresh[i].sum())
            for side in range(2):
                number = 2 * int(i) + side
                kernels.fabricated(array.key, number, array.kind, made)
                for k in range(count):
                    draw = kernels.normal(array.key, number, counter, 2 * k)
                    old = states[side][i]
                    new = kernels.pulsed(old, up == (side == 0), made, laws, constants, draw)
                    siemens = float(np.mean(device.conductance(np.array([old, new]))))
                    energy += VOLTS**2 * siemens * WIDTH
                    states[side][i] = new
    assert np.array_equal(states[0], array.plus)  # the loop is the kernel's own physics
    assert np.array_equal(states[1], array.minus)
    spent = updater.budget["w"]
    assert spent.joules == pytest.approx(energy, rel=1e-12)
    assert spent.pulses > 1000
    assert spent.seconds == pytest.approx(spent.pulses * WIDTH, rel=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("bounds", [0.0, 0.2])
def test_devices_at_bounds(dtype: type, bounds: float) -> None:
    device = Device("x", 1e-6, 40e-6, 0.4, 0.4, spread=Spread(bounds=bounds), pulse_noise=1.0)
    updater, _, _ = trained(device, scheme=Stochastic(), updates=300, dtype=dtype)
    array, made, found = updater.arrays["w"], np.empty(4), 0
    for side, states in enumerate((array.plus, array.minus)):
        for i, state in enumerate(states):
            kernels.fabricated(array.key, 2 * i + side, array.kind, made)
            ends = made[[kernels.LOW, kernels.HIGH]].astype(dtype)
            found += int(state in ends)
    assert updater.budget["w"].at_bounds == found / array.devices  # booked pulse by pulse
    assert array.at_bounds == found
    assert 0.02 < found / array.devices < 0.9
    assert updater.books["w"][BOUND] > found


def test_books_do_not_depend_on_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    from neuroep.learning.updates import updater as blocks

    monkeypatch.setattr(blocks, "BLOCK", 90)  # many blocks, so that threads share them
    device = soft(pulse=Pulse(volts=VOLTS, width=WIDTH), spread=Spread(step=0.3), pulse_noise=0.3)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("NEUROEP_THREADS", threads)
        updater, parameters, _ = trained(device, scheme=Stochastic(), dtype=np.float32)
        found.append((updater, parameters.flat.copy()))
    (one, values), (two, others) = found
    assert np.array_equal(values, others)
    for name in SHAPES:
        assert np.array_equal(one.books[name], two.books[name])
        assert np.array_equal(one.arrays[name].given, two.arrays[name].given)
    assert one.budget == two.budget


def test_books_go_on_where_a_checkpoint_left() -> None:
    device = soft(pulse=Pulse(volts=VOLTS, width=WIDTH), pulse_noise=0.3)
    whole, values, _ = trained(device, updates=40)
    half, there, _ = trained(device, updates=25)
    kept = {key: array.copy() for key, array in half.to_arrays().items()}
    rng = np.random.default_rng(3)
    rng.uniform(size=values.flat.size)
    gradients = [rng.standard_normal(values.flat.size) for _ in range(40)]
    fresh, again, _ = trained(device, updates=0)
    fresh.from_arrays(kept)
    again.flat[:] = there.flat
    for drawn in gradients[25:]:
        gradient = Parameters(SHAPES, np.float64)
        gradient.flat[:] = drawn
        fresh.apply(again, gradient, {name: 0.01 * rate for name, rate in RATES.items()})
    assert np.array_equal(again.flat, values.flat)
    assert fresh.budget == whole.budget
    for name, array in whole.arrays.items():
        assert isinstance(array, DeviceArray)
        assert np.array_equal(array.given, fresh.arrays[name].given)
