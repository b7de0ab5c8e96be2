"""Attention kernels: softmax, reading, Lagrangian, and the local slope in the stored patterns."""

import numpy as np
import pytest
from reference.kernels import both_dtypes, close, random_job, scratch, states
from reference.problems import WIRINGS, Problem, sequences
from reference.registry import compares

from neuroep.core.hopfield.blocks import rows_in_use
from neuroep.core.hopfield.contrast import pattern_slope, scatter_add
from neuroep.core.hopfield.exponential import exp_of_negative_32, exp_of_negative_64
from neuroep.core.hopfield.layers import (
    attention_weights,
    largest,
    largest_magnitude,
    read_at_rest,
    softmax_rows,
    stored_patterns,
)
from neuroep.core.hopfield.reading import attend
from neuroep.core.hopfield.relax import activate
from neuroep.core.tables import CONSTANTS

ATTENTIVE = ("pooled", "stacked", "two_inputs")
LENGTHS = (3, 0, 1, 6)  # shorter than the cap, empty, one token, full


def problem_with_gaps(wiring: str, dtype: type) -> Problem:
    problem = WIRINGS[wiring]("squared", dtype)
    if "words" in problem.inputs:
        problem.inputs["words"] = sequences(np.random.default_rng(4), LENGTHS)
    return problem


def attention_layers(problem: Problem):
    plan = problem.drive.plan
    for k, name in enumerate(plan.names):
        if problem.network.layers[name].stored:
            yield k, name, problem.network.layers[name]


@compares(exp_of_negative_64)
def test_exp_of_negative() -> None:
    x = np.concatenate([np.linspace(-699, 0, 5001), -np.logspace(-300, -1, 50)])
    found = np.array([exp_of_negative_64(value) for value in x])
    np.testing.assert_allclose(found, np.exp(x), rtol=1e-13)
    assert 0 < exp_of_negative_64(-np.inf) < 1e-300
    assert np.isnan(exp_of_negative_64(np.nan))


@compares(exp_of_negative_32)
def test_exp_of_negative_in_float32() -> None:
    x = np.concatenate([np.linspace(-86, 0, 5001), -np.logspace(-30, -1, 50)]).astype(np.float32)
    found = np.array([exp_of_negative_32(value) for value in x])
    np.testing.assert_allclose(found, np.exp(x.astype(float)), rtol=3e-7)
    assert 0 < exp_of_negative_32(np.float32(-np.inf)) < 1e-37
    assert np.isnan(exp_of_negative_32(np.float32(np.nan)))


@compares(largest, largest_magnitude)
@both_dtypes
def test_largest_of_either_sign(dtype: type, rng: np.random.Generator) -> None:
    for size in (1, 7, 100):
        for shift in (-9.0, 0.0, 9.0):
            values = (rng.normal(size=size) + shift).astype(dtype)
            assert largest(values) == values.max()
            assert largest_magnitude(values) == np.abs(values).max()
    values[3] = -np.inf
    assert largest(values) == values.max()
    assert largest_magnitude(values) == np.inf
    values[5] = -np.nan
    assert np.isnan(largest_magnitude(values))


@compares(softmax_rows)
@both_dtypes
@pytest.mark.parametrize("c", [0.1, 1.0, 30.0])
def test_softmax_rows(c: float, dtype: type, rng: np.random.Generator) -> None:
    scores = rng.normal(0, 40, (3, 5)).astype(dtype)  # exp of these overflows if not shifted
    x = scores.astype(float)
    wanted = np.exp(c * (x - x.max(axis=1, keepdims=True)))
    lagrangian = softmax_rows(scores, c)
    close(scores, wanted / wanted.sum(axis=1, keepdims=True), dtype)
    close(lagrangian, np.logaddexp.reduce(c * x, axis=1).sum() / c, dtype)


