"""Time and refresh while a chip learns: between updates, to the bit, and in the books."""

import numpy as np
import pytest

from neuroep.core.pulses.arrays import DOWN, MOVED, STANDING, UP
from neuroep.devices.array import Arrangement
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Ageing, Device, Spread
from neuroep.devices.schemes import Scheme
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.transfer import Transfer
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.devices.upkeep import Upkeep
from neuroep.network.parameters import Parameters

SHAPES = {"w": (12, 9), "b": (9,)}
RATES = {"w": 1.0, "b": 1.0}
LEAKY = Ageing(retention=50.0)
DRIFTING = Ageing(drift=0.05, drift_spread=0.01, drift_from=20.0)


def made(
    upkeep: Upkeep,
    ageing: Ageing,
    arrangement: Arrangement = "pair",
    scheme: Scheme | None = None,
    start: float = 0.3,
) -> tuple[Parameters, PulseUpdater]:
    parameters = Parameters(SHAPES, np.float64)
    parameters.flat[:] = start * np.random.default_rng(1).uniform(-1, 1, parameters.flat.size)
    kind = Device(
        "x", 1e-6, 4e-5, 0.02, 0.02, ageing=ageing, pulse_noise=0.2, spread=Spread(step=0.2)
    )
    chip = DeviceChip(kind, arrangement, {"*": 1.0}, upkeep=upkeep)
    pulses = Pulses(chip, scheme or Accumulate())
    return parameters, pulses.make(parameters, {}, np.random.default_rng(0))


def train(parameters: Parameters, updater: PulseUpdater, steps: range, size: float) -> None:
    for step in steps:
        gradient = parameters.zeros_like()
        gradient.flat[:] = size * np.random.default_rng([2, step]).standard_normal(
            gradient.flat.size
        )
        updater.apply(parameters, gradient, RATES)


def test_a_chip_that_is_asked_for_nothing_decays_as_its_card_says() -> None:
    parameters, updater = made(Upkeep(update_time=0.1, age_every=10), LEAKY)
    start = parameters.flat.copy()
    train(parameters, updater, range(205), 0.0)  # 200 of them are caught up with: 20 s
    np.testing.assert_allclose(parameters.flat, start * np.exp(-20.0 / 50.0), rtol=1e-12)
    assert updater.pulses == {"w": 0, "b": 0}


def test_drift_in_many_steps_is_drift_in_one() -> None:
    """A power of time is the same however often it is caught up with."""
    often, rarely = (made(Upkeep(update_time=1.0, age_every=every), DRIFTING) for every in (1, 100))
    for parameters, updater in (often, rarely):
        train(parameters, updater, range(200), 0.0)
    np.testing.assert_allclose(often[0].flat, rarely[0].flat, rtol=1e-9)
    array = often[1].arrays["w"]
    fresh = made(Upkeep(), DRIFTING)[1].arrays["w"]
    ratio = (array.plus + array.device.centre) / (fresh.plus + fresh.device.centre)
    exponents = -np.log(ratio) / np.log(220.0 / 20.0)
    assert exponents.mean() == pytest.approx(0.05, abs=0.004)
    assert exponents.std() == pytest.approx(0.01, rel=0.3)


def test_a_run_goes_on_to_the_same_bits() -> None:
    upkeep = Upkeep(update_time=0.5, age_every=7, refresh_every=5, refresh_level=-0.2)
    parameters, updater = made(upkeep, DRIFTING, "one_sided")
    train(parameters, updater, range(40), 0.01)
    again, other = made(upkeep, DRIFTING, "one_sided")
    train(again, other, range(23), 0.01)
    kept = {name: array.copy() for name, array in other.to_arrays().items()}
    third, last = made(upkeep, DRIFTING, "one_sided")
    third.flat[:] = again.flat
    last.from_arrays(kept)
    train(third, last, range(23, 40), 0.01)
    assert np.array_equal(third.flat, parameters.flat)
    assert sum(map(int, updater.refreshed.values())) > 0
    assert {k: int(v) for k, v in last.refreshed.items()} == {
        k: int(v) for k, v in updater.refreshed.items()
    }


def test_one_sided_pairs_that_are_not_put_back_end_at_their_bounds() -> None:
    ends = {}
    for every in (0, 20):
        parameters, updater = made(Upkeep(refresh_every=every), Ageing(), "one_sided")
        train(parameters, updater, range(600), 0.05)
        spent = updater.budget["w"]
        assert (spent.refreshed > 0) == (every > 0)
        array = updater.arrays["w"]
        ends[every] = np.maximum(array.plus, array.minus).mean()
        assert updater.books["w"][STANDING] == array.at_bounds
        # Pulses of a refresh wear a device as all others do.
        given = int(array.given.sum()) - 2 * spent.refreshed
        assert given == updater.books["w"][UP] + updater.books["w"][DOWN]
    assert ends[0] > 0.95
    assert ends[20] < 0.5


def test_what_a_refresh_moves_is_booked() -> None:
    parameters, updater = made(Upkeep(refresh_every=3, refresh_level=-0.5), Ageing(), "one_sided")
    array = updater.arrays["w"]
    before = float(array.plus.sum() + array.minus.sum())
    train(parameters, updater, range(30), 0.03)
    moved = float(array.plus.sum() + array.minus.sum()) - before
    assert updater.books["w"][MOVED] == pytest.approx(moved, abs=1e-10)
    assert updater.budget["w"].refreshed > 0


def test_fast_arrays_age_and_wear_with_those_of_the_weights() -> None:
    upkeep = Upkeep(update_time=0.1, age_every=5)
    parameters, updater = made(upkeep, LEAKY, scheme=Transfer(speed=5.0))
    train(parameters, updater, range(100), 0.02)
    fast = updater.scheme.fast["w"]
    spent = updater.budget["w"]
    assert spent.devices == 4 * 12 * 9
    assert spent.most_pulses == fast.most_pulses > updater.arrays["w"].most_pulses
    held = fast.plus.copy()
    upkeep.after(5, updater.behind, updater.books)
    np.testing.assert_allclose(fast.plus, held * np.exp(-0.5 / 50.0), rtol=1e-12)


@pytest.mark.parametrize(
    ("entry", "value"),
    [("update_time", -1.0), ("age_every", 0), ("refresh_every", -1), ("refresh_level", 1.5)],
)
def test_what_cannot_be_is_named(entry: str, value: float) -> None:
    with pytest.raises(ValueError, match=entry):
        Upkeep(**{entry: value})  # type: ignore[arg-type]


def test_only_one_sided_pairs_are_put_back() -> None:
    with pytest.raises(ValueError, match="refresh_every: others than one-sided"):
        made(Upkeep(refresh_every=10), Ageing(), "pair")
