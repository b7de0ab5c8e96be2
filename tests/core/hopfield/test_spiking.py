"""Spiking kernels against the slow reference, line by line and over whole phases."""

import numpy as np
import pytest
from reference.kernels import both_dtypes, close, random_job
from reference.problems import WIRINGS, Problem, hard, sequences
from reference.registry import compares
from reference.spiking import Run, fire, quantum, run_spikes

from neuroep.core.hopfield import lines, packets, spiking
from neuroep.core.tables import OFFSET
from neuroep.network.hopfield.attention import Attention
from neuroep.settle import Record, Settled, settle
from neuroep.settle.hopfield.spiking import Spiking

WITH_GAPS = ("pooled", "stacked", "two_inputs")


def problem_with_gaps(wiring: str, dtype: type, cost: str = "squared") -> Problem:
    problem = WIRINGS[wiring](cost, dtype)
    if "words" in problem.inputs:
        problem.inputs["words"] = sequences(np.random.default_rng(4), (3, 0, 1, 6))
    return problem


@compares(lines.gather, lines.scatter)
@both_dtypes
def test_gather_and_scatter_one_example(dtype: type) -> None:
    problem = problem_with_gaps("stacked", dtype)
    job = random_job(problem)
    plan = job.drive.plan
    wiring, flat = plan.sweep, job.state.potential
    units = np.empty(plan.units, dtype)
    lines.gather(wiring, flat, 4, 2, units)
    np.testing.assert_array_equal(
        units, np.concatenate([plan.view(flat, k)[2] for k in plan.names])
    )
    other = np.zeros_like(flat)
    lines.scatter(wiring, units, 4, 1, other)
    for name in plan.names:
        view = plan.view(other, name)
        np.testing.assert_array_equal(view[1], plan.view(flat, name)[2])
        assert not view[[0, 2, 3]].any()


@compares(lines.line_quanta)
@both_dtypes
@pytest.mark.parametrize("wiring", WITH_GAPS)
def test_line_quanta(wiring: str, dtype: type) -> None:
    problem = problem_with_gaps(wiring, dtype)
    job = random_job(problem)
    plan = job.drive.plan
    full_scale = np.array([problem.network.layers[k].full_scale for k in plan.names])
    for e in problem.example:
        quanta = np.empty(plan.units, dtype)
        lines.line_quanta(plan.sweep, full_scale.astype(float), 0.8, job.inputs, e.index, quanta)
        for k, name in enumerate(plan.names):
            wanted = quantum(e, name, 0.8).ravel()
            begin = plan.sweep.layers[k, OFFSET]
            close(quanta[begin : begin + wanted.size], wanted, dtype)


@compares(spiking.encode)
@both_dtypes
@pytest.mark.parametrize("signed", [False, True])
def test_encode(signed: bool, dtype: type) -> None:
    rng = np.random.default_rng(5)
    n, steps = 12, 50
    quanta = np.linspace(0.5, 2, n).astype(dtype)
    charge, spikes = np.zeros(n, dtype), np.zeros(n, dtype)
    slow = np.zeros(n)
    for _ in range(steps):
        s = rng.uniform(-1.2 if signed else 0, 1.2, n).astype(dtype)
        saturated = spiking.encode(s, 1 / quanta, signed, charge, spikes)
        rates = s.astype(float) / quanta
        assert saturated == (abs(rates) > 1.000001).sum()
        for i in range(n):
            slow[i], spike = fire(float(slow[i]), rates[i], signed)
            assert spikes[i] == spike
        close(charge, slow, dtype, 10)
        slow[:] = charge  # rounding must not add up to a spike's difference


