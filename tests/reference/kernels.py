"""What kernel tests share: precisions, random states, and a job laid out for kernels."""

from typing import Any

import numpy as np
import pytest

from neuroep.settle.hopfield.prepare import Job, make_job
from reference.problems import Problem

both_dtypes = pytest.mark.parametrize("dtype", [np.float64, np.float32])


def close(found: Any, wanted: Any, dtype: type, scale: float = 1.0) -> None:
    """Assert equality within rounding of a dtype, for numbers of order ``scale``."""
    tolerance = 1e-12 if dtype is np.float64 else 2e-5
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=tolerance * scale)


def random_job(problem: Problem, beta: float = 0.0, spread: float = 1.5) -> Job:
    """Return a job whose potentials are random; activities belong to them, padding is zero."""
    drive = problem.drive
    job = make_job(drive, [beta], problem.target if beta else None, None, None)
    rng = np.random.default_rng(11)
    for example in problem.example:
        for name in drive.plan.names:
            rows, width = example.shape(name)
            v = rng.normal(0, spread, (rows, width)).astype(job.state.potential.dtype)
            k, e = drive.plan.index[name], example.index
            stored = problem.network.layers[name].stored
            if stored and not len(example.patterns[stored]):
                continue  # an empty sequence is never asked
            s = example.activity(name, v.astype(float))
            drive.plan.view(job.state.potential, name)[e, : v.size] = v.ravel()
            drive.plan.view(job.state.activity, name)[e, : v.size] = s.ravel()
            job.state.lagrangian[k, e] = example.lagrangian(name, v.astype(float))
    return job


def scratch(job: Job) -> np.ndarray:
    """Return scratch space for all examples."""
    return np.empty(job.scratch_size(job.batch), job.state.potential.dtype)


def states(problem: Problem, job: Job) -> list[tuple[Any, Any, Any]]:
    """Return (example, potentials, activities) without padding, example by example."""
    plan = job.drive.plan
    return [
        (e, e.read(plan, job.state.potential), e.read(plan, job.state.activity))
        for e in problem.example
    ]
