"""sims/mnist_spiking.py: spiking neurons learn images; what it refuses; how it goes on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import metrics, more, neuroep, one_line, skip_reports
from experiment_support import sim as run_sim

from neuroep.design.load import load_design
from neuroep.images import Images, open_images
from neuroep.learning import estimate
from neuroep.learning.trainer import Trainer
from neuroep.settle import Stop
from neuroep.tasks.images.task import ImageExamples
from neuroep.traces import checkpoint

SMALL = ("--set", "layers.hidden.size=48", "--set", "traces.synapses={}", "--set",
         "traces.neurons={hidden=[0, 4]}")  # fmt: skip


def sim(*arguments: object) -> int:
    """Run the sim in this process; return its exit code."""
    return run_sim(*arguments, script="mnist_spiking")


def trained(run: Path) -> dict[str, np.ndarray]:
    arrays, _ = checkpoint.load(run / "trained.h5")
    return arrays


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run on the built-in digits, to the end."""
    run = tmp_path_factory.mktemp("digits") / "run"
    rates = ("--set", 'learning.rates={"*"=5e-3}')
    more = ("--limit", 2000, "--epochs", 4, "--results", run.parent / "m.json")
    assert sim(*SMALL, *rates, *more, "--out", run) == 0
    return run


def test_spikes_learn_digits_as_well_as_sweeps_do(digits: Path) -> None:
    found = metrics(digits)
    assert found["data"] == "built-in digits"
    assert (found["examples"]["train"], found["examples"]["validation"]) == (1800, 200)
    assert found["solver"] == "spiking"
    assert found["facts"]["inputs_spike"] is False
    assert found["test_accuracy"] > 0.6
    assert abs(found["test_accuracy"] - found["accuracy"]["sweep"]) < 0.02
    assert found["validation_accuracy"] == max(found["history"]["validation_accuracy"])
    for layer in ("hidden", "out"):
        assert 0.2 < found["spikes"][layer] < 30
    assert found["settle_steps"]["spiking"] == 30


