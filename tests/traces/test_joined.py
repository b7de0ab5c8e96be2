"""The files of an interrupted run are one continuous series, in units and in SI."""

from pathlib import Path

import numpy as np
import pytest
from made_traces import FEW, block, counts, interrupted, write_traces

from neuroep.errors import InputError
from neuroep.traces import open_traces
from neuroep.traces.writer import TraceWriter


def test_files_follow_each_other_and_steps_done_again_count_once(tmp_path: Path) -> None:
    with interrupted(tmp_path) as traces:
        assert [path.name for path in traces.paths] == [
            "traces.h5.part", "traces-2.h5.part", "traces-10.h5"
        ]  # fmt: skip
        np.testing.assert_array_equal(traces.steps, [0, 10, 20, 30, 40, 50])
        weight = traces.synapses["a-b"].weight
        expected = np.stack(
            [block(0), block(10), block(20) + 0.5, block(30) + 0.5, block(40) + 0.25,
             block(50) + 0.25]
        )  # fmt: skip
        assert weight.shape == (6, 2, 3)
        assert len(weight) == 6
        np.testing.assert_array_equal(weight, expected)
        for where in (
            0, 3, -1, slice(None), slice(1, 5, 2), slice(None, None, -1), [5, 0, 2], slice(2, 2),
            np.array([True, False] * 3), ..., (slice(None), 1, 2), (slice(-2, None), [0, 1]),
            (4, 1), (..., 2), (3, ..., 0),
        ):  # fmt: skip
            np.testing.assert_array_equal(weight[where], expected[where])
        for where in (6, -7):
            with pytest.raises(IndexError, match="of 6"):
                weight[where]
        np.testing.assert_array_equal(traces.synapses["a-b"].epoch, [1, 1, 2, 2, 3, 3])
        assert traces.attributes["complete"]
        assert traces.configuration == {"name": "traces-10.h5"}


def test_spikes_are_found_in_their_file(tmp_path: Path) -> None:
    with interrupted(tmp_path) as traces:
        spikes = traces.spikes["b"]
        for step in traces.steps.tolist():
            for p, phase in enumerate(("free", "plus", "minus")):
                for example in range(2):
                    time, neuron, _ = spikes.at(step, phase, example)
                    assert len(time) == counts(step)[p, example]
                    assert (neuron == 2 * p + example).all()
                    assert (time == step).all()


def test_si_stands_beside_what_is_normalised(tmp_path: Path) -> None:
    interrupted(tmp_path).close()
    with open_traces(tmp_path, si=True) as traces:
        synapse = traces.synapses["a-b"]
        assert list(synapse) == ["weight", "weight_siemens"]
        assert synapse.weight_siemens.unit == "S"
        assert "weight_siemens (step: 6, pre: 2, post: 3), S" in repr(synapse)
        np.testing.assert_array_equal(synapse.weight_siemens[3], 4e-6 * synapse.weight[3])
        np.testing.assert_array_equal(synapse.weight_siemens.in_si(), synapse.weight.in_si())
        np.testing.assert_allclose(synapse.seconds, 5e-5 * 32 * traces.steps)
        assert list(traces.settling) == ["energy", "energy_watts"]
        assert traces.settling.energy_watts[-1, 0, 0] == 50 * 2e-9
    with open_traces(tmp_path) as traces:
        assert list(traces.settling) == ["energy"]


def test_xarray_has_the_whole_series(tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    interrupted(tmp_path).close()
    with open_traces(tmp_path, si=True) as traces:
        tree = traces.to_xarray()
    weight = tree["synapses/a-b"]["weight_siemens"].sel(pre=9, post=3)
    np.testing.assert_allclose(weight, 4e-6 * np.array([5, 15, 25.5, 35.5, 45.25, 55.25]))
    assert weight.attrs["units"] == "S"
    np.testing.assert_allclose(weight.coords["seconds"], 5e-5 * 32 * weight.coords["step"])
    assert list(tree["settling"].coords["phase"].values) == ["free", "plus", "minus"]
    assert tree["spikes/b"]["time"].dims == ("spike",)


def test_files_that_do_not_belong_together_are_one_line(tmp_path: Path) -> None:
    write_traces(tmp_path / "traces.h5", (0, 10))
    with TraceWriter(tmp_path / "traces-2.h5", {"title": "other"}) as writer:
        writer.declare("settling/energy", FEW, "1", "energy", "f8")
        writer.append("settling", 20, {"energy": np.ones((3, 2))})
    with pytest.raises(InputError, match=r"traces-2\.h5") as caught:
        open_traces(tmp_path)
    assert "\n" not in str(caught.value)


def test_one_file_can_be_looked_at_alone(tmp_path: Path) -> None:
    interrupted(tmp_path).close()
    with open_traces(tmp_path / "traces-2.h5.part") as traces:
        np.testing.assert_array_equal(traces.steps, [20, 30, 40])
