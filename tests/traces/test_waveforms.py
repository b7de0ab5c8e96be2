"""Potentials in time, as a spiking settle kept them, on chosen layers at chosen steps."""

from pathlib import Path

import numpy as np
import pytest

from neuroep.design.traces import TraceSection
from neuroep.errors import InputError
from neuroep.export.source import read_source
from neuroep.learning.estimate import Estimate, estimate
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.probe import in_si
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.traces import open_traces
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.record import PHASES
from neuroep.traces.recorder import Choice, Course, Recorder
from neuroep.traces.writer import TraceWriter

LINES = Spiking(free_duration=12e-6, nudged_duration=8e-6, window=4e-6)
VOLTS = 0.5


def chip() -> Network:
    net = Network()
    x = net.add(Clamped(5), "x")
    hidden = net.add(HardSigmoid(4, bias=0.5), "hidden")
    net.connect(x, hidden)
    net.set_cost(CrossEntropy(hidden, 2))
    net.initialise(0, np.float64)
    return net


def record(path: Path, choice: Choice, budget: int | None = None) -> dict[int, Estimate]:
    """Record three steps of three, three and one examples; return what was found at each."""
    network = chip()
    scales = {"hidden": {"potential": in_si(VOLTS, "V")}}
    watched = watch(network, LINES).scaled({}, scales, {})
    rates, found = dict.fromkeys(network.parameters, 0.1), {}
    rng = np.random.default_rng(0)
    with TraceWriter(path, {"title": "waves"}, budget) as writer:
        recorder = Recorder(writer, watched, choice, Course(7, 3))
        if budget:
            recorder.plan(3)
        observer = TrainingObserver(recorder, watched)
        for step, count in enumerate((3, 3, 1)):
            drive = make_drive(network, {"x": rng.uniform(0, 1, (count, 5))})
            kept = observer.record(step, count)
            target = np.eye(2)[np.arange(count) % 2]
            found[step] = estimate(network, drive, target, beta=0.5, solver=LINES, record=kept)
            observer.before_update(step, found[step], rates)
            observer.after_update(step)
    return found


def test_waveforms_are_what_the_settle_kept(tmp_path: Path) -> None:
    choice = Choice({}, {"hidden": (1, 4)}, examples=2, spikes=0, waveforms=2)
    found = record(tmp_path / "traces.h5", choice)
    with open_traces(tmp_path) as plain, open_traces(tmp_path, si=True) as si:
        waves = plain.waveforms["hidden"]
        np.testing.assert_array_equal(waves.step, [0, 2])
        assert not plain.spikes
        for step in (0, 2):
            free, nudged = found[step].phases
            shown = 2 if step == 0 else 1
            for p, phase in enumerate(PHASES):
                settled = free if phase == "free" else nudged
                for example in range(shown):
                    time, potential = waves.at(step, phase, example)
                    slot = max(p - 1, 0) * shown + example
                    part = settled.drive.plan.part("hidden")
                    kept = settled.trace[:, slot, part][:, 1:4]
                    np.testing.assert_allclose(potential, kept, rtol=1e-6)
                    np.testing.assert_array_equal(time, settled.time)
                    volts = si.waveforms["hidden"].at(step, phase, example)[1]
                    np.testing.assert_allclose(volts, VOLTS * potential, rtol=1e-6)
        assert len(waves.at(2, "plus", 1)[0]) == 0  # the batch had one example


def test_a_waveform_is_exported_beside_its_spikes(tmp_path: Path) -> None:
    choice = Choice({}, {"hidden": (1, 4)}, examples=2, spikes=1, waveforms=2)
    record(tmp_path / "traces.h5", choice)
    whole = read_source(tmp_path, timed=True)
    assert whole.about["step"] == 2
    spikes_alone = read_source(tmp_path, timed=True, step=1)
    assert not spikes_alone.sections[0].signals
    section = whole.sections[0]
    (signal,), (spikes,) = section.signals, section.spikes
    assert (signal.name, signal.unit, signal.values.shape) == ("hidden", "V", (13, 3))
    np.testing.assert_array_equal(signal.axes["neuron"], [1, 2, 3])
    np.testing.assert_array_equal(spikes.neurons, [1, 2, 3])


def test_the_size_is_known_before_the_first_step(tmp_path: Path) -> None:
    few = Choice({}, {"hidden": (0, 4)}, examples=2, waveforms=1)
    path = tmp_path / "traces.h5"
    record(path, few)
    size = path.stat().st_size
    with pytest.raises(InputError, match="would exceed the cap"):
        record(tmp_path / "b.h5", few, budget=size // 2)
    record(tmp_path / "c.h5", few, budget=4 * size)


def test_a_design_without_time_has_no_waveforms() -> None:
    wanted = TraceSection.model_validate({"waveforms": 1})
    with pytest.raises(ValueError, match=r"traces\.waveforms: the design does not settle by"):
        wanted.check(watch(chip()))
    wanted.check(watch(chip(), LINES))