@compares(rows_in_use, stored_patterns, attention_weights)
@both_dtypes
@pytest.mark.parametrize("wiring", ATTENTIVE)
def test_attention_weights(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan = job.drive.plan
    for k, name, _ in attention_layers(problem):
        row = plan.sweep.layers[k]
        for e, v, _ in states(problem, job):
            flat = plan.view(job.state.potential, name)[e.index]
            own = plan.sweep.constants[row[CONSTANTS] :]
            given = row, own, job.inputs, e.index, flat, scratch(job)
            p, lagrangian, queries = attention_weights(*given)
            close(queries, v[name].ravel(), dtype)
            wanted, x = e.attention(name, v[name])
            assert rows_in_use(row, job.inputs, e.index) == len(v[name])
            close(stored_patterns(row, job.inputs, e.index), x, dtype)
            assert p.shape == wanted.shape
            close(p, wanted, dtype)
            close(lagrangian, e.lagrangian(name, v[name]), dtype)


@compares(attend)
@both_dtypes
@pytest.mark.parametrize("wiring", ATTENTIVE)
def test_attend_leaves_padding_alone(wiring: str, dtype: type, rng: np.random.Generator) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan = job.drive.plan
    for k, name, _ in attention_layers(problem):
        for e, _, s in states(problem, job):
            size, used = plan.sizes[k], s[name].size
            drive = rng.normal(size=size).astype(dtype)  # padded rows receive currents too
            v = plan.view(job.state.potential, name)[e.index]
            activity = plan.view(job.state.activity, name)[e.index]
            lagrangian, change = attend(
                plan.sweep.layers[k],
                plan.sweep.constants,
                job.inputs,
                e.index,
                drive,
                v,
                activity,
                scratch(job),
            )
            u = drive[:used].reshape(s[name].shape).astype(float)
            wanted = e.activity(name, u)
            close(activity[:used], wanted.ravel(), dtype)
            close(lagrangian, e.lagrangian(name, u), dtype)
            close(change, np.abs(wanted - s[name]).max(initial=0), dtype)
            assert not v[used:].any()
            assert not activity[used:].any()


@compares(read_at_rest)
@both_dtypes
@pytest.mark.parametrize("wiring", ATTENTIVE)
def test_who_asks_nothing_reads_the_mean(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    for k, name, layer in attention_layers(problem):
        row, count = job.drive.plan.sweep.layers[k], len(problem.example)
        for first, last in ((0, 2), (2, count)):
            activity = np.full((count, job.drive.plan.sizes[k]), 7, dtype)
            lagrangian = np.full(count, 7.0)
            given = row, layer.inverse_temperature, job.inputs, first, last
            read_at_rest(*given, activity, lagrangian)
            for e in problem.example:
                zero = np.zeros(e.shape(name))
                wanted = np.full_like(activity[0], 7)
                empty = not (zero.size and len(e.patterns[layer.stored]))
                asked = first <= e.index < last and not empty
                if asked:
                    wanted[: zero.size] = e.activity(name, zero).ravel()
                close(activity[e.index], wanted, dtype, 10)
                close(lagrangian[e.index], e.lagrangian(name, zero) if asked else 7, dtype, 10)


@compares(activate)
@both_dtypes
@pytest.mark.parametrize("wiring", WIRINGS)
def test_activate(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    wanted = [e.activities(v) for e, v, _ in states(problem, job)]
    job.state.activity[:] = 0
    activate(job.drive.plan.sweep, job.inputs, job.state, job.batch, 0, job.batch, scratch(job))
    for (_, _, s), expected in zip(states(problem, job), wanted, strict=True):
        for name in s:
            close(s[name], expected[name], dtype)


@compares(pattern_slope)
@both_dtypes
@pytest.mark.parametrize("wiring", ATTENTIVE)
def test_pattern_slope(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    share = np.array([0.5, -1.0, 2.0, 0.25], dtype)
    slope = np.zeros_like(job.inputs.patterns)
    space = np.empty(200, dtype)
    plan = job.drive.plan
    for first, last in ((0, 3), (3, 4)):
        pattern_slope(
            plan.sweep, job.inputs, job.state.potential, 4, first, last, share, space, slope
        )
    for e, v, _ in states(problem, job):
        wanted = {name: np.zeros_like(x) for name, x in e.patterns.items()}
        for name, layer in ((n, layer) for _, n, layer in attention_layers(problem)):
            p, _ = e.attention(name, v[name])
            for t in range(p.shape[0]):
                for j in range(p.shape[1]):
                    wanted[layer.stored][j] -= share[e.index] * p[t, j] * v[name][t]
        for i, name in enumerate(problem.network.clamped):
            begin = job.inputs.start[i, e.index]
            size = wanted[name].size
            close(slope[begin : begin + size], wanted[name].ravel(), dtype)


@compares(scatter_add)
@both_dtypes
def test_scatter_add_counts_every_repetition(dtype: type, rng: np.random.Generator) -> None:
    ids = np.array([2, 0, 2, 2, 4])
    values = rng.normal(size=(5, 3)).astype(dtype)
    table = rng.normal(size=(6, 3)).astype(dtype)
    wanted = table.astype(float)
    np.add.at(wanted, ids, values.astype(float))
    scatter_add(ids, values, table)
    close(table, wanted, dtype)
    scatter_add(np.empty(0, np.int64), np.empty((0, 3), dtype), table)
    close(table, wanted, dtype)
