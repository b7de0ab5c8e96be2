"""Spiking kernels against the slow reference, line by line and over whole phases."""

import numpy as np
import pytest
from reference.kernels import both_dtypes, close, random_job
from reference.problems import WIRINGS, Problem, sequences
from reference.registry import compares
from reference.spiking import Run, fire, quantum, run_spikes

from neuroep.core.hopfield import spiking
from neuroep.core.tables import OFFSET, SIZE
from neuroep.network.hopfield.attention import Attention
from neuroep.settle import Record, Settled, settle
from neuroep.settle.hopfield.spiking import Spiking

WITH_GAPS = ("pooled", "stacked", "two_inputs")


def problem_with_gaps(wiring: str, dtype: type, cost: str = "squared") -> Problem:
    problem = WIRINGS[wiring](cost, dtype)
    if "words" in problem.inputs:
        problem.inputs["words"] = sequences(np.random.default_rng(4), (3, 0, 1, 6))
    return problem


@compares(spiking.gather, spiking.scatter)
@both_dtypes
def test_gather_and_scatter_one_example(dtype: type) -> None:
    problem = problem_with_gaps("stacked", dtype)
    job = random_job(problem)
    plan = job.drive.plan
    wiring, flat = plan.sweep, job.state.potential
    units = np.empty(plan.units, dtype)
    spiking.gather(wiring, flat, 4, 2, units)
    np.testing.assert_array_equal(
        units, np.concatenate([plan.view(flat, k)[2] for k in plan.names])
    )
    other = np.zeros_like(flat)
    spiking.scatter(wiring, units, 4, 1, other)
    for name in plan.names:
        view = plan.view(other, name)
        np.testing.assert_array_equal(view[1], plan.view(flat, name)[2])
        assert not view[[0, 2, 3]].any()


