"""What the observer hands to the recorder: phases that an estimator has none of are NaN."""

from typing import Any

import numpy as np
import pytest
from reference.problems import WIRINGS
from resistive_support import random_network

from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.resistive.probes import watch as watch_resistive
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.learning.updates.projected import Projected
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.settle import Stop
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.record import StepRecord


class Kept:
    """A recorder that keeps in memory: a block, a layer, two examples."""

    def __init__(self, synapses: dict[str, Any], neurons: dict[str, slice], spikes=False) -> None:
        self.synapses, self.neurons, self.examples = synapses, neurons, 2
        self.spikes = spikes
        self.kept: list[StepRecord] = []

    def wants(self, step: int) -> bool:
        return True

    def wants_spikes(self, step: int) -> bool:
        return self.spikes

    def wants_waves(self, step: int) -> bool:
        return False

    def record(self, record: StepRecord) -> None:
        self.kept.append(record)


@pytest.mark.parametrize(
    ("rule", "phases"), [("centered", 3), ("one_sided", 2), ("bptt", 1), ("implicit", 1)]
)
def test_phases_of_every_rule(rule: str, phases: int) -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    network = problem.network
    recorder = Kept({"hidden-out": (slice(1, 4), slice(0, 2))}, {"hidden": slice(0, 3)})
    options = {"beta": 0.2} if phases > 1 else {}
    found = estimate(network, problem.drive, problem.target, rule, stop=Stop(1e-9, 200), **options)
    observer = TrainingObserver(recorder, watch(network))
    observer.before_update(7, found, dict.fromkeys(network.parameters, 0.1))
    network.parameters["hidden-out"][:] += 0.5
    observer.after_update(7)
    (kept,) = recorder.kept
    assert kept.step == 7
    block = found.gradient["hidden-out"][1:4, 0:2]
    synapses = kept.synapses["hidden-out"]
    np.testing.assert_allclose(synapses["change_asked"], -0.1 * block)
    np.testing.assert_allclose(synapses["change_applied"], 0.5)
    for array in (kept.layers["hidden"]["activity"], *kept.settling.values()):
        assert len(array) == 3
        assert np.isfinite(array[:phases]).all()
        assert np.isnan(array[phases:]).all()
    last = found.phases[-1].activity
    products = last("hidden")[0][:, 1:4].T @ last("out")[0][:, 0:2] / problem.count
    np.testing.assert_allclose(synapses["seen_plus"], products)


def test_conductances_in_siemens_and_volts() -> None:
    network = random_network(1)
    rng = np.random.default_rng(4)
    inputs = rng.uniform(-1, 1, (5, network.inputs))
    target = rng.uniform(-1, 1, (5, network.outputs))
    beta = 0.1
    drive = make_resistive_drive(network, inputs)
    found = estimate(network, drive, target, beta=beta, stop=Stop(1e-12, 500))
    name, block = "1-2", (slice(1, 5), slice(0, 2))
    recorder = Kept({name: block}, {"1": slice(0, 4)})
    system = ResistiveSystem(network)
    updater = Projected().make(system.parameters, system.limits, rng)
    observer = TrainingObserver(recorder, watch_resistive(network).written({}, updater.unit))
    observer.before_update(0, found, {name: 0.02})
    observer.after_update(0)
    (kept,) = recorder.kept
    low, high = network.conductance_range
    asked = -0.02 * (high - low) ** 2 * found.gradient[name][block]  # a rate is one of g / span
    synapses = kept.synapses[name]
    np.testing.assert_allclose(synapses["change_asked"], asked)
    difference = synapses["seen_plus"] - synapses["seen_minus"]
    kappa = network.nudge_conductance * network.output_gain**2
    share = network.weights[1] / network.weights[-1]  # amplifiers make some synapses count less
    np.testing.assert_allclose(
        difference * share / (4 * beta * kappa), found.gradient[name][block], rtol=1e-6
    )
    volts = kept.layers["1"]["voltage"]
    np.testing.assert_array_equal(volts[0], found.free.volts[0][0, :2, :4])
    assert observer.watched.probes[name].unit == "S"
    assert observer.watched.layers["1"].meters["voltage"].unit == "V"
    assert (observer.watched.energy.unit, observer.watched.residual.unit) == ("W", "V")
    assert np.isfinite(kept.settling["energy"]).all()


def test_spikes_of_the_recorded_examples_by_phase() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    solver = Spiking(free_duration=40e-6, nudged_duration=30e-6, window=20e-6)
    recorder = Kept({}, {"hidden": slice(0, 3)}, spikes=True)
    observer = TrainingObserver(recorder, watch(problem.network, solver))
    wanted = observer.record(0, problem.count)
    assert wanted.examples == (0, 1)
    assert observer.record(0, 1).examples == (0,)  # the last batch of an epoch may be short
    found = estimate(
        problem.network, problem.drive, problem.target, beta=0.5, solver=solver, record=wanted
    )
    observer.before_update(0, found, {})
    observer.after_update(0)
    phases = recorder.kept[0].spikes["hidden"]
    assert [len(examples) for examples in phases] == [2, 2, 2]
    for settled, p, row in ((found.free, 0, 0), (found.nudged, 0, 1), (found.nudged, 1, 2)):
        for example in range(2):
            time, neuron, sign = phases[row][example]
            counts = np.bincount(neuron, minlength=3)  # of those that are recorded
            np.testing.assert_array_equal(counts, settled.spike_counts("hidden")[p, example][:3])
            assert time.max() < (40e-6 if row == 0 else 30e-6)
            assert (np.diff(time) >= 0).all()
            assert set(np.unique(sign)) <= {-1, 1}
