"""Adjoint kernels: Jacobians against matrices written out, padding, and what each role does."""

import numpy as np
import pytest
from reference.adjoints import one_step_back, stored_slope, through_activation, through_couplings
from reference.kernels import both_dtypes, close, random_job
from reference.problems import WIRINGS, Problem, sequences
from reference.registry import compares

from neuroep.core.hopfield.adjoint import (
    BACK,
    IDLE,
    READ,
    START,
    attention_adjoint,
    neurons_adjoint,
    send_back,
    step_back,
    through_softmax,
)
from neuroep.learning.hopfield.backprop.path import Path
from neuroep.settle.hopfield.prepare import Job

LENGTHS = (3, 0, 1, 6)  # shorter than the cap, empty, one token, full


def problem_with_gaps(wiring: str, dtype: type) -> Problem:
    problem = WIRINGS[wiring]("squared", dtype)
    if "words" in problem.inputs:
        problem.inputs["words"] = sequences(np.random.default_rng(4), LENGTHS)
    return problem


def random_adjoint(job: Job, padded: bool = True) -> np.ndarray:
    """Return adjoints of all units; padding too, as a coupling would leave them."""
    rng = np.random.default_rng(8)
    flat = rng.normal(0, 1, job.state.activity.size).astype(job.state.activity.dtype)
    return flat if padded else np.where(job.state.activity == 0, 0, flat)


def path_of(job: Job, wiring: str = "sweep") -> Path:
    plan = job.drive.plan
    return Path.along(job.drive, getattr(plan, wiring), plan.rows(job.state.potential)[None])


@compares(through_softmax)
@both_dtypes
def test_through_softmax(dtype: type, rng: np.random.Generator) -> None:
    p = rng.dirichlet(np.ones(5), 3).astype(dtype)
    pulls = rng.normal(0, 1, (3, 5)).astype(dtype)
    wanted = [
        0.7 * (np.diag(row) - np.outer(row, row)) @ pull
        for row, pull in zip(p.astype(float), pulls.astype(float), strict=True)
    ]
    tails = np.array([1.0, 0.5, 2.0])
    scaled, more = (p * tails[:, None]).astype(dtype), pulls.copy()
    through_softmax(p, 0.7, tails[:0], pulls)
    close(pulls, wanted, dtype)
    through_softmax(scaled, 0.7, tails, more)
    close(more, tails[:, None] * wanted, dtype)


@compares(attention_adjoint, neurons_adjoint)
@both_dtypes
@pytest.mark.parametrize("wiring", WIRINGS)
def test_adjoint_of_an_activation(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan = job.drive.plan
    flat, path = random_adjoint(job), path_of(job)
    for e in problem.example:
        v, adjoint = e.read(plan, job.state.potential), e.read(plan, flat)
        wanted = through_activation(e, v, adjoint)
        for k, name in enumerate(plan.names):
            row, constants = plan.sweep.layers[k], plan.sweep.constants
            potential = plan.view(job.state.potential, name)[e.index]
            asked = plan.view(flat, name)[e.index]
            current, activity = np.full((2, potential.size), 7, dtype)
            slope = np.zeros_like(job.inputs.patterns)
            if not problem.network.layers[name].stored:
                neurons_adjoint(row, constants, BACK, potential, asked, current, activity)
            else:
                attention_adjoint(
                    row,
                    constants,
                    job.inputs,
                    e.index,
                    BACK,
                    potential,
                    asked,
                    current,
                    activity,
                    slope,
                    path.scratch(1),
                )
                check_slope(job, e, name, v[name], adjoint[name], slope, dtype)
            used = wanted[name].size
            close(current[:used], wanted[name].ravel(), dtype)
            assert not current[used:].any()
            close(activity, plan.view(job.state.activity, name)[e.index], dtype)


def check_slope(job: Job, e, name: str, v, adjoint, slope: np.ndarray, dtype: type) -> None:
    stored = e.network.layers[name].stored
    begin = job.inputs.start[e.network.clamped.index(stored), e.index]
    wanted = stored_slope(e, name, v, adjoint)
    close(slope[begin : begin + wanted.size], wanted.ravel(), dtype)
    assert np.count_nonzero(slope) <= wanted.size, "the patterns of others stay as they were"


@compares(send_back)
@both_dtypes
@pytest.mark.parametrize("wiring", WIRINGS)
def test_send_back(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan, path = job.drive.plan, path_of(job)
    mu = random_adjoint(job, padded=False)
    adjoint = np.zeros_like(mu)
    for k in range(len(plan.names)):
        path.send_back(k, 0, job.batch, mu, adjoint, path.scratch(job.batch))
    for e in problem.example:
        wanted = through_couplings(e, e.read(plan, mu))
        for name, found in e.read(plan, adjoint).items():
            close(found, wanted[name], dtype)


@compares(step_back)
@both_dtypes
@pytest.mark.parametrize("order", ["sweep", "synchronous"])
@pytest.mark.parametrize("wiring", WIRINGS)
def test_step_back(wiring: str, order: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan, path = job.drive.plan, path_of(job, order)
    adjoint = random_adjoint(job)
    wiring_of = path.wiring
    classes = [
        [plan.names[k] for k in wiring_of.order[a:b]]
        for a, b in zip(wiring_of.class_starts[:-1], wiring_of.class_starts[1:], strict=True)
    ]
    wanted = [
        one_step_back(e, classes, e.read(plan, job.state.potential), e.read(plan, adjoint))
        for e in problem.example
    ]
    current, activity = np.full((2, adjoint.size), 7, dtype)
    role, row = np.full(job.batch, BACK), np.zeros(job.batch, np.int64)
    for first, last in ((0, 3), (3, job.batch)):
        scratch = path.scratch(last - first)
        path.step_back(first, last, row, role, adjoint, current, activity, adjoint[:0], scratch)
    for e, (before, mu) in zip(problem.example, wanted, strict=True):
        for name in plan.names:
            close(e.read(plan, adjoint)[name], before[name], dtype, 10.0)
            close(e.read(plan, current)[name], mu[name], dtype, 10.0)
    close(activity, job.state.activity, dtype)


def test_roles_of_examples() -> None:
    """Idle ones are left alone, reading moves no adjoint, and the start asks values, not keys."""
    problem = WIRINGS["pooled"]("squared", np.float64)
    job = random_job(problem)
    job.state.potential[:] = 0.0
    plan, path = job.drive.plan, path_of(job)
    adjoint = random_adjoint(job)
    before = adjoint.copy()
    current, activity = np.full((2, adjoint.size), 7.0)
    slope = np.zeros_like(job.inputs.patterns)
    role, row = np.array([IDLE, READ, START, START]), np.zeros(4, np.int64)
    scratch = path.scratch(4)
    path.step_back(0, 4, row, role, adjoint, current, activity, slope, scratch)
    np.testing.assert_array_equal(adjoint, before)
    assert not current.any()
    heads = plan.view(activity, "heads")
    assert not heads[0].any()
    begin = job.inputs.start[0]
    assert not slope[: begin[2]].any()
    for e in problem.example[2:]:
        patterns = e.patterns["words"]
        close(heads[e.index].reshape(2, -1), np.tile(patterns.mean(axis=0), (2, 1)), np.float64)
        asked = e.read(plan, adjoint)["heads"].sum(axis=0) / len(patterns)
        found = slope[begin[e.index] :][: patterns.size].reshape(patterns.shape)
        close(found, np.tile(asked, (len(patterns), 1)), np.float64)
