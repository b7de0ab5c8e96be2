"""A model of what attention answers spares readings, changes no settled state, raises no energy."""

from dataclasses import replace

import numpy as np
import pytest
from reference.crossed import crossed
from reference.kernels import both_dtypes

from neuroep import Record, Stop
from neuroep.settle import Settled, settle
from neuroep.settle.hopfield.acceleration import Multisecant
from neuroep.settle.hopfield.inspect import relaxation_along
from neuroep.settle.hopfield.relaxation import Sweep

EVERY = np.arange(3)


def linear(size: int = 6) -> tuple[np.ndarray, np.ndarray]:
    """Return three linear maps and their constants."""
    rng = np.random.default_rng(4)
    return rng.normal(0, 1, (3, size, size)), rng.normal(0, 1, (3, size))


def test_a_linear_answer_is_known_in_every_direction_asked() -> None:
    """After m changes, exactly so in their span; beyond it, nothing is claimed."""
    slopes, constants = linear()
    rng = np.random.default_rng(5)
    model = Multisecant(3, 6, 4, np.dtype(float))
    asked = rng.normal(0, 1, (5, 3, 6))
    for question in asked:
        answer = np.einsum("bn,bnm->bm", question, slopes) + constants
        model.note(EVERY, question, answer, compare=bool((question != asked[0]).any()))
    shares = rng.normal(0, 1, (4, 3, 1))
    known = asked[-1] + (shares * np.diff(asked, axis=0)).sum(axis=0)
    want = np.einsum("bn,bnm->bm", known, slopes) + constants
    np.testing.assert_allclose(model.answer(EVERY, known), want, rtol=1e-5)
    unknown = np.stack([np.linalg.svd(np.diff(asked[:, b], axis=0))[2][-1] for b in EVERY])
    np.testing.assert_allclose(model.answer(EVERY, known + 3 * unknown), want, rtol=1e-5)


def test_examples_are_told_apart_and_repeated() -> None:
    """Who is not active keeps what it knows; phases start alike."""
    slopes, constants = linear()
    rng = np.random.default_rng(6)
    model = Multisecant(3, 6, 2, np.dtype(float))
    first, second = rng.normal(0, 1, (2, 3, 6))
    answers = [np.einsum("bn,bnm->bm", q, slopes) + constants for q in (first, second)]
    model.note(EVERY, first, answers[0], compare=False)
    some = np.array([0, 2])
    model.note(some, second[some], answers[1][some])
    np.testing.assert_array_equal(model.answer(EVERY, second)[1], answers[0][1])
    middle = (first + second) / 2
    want = (answers[0] + answers[1])[some] / 2
    np.testing.assert_allclose(model.answer(some, middle[some]), want, rtol=1e-6)
    for turn in range(5):  # others go on asking: what is known of the settled ones stays
        asked = first[1:2] + turn
        model.note(np.array([1]), asked, asked @ slopes[1] + constants[1])
    np.testing.assert_allclose(model.answer(some, middle[some]), want, rtol=1e-6)
    both = model.repeated(2, 1)
    assert not model.repeated(2, 0).changes.size
    np.testing.assert_allclose(both.answer(np.array([3, 5]), middle[some]), want, rtol=1e-6)
    np.testing.assert_array_equal(both.last[:, :3], both.last[:, 3:])


def test_rounding_is_not_taken_for_a_change() -> None:
    model = Multisecant(3, 6, 2, np.dtype(np.float32))
    question = np.ones((3, 6), np.float32)
    model.note(EVERY, question, question, compare=False)
    nearly = question * np.float32(1 + 1e-6)
    model.note(EVERY, nearly, 5 * question)
    np.testing.assert_array_equal(model.answer(EVERY, 2 * question), 5 * question)


def phases(memory: int, gain: float, dtype: type, residual: float) -> tuple[Settled, Settled]:
    """Return a free and a nudged settle of the whole batch."""
    problem = crossed("squared", dtype, gain)
    drive, solver, stop = problem.drive, Sweep(wide=0, memory=memory), Stop(residual, 400)
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
    return free, nudged


def test_each_settle_has_its_own_memory() -> None:
    """A free phase without a model has none to leave; a nudged one without ignores what is left."""
    problem = crossed("squared", np.float64, 1.2)
    drive, stop, steps = problem.drive, Stop(1e-12, 400), {}
    for first in (0, 4):
        free = settle(problem.network, drive, solver=Sweep(wide=0, memory=first), stop=stop)
        for second in (0, 4):
            nudged = settle(
                problem.network,
                drive,
                solver=Sweep(wide=0, memory=second),
                stop=stop,
                beta=0.4,
                target=problem.target,
                start=free,
            )
            steps[first, second] = int(nudged.steps.sum())
    assert steps[4, 0] == steps[0, 0]
    assert steps[4, 4] < steps[0, 4] < steps[0, 0]


