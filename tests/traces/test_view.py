"""Traces opened in a notebook: names, units, spikes, and files that are no traces."""

from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.traces import checkpoint, open_traces
from neuroep.traces.writer import TraceWriter

STEPS = (0, 10, 20)


def counts_of(step: int) -> np.ndarray:
    """Spikes of three phases and two examples."""
    return np.arange(6).reshape(3, 2) + step // 10


def write(path: Path) -> None:
    with TraceWriter(path, {"title": "two synapses", "configuration": {"beta": 0.25}}) as writer:
        axes = {"step": None, "pre": [4, 9], "post": [1, 2, 3]}
        scale = {"si_factor": 4e-6, "si_units": "S", "coordinates": "epoch examples_seen"}
        writer.declare("synapses/a-b/weight", axes, "1", "weight", "f8", scale)
        writer.declare("synapses/a-b/seen_plus", axes, "1", "product", "f8")
        writer.declare("synapses/a-b/epoch", {"step": None}, "1", "epoch", "i4")
        writer.declare("synapses/a-b/examples_seen", {"step": None}, "1", "seen", "i8")
        few = {"step": None, "phase": ["free", "plus", "minus"], "example": [0, 1]}
        writer.declare("neurons/b/potential", few, "V", "potential")
        writer.declare("settling/energy", few, "W", "energy")
        writer.declare("spikes/b/count", few, "1", "spikes", "i4")
        for name, unit, kind in (("time", "s", "f4"), ("neuron", "1", "i2"), ("sign", "1", "i1")):
            writer.declare_ragged(f"spikes/b/{name}", "spike", unit, name, kind)
        for step in STEPS:
            block = step + np.arange(6.0).reshape(2, 3)
            row = {"weight": block, "seen_plus": -block, "epoch": np.array(1 + step // 20)}
            writer.append("synapses/a-b", step, row | {"examples_seen": np.array(32 * step)})
            writer.append("neurons/b", step, {"potential": np.full((3, 2), step)})
            writer.append("settling", step, {"energy": np.full((3, 2), step)})
            counts = counts_of(step)
            owner = np.repeat(np.arange(6), counts.ravel())
            columns = {"time": 1e-6 * owner, "neuron": owner, "sign": np.ones_like(owner)}
            writer.extend("spikes/b", "spike", columns)
            writer.append("spikes/b", step, {"count": counts})


def test_names_lead_to_arrays_with_units(tmp_path: Path) -> None:
    write(tmp_path / "traces.h5")
    with open_traces(tmp_path / "traces.h5") as traces:
        assert list(traces.synapses) == ["a-b"]
        synapse = traces.synapses["a-b"]
        assert traces["synapses/a-b"]["weight"].shape == (3, 2, 3)
        assert np.array_equal(synapse.weight[:, 1, 2], [5, 15, 25])
        assert np.array_equal(np.asarray(synapse.weight)[2], 20 + np.arange(6).reshape(2, 3))
        assert synapse.weight.axes == ("step", "pre", "post")
        assert synapse.weight.attributes == {"si_factor": 4e-6, "si_units": "S"}
        np.testing.assert_allclose(synapse.weight.in_si()[0, 1, 2], 5 * 4e-6)
        with pytest.raises(ValueError, match="seen_plus: nothing on a chip"):
            synapse.seen_plus.in_si()
        assert traces.neurons["b"].potential.unit == "V"
        assert np.array_equal(traces.neurons["b"].potential.in_si(), traces.neurons["b"].potential)
        assert np.array_equal(synapse.pre, [4, 9])
        assert np.array_equal(synapse.epoch, [1, 1, 2])
        assert np.array_equal(traces.neurons["b"].phase, ["free", "plus", "minus"])
        assert np.array_equal(traces.steps, STEPS)
        assert traces.configuration == {"beta": 0.25}
        assert traces.attributes["complete"]
        with pytest.raises(KeyError, match="there are seen_plus, weight"):
            synapse["weigth"]
        with pytest.raises(AttributeError, match="no 'weigth'"):
            _ = synapse.weigth


def test_spikes_of_one_example_in_one_phase(tmp_path: Path) -> None:
    write(tmp_path / "traces.h5")
    with open_traces(tmp_path) as traces:
        spikes = traces.spikes["b"]
        for step in STEPS:
            for p, phase in enumerate(("free", "plus", "minus")):
                for example in range(2):
                    time, neuron, sign = spikes.at(step, phase, example)
                    owner = 2 * p + example
                    assert len(time) == counts_of(step)[p, example]
                    assert (neuron == owner).all()
                    np.testing.assert_allclose(time, 1e-6 * owner)
                    assert (sign == 1).all()
        with pytest.raises(KeyError, match=r"step 5; recorded are \[0, 10, 20\]"):
            spikes.at(5)
        with pytest.raises(KeyError, match="free, plus, minus"):
            spikes.at(10, "nudged")


def test_what_it_says_of_itself(tmp_path: Path) -> None:
    write(tmp_path / "traces.h5")
    with open_traces(tmp_path) as traces:
        said = repr(traces)
        for part in ("two synapses", "3 steps, 0 to 20", "synapses/a-b: 2 x 3", "weight [1]",
                     "neurons/b", "potential [V]", "time [s]", "energy [W]"):  # fmt: skip
            assert part in said, part
        assert "weight (step: 3, pre: 2, post: 3), 1: weight" in repr(traces.synapses["a-b"])
    assert "closed" in repr(traces)


def test_xarray_opens_the_same(tmp_path: Path) -> None:
    pytest.importorskip("xarray")
    write(tmp_path / "traces.h5")
    with open_traces(tmp_path) as traces, traces.to_xarray() as tree:
        weight = tree["synapses/a-b"]["weight"].sel(pre=9, post=3)
        assert np.array_equal(weight, [5, 15, 25])
        assert np.array_equal(weight.coords["epoch"], [1, 1, 2])
        assert tree["spikes/b"]["time"].dims == ("spike",)


def test_an_unfinished_run_is_opened_up_to_its_last_whole_step(tmp_path: Path) -> None:
    path = tmp_path / "traces.h5"
    with pytest.raises(KeyboardInterrupt), TraceWriter(path, {"title": "t"}) as writer:  # noqa: PT012
        few = {"step": None, "phase": ["free", "plus", "minus"], "example": [0]}
        writer.declare("settling/energy", few, "W", "energy")
        writer.declare("spikes/b/count", few, "1", "spikes", "i4")
        for name in ("time", "neuron", "sign"):
            writer.declare_ragged(f"spikes/b/{name}", "spike", "1", name, "f4")
        for step in range(2):
            if step == 0:  # as if a kill had taken the last spikes
                writer.extend(
                    "spikes/b", "spike", dict.fromkeys(("time", "neuron", "sign"), np.ones(3))
                )
            writer.append("spikes/b", step, {"count": np.ones((3, 1))})
            writer.append("settling", step, {"energy": np.ones((3, 1))})
        raise KeyboardInterrupt
    with open_traces(tmp_path) as traces:
        assert "incomplete" in repr(traces)
        assert np.array_equal(traces.steps, [0, 1])
        assert len(traces.spikes["b"].at(0, "minus")[0]) == 1
        with pytest.raises(KeyError, match=r"recorded are \[0\]"):
            traces.spikes["b"].at(1)


def test_what_are_no_traces_is_one_line_naming_the_file(tmp_path: Path) -> None:
    checkpoint.save(tmp_path / "c.h5", {"x": np.ones(2)}, {})
    (tmp_path / "text.h5").write_text("no")
    (tmp_path / "empty").mkdir()
    for name in ("c.h5", "text.h5", "missing.h5", "empty"):
        with pytest.raises(InputError, match=name) as caught:
            open_traces(tmp_path / name)
        assert "\n" not in str(caught.value)
