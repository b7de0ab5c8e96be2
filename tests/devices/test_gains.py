"""Gains against their formulas, over several updates and in blocks of rows."""

from collections.abc import Callable

import numpy as np
import pytest

from neuroep.core.tables import Floats
from neuroep.devices.gains import GAINS, Asked, Gain
from neuroep.devices.gains.adam import AdamGain
from neuroep.devices.gains.array import ArrayGain
from neuroep.devices.gains.first import FirstGain
from neuroep.devices.gains.line import Line
from neuroep.devices.gains.plain import Plain
from neuroep.learning.updates.adam import Adam
from neuroep.network.parameters import Parameters

N, M, RATE = 6, 4, 0.01


def gradients(count: int) -> Floats:
    rng = np.random.default_rng(0)
    found = rng.standard_normal((count, N, M)) * np.logspace(-3, 2, count)[:, None, None]
    found[:, 2] = 0.0  # a row that nothing is ever asked of
    return found


def asked_of(gain: Gain, slopes: Floats) -> list[Floats]:
    """Return what a gain makes of gradients, granted in two blocks of rows."""
    shaper, found = gain.make({"w": (N, M)}, np.dtype(float)), []
    for update, slope in enumerate(slopes, 1):
        blocks = [Asked("w", a, b, slope[a:b].copy(), update) for a, b in ((0, 2), (2, N))]
        if shaper.watches:
            for block in blocks:
                shaper.see(block)
            shaper.seen("w", update)
        parts = [shaper.factors(block, RATE) for block in blocks]
        found.append(np.vstack([rows[:, None] * columns * part for part, rows, columns in parts]))
    return found


def test_without_gain_a_request_is_the_gradient_times_the_rate() -> None:
    slopes = gradients(5)
    np.testing.assert_allclose(asked_of(Plain(), slopes), -RATE * slopes, rtol=1e-12)


def test_momentum_asks_for_the_mean_of_recent_gradients() -> None:
    slopes, keep = gradients(8), 0.7
    for update, found in enumerate(asked_of(Plain(momentum=keep), slopes), 1):
        weights = keep ** np.arange(update)[::-1]
        wanted = -RATE * np.average(slopes[:update], axis=0, weights=weights)
        np.testing.assert_allclose(found, wanted, rtol=1e-12, atol=1e-15)


def test_an_array_asks_for_the_rate_in_root_mean_squares() -> None:
    slopes, keep = gradients(8), 0.8
    for update, found in enumerate(asked_of(ArrayGain(smoothing=keep), slopes), 1):
        weights = keep ** np.arange(update)[::-1]
        mean = np.average((slopes[:update] ** 2).mean(axis=(1, 2)), weights=weights)
        np.testing.assert_allclose(found, -RATE * slopes[update - 1] / np.sqrt(mean), rtol=1e-12)


def test_rates_of_the_first_batches_stay() -> None:
    slopes = gradients(8)
    squares = (slopes**2).mean(axis=(1, 2))
    for update, found in enumerate(asked_of(FirstGain(batches=3), slopes), 1):
        mean = squares[: min(update, 3)].mean()
        np.testing.assert_allclose(found, -RATE * slopes[update - 1] / np.sqrt(mean), rtol=1e-12)


def test_adam_in_front_of_pulses_asks_for_what_adam_would_do() -> None:
    slopes, options = gradients(8), {"first_decay": 0.8, "second_decay": 0.9}
    values, gradient = Parameters({"w": (N, M)}, float), Parameters({"w": (N, M)}, float)
    twin = Adam(**options).make(values, {}, np.random.default_rng(0))
    for slope, found in zip(slopes, asked_of(AdamGain(**options), slopes), strict=True):
        before = values.flat.copy()
        gradient["w"][:] = slope
        twin.apply(values, gradient, {"w": RATE})
        np.testing.assert_allclose(found.reshape(-1), values.flat - before, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize("name", GAINS)
def test_a_gain_of_sizes_does_not_see_the_unit_of_the_cost(name: str) -> None:
    """Requests are in units of the weight, whatever the cost's: all but plain descent."""
    slopes = gradients(6)
    once, thousand = (asked_of(GAINS[name](), size * slopes) for size in (1.0, 1000.0))
    scale = 1000.0 if name == "none" else 1.0
    np.testing.assert_allclose(thousand, scale * np.array(once), rtol=1e-4, atol=1e-12)


@pytest.mark.parametrize("name", GAINS)
def test_nothing_is_asked_where_there_never_was_a_gradient(name: str) -> None:
    assert not np.array(asked_of(GAINS[name](), gradients(4)))[:, 2].any()
    assert not np.array(asked_of(GAINS[name](), np.zeros((3, N, M)))).any()


def test_lines_that_have_long_been_silent_ask_for_nothing() -> None:
    """Means decay until they are too small to decay: 1e-42 of a row and a column at once."""
    shaper = Line().make({"w": (2, 2)}, np.dtype(np.float32))
    slopes = np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0, 0.0], [0.0, 0.0]])
    for update, slope in enumerate((slopes[0], *[slopes[1]] * 3), 1):
        asked = Asked("w", 0, 2, slope.astype(np.float32), update)
        shaper.see(asked)
        shaper.seen("w", update)
        if update == 1:  # as after 10^5 updates
            shaper.rows["w"][1] = shaper.columns["w"][1] = 7e-43
        with np.errstate(all="raise"):
            found, on_rows, on_columns = shaper.factors(asked, 1.0)
            request = on_rows[:, None] * on_columns * found
    assert shaper.rows["w"][1] > 0.0, "silent, but not quite nothing"
    np.testing.assert_array_equal(request.ravel()[1:], 0.0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: ArrayGain(smoothing=1.0), "smoothing must be in"),
        (lambda: ArrayGain(momentum=-0.1), "momentum must be in"),
        (lambda: FirstGain(batches=0), "batches must be at least 1"),
        (lambda: AdamGain(epsilon=0.0), "epsilon must be positive"),
    ],
)
def test_options_out_of_range_are_named(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
