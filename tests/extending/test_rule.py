"""A rule of one's own: continual equilibrium propagation, of one dataclass, on both families.

The nudge is on, and every step of the relaxation moves the synapses by what has changed at them
since the last one (Ernoult et al. 2020, arXiv:2004.04168). While synapses hardly move, these
changes add up to the one-sided estimate.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest
from learning_support import PROBLEMS, Points, Reviews, points_system, words_system

from neuroep.learning.estimate import estimate
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.rule import Estimate, Rule
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates.projected import Projected
from neuroep.learning.updates.sgd import SGD
from neuroep.settle import Stop

ONE_STEP = Stop(0.0, 1)


@dataclass(frozen=True)
class Continual(Rule):
    """Parameters move while the state relaxes under a nudge."""

    title: ClassVar[str] = "continual EP"

    beta: float = 0.1
    steps: int = 60

    def step(self, system, drive, target, grant, rng, *, wanted=None, record=None):
        free = before = system.settle(drive)
        share = 1.0 / self.beta
        for _ in range(self.steps):
            after = system.settle(drive, beta=self.beta, target=target, start=before, stop=ONE_STEP)
            asked = system.slope([(after, share), (before, -share)], wanted)
            found = Estimate(asked, (free, after))
            grant(found)
            drive, before = system.reclamp(drive), after  # the synapses have moved
        return found


@pytest.mark.parametrize("problem", PROBLEMS)
def test_its_updates_add_up_to_the_one_sided_estimate_as_rates_fall(problem: str, rng) -> None:
    """What is left is of the order of the rate."""
    system, inputs, target = PROBLEMS[problem]()
    start = system.parameters.copy()
    one_sided = estimate(system, system.clamp(inputs), target, "one_sided", beta=0.1).gradient
    size = np.linalg.norm(start.flat) / np.linalg.norm(one_sided.flat)
    apart = []
    for share in (1e-6, 1e-7, 1e-8):
        rate = share * size
        system.parameters.flat[:] = start.flat
        updater = SGD().make(system.parameters, {}, rng)
        rates = dict.fromkeys(system.parameters, rate)
        grants = []

        def grant(found: Estimate, updater=updater, rates=rates, grants=grants) -> None:
            updater.apply(system.parameters, found.gradient, rates)
            grants.append(found)

        Continual().step(system, system.clamp(inputs), target, grant, rng)
        assert len(grants) == 60
        summed = (start.flat - system.parameters.flat) / rate
        distance = np.linalg.norm(summed - one_sided.flat)
        apart.append(distance / np.linalg.norm(one_sided.flat))
    assert apart[-1] < 1e-4
    assert 9 < apart[0] / apart[1] < 11
    assert 9 < apart[1] / apart[2] < 11


class Watcher:
    """Counts what a training grants, and keeps the parameters before each."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.seen: list[int] = []
        self.moved = 0

    def record(self, step, examples) -> None:
        return None

    def before_update(self, step, found, rates) -> None:
        self.seen.append(step)
        self.before = self.trainer.parameters.flat.copy()

    def after_update(self, step) -> None:
        self.moved += bool((self.trainer.parameters.flat != self.before).any())


@pytest.mark.parametrize("family", ["hopfield", "resistive"])
def test_it_trains_and_observers_see_every_grant(family: str) -> None:
    rule = Continual(beta=0.1, steps=8)
    ends = []
    for _ in range(2):
        if family == "hopfield":
            recipe = Recipe(epochs=4, batch=10, rule=rule, update=SGD(), rates={"*": 0.05})
            trainer = Trainer(words_system(), Reviews(60, 1), Reviews(30, 2), recipe, seed=3)
        else:
            recipe = Recipe(epochs=4, batch=10, rule=rule, update=Projected(), rates={"*": 1e-5})
            trainer = Trainer(points_system(), Points(60, 1), Points(30, 2), recipe, seed=3)
        watcher = trainer.observer = Watcher(trainer)
        while not trainer.finished:
            trainer.run_epoch()
        assert watcher.seen == [step for step in range(24) for _ in range(8)]
        assert watcher.moved > 0.5 * len(watcher.seen)
        ends.append(trainer.parameters.flat.copy())
    assert trainer.history[-1]["train_cost"] < 0.7 * trainer.history[0]["train_cost"]
    np.testing.assert_array_equal(*ends)
