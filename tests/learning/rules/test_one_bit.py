"""One-bit EP: the sign of the centered contrast, and nothing within the dead zone."""

import math

import numpy as np
import pytest
from learning_support import PROBLEMS, Reviews, words_system

from neuroep.learning.estimate import estimate
from neuroep.learning.gradient import Factors, Gradient
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.one_bit import OneBit, Signs
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates.sgd import SGD
from neuroep.network.parameters import Parameters


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("share", [0.0, 0.3])
def test_it_asks_for_the_sign_of_each_contrast_beyond_the_dead_zone(
    problem: str, share: float
) -> None:
    system, inputs, target = PROBLEMS[problem]()
    drive = system.clamp(inputs)
    centered = estimate(system, drive, target, beta=0.05).gradient
    zone = share * float(np.abs(centered.flat).max())
    found = estimate(system, drive, target, "one_bit", beta=0.05, dead_zone=zone).gradient
    exact = estimate(system, drive, target, "implicit").gradient
    for name, signs in found.items():
        for bit, contrast in zip(signs.flat, centered[name].flat, strict=True):
            wanted = 0.0 if abs(contrast) <= zone else math.copysign(1.0, contrast)
            assert bit == wanted, name
    asked = found.flat != 0
    assert 0 < asked.sum() <= (centered.flat != 0).sum()
    assert zone == 0 or asked.sum() < 0.8 * (centered.flat != 0).sum()
    # Where the contrast is clear the sign is that of the gradient.
    clear = np.abs(centered.flat) > 0.2 * np.abs(centered.flat).max()
    right = np.sign(exact.flat) == np.sign(centered.flat)
    assert right[clear].all()
    # The cosine it can have: that of the size of each entry with one.
    kept = np.abs(centered.flat[asked])
    cosine = found.flat @ centered.flat / np.linalg.norm(found.flat) / np.linalg.norm(centered.flat)
    expected = kept.sum() / math.sqrt(kept.size) / np.linalg.norm(centered.flat)
    assert cosine == pytest.approx(expected)
    assert cosine > 0.4


def test_normal_contrasts_have_a_cosine_of_root_two_over_pi(rng) -> None:
    like = Parameters({"w": (400, 500)}, np.float64)
    contrast = Gradient(like)
    contrast.flat[:] = rng.normal(size=contrast.flat.size)
    signs = Signs(contrast, 0.0)
    cosine = signs.flat @ contrast.flat / np.linalg.norm(signs.flat) / np.linalg.norm(contrast.flat)
    assert cosine == pytest.approx(math.sqrt(2 / math.pi), abs=2e-3)


def test_factored_couplings_are_signed_block_by_block(rng) -> None:
    like = Parameters({"b": (3,), "w": (5, 4)}, np.float32)
    pre, post = (rng.normal(size=(6, n)).astype(np.float32) for n in (5, 4))
    found = Gradient(like, ["w"])
    found.factors["w"].append(Factors(pre, post, np.full(6, 5)))
    found["b"][:] = [0.5, -0.1, 2.0]
    signs = Signs(found, 0.2)
    np.testing.assert_array_equal(signs["b"], [1.0, 0.0, 1.0])
    product = -pre.T @ post
    wanted = np.where(np.abs(product) <= 0.2, 0.0, np.sign(product))
    np.testing.assert_array_equal(signs["w"], wanted)
    np.testing.assert_array_equal(signs.rows("w", 2, 4), wanted[2:4])
    assert set(signs) == {"b", "w"}
    assert signs.products("w") is None  # a sign is no product: pulses write it row after row
    found["b"][1] = math.nan  # is no zero: a settle that diverged must be seen
    assert not Signs(found, 0.2).finite


def test_weights_move_by_whole_steps_and_learn() -> None:
    rate = 2.0**-9
    recipe = Recipe(
        epochs=6, batch=10, rule=OneBit(0.3), update=SGD(), rates={"*": rate}, decay="none"
    )
    trainer = Trainer(words_system(), Reviews(60, 1), Reviews(30, 2), recipe, seed=3)
    before = trainer.parameters.flat.copy()
    trainer.run_epoch()
    steps = (trainer.parameters.flat - before) / rate
    np.testing.assert_allclose(steps, np.rint(steps), atol=1e-2)
    assert 0 < np.abs(steps).max() <= trainer.steps_per_epoch
    while not trainer.finished:
        trainer.run_epoch()
    assert trainer.history[-1]["train_cost"] < 0.9 * trainer.history[0]["train_cost"]


def test_a_negative_dead_zone_is_refused() -> None:
    for zone in (-0.1, math.nan):
        with pytest.raises(ValueError, match="dead_zone must not be negative"):
            OneBit(dead_zone=zone)


def test_signs_of_shards_are_not_those_of_their_batch() -> None:
    with pytest.raises(ValueError, match=r"^shards: EP, one bit asks .* needs shards = 1"):
        Recipe(batch=4, rule=OneBit(), shards=2)
