"""Batches in shards: what is granted is the mean of separate estimates, whoever makes them."""

import copy
from collections.abc import Callable

import numpy as np
import pytest
from learning_support import Points, Reviews, points_system, words_system

from neuroep.learning.gradient import Factors, Gradient
from neuroep.learning.packed import Packed, weighted_sum
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.shards import cut, shard_rng
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.learning.updates.projected import Projected
from neuroep.network.parameters import Parameters
from neuroep.settle.hopfield.spiking import Spiking

BASE = {"epochs": 2, "batch": 20, "shards": 3}
SPIKING = Spiking(free_duration=40e-6, nudged_duration=30e-6, window=25e-6)


def of_words(solver: object = "sweep", **changes) -> Trainer:
    recipe = Recipe(**BASE | {"rates": {"*": 0.02}} | changes)
    return Trainer(words_system(solver=solver), Reviews(70, 1), Reviews(30, 2), recipe, seed=5)


def of_points(**changes) -> Trainer:
    own = {"rule": RULES["centered"](0.3), "update": Projected(0.9), "rates": {"*": 0.01}}
    recipe = Recipe(**BASE | own | changes)
    return Trainer(points_system(), Points(70, 1), Points(30, 2), recipe, seed=5)


KINDS: dict[str, Callable[..., Trainer]] = {
    "sweep": of_words,
    "random sign": lambda **changes: of_words(rule=RULES["random_sign"](), **changes),
    "spiking": lambda **changes: of_words(SPIKING, **changes),
    "resistive": of_points,
}


def arrays(t: Trainer) -> dict[str, bytes]:
    return {name: np.asarray(a).tobytes() for name, a in t.to_arrays().items()}


