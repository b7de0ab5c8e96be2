"""Samplers: exact ones change nothing, offsets bias the gradient, chopping heals that."""

from collections.abc import Callable

import numpy as np
import pytest
from learning_support import PROBLEMS, layered
from reference.problems import WIRINGS

from neuroep.devices.sensing import Sampler, Sensed
from neuroep.learning.estimate import estimate
from neuroep.learning.gradient import Gradient
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.continual import Continual
from neuroep.learning.rules.one_bit import OneBit
from neuroep.learning.rules.one_sided import OneSided
from neuroep.learning.rules.rule import Rule
from neuroep.learning.rules.spike_driven import SpikeDriven

RULES = (Centered(0.1), OneSided(0.1))


def gradient(problem: str, rule: Rule, seed: int = 0) -> np.ndarray:
    system, inputs, target = PROBLEMS[problem]()
    found: Gradient = estimate(
        system, system.clamp(inputs), target, rule, rng=np.random.default_rng(seed)
    ).gradient
    return np.concatenate([found[name].reshape(-1) for name in found])


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("rule", RULES, ids=["centered", "one-sided"])
def test_ideal_samplers_change_nothing(problem: str, rule: Rule) -> None:
    plain, sensed = gradient(problem, rule), gradient(problem, Sensed(rule, Sampler()))
    scale = 1e-12 if problem == "hopfield" else 1e-9  # volts come back through a product
    assert sensed == pytest.approx(plain, abs=scale * np.abs(plain).max())


@pytest.mark.parametrize("problem", PROBLEMS)
def test_an_offset_biases_the_gradient_and_chopping_takes_the_bias(problem: str) -> None:
    exact = gradient(problem, RULES[0])
    offset = Sampler(offset=0.003, chop=False)
    fixed = gradient(problem, Sensed(RULES[0], offset))
    assert np.array_equal(fixed, gradient(problem, Sensed(RULES[0], offset), seed=5))  # always
    chopped = Sensed(RULES[0], Sampler(offset=0.003, chop=True))
    drawn = np.array([gradient(problem, chopped, seed) for seed in range(64)])
    bias = np.linalg.norm(fixed - exact)
    assert bias > 5 * np.linalg.norm(drawn.mean(axis=0) - exact) / 2
    # Each single one is as far off; it is the mean that is not.
    assert np.median([np.linalg.norm(one - exact) for one in drawn]) > 0.2 * bias


def test_what_is_held_has_the_errors_that_were_asked_for() -> None:
    values = np.full((2, 4000), 0.5)
    roles = np.array([0, 1])
    rng = np.random.default_rng(0)
    held = Sampler(offset=0.01).hold("hidden", values, roles, rng)
    assert held.std(axis=1) == pytest.approx([0.01, 0.01], rel=0.05)
    assert abs(np.corrcoef(held)[0, 1]) < 0.06  # each sampler has its own
    assert (values == 0.5).all()
    held = Sampler(gain=0.02).hold("hidden", values, roles, rng)
    assert held.std() == pytest.approx(0.01, rel=0.05)
    first, second = (Sampler(noise=0.01).hold("hidden", values, roles, rng) for _ in range(2))
    assert first.std() == pytest.approx(0.01, rel=0.05)
    assert abs(np.corrcoef(first.reshape(-1), second.reshape(-1))[0, 1]) < 0.05
    assert Sampler(droop=0.1).hold("hidden", values, roles, rng) == pytest.approx(
        0.45 * values / 0.5
    )
    other = Sampler(offset=0.01, fabrication=1).hold("hidden", values, roles, rng)
    assert (
        abs(np.corrcoef(other[0], Sampler(offset=0.01).hold("hidden", values, roles, rng)[0])[0, 1])
        < 0.06
    )


def test_droop_alone_scales_products() -> None:
    exact, drooped = (
        gradient("hopfield", Sensed(RULES[0], Sampler(droop=droop))) for droop in (0.0, 0.5)
    )
    assert np.linalg.norm(drooped) < np.linalg.norm(exact)


@pytest.mark.parametrize("sampler", [Sampler(offset=0.01, chop=False), Sampler(noise=0.01)])
def test_nothing_is_sampled_where_no_token_stands(sampler: Sampler) -> None:
    problem = WIRINGS["token"]("squared", np.float64)
    words = problem.inputs["words"]
    system, tokens = HopfieldSystem(problem.network), 3
    drive = system.clamp({"words": type(words)(words.rows[:tokens], np.array([0, tokens]))})
    found = estimate(system, drive, problem.target[:1], Sensed(RULES[0], sampler)).gradient
    rows = np.abs(found["heads-hidden"]).max(axis=1).reshape(6, -1)
    assert rows[:tokens].min() > 1e-4
    assert not rows[tokens:].any()


def test_a_rule_is_checked_through_its_samplers() -> None:
    class Refusing(Centered):
        def check(self, system: object) -> None:
            raise ValueError("not here")

    with pytest.raises(ValueError, match="not here"):
        Sensed(Refusing(), Sampler()).check(layered()[0])


@pytest.mark.parametrize("rule", [OneBit(), Continual()], ids=["one-bit", "continual"])
def test_what_cannot_be_cut_into_shards_cannot_by_samples_either(rule: Rule) -> None:
    with pytest.raises(ValueError, match=f"^shards: {rule.title}, sampled"):
        Recipe(rule=Sensed(rule, Sampler(offset=0.01)), shards=2)


def test_spikes_are_not_sampled() -> None:
    with pytest.raises(ValueError, match=r"^sensing: EP, spike-driven reads no samples"):
        Sensed(SpikeDriven(), Sampler(offset=0.01)).check(layered()[0])
    with pytest.raises(ValueError, match="nothing spikes here"):  # exact ones are in no way
        Sensed(SpikeDriven(), Sampler()).check(layered()[0])


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Sampler(offset=-0.1), "offset"),
        (lambda: Sampler(noise=float("nan")), "noise"),
        (lambda: Sampler(gain=1.0), "gain"),
        (lambda: Sampler(droop=1.0), "droop"),
    ],
)
def test_samplers_that_cannot_be_are_refused(make: Callable[[], object], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()
