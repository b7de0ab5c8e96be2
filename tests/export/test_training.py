"""Traces for other programs: over training, or one example in time."""

from pathlib import Path

import numpy as np
import pytest
from made_traces import interrupted, write_traces

from neuroep.errors import InputError
from neuroep.export.recording import STEP, TIME
from neuroep.export.source import read_source
from neuroep.export.training import in_time, over_training
from neuroep.traces import open_traces


def test_every_number_over_training_is_in_si(tmp_path: Path) -> None:
    interrupted(tmp_path).close()
    with open_traces(tmp_path, si=True) as traces:
        found = over_training(traces)
    (section,) = found.sections
    assert found.axis == STEP
    np.testing.assert_array_equal(section.points, [0, 10, 20, 30, 40, 50])
    signals = {signal.name: signal for signal in section.signals}
    assert list(signals) == ["epoch", "examples_seen", "seconds", "synapses/a-b/weight",
                             "neurons/b/activity", "settling/energy"]  # fmt: skip
    weight = signals["synapses/a-b/weight"]
    assert weight.unit == "S"
    np.testing.assert_allclose(weight.values[:, 1, 2], 4e-6 * np.array([5, 15, 25.5, 35.5, 45.25,
                                                                        55.25]))  # fmt: skip
    assert signals["seconds"].unit == "s"
    assert signals["settling/energy"].unit == "W"
    assert ("plus", "1") in dict(signals["settling/energy"].columns())


def test_one_example_in_time_has_its_spikes_in_each_phase(tmp_path: Path) -> None:
    interrupted(tmp_path).close()
    with open_traces(tmp_path, si=True) as traces:
        last, chosen = in_time(traces), in_time(traces, 20, 1)
        assert last.axis == TIME
        assert last.about["step"] == 50
        assert [section.name for section in chosen.sections] == ["free", "plus", "minus"]
        for section in chosen.sections:
            (spikes,) = section.spikes
            time, neuron, sign = traces.spikes["b"].at(20, section.name, 1)
            np.testing.assert_array_equal(spikes.times, time)
            np.testing.assert_array_equal(spikes.neuron, neuron)
            np.testing.assert_array_equal(spikes.sign, sign)
            np.testing.assert_array_equal(spikes.neurons, np.arange(6))
        with pytest.raises(InputError, match=r"--step 5: recorded are 0, 10, 20, 30, 40, \.\.\."):
            in_time(traces, 5)
        with pytest.raises(InputError, match="--example 2: recorded are 0 to 1"):
            in_time(traces, 20, 2)


def test_what_a_rule_or_a_batch_does_without_is_left_out(tmp_path: Path) -> None:
    """A one-sided rule has no third phase, and this batch had one example."""
    nan = np.nan
    write_traces(tmp_path / "traces.h5", (0, 10), energy=np.array([[0, nan], [0, nan], [nan, nan]]))
    with open_traces(tmp_path, si=True) as traces:
        assert [section.name for section in in_time(traces).sections] == ["free", "plus"]
        with pytest.raises(InputError, match="--example 1: the batch of step 10 has fewer"):
            in_time(traces, example=1)


def test_without_spikes_there_is_nothing_in_time(tmp_path: Path) -> None:
    write_traces(tmp_path / "traces.h5", (0,), spikes=False)
    with (
        open_traces(tmp_path, si=True) as traces,
        pytest.raises(InputError, match=r"nothing recorded in time; .* traces\.spikes"),
    ):
        in_time(traces)


def test_what_holds_nothing_to_export_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "a.csv").write_text("1")
    write_traces(tmp_path / "none.h5", ())
    np.savez(tmp_path / "a.npz", x=1)
    for name, said in (
        ("empty", "no traces"), ("a.csv", r"ends in \.nc, \.h5, \.npz"), ("missing.h5", "no such"),
        ("none.h5", "no step was recorded"), ("a.npz", "damaged"),
    ):  # fmt: skip
        with pytest.raises(InputError, match=f"{name}.*{said}"):
            read_source(tmp_path / name, timed=False)
    with pytest.raises(InputError, match=r"--step: .* no traces to choose from"):
        read_source(tmp_path / "a.npz", timed=False, step=3)
