"""Both families as one system: slopes are those of the energy, drives are made anew."""

import dataclasses

import numpy as np
import pytest
from learning_support import PROBLEMS, words_system

from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.learning.system import as_system
from neuroep.settle import Stop


@pytest.mark.parametrize("problem", PROBLEMS)
def test_the_slope_of_one_phase_is_that_of_its_energy(problem: str, rng) -> None:
    """At a minimum the state's own part of the slope vanishes (Hellmann and Feynman)."""
    system, inputs, target = PROBLEMS[problem]()
    shares = rng.uniform(0.5, 1.5, (1, len(target)))
    unit = 1.0
    if isinstance(system, ResistiveSystem):
        net = system.network
        behind = net.amplification ** (2 * len(net.hidden))
        unit = net.nudge_conductance * net.output_gain**2 / behind

    def energy() -> float:
        settled = system.settle(system.clamp(inputs), beta=0.02, target=target)
        return float((shares * settled.energy).mean()) / unit

    settled = system.settle(system.clamp(inputs), beta=0.02, target=target)
    slope = system.slope([(settled, shares)])
    for name, array in system.parameters.items():
        here = array.copy()
        way = rng.normal(size=here.shape) * np.abs(here)
        array[:] = here + 1e-5 * way
        above = energy()
        array[:] = here - 1e-5 * way
        below = energy()
        array[:] = here
        wanted = (above - below) / 2e-5
        assert (slope[name] * way).sum() == pytest.approx(wanted, rel=1e-4, abs=1e-7), name


@pytest.mark.parametrize("problem", PROBLEMS)
def test_slopes_of_several_phases_add_up(problem: str) -> None:
    system, inputs, target = PROBLEMS[problem]()
    drive = system.clamp(inputs)
    free = system.settle(drive)
    nudged = system.settle(drive, beta=[0.02, -0.02], target=target, start=free)
    both = system.slope([(nudged, [[2.0], [-3.0]]), (free, 0.5)])
    apart = system.slope([(nudged, [[2.0], [-3.0]])]).flat + system.slope([(free, 0.5)]).flat
    size = np.abs(apart).max()
    np.testing.assert_allclose(both.flat, apart, atol=1e-12 * size)
    assert size > 0


@pytest.mark.parametrize("problem", PROBLEMS)
def test_a_drive_made_anew_is_that_of_the_present_parameters(problem: str) -> None:
    system, inputs, _ = PROBLEMS[problem]()
    drive = system.clamp(inputs)
    before = system.settle(drive)
    system.parameters.flat[::2] *= 0.7
    again, fresh = system.reclamp(drive), system.clamp(inputs)
    found, wanted = system.settle(again), system.settle(fresh)
    np.testing.assert_array_equal(system.scores(found), system.scores(wanted))
    assert np.abs(system.scores(found) - system.scores(before)).max() > 1e-3


def test_networks_become_systems_and_systems_stay() -> None:
    system = words_system()
    same = as_system(system.network, solver="synchronous")
    assert isinstance(same, HopfieldSystem)
    assert same.solver == "synchronous"
    assert as_system(system) is system
    other = as_system(system, stop=Stop(1e-3))
    assert other == dataclasses.replace(system, stop=Stop(1e-3))
    chip = PROBLEMS["resistive, ideal diodes"]()[0]
    assert as_system(chip.network, stop=chip.stop) == chip
    assert set(chip.limits) == set(chip.parameters)


def test_a_resistive_system_clamps_one_layer() -> None:
    system, inputs, _ = PROBLEMS["resistive, ideal diodes"]()
    by_another_name = system.clamp({"pixels": inputs["inputs"]})
    np.testing.assert_array_equal(by_another_name.inputs, inputs["inputs"])
    with pytest.raises(ValueError, match="clamps one layer, not 'a', 'b'"):
        system.clamp({"a": inputs["inputs"], "b": inputs["inputs"]})


def test_a_method_that_is_not_there_is_named() -> None:
    for problem in ("hopfield", "resistive, ideal diodes"):
        system, inputs, target = PROBLEMS[problem]()
        with pytest.raises(ValueError, match="'adjoint'"):
            system.reference(system.clamp(inputs), target, "adjoint")
