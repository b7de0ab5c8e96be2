"""Every update of the catalogue: against the gradient, within limits, counted, resumed."""

import numpy as np
import pytest

from neuroep.learning.updates import UPDATES, rates_by_name
from neuroep.learning.updates.projected import Projected
from neuroep.learning.updates.sgd import SGD
from neuroep.learning.updates.tied import Tied
from neuroep.network.parameters import Parameters

SHAPES = {"a": (40, 3), "b": (7,), "held": (5, 2)}
LIMITS = {"a": (-0.5, 0.5), "b": (0.0, 2.0), "held": (-1.0, 1.0)}
RATES = {"a": 0.1, "b": 0.2, "held": 0.0}


def parameters(dtype: type = np.float64) -> Parameters:
    made = Parameters(SHAPES, dtype)
    rng = np.random.default_rng(0)
    for name, (low, high) in LIMITS.items():
        made[name][:] = rng.uniform(low, high, SHAPES[name])
    return made


def gradients(count: int, scale: float = 1.0) -> list[Parameters]:
    rng = np.random.default_rng(1)
    made = [parameters().zeros_like() for _ in range(count)]
    for gradient in made:
        gradient.flat[:] = scale * rng.normal(size=gradient.flat.size)
    return made


@pytest.mark.parametrize("update", UPDATES)
def test_every_update_keeps_within_limits_and_counts_what_met_them(update: str, rng) -> None:
    there = parameters()
    before = there.copy()
    updater = UPDATES[update]().make(there, LIMITS, rng)
    updater.apply(there, gradients(1, 30.0)[0], RATES)
    limited = 0
    for name in ("a", "b"):
        low, high = LIMITS[name]
        assert ((there[name] >= low) & (there[name] <= high)).all()
        limited += int(((there[name] == low) | (there[name] == high)).sum())
    assert updater.clipped == limited > 0
    np.testing.assert_array_equal(there["held"], before["held"])
    updater.apply(there, there.zeros_like(), dict.fromkeys(SHAPES, 0.0))
    assert updater.clipped == 0


@pytest.mark.parametrize("update", UPDATES)
def test_limits_that_nothing_meets_change_nothing(update: str, rng) -> None:
    wide = dict.fromkeys(SHAPES, (-1e3, 1e3))
    rates = dict.fromkeys(SHAPES, 1e-9)
    ends = []
    for limits in (wide, wide if update == "projected" else {}):
        there = parameters()
        updater = UPDATES[update]().make(there, limits, rng)
        for gradient in gradients(3):
            updater.apply(there, gradient, rates)
        assert updater.clipped == 0
        ends.append(there.flat.copy())
    np.testing.assert_array_equal(*ends)
    assert (ends[0] != parameters().flat).all()


@pytest.mark.parametrize("update", UPDATES)
def test_an_updater_resumes_and_needs_no_particular_blocks(
    update: str, rng, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps = gradients(6)
    ends = []
    for block in (1 << 20, 8):
        monkeypatch.setattr("neuroep.learning.updates.updater.BLOCK", block)
        there = parameters(np.float32)
        updater = UPDATES[update]().make(there, LIMITS, rng)
        for number, gradient in enumerate(steps):
            if number == 3 and block == 8:  # a checkpoint in between
                saved = {k: np.array(v) for k, v in updater.to_arrays().items()}
                updater = UPDATES[update]().make(there, LIMITS, rng)
                updater.from_arrays(saved)
            single = there.zeros_like()
            single.flat[:] = gradient.flat
            updater.apply(there, single, RATES)
        ends.append(there.flat.copy())
    np.testing.assert_array_equal(*ends)


def test_projected_rates_are_normalised_to_the_device(rng) -> None:
    there = parameters()
    before = there.copy()
    gradient = gradients(1, 1e-2)[0]
    updater = Projected(momentum=0.5).make(there, LIMITS, rng)
    updater.apply(there, gradient, {"b": 0.1})
    moved = np.clip(before["b"] - 0.1 * 2.0**2 * gradient["b"], 0, 2)
    np.testing.assert_allclose(there["b"], moved, rtol=1e-12)
    updater.apply(there, gradient, {"b": 0.1})
    moved = np.clip(moved - 0.1 * 2.0**2 * 1.5 * gradient["b"], 0, 2)
    np.testing.assert_allclose(there["b"], moved, rtol=1e-12)
    np.testing.assert_array_equal(there["a"], before["a"])
    with pytest.raises(ValueError, match=r"^update: projected .* 'held' has none$"):
        Projected().make(there, {"a": (0.0, 1.0), "b": (0.0, 1.0)}, rng)


@pytest.mark.parametrize(
    ("update", "options"),
    [("sgd", {"momentum": 1.0}), ("projected", {"momentum": -0.1}), ("adam", {"epsilon": 0.0})]
    + [("adam", {name: 1.0}) for name in ("first_decay", "second_decay")],
)
def test_options_out_of_range_are_refused(update: str, options: dict) -> None:
    with pytest.raises(ValueError, match=f"^{next(iter(options))} must be"):
        UPDATES[update](**options)


def test_tied_blocks_share_the_mean_of_what_they_ask_for(rng) -> None:
    there = parameters()
    there["a"].reshape(4, 10, 3)[:] = there["a"][:10]
    gradient = gradients(1, 0.01)[0]
    wanted = gradient["a"].reshape(4, 10, 3).mean(axis=0)
    before = there["a"][:10].copy()
    updater = Tied(SGD().make(there, LIMITS, rng), {"a": 4})
    updater.apply(there, gradient, RATES)
    for block in there["a"].reshape(4, 10, 3):
        np.testing.assert_array_equal(block, there["a"][:10])
    np.testing.assert_allclose(
        there["a"][:10], np.clip(before - 0.1 * wanted, -0.5, 0.5), rtol=1e-12
    )
    assert updater.clipped == updater.updater.clipped
    saved = updater.to_arrays()
    updater.from_arrays(saved)
    with pytest.raises(ValueError, match="tied 'b': 7 rows are not 2 equal blocks"):
        Tied(updater, {"b": 2}).apply(there, gradient, RATES)


def test_rates_by_name() -> None:
    names = ["a-b", "b.bias", "words.patterns"]
    rates = rates_by_name(names, {"*.bias": 0.1, "b*": 0.2, "a-b": 0.3})
    assert rates == {"a-b": 0.3, "b.bias": 0.1, "words.patterns": 0.0}
    for bad in ({}, {"c*": 0.1}, {"a-b": -1.0}, {"a-b": float("inf")}):
        with pytest.raises(ValueError, match="rate"):
            rates_by_name(names, bad)
    with pytest.raises(ValueError, match="fits none"):  # a way back has the rate of the way there
        rates_by_name(["a-b", "a-b.back"], {"*.back": 0.1})
