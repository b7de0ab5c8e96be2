"""What spikes promise: rates, reset, signs, saturation, averages, counts, the analog gradient."""

import dataclasses

import numpy as np
import pytest
from reference.problems import WIRINGS, Problem, hard

from neuroep.core.hopfield.spiking import encode
from neuroep.learning.estimate import estimate
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear
from neuroep.settle import Record, Status, Stop, settle
from neuroep.settle.hopfield.spiking import Spiking

LONG = Spiking(free_duration=600e-6, nudged_duration=500e-6, window=400e-6, attention_stride=1)


def fired(s: np.ndarray, signed: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return spikes (steps, n) and charges (steps, n) of unit quanta for activities (steps, n)."""
    n = s.shape[1]
    charge, spikes = np.zeros(n), np.zeros(n, np.int8)
    seen = []
    for row in s:
        encode(row.copy(), np.ones(n), signed, charge, spikes)
        seen.append((spikes.astype(int), charge.copy()))
    return np.array([a for a, _ in seen]), np.array([c for _, c in seen])


@pytest.mark.parametrize("signed", [False, True])
def test_running_sum_of_spikes_follows_the_activity_within_half_a_quantum(signed: bool) -> None:
    rng = np.random.default_rng(1)
    constant = np.tile(np.linspace(-1.0 if signed else 0.0, 1.0, 33), (400, 1))
    moving = rng.uniform(-1 if signed else 0, 1, (400, 33))
    for s in (constant, moving):
        spikes, charge = fired(s, signed)
        behind = np.cumsum(s, axis=0) - np.cumsum(spikes, axis=0)
        assert np.abs(behind).max() <= 0.5 + 1e-9
        np.testing.assert_allclose(behind, charge, atol=1e-9)  # soft reset keeps the remainder
        assert set(np.unique(spikes)) <= ({-1, 0, 1} if signed else {0, 1})


def test_signs_only_on_signed_lines() -> None:
    s = np.full((50, 3), -0.4)
    assert fired(s, signed=True)[0].sum(axis=0).tolist() == [-20] * 3
    assert not fired(s, signed=False)[0].any()


def test_charge_is_held_by_its_rails_where_an_activity_is_beyond_the_line() -> None:
    spikes, charge = fired(np.concatenate([np.full((100, 1), 3.0), np.zeros((20, 1))]), True)
    assert np.abs(charge).max() <= 1.5
    assert spikes[100:].sum() <= 2, "an overdriven line recovers within two spikes"


def linear_chain(limit: float = 1.0) -> Problem:
    """No curvature, so an average of potentials is the potential of the average."""
    net = Network()
    x, a = net.add(Clamped(4)), net.add(Linear(6, gain=0.5, limit=limit), "a")
    out = net.add(HardSigmoid(3, gain=0.5, bias=1.0), "out")
    net.connect(x, a)
    net.connect(a, out, gain=0.4)
    net.set_cost(SquaredError(out))
    net.initialise(2, np.float64)
    rng = np.random.default_rng(5)
    return Problem(net, {net.clamped[0]: rng.uniform(-0.8, 0.8, (8, 4))}, np.eye(3)[[0] * 8])


def test_averages_converge_with_the_window_and_faster_under_a_triangle() -> None:
    problem = linear_chain()
    analog = settle(problem.network, problem.drive, stop=Stop(1e-13, 500))
    s = analog.activity("out")
    assert s.min() > 0.02, "no rail, so that nothing is curved"
    assert s.max() < 0.98
    windows = np.array([50e-6, 100e-6, 200e-6, 400e-6, 800e-6])
    error = {}
    for taper in ("boxcar", "triangle"):
        error[taper] = []
        for window in windows:
            solver = Spiking(
                free_duration=window + 100e-6,
                nudged_duration=window + 100e-6,
                window=window,
                taper=taper,
            )
            free = settle(problem.network, problem.drive, solver=solver)
            difference = free.state.potential - analog.state.potential
            error[taper].append(float(np.sqrt((difference**2).mean())))
    boxcar, triangle = (
        np.polyfit(np.log(windows), np.log(error[taper]), 1)[0] for taper in ("boxcar", "triangle")
    )
    assert -1.3 < boxcar < -0.7
    assert triangle < -1.4
    assert error["triangle"][-1] < 0.3 * error["boxcar"][-1]


@pytest.mark.parametrize("wiring", ["pooled", "stacked", "triangle", "hard"])
def test_spikes_settle_to_the_fixed_point_of_sweeps(wiring: str) -> None:
    problem = (WIRINGS | {"hard": hard})[wiring]("squared", np.float64)
    analog = settle(problem.network, problem.drive, stop=Stop(1e-13, 2000))
    free = settle(problem.network, problem.drive, solver=LONG, stop=Stop(0.05))
    assert (free.status == Status.CONVERGED).all()
    assert (free.residual < 0.05).all()
    for name in problem.network.settling:
        assert np.abs(free.activity(name) - analog.activity(name)).max() < 0.02, name
    np.testing.assert_allclose(free.energy, analog.energy, rtol=0, atol=5e-3)
    assert (free.energy < free.energy_before).all()


def test_counts_are_those_of_the_raster_and_rates_those_of_the_activities() -> None:
    problem = WIRINGS["stacked"]("squared", np.float32)
    every = Record(tuple(range(problem.count)))
    free = settle(problem.network, problem.drive, solver="spiking", record=every)
    steps = len(free.raster)
    assert (free.steps == steps).all()
    assert len(free.trace) == steps + 1
    for name in problem.network.settling:
        k = free.drive.plan.index[name]
        begin, end = free.drive.plan.offsets[k : k + 2]
        raster = free.raster[:, :, begin:end].astype(int)
        np.testing.assert_array_equal(abs(raster).sum(axis=0), free.spike_counts(name)[0])
    rates = free.raster[-100:, :, begin:end].mean(axis=0)
    assert np.abs(rates - free.activity("out")[0]).max() < 0.05


def test_saturation_is_counted_where_full_scale_is_too_small() -> None:
    enough, little = linear_chain(limit=1.0), linear_chain(limit=0.05)
    analog = settle(enough.network, enough.drive, stop=Stop(1e-13, 500))
    for problem, saturates in ((enough, False), (little, True)):
        found = settle(problem.network, problem.drive, solver="spiking")
        assert (found.saturated > 0).all() == saturates
        assert (found.saturated > 0).any() == saturates
        off = np.abs(found.activity("out") - analog.activity("out")).max()
        assert (off > 0.05) == saturates, "what saturates is wrong, and says so"


def test_a_nudged_phase_goes_on_from_the_charges_of_the_free_one() -> None:
    """Two free phases on end leave the network where one long phase does."""
    problem = WIRINGS["pooled"]("squared", np.float64)
    solver = Spiking(free_duration=80e-6, nudged_duration=40e-6, window=40e-6, attention_stride=4)
    whole = dataclasses.replace(solver, free_duration=120e-6)
    every = Record(tuple(range(problem.count)))
    first = settle(problem.network, problem.drive, solver=solver, record=every)
    second = settle(problem.network, problem.drive, solver=solver, start=first, record=every)
    both = settle(problem.network, problem.drive, solver=whole, record=every)
    # A phase starts from averaged activities; attention and neurons read again at its first step.
    np.testing.assert_array_equal(np.concatenate([first.raster, second.raster]), both.raster)
    for a, b in zip(second.carry, both.carry, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


def test_an_analog_free_phase_can_be_nudged_by_spikes() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    free = settle(problem.network, problem.drive, stop=Stop(1e-12, 500))
    nudged = settle(problem.network, problem.drive, solver=LONG, start=free, record=Record((2,)))
    plan = free.drive.plan
    for k, name in enumerate(problem.network.settling):
        first = nudged.trace[0, 0, plan.offsets[k] : plan.offsets[k + 1]]
        np.testing.assert_allclose(first, free.potential(name)[0, 2], atol=1e-10)
        assert np.abs(nudged.activity(name) - free.activity(name)).max() < 0.02


def cosine(a: np.ndarray, b: np.ndarray) -> float:
    return float((a * b).sum() / np.linalg.norm(a) / np.linalg.norm(b))


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
def test_spiking_gradient_points_where_the_analog_one_does(cost: str) -> None:
    problem = WIRINGS["pooled"](cost, np.float32)
    analog = estimate(
        problem.network, problem.drive, problem.target, beta=0.5, stop=Stop(1e-7, 500)
    )
    spiking = estimate(
        problem.network,
        problem.drive,
        problem.target,
        beta=0.5,
        solver=dataclasses.replace(
            LONG, free_duration=400e-6, nudged_duration=300e-6, window=200e-6
        ),
    )
    for name in problem.network.parameters:
        assert cosine(spiking.gradient[name], analog.gradient[name]) >= 0.995, name
    assert not spiking.free.saturated.any()
    assert not spiking.nudged.saturated.any()