@compares(
    packets.list_spikes,
    packets.add_rows,
    packets.add_packets,
    packets.transmit,
    spiking.count_spikes,
)
@both_dtypes
@pytest.mark.parametrize("density", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("wiring", [*WITH_GAPS, "triangle", "vector"])
def test_transmit(wiring: str, density: float, dtype: type, rng: np.random.Generator) -> None:
    problem = WIRINGS[wiring]("squared", dtype)
    plan = problem.drive.plan
    e = max(problem.example, key=lambda x: sum(np.prod(x.shape(k)) for k in x.names))
    spikes = ((rng.random(plan.units) < density) * rng.choice([-1, 1], plan.units)).astype(dtype)
    used = np.array([np.prod(e.shape(name)) for name in plan.names])
    for k in range(len(used)):
        spikes[plan.offsets[k] + used[k] : plan.offsets[k + 1]] = 0
    quanta = rng.uniform(0.5, 2, plan.units).astype(dtype)
    fired, starts = np.empty(plan.units + 1, np.int64), np.empty(len(used) + 1, np.int64)
    packets.list_spikes(plan.sweep, spikes, fired, starts)
    for k in range(len(used)):
        own = range(plan.offsets[k], plan.offsets[k + 1])
        assert list(fired[starts[k] : starts[k + 1]]) == [i for i in own if spikes[i]]
    packet, counts = np.full(plan.units, np.nan, dtype), np.full(plan.units, 3, np.int32)
    spiking.count_spikes(fired[: starts[-1]], spikes, quanta, dtype(0.25), packet, counts)
    np.testing.assert_array_equal(counts, 3 + abs(spikes))
    current = rng.normal(size=plan.units).astype(dtype)
    before = current.copy()
    weights, transposed = problem.network.parameters.flat, plan.transposed_weights()
    packets.transmit(plan.sweep, weights, transposed, used, packet, fired, starts, current)
    sent = {}
    for k, name in enumerate(plan.names):
        own = slice(plan.offsets[k], plan.offsets[k] + used[k])
        sent[name] = (quanta[own].astype(float) * spikes[own]).reshape(e.shape(name))
    for k, name in enumerate(plan.names):
        wanted = before[plan.offsets[k] :][: used[k]] + 0.25 * e.received(sent, name).ravel()
        close(current[plan.offsets[k] :][: used[k]], wanted, dtype, 5)


@compares(packets.transpose)
@both_dtypes
@pytest.mark.parametrize("shape", [(1, 5), (64, 3), (131, 70)])
def test_transpose(shape: tuple[int, int], dtype: type, rng: np.random.Generator) -> None:
    matrix = rng.normal(size=shape).astype(dtype)
    turned = np.empty(shape[::-1], dtype)
    packets.transpose(matrix, turned)
    np.testing.assert_array_equal(turned, matrix.T)


@compares(packets.add_rows, packets.add_packets)
@both_dtypes
def test_rows_longer_than_a_chunk(dtype: type, rng: np.random.Generator) -> None:
    """Eighteen senders, most of which fire; two and a half chunks of receivers, some padding."""
    n_in, n_out, limit = 18, 5 * packets.CHUNK // 2, 5 * packets.CHUNK // 2 - 7
    w = rng.normal(size=(n_in, n_out)).astype(dtype)
    packet = rng.normal(size=3 + n_in).astype(dtype)
    fired = 3 + np.array([0, 1, 4, 5, 6, 8, 10, 11, 12, 13, 14, 16, 17])
    current = np.zeros(2 + n_out, dtype)
    packets.add_packets(fired, packet, 3, 2, n_in, n_out, limit, w.ravel(), current)
    wanted = packet[fired].astype(float) @ w[fired - 3].astype(float)
    close(current[2 : 2 + limit], wanted[:limit], dtype, 5)
    assert not current[:2].any()
    assert not current[2 + limit :].any()


@compares(lines.units_in_use, spiking.pattern_scratch)
def test_units_in_use() -> None:
    problem = problem_with_gaps("stacked", np.float64)
    job = random_job(problem)
    plan = job.drive.plan
    for e in problem.example:
        used = np.zeros(len(plan.names), int)
        lines.units_in_use(plan.sweep, job.inputs, e.index, used)
        assert used.tolist() == [np.prod(e.shape(name)) for name in plan.names]
        attention = [k for k in e.names if e.network.layers[k].stored]
        wanted = [
            e.shape(k)[0] * (len(e.patterns[e.network.layers[k].stored]) + 3 * e.shape(k)[1] + 4)
            for k in attention
        ]
        assert spiking.pattern_scratch(plan.sweep, job.inputs, e.index) == max(wanted)


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


@compares(
    spiking.spike_example,
    spiking.spike_examples,
    spiking.read_patterns,
    spiking.average,
)
@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("wiring", ["pooled", "stacked", "triangle", "hard"])
def test_both_phases_spike_by_spike(wiring: str, cost: str) -> None:
    """The nudged phase goes on from the free one: its charges, currents and averages."""
    problem = (WIRINGS | {"hard": hard})[wiring](cost, np.float64)
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
