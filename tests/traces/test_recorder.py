"""From a trainer's record to the variables of the trace file."""

from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.traces.record import StepRecord
from neuroep.traces.recorder import Recorder
from neuroep.traces.writer import TraceWriter

SHAPES = {"a_b": (5, 8), "b": (8,)}
OPTIONS = {
    "synapses": {"a_b": (range(1, 4), range(0, 8, 2))},
    "neurons": {"b": range(2, 6)},
    "examples": 3,
    "interval": 10,
}


def record(recorder: Recorder, step: int, batch: int, spiking: bool) -> StepRecord:
    """Cut a made-up training step the way a trainer does."""
    rng = np.random.default_rng(step)
    pre, post = recorder.synapses["a_b"]
    few = slice(recorder.examples)
    five = [{"a_b": rng.random((5, 8))[pre, post]} for _ in range(5)]
    three = [{"b": rng.random((3, batch, 8))[:, few, recorder.neurons["b"]]} for _ in range(3)]
    end = [rng.random((3, batch))[:, few] for _ in range(2)]
    spikes = three[2] if spiking else None
    return StepRecord(step, *five, three[0], three[1], spikes, *end)


@pytest.mark.parametrize("spiking", [True, False])
def test_a_record_arrives_under_its_names(tmp_path: Path, spiking: bool) -> None:
    xarray = pytest.importorskip("xarray")
    path = tmp_path / "traces.h5"
    made = []
    with TraceWriter(path, {}) as writer:
        recorder = Recorder(writer, SHAPES, **OPTIONS, spiking=spiking)
        for step in range(35):
            if recorder.wants(step):
                made.append(record(recorder, step, batch=2 if step == 30 else 9, spiking=spiking))
                recorder.record(made[-1])
    assert [one.step for one in made] == [0, 10, 20, 30]
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        weight = tree["synapses/a_b"]["product_minus"].sel(pre=3, post=6)
        expected = [one.product_minus["a_b"][2, 3] for one in made]
        assert np.array_equal(weight, np.float32(expected))
        potential = tree["neurons/b"]["potential"].sel(step=20, phase="plus", example=1, neuron=4)
        assert potential == np.float32(made[2].potential["b"][1, 1, 2])
        energy = tree["settling"]["energy"].sel(step=30, phase="minus")
        assert np.array_equal(energy[:2], made[3].energy[2])
        assert np.isnan(energy[2])
        assert ("spikes" in tree["neurons/b"]) == spiking
        for node in tree.leaves:
            for variable in node.variables.values():
                assert {"units", "long_name"} <= variable.attrs.keys()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"synapses": {"a_b": (range(3), range(9))}}, r"traces\.synapses\.a_b: 0:9 .* 0:8"),
        ({"synapses": {"x": (range(3), range(9))}}, r"traces\.synapses\.x: no such"),
        ({"neurons": {"b": range(4, 4)}}, r"traces\.neurons\.b: 4:4"),
        ({"neurons": {"b": range(-1, 4)}}, r"traces\.neurons\.b: -1:4"),
        ({"interval": 0}, r"traces\.interval: 0"),
        ({"examples": 0}, r"traces\.examples: 0"),
    ],
)
def test_impossible_choices_name_the_field(tmp_path: Path, change: dict, field: str) -> None:
    with (
        pytest.raises(InputError, match=field),
        TraceWriter(tmp_path / "traces.h5", {}) as writer,
    ):
        Recorder(writer, SHAPES, **(OPTIONS | change))
    assert not list(tmp_path.iterdir())


def test_the_plan_counts_recorded_steps_only(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "traces.h5", {}, budget_bytes=500_000) as writer:
        recorder = Recorder(writer, SHAPES, **OPTIONS)
        assert recorder.plan(1000) < recorder.plan(2000)
        with pytest.raises(InputError, match="interval"):
            recorder.plan(1_000_000)


def test_nothing_is_wanted_once_the_cap_is_reached(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "traces.h5", {}, budget_bytes=350_000) as writer:
        recorder = Recorder(writer, SHAPES, **(OPTIONS | {"interval": 1}))
        step = 0
        with pytest.warns(RuntimeWarning, match="cap"):  # noqa: PT031 - its step is not known
            while recorder.wants(step):
                recorder.record(record(recorder, step, 9, spiking=False))
                step += 1
        assert step >= 64
