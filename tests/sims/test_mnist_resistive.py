"""sims/mnist_resistive.py and its designs: options, run folder, resuming, refusals."""

import json
import shutil
import signal
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import metrics, neuroep, skip_reports
from experiment_support import sim as run_sim

from neuroep.design.load import check_design, load_design
from neuroep.errors import InputError
from neuroep.images import open_images
from neuroep.learning import estimate
from neuroep.learning.trainer import Trainer
from neuroep.network.resistive.network import ExponentialDiode
from neuroep.settle.result import Stop
from neuroep.traces import checkpoint

SMALL = {
    "resistive.hidden": "[16]",
    "resistive.spread": '["2.5 uS", "20 uS"]',
    "resistive.input_gain": "200 mV",
    "resistive.nudge_conductance": "20 uS",
    "learning.batch": "32",
    "learning.rates": '{"*"=3e-3}',
}
SETS = [part for key, value in SMALL.items() for part in ("--set", f"{key}={value}")]


def sim(*arguments: object) -> int:
    return run_sim(*arguments, script="mnist_resistive")


def train(folder: Path, *more: object) -> int:
    return sim("--limit", 200, "--epochs", 3, "--out", folder / "run", *SETS, *more)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("resistive")
    assert train(folder, "--results", folder / "results.json") == 0
    return folder / "run"


def test_a_run_leaves_everything_in_its_folder(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = {path.name for path in finished.iterdir()}
    assert names == {
        "design.toml",
        "options.json",
        "start.h5",
        "history.jsonl",
        "checkpoint.h5",
        "traces.h5",
        "trained.h5",
        "answers.json",
        "metrics.json",
        "figures",
    }
    figures = {path.name for path in (finished / "figures").iterdir()}
    assert figures == {
        "training.png",
        "conductances.png",
        "receptive_fields.png",
        "confusion.png",
    }
    found = metrics(finished)
    assert found["data"] == "built-in digits"
    assert found["facts"]["nodes"] == [1570, 16, 20]
    assert found["examples"] == {"train": 180, "validation": 20, "test": 200}
    assert len(found["history"]["train_cost"]) == 3
    assert 0 <= found["test_accuracy"] <= 1
    assert found["not_converged"] == {"sweep": 0}
    assert neuroep("table", finished, finished.parent / "results.json") == 0
    assert "test accuracy" in capsys.readouterr().out
    written = json.loads((finished.parent / "results.json").read_text())
    assert written == json.loads((finished / "metrics.json").read_text())


def test_what_was_trained_is_what_is_kept(finished: Path) -> None:
    design = check_design(tomllib.loads((finished / "design.toml").read_text()), str(finished))
    assert design.resistive.hidden == (16,)
    assert design.recipe.epochs == 3
    arrays, _ = checkpoint.load(finished / "trained.h5")
    network = design.make_system().network
    for name, start in network.parameters.items():
        assert not np.array_equal(arrays[f"parameters/{name}"], start)
        network.parameters[name][:] = arrays[f"parameters/{name}"]
    network.check_conductances()


def test_a_run_says_what_it_learned_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_reports(monkeypatch)
    assert train(tmp_path) == 0
    out = capsys.readouterr().out
    assert "these are the built-in digits; --data takes real ones" in out
    assert "test accuracy" in out
    assert out.rstrip().endswith(f"run folder: {tmp_path / 'run'}")


def test_an_interrupted_run_goes_on_to_the_same_bits(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    skip_reports(monkeypatch)
    real = Trainer.learn

    def learn(self: Trainer, step: int, *rest: Any) -> Any:
        if step == 9:  # in the second epoch of six steps each; compiling sees but few
            signal.raise_signal(signal.SIGINT)
        return real(self, step, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "learn", learn)
        assert train(tmp_path) == 130
    run = tmp_path / "run"
    assert f"--resume {run}" in capsys.readouterr().err
    assert not (run / "metrics.json").exists()
    assert sim("--resume", run) == 0
    ours, theirs = (checkpoint.load(path / "trained.h5")[0] for path in (run, finished))
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array)
    resumed = metrics(run)
    assert resumed | {"baselines": metrics(finished)["baselines"]} == metrics(finished)
    assert resumed["baselines"] == {}  # skipped here
    assert sim("--resume", run) == 0
    assert "trained to the end already" in capsys.readouterr().out
    assert sim("--resume", run, "--seed", 3) == 2


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("resistive.capacitance=-1 pF", "resistive.capacitance: must be positive"),
        ("resistive.capacitance=1 pA", "resistive.capacitance: '1 pA' cannot be converted"),
        ("resistive.capacitance=1e-12", "resistive.capacitance: needs a value with its unit"),
        ("resistive.hidden=[3]", "resistive.hidden: a layer has as many"),
        ("resistive.hidden=[1000000]", "resistive.hidden: more than 268,435,456 conductances"),
        ('resistive.spread=["1 uS"]', "resistive.spread: needs 2 values"),
        ('resistive.spread=["1 uS", "1 S"]', "resistive.spread of 1-2: 1 S is beyond"),
        ("resistive.conductance_min=-2 uS", "resistive.conductance_range"),
        ("resistive.conductance_min=200 uS", "resistive.conductance_range"),
        ('resistive.diode={saturation="1 fA",ideality=-1.0}', "resistive.diode.ideality"),
        ("resistive.diode.temperature=300 K", "resistive.diode.saturation: Field required"),
        ("resistive.gain=3", "resistive.gain: unknown key"),
        ("resistive.precision=float16", "resistive.precision"),
        ('learning.rates={"7-8"=1.0}', "rate '7-8': fits none of 0-1, 1-2"),
        ("learning.batch=0", "learning.batch must be at least 1"),
        ("learning.beta=0.0", "learning: beta must be finite and not zero"),
        ("learning.momentum=1.0", "learning: momentum must be in [0, 1)"),
        ("settle.residual=0 V", "settle.residual"),
        ("images.validation=1.0", "images.validation"),
    ],
)
def test_a_bad_entry_is_named_with_the_file_in_one_line(override: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        load_design("resistive_mnist", [override])
    message = str(error.value)
    assert "resistive_mnist.toml: " in message
    assert says in message
    assert "\n" not in message


def test_the_shipped_design_reads_back_from_what_a_run_stores(tmp_path: Path) -> None:
    import tomli_w

    extra = ['resistive.diode={saturation="10 fA", ideality=1.5}', "resistive.amplification=4.0"]
    for overrides in ([], extra):
        design = load_design("resistive_mnist", overrides)
        again = check_design(tomllib.loads(tomli_w.dumps(design.resolved())), str(tmp_path))
        assert type(again) is type(design)
        assert again.resolved() == design.resolved()
    system = design.make_system()
    network, stop = system.network, system.stop
    assert network.diode == ExponentialDiode(10e-15, 1.5, 300.15)
    assert network.amplification == 4.0
    assert network.parameters.flat.dtype == np.float32
    assert stop.residual < 1e-2 * network.output_gain


def test_the_gradient_of_the_shipped_design_is_that_of_tight_settles_at_a_small_beta() -> None:
    """Single precision, three sweeps and a strong nudge change its direction hardly at all."""
    few = open_images(None).train.take(slice(16))
    target = np.eye(10)[few.labels]
    shipped = load_design("resistive_mnist")
    single = shipped.make_system()
    exact = shipped.make_system(dtype=np.float64)
    exact.parameters.flat[:] = single.parameters.flat
    inputs, beta = {"inputs": few.pixels}, shipped.beta
    found = estimate(single, single.clamp(inputs), target, beta=beta)
    assert found.free.converged
    assert found.nudged.converged
    drive = exact.clamp(inputs)
    wanted = estimate(exact, drive, target, beta=0.01 * beta, stop=Stop(1e-16, 500))
    assert max(wanted.free.balance.max(), wanted.nudged.balance.max()) < 1e-9
    for name, slope in wanted.gradient.items():
        ours = found.gradient[name].astype(float)
        cosine = (ours * slope).sum() / (np.linalg.norm(ours) * np.linalg.norm(slope))
        assert cosine > 0.9999, name
        assert np.linalg.norm(ours - slope) < 0.03 * np.linalg.norm(slope), name


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("resistive.inputs=100", "images.layer: images of built-in digits have 784 values each"),
        (
            "resistive.outputs=9",
            "built-in digits has 10 classes (0, 1, 2, 3, 4, 5, 6, 7, ...), the design has 9",
        ),
        ("learning.batch=1000", "learning: batch 1000 is larger than"),
        ("learning.beta=1e6", "learning: step 0: beta: -1e+06 draws more from output"),
    ],
)
def test_what_does_not_fit_the_data_ends_with_one_line_and_code_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], override: str, says: str
) -> None:
    assert train(tmp_path, "--set", override) == 2
    message = capsys.readouterr().err.strip()
    assert says in message
    assert len(message.splitlines()) == 1


