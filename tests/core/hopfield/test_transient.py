"""The transient kernels against the circuit's equations in plain numpy, and scipy's integrators."""

from dataclasses import replace

import numpy as np
import pytest
from reference.circuit import BETA, KernelArguments, circuit_of, equations
from reference.drawn import drawn
from reference.problems import WIRINGS, Problem, hard
from reference.registry import compares
from scipy.integrate import solve_ivp

from neuroep.core.hopfield.transient import derivative, driven, run_circuit, run_circuits
from neuroep.core.tables import CONVERGED, STEP_LIMIT
from neuroep.hardware.crossbar import Wires
from neuroep.hardware.hopfield.transient import Transient
from neuroep.settle import Record, Stop, settle

PROBLEMS = {name: make("squared", np.float64) for name, make in WIRINGS.items()}
PROBLEMS |= {f"{name}, classes": WIRINGS[name]("cross", np.float64) for name in ("pooled", "token")}
PROBLEMS["hard"] = hard("squared", np.float64)
WIRES = Wires(200.0, 300.0, 1000.0, 500.0, lines=6)
PROBLEMS |= {
    f"{name}, wires": replace(make("squared", np.float64), wires=WIRES)
    for name, make in WIRINGS.items()
}
for name in ("pooled", "stacked", "triangle"):
    PROBLEMS[f"{name}, drawn"] = drawn(WIRINGS[name]("squared", np.float64), reciprocal=False)
    PROBLEMS[f"{name}, drawn, wires"] = replace(
        drawn(WIRINGS[name]("squared", np.float64), reciprocal=False), wires=WIRES
    )
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)
both_phases = pytest.mark.parametrize("beta", [0.0, BETA, -BETA])


def volts_of(problem: Problem, rng: np.random.Generator) -> np.ndarray:
    """Return random membrane voltages of up to a unit or two of potential, with zero energy."""
    circuit = circuit_of(problem)
    parts = [
        circuit.layers[name].volts * rng.normal(0, 1, problem.network.size(name))
        for name in problem.network.settling
    ]
    return np.concatenate([*parts, [0.0]])


def without_padding(problem: Problem, example: int, volts: np.ndarray) -> np.ndarray:
    """Return voltages with the membranes that are not built at zero."""
    slow = equations(problem, example, 0.0)
    parts = slow.split(volts[:-1].copy())
    for name, part in parts.items():
        part[slow.rows[name] :] = 0.0
    return np.concatenate([*(p.ravel() for p in parts.values()), [0.0]])


@compares(derivative, driven)
@both_phases
@every_problem
def test_currents_and_power_are_those_of_the_elements(
    problem: Problem, beta: float, rng: np.random.Generator
) -> None:
    for example in range(problem.count):
        volts = without_padding(problem, example, volts_of(problem, rng))
        given = KernelArguments(problem, example, beta)
        rate = np.empty_like(volts)
        derivative(*given.first, *given.second, volts, given.scratch, rate)
        wanted = equations(problem, example, beta).rate(0.0, volts)
        scale = np.abs(wanted[:-1]).max()
        np.testing.assert_allclose(rate[:-1], wanted[:-1], rtol=1e-10, atol=1e-12 * scale)
        assert rate[-1] == pytest.approx(wanted[-1], rel=1e-12)


@compares(run_circuit)
@pytest.mark.parametrize("name", ["pooled", "token, classes", "hard", "stacked, drawn"])
def test_waveforms_are_those_of_a_stiff_method(name: str, rng: np.random.Generator) -> None:
    problem = PROBLEMS[name]
    start = without_padding(problem, 1, volts_of(problem, rng))
    given = KernelArguments(problem, 1, BETA)
    grid = np.linspace(0, 5e-6, 101)
    waves, volts = np.zeros((101, start.size)), start.copy()
    _, residual, outcome = run_circuit(
        *given.first, *given.second, volts, grid, 1e-11, 10**6, waves
    )
    assert outcome == CONVERGED
    slow = equations(problem, 1, BETA)
    for method in ("Radau", "LSODA"):
        run = solve_ivp(
            slow.rate, (0, grid[-1]), start, method, t_eval=grid, rtol=1e-11, atol=1e-13
        )
        np.testing.assert_allclose(waves[:, :-1], run.y[:-1].T, atol=1e-8)
        assert waves[-1, -1] == pytest.approx(run.y[-1, -1], rel=1e-8)
    np.testing.assert_allclose(waves[-1], volts, rtol=1e-12, atol=1e-14)
    apart = max(
        np.abs(net / slow.chip.unit_current).max() for net in slow.nodes(volts[:-1]).net.values()
    )
    assert residual == pytest.approx(apart, rel=1e-6, abs=1e-12)


@compares(run_circuits)
def test_examples_run_as_they_would_alone(rng: np.random.Generator) -> None:
    problem = PROBLEMS["token"]
    solver = Transient(circuit_of(problem), duration=1e-6, points=11)
    settled = settle(
        problem.network,
        problem.drive,
        solver=solver,
        beta=[BETA, -BETA],
        target=problem.target,
        start=settle(problem.network, problem.drive, stop=Stop(1e-12, 1000)),
        record=Record((2, 5)),
    )
    for slot, (phase, example) in enumerate([(0, 2), (1, 1)]):
        given = KernelArguments(problem, example, float(settled.beta[phase, example]))
        scale = np.concatenate(
            [
                np.full(problem.network.size(name), values.volts)
                for name, values in solver.circuit.layers.items()
            ]
        )
        volts = np.append(settled.trace[0, slot] * scale, 0.0)
        waves = np.zeros((11, volts.size))
        run_circuit(*given.first, *given.second, volts, solver.time, 1e-10, 10**6, waves)
        np.testing.assert_allclose(settled.trace[:, slot] * scale, waves[:, :-1], atol=1e-15)
        assert settled.drawn is not None
        assert settled.drawn[phase, example] == pytest.approx(volts[-1], rel=1e-14)


def test_a_circuit_that_may_take_few_steps_says_so(rng: np.random.Generator) -> None:
    problem = PROBLEMS["pooled"]
    volts = without_padding(problem, 0, volts_of(problem, rng))
    given = KernelArguments(problem, 0, 0.0)
    waves = np.zeros((2, volts.size))
    steps, _, outcome = run_circuit(
        *given.first, *given.second, volts, np.array([0.0, 1e-3]), 1e-10, 7, waves
    )
    assert (steps, outcome) == (7, STEP_LIMIT)
