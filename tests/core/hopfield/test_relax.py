"""Currents, energy, one step and whole relaxations against the slow reference."""

import numpy as np
import pytest
from reference.kernels import both_dtypes, close, random_job, scratch, states
from reference.problems import WIRINGS, hard
from reference.registry import compares
from reference.settling import step

from neuroep.core.hopfield import relax
from neuroep.core.hopfield.blocks import add_currents
from neuroep.core.hopfield.energy import total_energy
from neuroep.network.hopfield.wiring import colour_classes
from neuroep.settle import Record, Stop, settle

ALL = WIRINGS | {"hard": hard}
COSTS = ("squared", "cross_entropy")
BETAS = (0.0, 0.8, -0.4)


@compares(add_currents)
@both_dtypes
@pytest.mark.parametrize("wiring", ALL)
def test_add_currents(wiring: str, dtype: type) -> None:
    job = random_job(problem := ALL[wiring]("squared", dtype))
    plan = job.drive.plan
    for k, name in enumerate(plan.names):
        for first, last in ((0, 1), (1, 4)):
            total = np.empty((last - first, plan.sizes[k]), dtype)
            add_currents(
                plan.sweep,
                job.weights,
                job.inputs,
                job.state.activity,
                job.batch,
                k,
                first,
                last,
                total,
                scratch(job),
            )
            for e, _, s in states(problem, job)[first:last]:
                close(total[e.index - first, : s[name].size], e.current(s, name).ravel(), dtype, 3)


@compares(total_energy)
@both_dtypes
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("wiring", ALL)
def test_total_energy(wiring: str, cost: str, beta: float, dtype: type) -> None:
    job = random_job(problem := ALL[wiring](cost, dtype), beta)
    energy = np.empty(4)
    for first, last in ((0, 3), (3, 4)):
        total_energy(job.problem(job.drive.plan.sweep), first, last, scratch(job), energy)
    close(energy, [e.energy(v, s, beta) for e, v, s in states(problem, job)], dtype, 10)


def reference_run(problem, job, classes: list[list[str]], beta: float, implicit: bool, steps: int):
    """Return (example, v, s, residual) of every example after some steps of the slow reference."""
    for e, v, s in states(problem, job):
        for _ in range(steps):
            v, s, residual = step(e, v, s, classes, beta, implicit)
        yield e, v, s, residual


@compares(relax.step_layer)
@both_dtypes
@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("cost", COSTS)
def test_step_layer(cost: str, beta: float, implicit: bool, dtype: type) -> None:
    for name in ("heads", "out"):
        job = random_job(problem := WIRINGS["token"](cost, dtype), beta)
        plan = job.drive.plan
        k = plan.index[name]
        wanted = list(reference_run(problem, job, [[name]], beta, implicit, 1))
        residual = np.zeros(4)
        drive = np.empty((4, plan.sizes[k]), dtype)
        add_currents(
            plan.sweep,
            job.weights,
            job.inputs,
            job.state.activity,
            4,
            k,
            0,
            4,
            drive,
            scratch(job),
        )
        relax.step_layer(job.problem(plan.sweep), k, 0, 4, implicit, drive, scratch(job), residual)
        for (e, v, s), (_, slow_v, slow_s, change) in zip(
            states(problem, job), wanted, strict=True
        ):
            close(v[name], slow_v[name], dtype, 5)
            close(s[name], slow_s[name], dtype, 5)
            close(residual[e.index], change, dtype, 5)


