"""One law fitted to ramps: the likelihood is the exact one, and noise is told apart."""

import numpy as np
import pytest
from made_ramps import made_ramps

from neuroep.devices.fit.choose import candidates
from neuroep.devices.fit.direction import Fit, fit
from neuroep.devices.fit.ramps import Ramps
from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.linear import Linear

TRUE = {"step": 0.02, "pulse_noise": 0.3, "read_noise": 0.006, "gamma_up": 0.5}


def fitted(seed: int, **options: float) -> Fit:
    rng = np.random.default_rng(seed)
    return fit(Linear(), Ramps(tuple(made_ramps(rng, **options)), up=True))  # type: ignore[arg-type]


def values(found: Fit) -> dict[str, float]:
    return {name: getattr(found, name) for name in ("step", "pulse_noise", "read_noise")} | (
        found.shape
    )


def test_steps_shape_and_both_noises_are_found() -> None:
    errors = []
    for seed in range(8):
        found = values(fitted(seed))
        relative = [found[name] / TRUE[name] - 1 for name in ("step", "pulse_noise", "read_noise")]
        errors.append([*relative, found["gamma_up"] - TRUE["gamma_up"]])
    step, pulse, read, gamma = np.sqrt(np.mean(np.square(errors), axis=0))
    assert step < 0.02
    assert pulse < 0.08
    assert read < 0.10
    assert gamma < 0.05


@pytest.mark.endurance
def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    hits = []
    for seed in range(200):
        found = fitted(seed).intervals
        hits.append([found[name][0] < true < found[name][1] for name, true in TRUE.items()])
    share = np.mean(hits, axis=0)
    assert (share >= 0.90).all(), share
    assert (share <= 0.99).all(), share


def test_pulse_noise_is_not_taken_for_read_noise() -> None:
    quiet_reads = fitted(0, read_noise=0.0)
    quiet_pulses = fitted(0, pulse_noise=0.0, read_noise=0.01)
    assert quiet_reads.pulse_noise == pytest.approx(0.3, rel=0.1)
    assert quiet_reads.read_noise < 1e-3
    assert quiet_pulses.read_noise == pytest.approx(0.01, rel=0.1)
    assert quiet_pulses.pulse_noise < 0.05
    low, high = quiet_reads.intervals["read_noise"]
    assert low < 1e-3
    assert high > quiet_reads.read_noise


def test_steps_that_grow_with_conductance_are_allowed() -> None:
    found = fitted(1, gamma=-0.6, pulses=60)
    assert found.shape["gamma_up"] == pytest.approx(-0.6, abs=0.05)


def test_down_ramps_have_the_parameters_of_down_pulses(rng: np.random.Generator) -> None:
    ramps = made_ramps(rng, gamma=0.7, up=False)
    found = fit(Linear(), Ramps(tuple(ramps), up=False))
    assert found.shape == {"gamma_down": pytest.approx(0.7, abs=0.05)}
    assert found.predict(ramps[0])[-1] < ramps[0][0]


def test_a_law_that_cannot_bend_predicts_worse(rng: np.random.Generator) -> None:
    ramps = Ramps(tuple(made_ramps(rng, gamma=0.8)), up=True)
    shown, kept = ramps.halves()
    assert fit(Linear(), shown).error(kept) < 0.5 * fit(Constant(), shown).error(kept)


def test_courses_end_at_the_bound() -> None:
    """A device of constant steps whose ramps go on long after it is full."""
    rng = np.random.default_rng(4)
    up, down = (
        Ramps(tuple(made_ramps(rng, step=0.05, gamma=0.0, pulses=80, up=way)), up=way)
        for way in (True, False)
    )
    for ramps in (up, down):
        found = fit(Constant(), ramps)
        course = found.predict(ramps.reads[0])
        assert ramps.sign * course[-1] == 1.0
        assert np.diff(ramps.sign * course)[:30].min() == pytest.approx(found.step)
        assert found.error(ramps) < 0.03
    assert candidates(up, down)[0].name == "constant"


def test_ramps_are_cut_where_the_bound_may_have_stopped_a_pulse() -> None:
    ramps = Ramps(
        (np.array([-1.0, 0.0, 0.5, 0.97, 1.0, 1.0]), np.array([-1.0, -0.5, 0.0])), up=True
    )
    cut = ramps.before_bounds(0.05)
    assert [len(reads) for reads in cut.reads] == [4, 3]


@pytest.mark.parametrize(
    ("siemens", "said"),
    [([[1e-6, 2e-6, 3e-6]], "1 ramps"), ([[1e-6, 2e-6, 3e-6], [1e-6, 2e-6]], "2 reads")],
)
def test_too_little_is_refused(siemens: list[list[float]], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Ramps.of([np.array(reads) for reads in siemens], True, 1e-6, 3e-6)
