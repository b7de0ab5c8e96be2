"""Continual EP: its requests add up to known estimates while synapses hardly move."""

from dataclasses import replace

import numpy as np
import pytest
from learning_support import PROBLEMS, Points, Reviews, points_system, words_system

from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.transient import Transient
from neuroep.learning.estimate import estimate
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.continual import NUDGES, Continual
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.system import System
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates.projected import Projected
from neuroep.learning.updates.sgd import SGD
from neuroep.settle import Record

TWINS = {"pair": "centered", "one_sided": "one_sided", "random_sign": "random_sign"}
"""What each nudge adds up to at rate zero."""


def learned(system: System, inputs, target, rule: Continual, rate: float):
    """Return what a batch has moved the parameters by, over -rate, and how often."""
    start = system.parameters.copy()
    rng = np.random.default_rng(7)
    updater = SGD().make(system.parameters, {}, rng)
    rates = dict.fromkeys(system.parameters, rate)
    grants = 0

    def grant(found: Estimate) -> None:
        nonlocal grants
        grants += 1
        updater.apply(system.parameters, found.gradient, rates)
        system.parameters.changes += 1

    rule.step(system, system.clamp(inputs), target, grant, rng)
    moved = (start.flat - system.parameters.flat) / rate
    system.parameters.take(start.flat)
    return moved, grants


@pytest.mark.parametrize("nudge", NUDGES)
@pytest.mark.parametrize("problem", PROBLEMS)
def test_requests_add_up_to_the_two_phase_estimate(problem: str, nudge: str) -> None:
    system, inputs, target = PROBLEMS[problem]()
    drive = system.clamp(inputs)
    options = {"beta": 0.05, "rng": np.random.default_rng(4)}
    found = estimate(system, drive, target, "continual", steps=2000, nudge=nudge, **options)
    options["rng"] = np.random.default_rng(4)
    twin = estimate(system, drive, target, TWINS[nudge], **options)
    size = np.abs(twin.gradient.flat).max()
    np.testing.assert_allclose(found.gradient.flat, twin.gradient.flat, atol=1e-8 * size)
    np.testing.assert_array_equal(found.nudged.beta, twin.nudged.beta)


@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_is_left_is_of_the_order_of_the_rate(problem: str) -> None:
    system, inputs, target = PROBLEMS[problem]()
    twin = estimate(system, system.clamp(inputs), target, "one_sided", beta=0.1).gradient.flat
    size = np.linalg.norm(system.parameters.flat) / np.linalg.norm(twin)
    rule = Continual(0.1, 500, "one_sided")
    apart = []
    for share in (1e-6, 1e-7, 1e-8):
        moved, grants = learned(system, inputs, target, rule, share * size)
        assert grants > 5 or problem.endswith("exponential diodes")
        apart.append(np.linalg.norm(moved - twin) / np.linalg.norm(twin))
    assert apart[-1] < 1e-4
    assert 9 < apart[0] / apart[1] < 11


def test_in_a_pair_what_moving_synapses_do_cancels() -> None:
    """At one rate a pair is near its centered twin where a single copy runs away from its own."""
    system, inputs, target = PROBLEMS["hopfield"]()
    distance = {}
    for nudge in ("pair", "one_sided"):
        drive = system.clamp(inputs)
        twin = estimate(system, drive, target, TWINS[nudge], beta=0.05).gradient.flat
        moved, _ = learned(system, inputs, target, Continual(0.05, 500, nudge), 5e-4)
        distance[nudge] = np.linalg.norm(moved - twin) / np.linalg.norm(twin)
    assert distance["pair"] < 0.02
    assert distance["one_sided"] > 5 * distance["pair"]


def test_a_network_at_rest_is_not_stepped_on() -> None:
    system, inputs, target = PROBLEMS["hopfield"]()
    granted: list[Estimate] = []
    rule = Continual(0.05, 5000)
    drive, rng = system.clamp(inputs), np.random.default_rng(0)
    last = rule.step(system, drive, target, granted.append, rng, record=Record((1,)))
    assert last is granted[-1]
    assert len(granted) < 1000
    assert [x.nudged.residual.max() > system.stop.residual for x in granted] == [
        *[True] * (len(granted) - 1),
        False,
    ]
    assert last.free.trace.shape[1] == 1
    assert last.nudged.trace.shape[:2] == (2, 2)
    granted.clear()
    Continual(0.05, 3).step(system, drive, target, granted.append, rng)
    assert len(granted) == 3


@pytest.mark.parametrize("nudge", NUDGES)
@pytest.mark.parametrize("family", ["hopfield", "resistive"])
def test_it_trains(family: str, nudge: str) -> None:
    rule = Continual(0.1, 8, nudge)
    if family == "hopfield":
        recipe = Recipe(epochs=4, batch=10, rule=rule, update=SGD(), rates={"*": 0.05})
        trainer = Trainer(words_system(), Reviews(60, 1), Reviews(30, 2), recipe, seed=3)
    else:
        recipe = Recipe(epochs=4, batch=10, rule=rule, update=Projected(), rates={"*": 1e-5})
        trainer = Trainer(points_system(), Points(60, 1), Points(30, 2), recipe, seed=3)
    while not trainer.finished:
        trainer.run_epoch()
    assert trainer.history[-1]["train_cost"] < 0.95 * trainer.history[0]["train_cost"]


def test_where_it_cannot_be_used() -> None:
    with pytest.raises(
        ValueError, match=r"^continual: one step of a spiking solver .*spike_driven"
    ):
        Continual().check(words_system(solver="spiking"))
    system = words_system()
    in_time = replace(system, solver=Transient(Circuit(system.network, Chip())))
    with pytest.raises(ValueError, match="one step of this solver is a whole phase"):
        Continual().check(in_time)
    with pytest.raises(ValueError, match="steps must be at least 1, got 0"):
        Continual(steps=0)
    with pytest.raises(ValueError, match="nudge 'both': choose one of pair, random_sign"):
        Continual(nudge="both")
