"""The code and the design of docs/traces.md, run on a small chip with the names that it uses."""

import re
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroep.design.traces import TraceSection
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device, Pulse
from neuroep.devices.gains.line import Line
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.probes import watch
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.traces.lens import Asked
from neuroep.traces.observer import TrainingObserver
from neuroep.traces.recorder import Course, Recorder
from neuroep.traces.writer import TraceWriter

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "traces.md").read_text()
LINES = Spiking(free_duration=20e-6, nudged_duration=20e-6, window=10e-6)


def section() -> TraceSection:
    """Return the [traces] of the page."""
    block = re.search(r"(?m)^    \[traces\]\n(?:    .*\n|\n)*", PAGE)
    assert block is not None
    text = re.sub(r"(?m)^    ", "", block[0])
    return TraceSection.model_validate(tomllib.loads(text)["traces"])


def chip() -> Network:
    net = Network()
    words = net.add(Clamped(16, 5, vocabulary=50), "words")
    heads = net.add(PooledAttention(words, queries=4), "heads")
    hidden = net.add(HardSigmoid(64, bias=0.5), "hidden")
    net.connect(heads, hidden)
    net.set_cost(CrossEntropy(hidden, 2))
    net.initialise(0, np.float64)
    return net


def record(folder: Path) -> PulseUpdater:
    """Train the chip's devices for two steps, the second recorded without spikes."""
    network, wanted = chip(), section()
    device = Device("x", 1e-6, 40e-6, 0.05, 0.05, pulse=Pulse(2.0, 50e-9), endurance=1e6)
    update = Pulses(DeviceChip(device, full_scale={"*": 1.0}), gain=Line())
    updater = update.make(network.parameters, {}, np.random.default_rng(0))
    watched = watch(network, LINES).written(updater.devices, updater.unit)
    rng = np.random.default_rng(0)
    target = np.eye(2)[[0, 1, 1]]
    folder.mkdir(parents=True)
    rates = dict.fromkeys(network.parameters, 0.1)
    with TraceWriter(folder / "traces.h5", {"title": "page"}, rows=2) as writer:
        observer = TrainingObserver(
            Recorder(writer, watched, wanted.choice(), Course(30, 3)), watched
        )
        for step in (0, 10):
            drive = make_drive(network, {"words": rng.integers(0, 50, (3, 5))})
            shown = observer.record(step, 3)
            found = estimate(network, drive, target, beta=0.5, solver=LINES, record=shown)
            observer.before_update(step, found, rates)
            updater.apply(network.parameters, found.gradient, rates)
            observer.after_update(step)
    return updater


def test_the_design_of_the_page_fits_its_chip() -> None:
    wanted = section()
    wanted.check(watch(chip(), LINES))
    assert (wanted.interval, wanted.examples, wanted.spikes) == (10, 2, 10)
    assert wanted.synapses["hidden.bias"] == ((0, 64),)


def test_the_code_of_the_page_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("xarray")
    pyplot = pytest.importorskip("matplotlib.pyplot")
    pyplot.switch_backend("agg")
    updater = record(tmp_path / "runs" / "0001-imdb_pooled")
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    blocks = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(blocks) == 4
    for block in blocks:
        exec(block, names)
    names["tree"].close()
    pyplot.close("all")
    assert names["weight"].shape == (2,)
    np.testing.assert_allclose(names["siemens"][:, 3, 7], 39e-6 * names["weight"], rtol=1e-6)
    spent = updater.budget["heads-hidden"]
    assert spent.pulses > 0
    assert names["joules"] == pytest.approx(spent.joules)
    assert names["worn"] == spent.most_pulses / 1e6
    assert list(names["epochs"]) == [1, 2]
    np.testing.assert_array_equal(names["times"], names["time"])
    assert len(names["time"]) == len(names["neuron"]) > 0


def test_the_table_of_the_page_lists_every_group_and_variable(tmp_path: Path) -> None:
    import h5py

    record(tmp_path / "run")
    with h5py.File(tmp_path / "run" / "traces.h5") as file:
        found: list[str] = []
        file.visit(found.append)
        variables = [name for name in found if isinstance(file[name], h5py.Dataset)]
        for name in variables:
            if not file[name].is_scale:
                assert f"`{name.rpartition('/')[2]}`" in PAGE, name


def test_phases_are_nudged_as_the_page_says(tmp_path: Path) -> None:
    """A one-sided rule has no phase `minus`, though its free phase is what it subtracts."""
    network, wanted = chip(), section()
    watched = watch(network)
    drive = make_drive(network, {"words": np.arange(15).reshape(3, 5)})
    phases = {}
    with TraceWriter(tmp_path / "traces.h5", {"title": "page"}, rows=2) as writer:
        observer = TrainingObserver(
            Recorder(writer, watched, wanted.choice(), Course(30, 3)), watched
        )
        for rule in ("one_sided", "oscillating"):
            found = estimate(network, drive, np.eye(2)[[0, 1, 1]], rule, beta=0.5)
            phases[rule] = found, observer.lens.neurons(found, Asked(False, False))
            seen = observer.lens.synapses(found)["hidden.bias"]
            if rule == "one_sided":
                mean = found.free.activity("hidden")[0].mean(axis=0)
                np.testing.assert_allclose(seen[1], mean[:64])
    assert "as `minus` of a one-sided rule, whose `seen_minus` is that\nof its free phase" in PAGE
    assert np.isnan(phases["one_sided"][1].settling["energy"][2]).all()
    nudged = phases["oscillating"][0].nudged.beta[:, 0] / 0.5
    assert f"first and last\npoint, +-{nudged[0]:.2f} beta of four" in PAGE
    assert nudged[-1] == pytest.approx(-nudged[0])