class Separate:
    """The slow, obvious way: dense estimates, each weighted by its shard, added in order."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer

    def train(self, epochs: int) -> None:
        t = self.trainer
        for epoch in range(epochs):
            order = np.random.default_rng([t.seed, epoch]).permutation(t.examples)
            for number in range(t.steps_per_epoch):
                chosen = order[number * t.recipe.batch :][: t.recipe.batch]
                self.step(epoch, epoch * t.steps_per_epoch + number, chosen)

    def step(self, epoch: int, step: int, chosen: np.ndarray) -> None:
        t = self.trainer
        total = t.parameters.zeros_like()
        for shard, (_, part) in enumerate(cut(chosen, t.recipe.shards)):
            rng = shard_rng(t.seed, epoch, step, shard)
            inputs, target = t.data.batch(part, rng)
            asked: list = []
            t.recipe.rule.step(t.system, t.system.clamp(inputs), target, asked.append, rng)
            for name in total:
                total[name][...] += np.float32(len(part) / len(chosen)) * asked[0].gradient[name]
        t.updater.apply(t.parameters, total, t.rates_at(step))
        t.parameters.changes += 1
        t.updater.elapse(len(chosen))
        t.parameters.changes += 1


@pytest.mark.parametrize("kind", KINDS)
def test_a_batch_asks_for_the_mean_of_what_its_shards_ask_for(kind: str) -> None:
    """Batches of 20 and the last one of 10 do not divide by three."""
    ours, reference = KINDS[kind](), KINDS[kind]()
    start = ours.parameters.copy()
    ours.run_epoch()
    ours.run_epoch()
    Separate(reference).train(2)
    np.testing.assert_array_equal(ours.parameters.flat, reference.parameters.flat)
    assert (ours.parameters.flat != start.flat).any()


class Elsewhere:
    """Two replicas that settle shards in turns, later ones first, and grant what comes back."""

    def __init__(self, make: Callable[[], Trainer], trainer: Trainer) -> None:
        self.replicas = [make(), make()]
        self.trainer = trainer

    def shares(self, step: int):
        t = self.trainer
        epoch, number = divmod(step, t.steps_per_epoch)
        chosen = [chosen for _, chosen, _ in t.batches(epoch)][number]
        found = {}
        for shard in reversed(range(t.recipe.shards)):
            replica = self.replicas[shard % 2]
            (found[shard],) = replica.settle(step, chosen, only=[shard])
        shares = copy.deepcopy([found[shard] for shard in sorted(found)])
        for replica in self.replicas:
            replica.grant_all(step, shares)
        return shares


@pytest.mark.parametrize("kind", KINDS)
def test_who_settles_shards_changes_no_bit(kind: str) -> None:
    alone, shared = KINDS[kind](), KINDS[kind]()
    shared.crew = Elsewhere(KINDS[kind], shared)
    for _ in range(2):
        alone.run_epoch()
        shared.run_epoch()
    assert arrays(alone) == arrays(shared)
    for replica in shared.crew.replicas:
        assert replica.parameters.flat.tobytes() == alone.parameters.flat.tobytes()


def test_resuming_in_the_middle_changes_no_bit() -> None:
    whole, begun, resumed = of_words(), of_words(), of_words()
    whole.run_epoch()
    whole.run_epoch()
    begun.run_epoch()
    resumed.from_arrays({name: np.array(a) for name, a in begun.to_arrays().items()})
    resumed.run_epoch()
    assert arrays(whole) == arrays(resumed)


def test_results_depend_on_the_number_of_shards() -> None:
    """Words are shuffled, and signs drawn, for each shard by itself."""
    one, three = (of_words(rule=RULES["random_sign"](), shards=n) for n in (1, 3))
    one.run_epoch()
    three.run_epoch()
    assert (one.parameters.flat != three.parameters.flat).any()


def test_every_shard_of_every_step_draws_numbers_of_its_own() -> None:
    sources = [np.random.default_rng([7, epoch]) for epoch in range(2)]
    sources.append(np.random.default_rng([7, 0, 1]))  # of updaters
    sources += [shard_rng(7, e, s, k) for e in range(2) for s in range(3) for k in range(3)]
    drawn = [source.integers(2**62) for source in sources]
    assert len(set(drawn)) == len(drawn)


@pytest.mark.parametrize(("count", "shards"), [(20, 3), (10, 3), (2, 4), (1, 4), (8, 8)])
def test_shards_are_contiguous_even_and_whole(count: int, shards: int) -> None:
    parts = cut(np.arange(count) + 5, shards)
    np.testing.assert_array_equal(np.concatenate([part for _, part in parts]), np.arange(count) + 5)
    sizes = [len(part) for _, part in parts]
    assert len(parts) == min(count, shards)
    assert max(sizes) - min(sizes) <= 1
    assert [first for first, _ in parts] == list(np.cumsum([0, *sizes[:-1]]))


def factored(rng: np.random.Generator, like: Parameters, examples: int) -> Gradient:
    """Return a gradient of two phases: a table of which some rows count, factors, a way back."""
    found = Gradient(like, ("w", "w.back"))
    found["table"][rng.integers(0, 50, 4)] = rng.normal(size=(4, 3))
    found["bias"][:] = rng.normal(size=5)
    reach = np.tile(rng.integers(1, 8, examples), 2)
    pre = rng.normal(size=(2 * examples, 7)) * (np.arange(7) < reach[:, None])
    found.factors["w"].append(Factors(pre, rng.normal(size=(2 * examples, 5)), reach, 2))
    found.repeat("w", "w.back")
    return found


def test_packed_gradients_add_up_to_the_same_products(rng: np.random.Generator) -> None:
    like = Parameters({"table": (50, 3), "w": (7, 5), "w.back": (7, 5), "bias": (5,)}, float)
    counts = (4, 3, 5)
    gradients = [factored(rng, like, count) for count in counts]
    weights = [count / sum(counts) for count in counts]
    packed = [Packed.of(gradient) for gradient in gradients]
    total = weighted_sum(packed, weights, like)
    for name in like:
        wanted = sum(w * g[name] for g, w in zip(gradients, weights, strict=True))
        np.testing.assert_allclose(total[name], wanted, rtol=1e-12, atol=1e-15)
    products = total.products("w")
    assert products is not None
    np.testing.assert_allclose(-products[0].T @ products[1], total["w"], rtol=1e-12, atol=1e-14)
    assert total.factors["w"][0] is total.factors["w.back"][0]
    zeros = sum(int((f.pre == 0).sum()) for g in gradients for f in g.factors["w"]) * 8
    sent = sum(one.nbytes for one in packed)
    assert zeros > 0
    whole = sum(
        f.pre.nbytes + f.post.nbytes + f.reach.nbytes for g in gradients for f in g.factors["w"]
    )
    rows = sum(p.rows["table"].nbytes + 5 * 8 for p in packed)
    assert sent == whole - zeros + rows, "neither padding nor a way back is sent"


def test_a_shard_that_diverges_stops_the_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    t = of_words()
    settle = t.settle

    def spoiled(*given):
        shares = settle(*given)
        object.__setattr__(shares[1], "residual", np.nan)
        return shares

    monkeypatch.setattr(t, "settle", spoiled)
    with pytest.raises(Diverged, match="step 0: a settle diverged"):
        t.run_epoch()


def test_a_rule_that_grants_at_every_step_is_refused() -> None:
    with pytest.raises(ValueError, match=r"^shards: EP, continual grants at every step"):
        Recipe(shards=2, rule=RULES["continual"]())
    with pytest.raises(ValueError, match=r"^shards must be 1 to the 8 examples of a batch, got 9"):
        Recipe(shards=9, batch=8)
    with pytest.raises(ValueError, match=r"^shards must be 1"):
        Recipe(shards=0)
