"""From a trainer's record to the variables of the trace file."""

from dataclasses import replace
from pathlib import Path

import h5py
import numpy as np
import pytest
from reference.problems import vector

from neuroep.errors import InputError
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.probe import Watched
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.traces.record import StepRecord
from neuroep.traces.recorder import Choice, Course, Recorder
from neuroep.traces.writer import TraceWriter

SYNAPSES = {"x-hidden": ((1, 4), (0, 5)), "out.bias": ((1, 3),)}
OPTIONS = {"synapses": SYNAPSES, "neurons": {"hidden": (1, 5)}, "examples": 3, "interval": 10}
COURSE = Course(examples=90, batch=20)  # five steps an epoch, the last with ten examples
PHASES = 3


def watched(spiking: bool = False) -> Watched:
    """Return what can be watched of x (6), hidden (5), out (3)."""
    return watch(vector("squared", np.float64).network, Spiking() if spiking else None)


def made_up(recorder: Recorder, step: int, batch: int, spiking: bool) -> StepRecord:
    """Cut a made-up training step the way an observer does."""
    rng = np.random.default_rng(step)
    shapes = {"x-hidden": (6, 5), "out.bias": (3,)}
    variables = ("weight", "seen_plus", "seen_minus", "change_asked", "change_applied")
    synapses = {
        name: {variable: rng.random(shapes[name])[block] for variable in variables}
        for name, block in recorder.synapses.items()
    }
    few = min(batch, recorder.examples)
    names = ("activity", "potential", *(("spikes",) if spiking else ()))
    units = recorder.neurons["hidden"]
    layers = {"hidden": {name: rng.random((PHASES, few, 5))[:, :, units] for name in names}}
    spikes = None
    if recorder.wants_spikes(step):
        sizes = rng.integers(0, 9, (PHASES, few))
        spikes = {
            "hidden": [
                [(1e-6 * np.arange(n), np.arange(n) % 4 + 1, np.where(np.arange(n) % 3, 1, -1))
                 for n in row]
                for row in sizes
            ]
        }  # fmt: skip
    settling = {name: rng.random((PHASES, few)) for name in ("energy", "residual")}
    return StepRecord(step, synapses, layers, settling, spikes)


@pytest.mark.parametrize("spiking", [True, False])
def test_a_record_arrives_under_its_names(tmp_path: Path, spiking: bool) -> None:
    xarray = pytest.importorskip("xarray")
    path = tmp_path / "traces.h5"
    made = []
    with TraceWriter(path, {}) as writer:
        recorder = Recorder(writer, watched(spiking), Choice(**OPTIONS, spikes=2), COURSE)
        for step in range(35):
            if recorder.wants(step):
                made.append(made_up(recorder, step, 2 if step == 30 else 9, spiking))
                recorder.record(made[-1])
    assert [one.step for one in made] == [0, 10, 20, 30]
    with xarray.open_datatree(path, engine="h5netcdf") as tree:
        seen = tree["synapses/x-hidden"]["seen_minus"].sel(pre=3, post=4)
        written = [one.synapses["x-hidden"]["seen_minus"][2, 4] for one in made]
        assert np.array_equal(seen, np.float32(written))
        bias = tree["synapses/out.bias"]["weight"].sel(neuron=2)
        assert np.array_equal(
            bias, np.float32([one.synapses["out.bias"]["weight"][1] for one in made])
        )
        potential = tree["neurons/hidden"]["potential"]
        chosen = potential.sel(step=20, phase="plus", example=1, neuron=4)
        assert chosen == np.float32(made[2].layers["hidden"]["potential"][1, 1, 3])
        energy = tree["settling"]["energy"].sel(step=30, phase="minus")
        assert np.array_equal(energy[:2], made[3].settling["energy"][2])
        assert np.isnan(energy[2])
        assert ("spikes" in tree["neurons/hidden"]) == spiking
        assert ("spikes" in tree) == spiking
        for node in tree.leaves:
            for variable in node.variables.values():
                assert {"units", "long_name"} <= variable.attrs.keys()
        if spiking:
            assert np.array_equal(tree["spikes/hidden"]["step"], [0, 20])
            assert tree["spikes/hidden"]["time"].attrs["units"] == "s"


