"""Answers are read from samples of the outputs, with noise; what is learned from is not."""

from dataclasses import replace

import numpy as np
import pytest
from learning_support import PROBLEMS

from neuroep.design.load import load_design
from neuroep.learning.reading import Reading


@pytest.mark.parametrize("problem", PROBLEMS)
def test_scores_are_of_samples_and_costs_of_what_stands_there(problem: str) -> None:
    system, inputs, target = PROBLEMS[problem]()
    settled = system.settle(system.clamp(inputs))
    noisy = replace(system, reading=Reading(0.01))
    exact, read = system.scores(settled), noisy.scores(settled)
    assert 0.003 < (read - exact).std() < 0.02
    assert np.array_equal(read, noisy.scores(settled))
    assert np.array_equal(system.cost(settled, target), noisy.cost(settled, target))
    other = replace(system, reading=Reading(0.01, seed=1))
    assert not np.array_equal(read, other.scores(settled))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_samples_have_the_noise_that_was_asked_for(dtype: type) -> None:
    outputs = np.full((1, 2000, 10), 0.5, dtype)
    read = Reading(0.02).samples(outputs)
    assert read.dtype == dtype
    assert (read - outputs).std() == pytest.approx(0.02, rel=0.02)
    moved = Reading(0.02).samples(outputs + dtype(1e-3))
    assert abs(np.corrcoef(read.ravel(), moved.ravel())[0, 1]) < 0.03
    assert Reading().samples(outputs) is outputs


def test_a_design_of_either_family_says_so() -> None:
    for name in ("attention_small", "resistive_small"):
        design = load_design(name, ["sensing.readout=0.05", "seed=3"])
        system = design.make_system(design.drawn_tables())
        assert system.reading == Reading(0.05, 3)