@compares(relax.relax, relax.sweep, relax.gather_examples, relax.scatter_examples)
@both_dtypes
@pytest.mark.parametrize("beta", BETAS)
@pytest.mark.parametrize("cost", COSTS)
@pytest.mark.parametrize("wiring", ALL)
def test_relax_by_sweeps_and_synchronously(
    wiring: str, cost: str, beta: float, dtype: type
) -> None:
    problem = ALL[wiring](cost, dtype)
    names = problem.network.settling
    drive = problem.drive
    colours = [[names[k] for k in members] for members in colour_classes(problem.network)]
    for solver, classes in (("sweep", colours), ("synchronous", [names])):
        found = settle(
            problem.network,
            drive,
            solver=solver,
            beta=beta,
            target=problem.target if beta else None,
            stop=Stop(0.0, 3),
        )
        cold = random_job(problem, beta)
        cold.state.potential[:] = 0
        cold.state.activity[:] = 0
        for e in problem.example:  # zero potentials, and the activities that belong to them
            zero = {k: np.zeros(e.shape(k)) for k in names}
            for k, s in e.activities(zero).items():
                drive.plan.view(cold.state.activity, k)[e.index, : s.size] = s.ravel()
        implicit = solver == "sweep"
        for e, v, s, residual in reference_run(problem, cold, classes, beta, implicit, 3):
            for k in names:
                close(e.read(drive.plan, found.state.activity)[k], s[k], dtype, 5)
                close(e.read(drive.plan, found.state.potential)[k], v[k], dtype, 5)
            close(found.residual[0, e.index], residual, dtype, 5)
            close(found.energy[0, e.index], e.energy(v, s, beta), dtype, 10)


@both_dtypes
@pytest.mark.parametrize("wiring", ALL)
def test_who_has_settled_leaves_the_others_alone(wiring: str, dtype: type) -> None:
    """Each example ends where it ends alone, after as many steps, and where its own steps led."""
    problem = ALL[wiring]("squared", dtype)
    network, drive = problem.network, problem.drive
    stop = Stop(1e-3, 100)
    beta = np.array([[0.8], [0.0], [-0.4]]) + np.zeros(drive.count)
    found = settle(network, drive, beta=beta, target=problem.target, stop=stop)
    assert len(np.unique(found.steps)) > 1
    for phase, each in enumerate(beta):
        own = settle(network, drive, beta=each[None], target=problem.target, stop=stop)
        np.testing.assert_array_equal(found.steps[phase], own.steps[0])
        close(found.energy[phase], own.energy[0], dtype, 10)
        close(found.residual[phase], own.residual[0], dtype, 10)
        for e in range(drive.count):
            steps = int(found.steps[phase, e])
            last = settle(
                network, drive, beta=each[None], target=problem.target, stop=Stop(0.0, steps)
            )
            for name in network.settling:
                close(found.activity(name)[phase, e], last.activity(name)[0, e], dtype, 10)
                close(found.potential(name)[phase, e], last.potential(name)[0, e], dtype, 10)


@compares(relax.record)
def test_record_keeps_the_potentials_of_every_step() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    found = settle(
        problem.network, problem.drive, stop=Stop(0.0, 4), record=Record(examples=(2, 0))
    )
    assert found.trace.shape == (5, 2, found.drive.plan.units)
    assert not found.trace[0].any()
    for steps in range(1, 5):
        shorter = settle(problem.network, problem.drive, stop=Stop(0.0, steps))
        for slot, e in enumerate((2, 0)):
            for name in problem.network.settling:
                k = found.drive.plan.index[name]
                begin, end = found.drive.plan.offsets[k : k + 2]
                np.testing.assert_array_equal(
                    found.trace[steps, slot, begin:end], shorter.potential(name)[0, e]
                )


def test_colour_classes_hold_no_coupled_layers() -> None:
    expected = {"pooled": 3, "token": 2, "stacked": 2, "triangle": 3, "vector": 2}
    for name, count in expected.items():
        network = WIRINGS[name]("squared", np.float64).network
        classes = [[network.settling[k] for k in members] for members in colour_classes(network)]
        assert len(classes) == count, name
        assert sorted(k for members in classes for k in members) == sorted(network.settling)
        for members in classes:
            for c in network.couplings:
                assert not {c.source, c.target} <= set(members)