@compares(spiking.line_quanta)
@both_dtypes
@pytest.mark.parametrize("wiring", WITH_GAPS)
def test_line_quanta(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan = job.drive.plan
    full_scale = np.array([problem.network.layers[k].full_scale for k in plan.names])
    for e in problem.example:
        quanta = np.empty(plan.units, dtype)
        spiking.line_quanta(plan.sweep, full_scale.astype(float), 0.8, job.inputs, e.index, quanta)
        for k, name in enumerate(plan.names):
            wanted = quantum(e, name, 0.8).ravel()
            begin = plan.sweep.layers[k, OFFSET]
            close(quanta[begin : begin + wanted.size], wanted, dtype)


@compares(spiking.encode)
@both_dtypes
def test_encode(dtype: type) -> None:
    rng = np.random.default_rng(5)
    n, steps = 12, 50
    signed = np.arange(n) % 2 == 0
    quanta = np.linspace(0.5, 2, n).astype(dtype)
    charge, spikes = np.zeros(n, dtype), np.zeros(n, np.int8)
    slow = np.zeros(n)
    for _ in range(steps):
        s = rng.uniform(-1.2, 1.2, n).astype(dtype)
        s[~signed] = abs(s[~signed])
        saturated = spiking.encode(s, 1 / quanta, signed, charge, spikes)
        rates = s.astype(float) / quanta
        assert saturated == (abs(rates) > 1.000001).sum()
        for i in range(n):
            slow[i], spike = fire(float(slow[i]), rates[i], signed[i])
            assert spikes[i] == spike
        close(charge, slow, dtype, 10)
        slow[:] = charge  # rounding must not add up to a spike's difference


@compares(spiking.list_spikes, spiking.add_packets, spiking.transmit)
@both_dtypes
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("wiring", [*WITH_GAPS, "triangle", "vector"])
def test_transmit(wiring: str, density: float, dtype: type, rng: np.random.Generator) -> None:
    problem = WIRINGS[wiring]("squared", dtype)
    plan = problem.drive.plan
    wiring_table = plan.sweep
    e = max(problem.example, key=lambda x: sum(np.prod(x.shape(k)) for k in x.names))
    spikes = (rng.random(plan.units) < density) * rng.choice([-1, 1], plan.units)
    for k, name in enumerate(plan.names):
        used = int(np.prod(e.shape(name)))
        spikes[plan.offsets[k] + used : plan.offsets[k + 1]] = 0
    spikes = spikes.astype(np.int8)
    quanta = rng.uniform(0.5, 2, plan.units).astype(dtype)
    fired, starts = np.empty(plan.units, np.int64), np.empty(len(plan.names) + 1, np.int64)
    spiking.list_spikes(wiring_table, spikes, fired, starts)
    for k in range(len(plan.names)):
        lines = range(plan.offsets[k], plan.offsets[k + 1])
        assert list(fired[starts[k] : starts[k + 1]]) == [i for i in lines if spikes[i]]
    received = np.full(plan.units, np.nan, dtype)
    weights, transposed = problem.network.parameters.flat, plan.transposed_weights()
    spiking.transmit(wiring_table, weights, transposed, quanta, spikes, fired, starts, received)
    packets = {}
    for k, name in enumerate(plan.names):
        lines = slice(plan.offsets[k], plan.offsets[k] + int(np.prod(e.shape(name))))
        packets[name] = (quanta[lines].astype(float) * spikes[lines]).reshape(e.shape(name))
    for k, name in enumerate(plan.names):
        wanted = e.received(packets, name).ravel()
        close(received[plan.offsets[k] : plan.offsets[k] + wanted.size], wanted, dtype, 5)


@compares(spiking.mask_rows)
def test_mask_rows() -> None:
    problem = problem_with_gaps("stacked", np.float64)
    job = random_job(problem)
    plan = job.drive.plan
    for e in problem.example:
        units = np.ones(plan.units)
        spiking.mask_rows(plan.sweep, job.inputs, e.index, units)
        for k, name in enumerate(plan.names):
            used = int(np.prod(e.shape(name)))
            part = units[plan.sweep.layers[k, OFFSET] :][: plan.sweep.layers[k, SIZE]]
            assert part[:used].all()
            assert not part[used:].any()


SOLVER = Spiking(
    free_duration=30e-6,
    nudged_duration=20e-6,
    window=16e-6,
    attention_stride=3,
    attention_range=0.9,
)
LEAK = 1 - np.exp(-1 / 5)


def slow_phases(problem: Problem, beta: float) -> list[tuple[Run, Run]]:
    """Return the free and the nudged run of every example by the slow reference."""
    runs = []
    for e in problem.example:
        zero = {k: np.zeros(e.shape(k)) for k in e.names}
        empty = {
            k
            for k in e.names
            if isinstance(e.network.layers[k], Attention)
            and not len(e.patterns[e.network.layers[k].stored])
        }
        start = (zero, e.activities(zero), zero, zero)
        free = run_spikes(e, start, SOLVER.weighting(30e-6), LEAK, 3, 0.9)
        settled = {k: zero[k] if k in empty else e.activity(k, free.mean_v[k]) for k in e.names}
        start = (free.mean_v, settled, free.charge, free.filtered)
        nudged = run_spikes(e, start, SOLVER.weighting(20e-6), LEAK, 3, 0.9, beta)
        runs.append((free, nudged))
    return runs


def both_phases(problem: Problem, beta: float) -> tuple[Settled, Settled]:
    drive, every = problem.drive, Record(tuple(range(problem.count)))
    free = settle(problem.network, drive, solver=SOLVER, record=every)
    nudged = settle(
        problem.network,
        drive,
        solver=SOLVER,
        beta=beta,
        target=problem.target,
        start=free,
        record=every,
    )
    return free, nudged


@compares(spiking.spike_example, spiking.spike_examples)
@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("wiring", ["pooled", "stacked", "triangle"])
def test_both_phases_spike_by_spike(wiring: str, cost: str) -> None:
    """The nudged phase goes on from the free one: its charges, currents and averages."""
    problem = WIRINGS[wiring](cost, np.float64)
    fast, slow = both_phases(problem, 0.5), slow_phases(problem, 0.5)
    plan = problem.drive.plan
    for e in problem.example:
        for settled, run in zip(fast, slow[e.index], strict=True):
            for name in e.names:
                rows, width = e.shape(name)
                begin = plan.offsets[plan.index[name]]
                raster = settled.raster[:, e.index, begin : begin + rows * width]
                seen = np.array([spikes[name].ravel() for spikes in run.raster])
                np.testing.assert_array_equal(raster, seen)
                np.testing.assert_array_equal(e.read(plan, settled.spikes)[name], run.counts[name])
                close(e.read(plan, settled.state.potential)[name], run.mean_v[name], np.float64)
                charge, filtered = settled.carry
                close(e.read(plan, charge)[name], run.charge[name], np.float64)
                close(e.read(plan, filtered)[name], run.filtered[name], np.float64)
                close(
                    e.read(plan, settled.state.activity)[name],
                    e.activity(name, run.mean_v[name]),
                    np.float64,
                )
            distance = [np.abs(run.mean_s[k] - e.activity(k, run.mean_v[k])).max() for k in e.names]
            close(settled.residual[0, e.index], max(distance), np.float64)
            assert settled.saturated[0, e.index] == run.saturated


def test_single_precision_differs_by_single_spikes_at_most() -> None:
    """Rounding can move a spike by a step; averages stay within what a few spikes carry."""
    for wiring in ("pooled", "stacked"):
        double, single = (
            both_phases(WIRINGS[wiring]("squared", dtype), 0.5)
            for dtype in (np.float64, np.float32)
        )
        for a, b in zip(double, single, strict=True):
            for name in a.drive.plan.names:
                assert b.activity(name).dtype == np.float32
                assert np.abs(a.spike_counts(name) - b.spike_counts(name)).max() <= 2
                assert np.abs(a.activity(name) - b.activity(name)).max() < 0.05
