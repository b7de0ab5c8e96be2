"""The kernels of noise against all sources of a chip one by one, draw by draw."""

from typing import Any

import numpy as np
import pytest
from reference.circuit import BETA, KernelArguments, circuit_of, equations
from reference.drawn import drawn
from reference.noise import steps
from reference.problems import WIRINGS, Problem, hard
from reference.registry import compares

from neuroep.core.hopfield import noise as kernel
from neuroep.core.hopfield.transient import scratch_size
from neuroep.core.pulses.draws import normal
from neuroep.core.tables import CONVERGED, STEP_LIMIT
from neuroep.hardware.hopfield.noise import keys_of, sources_of
from neuroep.hardware.hopfield.transient import NOISY_STEPS, Transient
from neuroep.hardware.noise import Noise
from neuroep.settle import Record, settle
from neuroep.settle.hopfield.prepare import make_job

PROBLEMS = {name: make("squared", np.float64) for name, make in WIRINGS.items()}
for name in ("pooled", "stacked", "triangle"):
    PROBLEMS[f"{name}, drawn"] = drawn(WIRINGS[name]("squared", np.float64), reciprocal=False)
every_problem = pytest.mark.parametrize("problem", PROBLEMS.values(), ids=PROBLEMS)

KEY, STEP = np.uint64(77), 1e-9


class Given(KernelArguments):
    """What the kernels read for one example, and where it stands."""

    def __init__(self, problem: Problem, example: int, beta: float, **kinds: Any) -> None:
        super().__init__(problem, example, beta)
        self.circuit = circuit_of(problem)
        job = make_job(problem.drive, 0.0, None, None, None)
        noise = Noise(**kinds)
        self.sources = sources_of(noise, self.circuit, job, keys_of(noise, job, 0))
        rng = np.random.default_rng(4)
        slow = equations(problem, example, beta)
        parts = [
            self.circuit.layers[k].volts * rng.normal(0, 1, problem.network.size(k))
            for k in problem.network.settling
        ]
        split = slow.split(np.concatenate(parts))
        for k, part in split.items():
            part[slow.rows[k] :] = 0.0  # not built
        self.volts = np.concatenate([*(p.ravel() for p in split.values()), [0.0]])

    def run(self, grid: np.ndarray, limit: int = 10**6) -> tuple[np.ndarray, np.ndarray, Any]:
        volts, waves = self.volts.copy(), np.zeros((grid.size, self.volts.size))
        run = kernel.run_noisy_circuit
        offset = self.sources.offset[0]
        found = run(
            *self.first, *self.second, volts, grid, STEP, limit, self.sources, offset, KEY, waves
        )
        return waves, volts, found


@compares(kernel.run_noisy_circuit, kernel.line_noise, kernel.attention_noise, scratch_size)
@pytest.mark.parametrize("beta", [0.0, BETA])
@every_problem
def test_steps_are_those_of_every_source_by_itself(problem: Problem, beta: float) -> None:
    for example in range(2):
        given = Given(problem, example, beta)
        waves, volts, (count, _, outcome) = given.run(STEP * np.arange(4.0))
        assert (count, outcome) == (3, CONVERGED)
        wanted = steps(
            equations(problem, example, beta), problem.drive, example, given.volts, KEY, STEP, 3
        )
        moved = np.abs(wanted[:, :-1] - wanted[0, :-1]).max()
        np.testing.assert_allclose(waves[:, :-1], wanted[:, :-1], atol=1e-9 * moved)
        np.testing.assert_allclose(waves[-1], volts)
        assert waves[-1, -1] == pytest.approx(wanted[-1, -1], rel=1e-9)


def test_powers_of_thermal_and_shot_noise_add_up() -> None:
    grid = 1e-4 * STEP * np.arange(2.0)  # so short that currents stay what they are
    problem = hard("squared", np.float64)  # without pairs: conductances and biases
    calm, both, thermal, shot = (
        Given(problem, 1, 0.0, **kinds).run(grid)[0][-1, :-1]
        for kinds in ({"thermal": False, "shot": False}, {}, {"shot": False}, {"thermal": False})
    )
    np.testing.assert_allclose(
        (both - calm) ** 2, (thermal - calm) ** 2 + (shot - calm) ** 2, rtol=1e-9
    )


def test_draws_differ_between_units_and_steps() -> None:
    found = {normal(KEY, unit, step, 0) for unit in range(50) for step in range(50)}
    assert len(found) == 2500


def test_a_grid_is_met_whatever_the_step() -> None:
    given = Given(PROBLEMS["pooled"], 0, 0.0)
    _, _, (count, _, outcome) = given.run(2.5 * STEP * np.arange(4.0))
    assert (count, outcome) == (9, CONVERGED)  # three steps of 5/6 for each of three
    assert given.run(STEP * np.arange(9.0), limit=5)[2][::2] == (5, STEP_LIMIT)


@compares(kernel.run_noisy_circuits)
def test_examples_run_as_they_would_alone() -> None:
    problem = PROBLEMS["pooled"]
    circuit, noise = circuit_of(problem), Noise(flicker=1e-3)
    solver = Transient(circuit, duration=1e-7, points=11, noise=noise)
    options: dict[str, Any] = {"solver": solver, "beta": [BETA, 0.0], "target": problem.target}
    settled = settle(problem.network, problem.drive, record=Record((2, 5)), **options)
    job = make_job(problem.drive, [BETA, 0.0], problem.target, None, None)
    keys = keys_of(noise, job, 0)
    assert len(set(keys)) == job.batch
    found = sources_of(noise, circuit, job, keys)
    fastest = min(values.time_constant for values in circuit.layers.values())
    scale = np.concatenate(
        [np.full(problem.network.size(k), v.volts) for k, v in circuit.layers.items()]
    )
    for slot, (phase, example) in enumerate([(0, 2), (1, 1)]):
        given = KernelArguments(problem, example, float(settled.beta[phase, example]))
        which = 4 * phase + example
        volts, waves = np.zeros(scale.size + 1), np.zeros((11, scale.size + 1))
        kernel.run_noisy_circuit(
            *given.first, *given.second, volts, solver.time, fastest / NOISY_STEPS, 10**6,
            found, found.offset[which], keys[which], waves,
        )  # fmt: skip
        np.testing.assert_allclose(settled.trace[:, slot] * scale, waves[:, :-1], atol=1e-15)
