"""What the observer hands to the recorder: phases that an estimator has none of are NaN."""

import numpy as np
import pytest
from reference.problems import WIRINGS

from neuroep.learning.estimators import estimate
from neuroep.settle import Stop
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.record import StepRecord


class Recorder:
    """Keeps one block of one coupling, one layer and two examples in memory."""

    def __init__(self) -> None:
        self.synapses = {"hidden-out": (slice(1, 4), slice(0, 2))}
        self.neurons = {"hidden": slice(0, 3)}
        self.examples = 2
        self.kept: list[StepRecord] = []

    def wants(self, step: int) -> bool:
        return True

    def record(self, record: StepRecord) -> None:
        self.kept.append(record)


@pytest.mark.parametrize(
    ("estimator", "phases"), [("centered", 3), ("one_sided", 2), ("bptt", 1), ("implicit", 1)]
)
def test_phases_of_every_estimator(estimator: str, phases: int) -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    network, recorder = problem.network, Recorder()
    found = estimate(
        network, problem.drive, problem.target, 0.2, estimator=estimator, stop=Stop(1e-9, 200)
    )
    observer = TrainingObserver(recorder, network)
    observer.before_update(7, found, dict.fromkeys(network.parameters, 0.1))
    network.parameters["hidden-out"][:] += 0.5
    observer.after_update(7)
    (kept,) = recorder.kept
    assert kept.step == 7
    block = found.gradient["hidden-out"][1:4, 0:2]
    np.testing.assert_allclose(kept.change_asked["hidden-out"], -0.1 * block)
    np.testing.assert_allclose(kept.change_applied["hidden-out"], 0.5)
    for array in (kept.activity["hidden"], kept.energy, kept.residual):
        assert len(array) == 3
        assert np.isfinite(array[:phases]).all()
        assert np.isnan(array[phases:]).all()
    last = found.phases[-1].activity
    products = last("hidden")[0][:, 1:4].T @ last("out")[0][:, 0:2] / problem.count
    np.testing.assert_allclose(kept.product_plus["hidden-out"], products)