def test_every_step_tells_its_epoch_and_the_examples_before_it(tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    with TraceWriter(tmp_path / "traces.h5", {}) as writer:
        recorder = Recorder(writer, watched(), Choice(**OPTIONS | {"interval": 3}), COURSE)
        for step in (0, 3, 6, 9):
            recorder.record(made_up(recorder, step, 9, False))
    with xarray.open_datatree(tmp_path / "traces.h5", engine="h5netcdf") as tree:
        for group in ("synapses/x-hidden", "neurons/hidden", "settling"):
            assert np.array_equal(tree[group].coords["epoch"], [1, 1, 2, 2])
            assert np.array_equal(tree[group].coords["examples_seen"], [0, 60, 110, 170])


def test_si_values_of_a_unit_stand_beside_what_is_normalised(tmp_path: Path) -> None:
    chip = watched().scaled(
        {"x-hidden": {"si_factor": 4e-6, "si_units": "S"}},
        {"hidden": {"potential": {"si_factor": 0.1, "si_units": "V"}}},
        {"si_factor": 1e-6, "si_units": "W"},
    )
    with TraceWriter(tmp_path / "traces.h5", {}) as writer:
        recorder = Recorder(writer, chip, Choice(**OPTIONS), COURSE)
        recorder.record(made_up(recorder, 0, 9, False))
    with h5py.File(tmp_path / "traces.h5") as file:
        for name in ("weight", "change_asked", "change_applied"):
            assert file[f"synapses/x-hidden/{name}"].attrs["si_factor"] == 4e-6
            assert "si_factor" not in file[f"synapses/out.bias/{name}"].attrs
        assert "si_factor" not in file["synapses/x-hidden/seen_plus"].attrs
        assert file["neurons/hidden/potential"].attrs["si_factor"] == 0.1
        assert file["settling/energy"].attrs["si_factor"] == 1e-6


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"synapses": {"x-hidden": ((0, 3), (0, 9))}}, r"traces\.synapses\.x-hidden: 0:9 .* 0:5"),
        ({"synapses": {"x-hidden": ((0, 3),)}}, r"x-hidden: 1 ranges for an array of 2 sides"),
        ({"synapses": {"x": ((0, 3), (0, 9))}}, r"traces\.synapses\.x: no such"),
        ({"neurons": {"hidden": (4, 4)}}, r"traces\.neurons\.hidden: 4:4"),
        ({"neurons": {"hidden": (-1, 4)}}, r"traces\.neurons\.hidden: -1:4"),
        ({"interval": 0}, r"traces\.interval: 0"),
        ({"examples": 0}, r"traces\.examples: 0"),
    ],
)
def test_impossible_choices_name_the_field(tmp_path: Path, change: dict, field: str) -> None:
    with (
        pytest.raises(InputError, match=field),
        TraceWriter(tmp_path / "traces.h5", {}) as writer,
    ):
        Recorder(writer, watched(), Choice(**OPTIONS | change), COURSE)
    assert not list(tmp_path.iterdir())


def test_the_plan_counts_recorded_steps_and_every_possible_spike(tmp_path: Path) -> None:
    with TraceWriter(tmp_path / "traces.h5", {}, budget_bytes=500_000) as writer:
        recorder = Recorder(writer, watched(), Choice(**OPTIONS), COURSE)
        assert recorder.plan(1000) < recorder.plan(2000)
        with pytest.raises(InputError, match="interval"):
            recorder.plan(1_000_000)
    sizes = []
    for period in (0, 5, 1):
        with TraceWriter(tmp_path / f"{period}.h5", {}) as writer:
            choice = Choice(**OPTIONS | {"interval": 1}, spikes=period)
            sizes.append(Recorder(writer, watched(spiking=True), choice, COURSE).plan(100))
    spikes = 100 * 3 * 4 * 400 * (4 + 2 + 1)  # records, examples, neurons, steps of three phases
    assert sizes[0] < sizes[1] < sizes[2]
    assert 1.0 <= (sizes[2] - sizes[0]) / spikes < 1.1


def one_block(folder: Path, spiking: bool) -> int:
    """Return the size of a file of one block, without spike times."""
    with TraceWriter(folder / "sized.h5", {}) as writer:
        choice = Choice(**OPTIONS | {"interval": 1}, spikes=int(spiking))
        Recorder(writer, watched(spiking), choice, COURSE)
        return writer.plan({one.key: 64 for one in writer.declarations if not one.ragged})


def test_nothing_is_wanted_once_the_cap_is_reached(tmp_path: Path) -> None:
    cap = one_block(tmp_path, spiking=False) + 1000
    with TraceWriter(tmp_path / "traces.h5", {}, budget_bytes=cap) as writer:
        recorder = Recorder(writer, watched(), Choice(**OPTIONS | {"interval": 1}), COURSE)
        step = 0
        with pytest.warns(RuntimeWarning, match="cap"):  # noqa: PT031 - its step is not known
            while recorder.wants(step):
                recorder.record(made_up(recorder, step, 9, spiking=False))
                step += 1
        assert step >= 64
    assert (tmp_path / "traces.h5").stat().st_size <= cap


def test_spikes_stop_at_the_cap_too(tmp_path: Path) -> None:
    choice = Choice(**OPTIONS | {"interval": 1}, spikes=1)
    cap = one_block(tmp_path, spiking=True) + 500_000
    with TraceWriter(tmp_path / "traces.h5", {}, budget_bytes=cap) as writer:
        recorder = Recorder(writer, watched(spiking=True), choice, COURSE)
        many = [[(np.zeros(2000), np.ones(2000), np.ones(2000))] * 3] * 3
        with pytest.warns(RuntimeWarning, match="cap"):  # noqa: PT031 - which step it is
            for step in range(20):
                one = made_up(recorder, step, 9, spiking=True)
                recorder.record(replace(one, spikes={"hidden": many}))
    assert (tmp_path / "traces.h5").stat().st_size <= cap
    with h5py.File(tmp_path / "traces.h5") as file:
        counts = file["spikes/hidden/count"][:].sum()
        assert counts == len(file["spikes/hidden/time"]) == 3 * 18_000


def test_two_steps_of_a_small_chip_take_kilobytes(tmp_path: Path) -> None:
    """A file is sized to the run, not to blocks that it never fills."""
    path = tmp_path / "traces.h5"
    with TraceWriter(path, {}, rows=2) as writer:
        recorder = Recorder(writer, watched(), Choice(**OPTIONS | {"interval": 1}), COURSE)
        for step in range(2):
            recorder.record(made_up(recorder, step, 9, spiking=False))
    assert path.stat().st_size < 110_000  # HDF5's own index is most of it
