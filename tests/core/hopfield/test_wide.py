"""Token attention behind large couplings: blocks of rows against the slow reference."""

import numpy as np
import pytest
from reference.crossed import crossed
from reference.kernels import both_dtypes, close, random_job, states
from reference.registry import compares

from neuroep import Record, Stop, TokenAttention
from neuroep.core import tables
from neuroep.core.hopfield import wide
from neuroep.settle import Status, settle
from neuroep.settle.hopfield.division import Division, wide_couplings
from neuroep.settle.hopfield.prepare import Job
from neuroep.settle.hopfield.relaxation import Sweep


def division_of(job: Job) -> Division:
    plan = job.drive.plan
    return Division.of(plan, wide_couplings(plan, 0))


def scratch(job: Job) -> np.ndarray:
    return np.full((4, job.batch * job.drive.plan.units), np.nan, job.state.potential.dtype)


def by_length(job: Job, k: int, active: np.ndarray) -> np.ndarray:
    lengths = job.inputs.length[job.drive.plan.sweep.layers[k, tables.LENGTHS]][active]
    return active[np.argsort(-lengths, kind="stable")]


def attention_layers(job: Job) -> list[int]:
    layers = job.drive.plan.sweep.layers
    return [k for k in range(len(layers)) if layers[k, tables.KIND] == tables.ATTENTION]


@compares(wide.wide_lane)
@both_dtypes
@pytest.mark.parametrize(("move", "send"), [(True, True), (False, True), (False, False)])
def test_wide_lane(move: bool, send: bool, dtype: type) -> None:
    """All blocks of one lane: the reference's rows, what they send, their energy and Lagrangian."""
    job = random_job(problem := crossed("squared", dtype))
    plan = job.drive.plan
    division = division_of(job)
    active = np.array([0, 2, 3, 4])
    items = np.array([(k, a, min(a + 2, 7)) for k in attention_layers(job) for a in (0, 2, 4, 6)])
    items[:, 2] = np.minimum(items[:, 2], plan.sweep.layers[items[:, 0], tables.TOKENS])
    items = items[items[:, 1] < items[:, 2]]
    ranks = np.array([by_length(job, max(k, 2), active) for k in range(len(plan.names))])
    partial = np.full((job.batch, division.columns), 3, dtype)
    figures = np.full((wide.WIDE_FIGURES + len(plan.names), job.batch), 3.0)
    before = states(problem, job)
    names = [plan.names[k] for k in attention_layers(job)]
    wide.wide_lane(
        plan.sweep,
        job.weights,
        job.inputs,
        job.state,
        job.batch,
        division.table,
        items,
        ranks,
        move,
        send,
        (2, 100),
        scratch(job),
        partial,
        figures,
    )
    assert (partial[1] == 3).all()
    assert (figures[:, 1] == 3).all()
    for (e, v, s), (_, new_v, new_s) in zip(before, states(problem, job), strict=True):
        if e.index == 1 or not move:
            for name in plan.names:
                np.testing.assert_array_equal(new_v[name], v[name])
                np.testing.assert_array_equal(new_s[name], s[name])
        if e.index == 1:
            continue
        energy, change, sent = 0.0, 0.0, np.zeros(division.columns)
        for name in names:
            if len(e.patterns[plan.network.layers[name].stored]) and e.shape(name)[0]:
                want_v = e.current(s, name) if move else v[name]
                want_s = e.activity(name, want_v)
                energy += ((want_v - e.constant(name)) * want_s).sum()
                change = max(change, abs(want_s - s[name]).max())
                lagrangian = figures[wide.WIDE_FIGURES + plan.index[name], e.index]
                close(lagrangian, e.lagrangian(name, want_v) if move else 0, dtype, 10)
            else:
                want_v = want_s = np.zeros(e.shape(name))
            close(new_v[name], want_v, dtype, 3)
            close(new_s[name], want_s, dtype)
            for c in plan.network.couplings:
                if c.source == name:
                    first, last = division.receives[plan.index[c.target]]
                    e._forward(c, want_s, sent[None, first:last])
        close(figures[wide.WIDE_ENERGY, e.index], energy, dtype, 10)
        close(figures[wide.WIDE_CHANGE, e.index], change if move else 0, dtype)
        close(partial[e.index], sent if send else 0, dtype, 3)


