"""A settle that goes on from several phases is the one that was not interrupted."""

import numpy as np
import pytest
from learning_support import PROBLEMS, layered
from reference.crossed import crossed

from neuroep.settle import Record, Stop, settle
from neuroep.settle.hopfield.relaxation import Sweep
from neuroep.settle.hopfield.spiking import Spiking

BETAS = [0.02, -0.02, 0.01]


@pytest.mark.parametrize("problem", PROBLEMS)
def test_two_legs_of_steps_are_one(problem: str) -> None:
    system, inputs, target = PROBLEMS[problem]()
    drive = system.clamp(inputs)
    free = system.settle(drive)
    nudge = {"beta": BETAS, "target": target}
    whole = system.settle(drive, start=free, stop=Stop(0.0, 5), **nudge)
    first = system.settle(drive, start=free, stop=Stop(0.0, 2), **nudge)
    second = system.settle(drive, start=first, stop=Stop(0.0, 3), **nudge)
    np.testing.assert_array_equal(second.energy, whole.energy)
    np.testing.assert_array_equal(second.energy_before, first.energy)
    np.testing.assert_array_equal(system.scores(second), system.scores(whole))
    assert not np.array_equal(system.scores(second)[0], system.scores(second)[1])
    with pytest.raises(ValueError, match=r"start.* phase"):
        system.settle(drive, start=first, beta=BETAS[:2], target=target)


def test_a_whole_batch_goes_on_from_what_each_phase_was_sent() -> None:
    problem, solver = crossed("squared", np.float64), Sweep(wide=0)
    network, drive = problem.network, problem.drive
    nudge = {"beta": [0.5, -0.5, 0.2], "target": problem.target, "solver": solver}
    free = settle(network, drive, solver=solver, stop=Stop(1e-12, 400))
    first = settle(network, drive, start=free, stop=Stop(0.0, 2), **nudge)
    second = settle(network, drive, start=first, stop=Stop(1e-12, 400), **nudge)
    whole = settle(network, drive, start=free, stop=Stop(1e-12, 400), **nudge)
    np.testing.assert_allclose(second.energy_before, first.energy, rtol=0, atol=1e-12)
    np.testing.assert_allclose(second.state.activity, whole.state.activity, atol=1e-9)


def test_two_legs_of_spikes_are_one() -> None:
    system, inputs, target = layered()
    network, drive = system.network, system.clamp(inputs)
    count = drive.count
    free = settle(network, drive, solver=Spiking())
    record = Record(tuple(range(len(BETAS) * count)))

    def leg(duration: float, start):
        solver = Spiking(nudged_duration=duration, window=duration)
        nudge = {"beta": BETAS, "target": target}
        return settle(network, drive, solver=solver, start=start, record=record, **nudge)

    whole = leg(80e-6, free)
    first = leg(40e-6, free)
    second = leg(40e-6, first)
    np.testing.assert_array_equal(np.concatenate([first.raster, second.raster]), whole.raster)
    assert (whole.raster[:, :count] != whole.raster[:, count : 2 * count]).any()
    np.testing.assert_allclose(whole.time, 1e-6 * np.arange(81))
