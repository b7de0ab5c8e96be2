"""Every rule of the catalogue on every family: the gradient of the settled cost, or one line."""

import dataclasses
import math

import numpy as np
import pytest
from learning_support import PROBLEMS, words_system

from neuroep.learning.estimate import centered, estimate
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules import RULES
from neuroep.learning.rules.two_phase import TwoPhase
from neuroep.learning.system import System
from neuroep.settle import Record

OWN_TESTS = ("continual", "one_bit", "spike_driven")
"""Rules that ask at every step, for a sign only, or where spikes are: see their own tests."""

NUDGED = [name for name, rule in RULES.items() if issubclass(rule, TwoPhase)]


def finite_differences(system: System, inputs, target, rng) -> dict[str, list[tuple]]:
    """Return (direction, slope of the mean settled cost along it) for each parameter."""

    def cost() -> float:
        return float(system.cost(system.settle(system.clamp(inputs)), target).mean())

    found = {}
    for name, array in system.parameters.items():
        here = array.copy()
        way = rng.normal(size=here.shape) * np.abs(here)
        h = 1e-5
        array[:] = here + h * way
        above = cost()
        array[:] = here - h * way
        below = cost()
        array[:] = here
        found[name] = way, (above - below) / (2 * h), np.linalg.norm(way)
    return found


@pytest.mark.parametrize("rule", [name for name in RULES if name not in OWN_TESTS])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_each_rule_asks_for_the_slope_of_the_settled_cost(rule: str, problem: str, rng) -> None:
    system, inputs, target = PROBLEMS[problem]()
    drive = system.clamp(inputs)
    if rule == "bptt" and problem != "hopfield":
        with pytest.raises(ValueError, match=r"^bptt: .* use implicit$"):
            estimate(system, drive, target, rule)
        return
    options = {"beta": 1e-5} if rule in NUDGED else {}
    granted = []
    made = RULES[rule](**options)
    found = made.step(system, drive, target, granted.append, rng)
    assert granted == [found]
    assert len(found.phases) == (1 if RULES[rule].reference else 2)
    for name, (way, slope, length) in finite_differences(system, inputs, target, rng).items():
        scale = np.linalg.norm(found.gradient[name]) * length
        assert abs((found.gradient[name] * way).sum() - slope) < 1e-4 * scale, name


def test_every_rule_says_what_it_is() -> None:
    titles = [rule.title for rule in RULES.values()]
    assert len(set(titles)) == len(titles)
    assert [name for name, rule in RULES.items() if rule.reference] == ["bptt", "implicit"]
    for rule in RULES.values():
        assert dataclasses.is_dataclass(rule)


@pytest.mark.parametrize("rule", [*NUDGED, "continual"])
@pytest.mark.parametrize("beta", [0.0, math.inf, math.nan])
def test_a_nudge_of_nothing_is_refused(rule: str, beta: float) -> None:
    with pytest.raises(ValueError, match="beta must be finite and not zero"):
        RULES[rule](beta=beta)


def test_estimates_by_name_and_bad_names() -> None:
    system, inputs, target = PROBLEMS["hopfield"]()
    drive = system.clamp(inputs)
    network = system.network
    by_name = estimate(network, drive, target, "one_sided", beta=0.3, stop=system.stop)
    by_rule = estimate(system, drive, target, RULES["one_sided"](beta=0.3))
    np.testing.assert_array_equal(by_name.gradient.flat, by_rule.gradient.flat)
    np.testing.assert_array_equal(
        centered(network, drive, target, beta=0.3, stop=system.stop).flat,
        estimate(system, drive, target, beta=0.3).gradient.flat,
    )
    with pytest.raises(ValueError, match="rule 'best': choose one of centered, one_sided"):
        estimate(system, drive, target, "best")
    with pytest.raises(ValueError, match=r"^beta: the rule that is given has its own options"):
        estimate(system, drive, target, RULES["centered"](), beta=0.1)


def test_a_record_keeps_the_same_examples_of_every_phase() -> None:
    system, inputs, target = PROBLEMS["hopfield"]()
    found = estimate(system, system.clamp(inputs), target, beta=0.3, record=Record((1, 3)))
    assert found.free.trace.shape[1] == 2
    assert found.nudged.trace.shape[1] == 4
    end = found.nudged.trace[found.nudged.steps[1, 3], 3]
    np.testing.assert_allclose(end[-3:], found.nudged.potential("out")[1, 3], rtol=1e-9)
    with pytest.raises(ValueError, match="keeps no record"):
        estimate(system, system.clamp(inputs), target, "implicit", record=Record((0,)))
    chip, x, y = PROBLEMS["resistive, ideal diodes"]()
    with pytest.raises(ValueError, match="record"):
        estimate(chip, chip.clamp(x), y, beta=0.01, record=Record((0,)))


def test_spikes_have_no_reference_gradient() -> None:
    system = words_system(solver="spiking")
    assert isinstance(system, HopfieldSystem)
    for rule in ("bptt", "implicit"):
        with pytest.raises(ValueError, match=f"^{rule} goes back through sweep or synchronous"):
            RULES[rule]().check(system)