def test_the_run_folder_holds_everything(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figures = {path.name for path in (digits / "figures").iterdir()}
    assert {"training.png", "settling.png", "raster.png", "spikes.png", "weights.png"} <= figures
    names = {path.name for path in digits.iterdir()}
    assert {"design.toml", "options.json", "metrics.json", "trained.h5", "traces.h5"} <= names
    assert json.loads((digits.parent / "m.json").read_text())["seed"] == 0
    capsys.readouterr()
    assert neuroep("table", digits, digits.parent / "m.json", "--markdown") == 0
    table = capsys.readouterr().out
    for words in (
        "built-in digits, 1000 test images",
        "test accuracy, sweep",
        "spikes per neuron and image",
    ):
        assert words in table
    assert "shuffled" not in table


def test_it_is_tested_again_and_asked(digits: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert neuroep("eval", digits) == 0
    expected = f"1000 images, spiking: accuracy {metrics(digits)['test_accuracy']:.4f}"
    assert expected in capsys.readouterr().out
    assert neuroep("predict", digits, digits / "options.json") == 2
    one_line(capsys.readouterr().err, "options.json")


def test_an_interrupted_run_goes_on_to_the_same_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    short = (*SMALL, "--limit", 300, "--epochs", 2, "--seed", 5)
    assert sim(*short, "--out", tmp_path / "whole") == 0
    step = Trainer.learn

    def stopped(self: Trainer, number: int, *rest: Any) -> Any:
        if number == 7:  # in the second epoch of five batches
            raise KeyboardInterrupt
        return step(self, number, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "learn", stopped)
        assert sim(*short, "--out", tmp_path / "cut") == 130
    assert f"--resume {tmp_path / 'cut'}" in capsys.readouterr().err
    assert sim("--resume", tmp_path / "cut") == 0
    whole, cut = trained(tmp_path / "whole"), trained(tmp_path / "cut")
    assert whole.keys() == cut.keys()
    for name, array in whole.items():
        np.testing.assert_array_equal(array, cut[name], err_msg=name)
    assert metrics(tmp_path / "whole") == metrics(tmp_path / "cut")


@pytest.mark.parametrize(
    ("override", "words"),
    [
        (
            "layers.pixels.dim=100",
            "have 784 values each, layer 'pixels' takes 1 x 100",
        ),
        ("layers.out.size=12", "cost: built-in digits has 10 classes (0, 1, 2"),
        ("images.layer=hidden", "images.layer: 'hidden' is not a clamped layer"),
        ("images.layer=nothing", "images.layer: 'nothing' is not a clamped layer"),
        ("images.validation=1e-6", "images.validation"),
        ("images.validation=1.0", "images.validation"),
        ("images.shift=-1", "images.shift"),
        ("images.mirror=true", "images.mirror: unknown key"),
        ("learning.batch=100000", "learning: batch 100000 is larger"),
        ("learning.beta=nan", "learning.beta"),
    ],
)
def test_what_does_not_fit_is_named_in_one_line(
    override: str, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sim("--set", override, "--limit", 50, "--out", tmp_path / "run") == 2
    one_line(capsys.readouterr().err, words)
    assert not (tmp_path / "run").exists()


def test_data_that_are_not_there(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sim("--data", tmp_path / "nowhere", "--out", tmp_path / "run") == 2
    one_line(capsys.readouterr().err, "nowhere")
    assert not (tmp_path / "run").exists()


def test_training_images_are_moved_and_others_are_not(rng: np.random.Generator) -> None:
    pixels = rng.random((40, 20), np.float32)
    data = ImageExamples(Images(pixels, np.arange(40) % 3), (4, 5), "pixels", 3, shift=1)
    chosen = np.arange(40)
    still, target = data.batch(chosen)
    np.testing.assert_array_equal(still["pixels"], pixels)
    np.testing.assert_array_equal(target.argmax(axis=1), chosen % 3)
    assert target.sum() == 40
    moved = data.batch(chosen, np.random.default_rng(1))[0]["pixels"]
    again = data.batch(chosen, np.random.default_rng(1))[0]["pixels"]
    np.testing.assert_array_equal(moved, again)
    seen = set()
    for image, found in zip(pixels.reshape(-1, 4, 5), moved.reshape(-1, 4, 5), strict=True):
        framed = np.pad(image, 1)
        places = [
            (i, j)
            for i in range(3)
            for j in range(3)
            if np.array_equal(framed[i : i + 4, j : j + 5], found)
        ]
        assert len(places) == 1
        seen.update(places)
    assert len(seen) == 9


def test_the_shipped_design_measures_the_analog_gradient_by_spikes() -> None:
    design = load_design("mnist_spiking", ["solver=sweep"])
    data = open_images(None)
    system = design.make_system()
    examples = ImageExamples(data.train, data.shape, "pixels", 10)
    trainer = Trainer(system, examples, examples, design.recipe)
    for trained_for in (0, 30):
        for step in range(trained_for):
            chosen = np.arange(64 * step, 64 * step + 64)
            trainer.learn(step, chosen, np.random.default_rng(0))
        inputs, target = examples.batch(np.arange(3000, 3064))
        drive = system.clamp(inputs)
        analog = estimate(system, drive, target, beta=0.5, stop=Stop(1e-6, 200))
        by_spikes = design.settled_by(system, "spiking")
        spiking = estimate(by_spikes, drive, target, beta=0.5)
        assert spiking.nudged.spike_counts("hidden").mean() > 0.3
        assert spiking.nudged.spike_counts("out").sum() > 0
        for name, exact in analog.gradient.items():
            found = spiking.gradient[name]
            cosine = float((exact * found).sum()) / np.linalg.norm(exact) / np.linalg.norm(found)
            assert cosine > 0.97, (trained_for, name, cosine)


@pytest.mark.data
@pytest.mark.parametrize(("name", "least"), [("mnist", 0.7), *more(("fashion-mnist", 0.6))])
def test_real_images(name: str, least: float, data_dir: Path, tmp_path: Path) -> None:
    """A thousand real images of each split, spikes in all phases; the mean of three seeds."""
    if not (data_dir / name).is_dir():
        pytest.skip(f"no {data_dir / name}")
    more = ("--data", data_dir / name, "--limit", 1000, "--epochs", 3, "--set", "images.shift=0")
    reached = []
    for seed in range(3):
        run = tmp_path / f"run{seed}"
        rates = ("--set", 'learning.rates={"*"=5e-3}', "--seed", seed)
        assert sim(*SMALL, *more, *rates, "--out", run) == 0
        found = metrics(run)
        assert found["data"] == name
        assert found["examples"]["test"] == 1000
        assert abs(found["test_accuracy"] - found["accuracy"]["sweep"]) < 0.02
        reached.append(found["test_accuracy"])
    assert np.mean(reached) > least
