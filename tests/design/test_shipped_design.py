"""The shipped pooled design: its spiking gradient is the analog one, at the start and trained."""

from dataclasses import replace

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.learning import estimate
from neuroep.learning.rules.rule import Estimate
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import Job, prepare
from neuroep.settle import Stop

TEXTS = 32
OVERRIDES = ["solver=sweep", "learning.epochs=1"]


@pytest.fixture(scope="module")
def job() -> Job:
    design = load_design("imdb_pooled", OVERRIDES)
    return prepare(design, TrainOptions(design="imdb_pooled"), "imdb_pooled")


@pytest.fixture(scope="module", params=["start", "trained"])
def shipped(request: pytest.FixtureRequest, job: Job) -> Job:
    if request.param == "trained":
        job.trainer.run_epoch()
        assert job.trainer.history[-1]["validation_accuracy"] > 0.7  # so that it is a trained one
    return job


def phases(job: Job, solver: str) -> Estimate:
    test = job.material.test
    inputs, target = test.batch(np.random.default_rng(1).permutation(len(test))[:TEXTS])
    system = job.design.settled_by(job.system, solver)
    if solver == "sweep":
        system = replace(system, stop=Stop(1e-6, 500))
    return estimate(system, system.clamp(inputs), target, beta=0.5)


def test_spiking_gradient_of_every_parameter_is_the_analog_one(shipped: Job) -> None:
    analog, spiking = phases(shipped, "sweep"), phases(shipped, "spiking")
    for name, exact in analog.gradient.items():
        found = spiking.gradient[name]
        cosine = float((exact * found).sum()) / np.linalg.norm(exact) / np.linalg.norm(found)
        assert cosine >= 0.995, name
        assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(exact), rel=0.1), name


def test_no_line_spends_more_than_200_spikes_in_a_phase(shipped: Job) -> None:
    spiking = phases(shipped, "spiking")
    for name in shipped.system.network.settling:
        for settled in (spiking.free, spiking.nudged):
            assert settled.spike_counts(name).max() <= 200, name
    assert spiking.free.saturated is not None
    assert spiking.free.saturated.sum() == 0