@both_dtypes
@pytest.mark.parametrize("gain", [0.4, 1.2])
def test_fewer_readings_to_the_same_states(gain: float, dtype: type) -> None:
    """In both phases, and the nudged one gains from what the free one learned."""
    residual, tolerance = (1e-12, 1e-9) if dtype is np.float64 else (1e-6, 1e-4)
    plain, quick = (phases(memory, gain, dtype, residual) for memory in (0, 4))
    for one, other in zip(plain, quick, strict=True):
        np.testing.assert_allclose(
            one.state.activity, other.state.activity, rtol=tolerance, atol=tolerance
        )
        np.testing.assert_allclose(one.energy, other.energy, rtol=tolerance, atol=tolerance)
    assert sum(f.steps.sum() for f in quick) < 0.8 * sum(f.steps.sum() for f in plain)


def test_a_start_without_answers_whose_plain_layers_are_silent() -> None:
    """What attention sends is read, although nothing is heard of the plain layers."""
    problem = crossed("squared", np.float64)
    free = settle(problem.network, problem.drive, solver=Sweep(wide=0), stop=Stop(1e-10, 400))
    silent = replace(free, answers=None)
    for name in ("hidden", "out"):
        free.drive.plan.view(silent.state.activity, name)[:] = 0.0
    again = settle(
        problem.network, problem.drive, solver=Sweep(wide=0), stop=Stop(1e-9, 1), start=silent
    )
    np.testing.assert_allclose(again.energy, free.energy, rtol=1e-9)
    assert (again.residual < 1e-4).all()


def test_a_nudged_phase_without_what_the_free_one_learned() -> None:
    """It reads attention anew: more steps, the same states and starting energies."""
    problem = crossed("squared", np.float64, 1.2)
    drive, solver, stop = problem.drive, Sweep(wide=0), Stop(1e-12, 400)
    free = settle(problem.network, drive, solver=solver, stop=stop)
    found = [
        settle(
            problem.network,
            drive,
            solver=solver,
            stop=stop,
            beta=0.4,
            target=problem.target,
            start=start,
        )
        for start in (free, replace(free, answers=None))
    ]
    np.testing.assert_allclose(*(f.state.activity for f in found), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(*(f.energy_before for f in found), rtol=1e-9)
    assert found[0].steps.sum() < found[1].steps.sum()


def test_answers_of_other_parameters_are_not_gone_on_with() -> None:
    """As many steps as from the same state without them: they were another network's."""
    problem = crossed("squared", np.float64, 1.2)
    free = settle(problem.network, problem.drive, solver=Sweep(wide=0), stop=Stop(1e-12, 400))
    assert free.answers is not None
    for name in problem.network.parameters:
        problem.network.parameters[name][:] *= 0.9
    steps = [
        settle(
            problem.network, problem.drive, solver=Sweep(wide=0), stop=Stop(1e-12, 400), start=start
        ).steps
        for start in (free, replace(free, answers=None))
    ]
    np.testing.assert_array_equal(*steps)


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")
@pytest.mark.parametrize("gain", [0.4, 4.0])
@pytest.mark.parametrize("wrong_by", [5.0, np.inf])
def test_a_model_that_is_wrong_is_refused(
    wrong_by: float, gain: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever it claims, energy falls from step to step and the settled state is the same."""
    want, _ = phases(0, gain, np.float64, 1e-10)
    told = Multisecant.answer

    def lie(model: Multisecant, active: np.ndarray, question: np.ndarray) -> np.ndarray:
        wrong = wrong_by * np.cos(np.arange(question.size)).reshape(question.shape)
        return told(model, active, question) + wrong

    monkeypatch.setattr(Multisecant, "answer", lie)
    problem = crossed("squared", np.float64, gain)
    watched = settle(
        problem.network,
        problem.drive,
        solver=Sweep(wide=0),
        stop=Stop(0.0, 12),
        record=Record(tuple(range(5))),
    )
    for example in range(5):
        energy, _ = relaxation_along(watched, example, example)
        assert (np.diff(energy) <= 1e-12 * abs(energy).max()).all()
    found, _ = phases(4, gain, np.float64, 1e-10)
    np.testing.assert_allclose(found.state.activity, want.state.activity, atol=1e-8)