def test_a_folder_without_images_ends_with_one_line_and_leaves_no_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert train(tmp_path, "--data", tmp_path) == 2
    assert str(tmp_path) in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_resuming_what_is_no_run(
    finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sim("--resume", tmp_path) == 2
    assert "not a run folder" in capsys.readouterr().err
    for name, content in (
        ("options.json", "{}"),
        ("options.json", '{"limit": "many"}'),
        ("design.toml", "title = 3"),
        ("checkpoint.h5", "no checkpoint"),
    ):
        run = tmp_path / name / str(len(content))
        shutil.copytree(finished, run)
        (run / name).write_text(content)
        assert sim("--resume", run) == 2
        message = capsys.readouterr().err.strip()
        assert f"{run / name}: " in message
        assert len(message.splitlines()) == 1


@pytest.mark.data
def test_real_images(data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = data_dir / "fashion-mnist"
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    skip_reports(monkeypatch)
    out = tmp_path / "run"
    values = {
        "resistive.hidden": "[64]",
        "resistive.spread": '["2.5 uS", "12 uS"]',
        "resistive.input_gain": "100 mV",
        "resistive.nudge_conductance": "20 uS",
        "learning.batch": "8",
        "images.shift": "0",
    }
    more = [part for key, value in values.items() for part in ("--set", f"{key}={value}")]
    assert sim("--data", folder, "--limit", 1500, "--epochs", 2, "--out", out, *more) == 0
    found = metrics(out)
    assert found["data"] == "fashion-mnist"
    assert found["test_accuracy"] > 0.4
    assert found["not_converged"] == {"sweep": 0}