TILES = [(1 << 20, 1 << 62), (4, 60), (2, 24), (1, 1)]
"""All at once; several rows of W for all examples; one or two examples at a time."""


@compares(wide.tile_rows)
def test_tile_rows() -> None:
    assert [wide.tile_rows((16, 1_000_000), n) for n in (1, 300, 1000, 1 << 30)] == [
        1_000_000 // 16,
        208,
        62,
        1,
    ]


@compares(wide.returned_currents)
@compares(wide.block_weight)
@both_dtypes
@pytest.mark.parametrize("tile", TILES)
def test_returned_currents(tile: tuple[int, int], dtype: type) -> None:
    job = random_job(problem := crossed("squared", dtype))
    plan = job.drive.plan
    table = division_of(job).table
    found = states(problem, job)
    for k in attention_layers(job):
        name = plan.names[k]
        examples = by_length(job, k, np.arange(job.batch))[:3]
        drive = wide.returned_currents(
            plan.sweep,
            job.weights,
            job.state,
            job.batch,
            table,
            k,
            1,
            3,
            examples,
            tile,
            scratch(job),
        )
        for row, (e, _, s) in zip(drive, [found[i] for i in examples], strict=True):
            want = e.received(s, name)[1:3]
            close(row[: want.size], want.ravel(), dtype, 3)


def test_silent_layers_return_nothing() -> None:
    """One that is silent, or all: exactly zero currents, whatever stood in the scratch."""
    job = random_job(crossed("squared", np.float64))
    plan = job.drive.plan
    table, k = division_of(job).table, plan.index["first_first"]
    given = (plan.sweep, job.weights, job.state, job.batch, table, k, 0, 2, np.array([0, 4]))
    plan.view(job.state.activity, "hidden")[:] = 0.0
    out = plan.view(job.state.activity, "out")
    w = plan.network.parameters["first_first-out"].reshape(7, 4, 3)[:2]
    want = np.einsum("rwo,eo->erw", w, out[[0, 4]]).reshape(2, 8)
    np.testing.assert_allclose(wide.returned_currents(*given, (16, 100), scratch(job)), want)
    out[:] = 0.0
    assert (wide.returned_currents(*given, (16, 100), scratch(job)) == 0.0).all()


@compares(wide.send_on)
@both_dtypes
@pytest.mark.parametrize("tile", TILES)
def test_send_on(tile: tuple[int, int], dtype: type) -> None:
    job = random_job(problem := crossed("squared", dtype))
    plan = job.drive.plan
    division = division_of(job)
    k = plan.index["first_first"]
    rng = np.random.default_rng(2)
    reading = rng.normal(0, 1, (2, 8)).astype(dtype)
    partial = np.ones((job.batch, division.columns), dtype)
    examples = np.array([4, 1])
    wide.send_on(
        plan.sweep,
        job.weights,
        division.table,
        k,
        3,
        5,
        examples,
        reading,
        tile,
        np.full((4, 100), np.nan, dtype),
        partial,
    )
    for i, example in enumerate(examples):
        padded = np.zeros((5, 4))
        padded[3:] = reading[i].reshape(2, 4)
        want = np.ones(division.columns)
        for c in plan.network.couplings:
            if c.source == "first_first":
                first, last = division.receives[plan.index[c.target]]
                problem.example[example]._forward(c, padded, want[None, first:last])
        close(partial[example], want, dtype, 3)
    assert (partial[[0, 2, 3]] == 1).all()


