"""Reading stored patterns some at a time, against softmax of all of them at once."""

from collections.abc import Callable

import numpy as np
import pytest
from reference.kernels import both_dtypes, close, random_job
from reference.problems import WIRINGS, Problem, pooled, sequences, with_words
from reference.registry import compares

from neuroep.core.hopfield import layers, reading


@compares(layers.exponentials, layers.log_sum_exp, reading.merge)
@both_dtypes
@pytest.mark.parametrize("at_once", [1, 7, 16, 40, 113])
def test_parts_of_a_softmax_add_up(at_once: int, dtype: type, rng: np.random.Generator) -> None:
    count, width, c = 113, 5, 1.7
    scores, patterns = rng.normal(0, 4, count).astype(dtype), rng.normal(size=(count, width))
    peaks, totals = np.full(1, -1e30, dtype), np.zeros(1, dtype)
    so_far, (peak, total) = np.zeros(width, dtype), np.zeros((2, 1), dtype)
    for first in range(0, count, at_once):
        part = scores[first : first + at_once].copy()
        layers.exponentials(part[None], c, peak, total)
        assert peak[0] == scores[first : first + at_once].max()
        read = (part @ patterns[first : first + at_once]).astype(dtype)
        reading.merge(c, peak[0], total[0], read, peaks, totals, 0, so_far)
    weights = np.exp(c * (scores.astype(float) - scores.max()))
    close(totals[0], weights.sum(), dtype, 10)
    lagrangian = np.logaddexp.reduce(c * scores.astype(float)) / c
    close(layers.log_sum_exp(c, peaks, totals), lagrangian, dtype, 10)
    close(so_far / totals[0], weights / weights.sum() @ patterns, dtype)


def long_reviews(dtype: type) -> Problem:
    """So many words that two queries read them in three parts."""
    return with_words(pooled, "squared", dtype, (1300, 520, 1, 40))


def short_reviews(dtype: type) -> Problem:
    problem = WIRINGS["stacked"]("squared", dtype)
    problem.inputs["words"] = sequences(np.random.default_rng(4), (3, 0, 1, 6))
    return problem


@compares(reading.read_patterns, reading.attention_scratch, reading.patterns_at_once)
@both_dtypes
@pytest.mark.parametrize("make", [long_reviews, short_reviews])
def test_readings(make: Callable[[type], Problem], dtype: type) -> None:
    problem = make(dtype)
    job = random_job(problem, spread=0.5)
    plan, parts = job.drive.plan, set()
    for e in problem.example:
        for k, name in enumerate(plan.names):
            if not e.network.layers[name].stored:
                continue
            layer, (rows, width) = plan.sweep.layers[k], e.shape(name)
            v = plan.view(job.state.potential, name)[e.index, : rows * width].copy()
            s = np.full_like(v, 7)
            x = e.patterns[e.network.layers[name].stored].astype(dtype)
            scratch = np.full(reading.attention_scratch(rows, len(x), width), np.nan, dtype)
            lagrangian = reading.read_patterns(
                layer, plan.sweep.constants, job.inputs, e.index, v, s, scratch
            )
            wanted = np.full_like(v, 7)
            if len(x):
                parts.add(-(-len(x) // reading.patterns_at_once(rows, x)))
                u = v.reshape(rows, width).astype(float)
                wanted = e.activity(name, u).ravel()
                close(lagrangian, e.lagrangian(name, u), dtype, 10)
            close(s, wanted, dtype, 10)
    assert (max(parts) == 3) == (make is long_reviews)
