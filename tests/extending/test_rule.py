"""A rule that neuroep does not know: nudges in turns, of one dataclass, on both families."""

from pathlib import Path

import numpy as np
import pytest
from extending.alternating import Alternating
from extending.chips import chip, metrics, neuroep, train
from learning_support import PROBLEMS, Points, Reviews, points_system, words_system

from neuroep.learning.estimate import estimate
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates.projected import Projected
from neuroep.learning.updates.sgd import SGD


@pytest.mark.parametrize("problem", PROBLEMS)
def test_its_updates_add_up_to_the_centered_estimate_as_rates_fall(problem: str, rng) -> None:
    """What is left is of the order of the rate."""
    system, inputs, target = PROBLEMS[problem]()
    start = system.parameters.copy()
    centered = estimate(system, system.clamp(inputs), target, "centered", beta=0.1).gradient
    size = np.linalg.norm(start.flat) / np.linalg.norm(centered.flat)
    apart = []
    for share in (1e-6, 1e-7, 1e-8):
        rate = share * size
        system.parameters.take(start.flat)
        updater = SGD().make(system.parameters, {}, rng)
        rates = dict.fromkeys(system.parameters, rate)
        grants = []

        def grant(found: Estimate, updater=updater, rates=rates, grants=grants) -> None:
            updater.apply(system.parameters, found.gradient, rates)
            grants.append(found)

        Alternating().step(system, system.clamp(inputs), target, grant, rng)
        assert len(grants) == 2
        summed = (start.flat - system.parameters.flat) / rate
        distance = np.linalg.norm(summed - centered.flat)
        apart.append(distance / np.linalg.norm(centered.flat))
    assert apart[-1] < 1e-4
    assert 9 < apart[0] / apart[1] < 11
    assert 9 < apart[1] / apart[2] < 11


class Watcher:
    """Counts what a training grants, and how often that has moved something."""

    def __init__(self, trainer: Trainer) -> None:
        self.trainer = trainer
        self.seen: list[int] = []
        self.moved = self.steps = 0
        self.last = trainer.parameters.flat.copy()

    def record(self, step, examples) -> None:
        return None

    def before_update(self, step, found, rates) -> None:
        self.seen.append(step)
        self.look()

    def after_update(self, step) -> None:
        self.steps += 1
        self.look()

    def look(self) -> None:
        now = self.trainer.parameters.flat.copy()
        self.moved += bool((now != self.last).any())
        self.last = now


@pytest.mark.parametrize("family", ["hopfield", "resistive"])
def test_it_trains_and_observers_see_every_grant(family: str) -> None:
    rule = Alternating(beta=0.1, rounds=4)
    ends = []
    for _ in range(2):
        if family == "hopfield":
            recipe = Recipe(epochs=4, batch=10, rule=rule, update=SGD(), rates={"*": 0.3})
            trainer = Trainer(words_system(), Reviews(60, 1), Reviews(30, 2), recipe, seed=3)
        else:
            recipe = Recipe(epochs=4, batch=10, rule=rule, update=Projected(), rates={"*": 1e-4})
            trainer = Trainer(points_system(), Points(60, 1), Points(30, 2), recipe, seed=3)
        watcher = trainer.observer = Watcher(trainer)
        while not trainer.finished:
            trainer.run_epoch()
        assert watcher.seen == [step for step in range(24) for _ in range(8)]
        assert watcher.steps == 24
        assert watcher.moved > 0.5 * len(watcher.seen)
        ends.append(trainer.parameters.flat.copy())
    assert trainer.history[-1]["train_cost"] < 0.7 * trainer.history[0]["train_cost"]
    np.testing.assert_array_equal(*ends)


@pytest.mark.parametrize("family", ["hopfield", "resistive"])
def test_a_design_learns_by_it(
    family: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setitem(RULES, "alternating", Alternating)
    rates = {"hopfield": 0.05, "resistive": 0.3}
    design = chip(
        tmp_path,
        family,
        rule="alternating",
        beta=0.1,
        rounds=2,
        update={"hopfield": "sgd", "resistive": "projected"}[family],
        rates=rates[family],
    )
    run = train(tmp_path, design)
    found = metrics(run)
    assert found["rule"] == "alternating"
    assert found["test_accuracy"] > 0.6  # two of three right; chance is one
    assert found["history"]["train_cost"][-1] < 0.9 * found["history"]["train_cost"][0]
    assert "rounds = " in (run / "design.toml").read_text()
    capsys.readouterr()
    assert neuroep("train", design, "--set", "learning.roundz=20") == 2
    assert "learning.roundz: unknown key; did you mean rounds?" in capsys.readouterr().err