@both_dtypes
@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
def test_the_whole_batch_settles_where_chunks_do(cost: str, dtype: type) -> None:
    """Free and nudged: the same states, energies and Lagrangians as chunk by chunk."""
    problem = crossed(cost, dtype)
    drive = problem.drive
    stop = Stop(1e-12 if dtype is np.float64 else 1e-6, 300)
    found = []
    for least in (0, 1 << 20):
        solver = Sweep(wide=least)
        free = settle(problem.network, drive, solver=solver, stop=stop).require_converged()
        nudged = settle(
            problem.network,
            drive,
            solver=solver,
            stop=stop,
            beta=[0.4, -0.4],
            target=problem.target,
            start=free,
        ).require_converged()
        assert (free.energy <= free.energy_before + 1e-5).all()
        assert (nudged.energy <= nudged.energy_before + 1e-5).all()
        found.append((free, nudged))
    tolerance = 1e-10 if dtype is np.float64 else 2e-5
    for whole, chunked in zip(*found, strict=True):
        for quantity in ("potential", "activity", "lagrangian"):
            np.testing.assert_allclose(
                getattr(whole.state, quantity),
                getattr(chunked.state, quantity),
                rtol=tolerance,
                atol=tolerance,
            )
        np.testing.assert_allclose(whole.energy, chunked.energy, rtol=tolerance, atol=tolerance)
    before = [pair[1].energy_before for pair in found]
    np.testing.assert_allclose(*before, rtol=tolerance, atol=10 * tolerance)


@pytest.mark.parametrize("gain", [0.4, 4.0])
def test_energy_falls_from_sweep_to_sweep(gain: float) -> None:
    """At any gain; and an example's energy, step by step, is that of its recorded state."""
    problem = crossed("squared", np.float64, gain)
    solver, energies = Sweep(wide=0), []
    for steps in range(1, 8):
        found = settle(problem.network, problem.drive, solver=solver, stop=Stop(0.0, steps))
        energies.append(found.energy[0])
        for e in problem.example:
            plan = found.drive.plan
            v, s = (e.read(plan, f) for f in (found.state.potential, found.state.activity))
            assert found.energy[0, e.index] == pytest.approx(e.energy(v, s, 0.0), abs=1e-9)
    energies.insert(0, found.energy_before[0])
    assert (np.diff(energies, axis=0) <= 1e-12).all()
    assert (found.status == Status.STEP_LIMIT).any()


def test_the_number_of_threads_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """To the last bit: lanes are added up in a fixed order."""
    problem = crossed("squared", np.float32)
    found = []
    for threads in ("1", "2"):
        monkeypatch.setenv("NEUROEP_THREADS", threads)
        found.append(settle(problem.network, problem.drive, solver=Sweep(wide=0)).state.activity)
    np.testing.assert_array_equal(*found)


def test_recorded_steps_and_a_diverged_example() -> None:
    """The trace holds every sweep; an infinite pattern stops its own example only."""
    problem = crossed("squared", np.float64)
    drive = problem.drive
    drive.values["first"][0, 0] = np.inf
    with np.errstate(invalid="ignore"):
        found = settle(
            problem.network,
            drive,
            solver=Sweep(wide=0),
            record=Record((3,)),
            stop=Stop(1e-9),
        )
    assert found.status[0].tolist() == [Status.DIVERGED] + [Status.CONVERGED] * 4
    assert len(found.trace) == found.steps.max() + 1
    plan = found.drive.plan
    last = np.concatenate([plan.view(found.state.potential, name)[3] for name in plan.names])
    np.testing.assert_array_equal(found.trace[-1, 0], last)
    assert (found.trace[0] == 0).all()
    assert np.abs(np.diff(found.trace[:, 0], axis=0)).max() > 0.01


def test_who_settles_as_a_whole() -> None:
    """Large couplings behind token attention do; small ones and attention on attention do not.

    Nor where attention sends nothing on.
    """
    problem = crossed("squared", np.float64)
    plan = problem.drive.plan
    assert len(wide_couplings(plan, 0)) == 4
    assert not wide_couplings(plan, 10_000)
    problem.network.connect("first_first", "first_second", shared=True)
    assert not wide_couplings(problem.drive.plan, 0)
    problem = crossed("squared", np.float64)
    problem.network.add(TokenAttention("first"), "unheard")
    assert not wide_couplings(problem.drive.plan, 0)
