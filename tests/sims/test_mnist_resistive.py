"""sims/mnist_resistive.py and its designs: options, run folder, resuming, refusals."""

import importlib.util
import json
import signal
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from experiment_support import neuroep
from neuroep.learning.resistive.estimate import estimate_resistive
from neuroep.learning.resistive.trainer import ResistiveTrainer

from neuroep.cli.errors import guarded
from neuroep.design.resistive.design import check_resistive, is_resistive, load_resistive
from neuroep.errors import InputError
from neuroep.images import open_images
from neuroep.network.resistive.network import ExponentialDiode
from neuroep.runs import resistive
from neuroep.settle.result import Stop
from neuroep.traces import checkpoint

SIM = Path(__file__).resolve().parents[2] / "sims" / "mnist_resistive.py"
SMALL = {
    "resistive.hidden": "[16]",
    "resistive.spread": '["2.5 uS", "20 uS"]',
    "resistive.input_gain": "200 mV",
    "resistive.nudge_conductance": "20 uS",
    "learning.batch": "32",
    "learning.rates": '{"*"=3e-3}',
}
SETS = [part for key, value in SMALL.items() for part in ("--set", f"{key}={value}")]


def load_sim() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mnist_resistive", SIM)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def sim(*arguments: object) -> int:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(SIM), *map(str, arguments)])
        try:
            return guarded(load_sim().main)
        except SystemExit as leaving:
            return int(leaving.code or 0)


def train(folder: Path, *more: object) -> int:
    return sim("--limit", 200, "--epochs", 3, "--out", folder / "run", *SETS, *more)


def metrics(run: Path) -> dict[str, Any]:
    found = json.loads((run / "metrics.json").read_text())
    for key in ("seconds", "processor_seconds", "peak_memory_bytes"):
        found.pop(key)
    return dict(found)


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
        "checkpoint.h5",
        "trained.h5",
        "metrics.json",
        "figures",
    }
    figures = {path.name for path in (finished / "figures").iterdir()}
    assert figures == {"training.png", "conductances.png", "receptive_fields.png", "confusion.png"}
    found = metrics(finished)
    assert found["data"] == "built-in digits"
    assert found["nodes"] == [1570, 16, 20]
    assert (found["train_images"], found["validation_images"], found["test_images"]) == (
        180,
        20,
        200,
    )
    assert len(found["history"]["train_cost"]) == 3
    assert 0 <= found["resistive_accuracy"] <= 1
    assert found["not_converged"] == {"sweep": 0}
    assert neuroep("table", finished, finished.parent / "results.json") == 0
    assert "accuracy, test" in capsys.readouterr().out
    written = json.loads((finished.parent / "results.json").read_text())
    assert written == json.loads((finished / "metrics.json").read_text())


def test_what_was_trained_is_what_is_kept(finished: Path) -> None:
    design = check_resistive(tomllib.loads((finished / "design.toml").read_text()), finished)
    assert design.resistive.hidden == (16,)
    assert design.learning.epochs == 3
    arrays, _ = checkpoint.load(finished / "trained.h5")
    network = design.make_network()
    for name, start in network.parameters.items():
        assert not np.array_equal(arrays[f"parameters/{name}"], start)
        network.parameters[name][:] = arrays[f"parameters/{name}"]
    network.check_conductances()


def test_a_run_says_what_it_learned_from(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(resistive, "draw_figures", lambda *_: None)
    assert train(tmp_path) == 0
    out = capsys.readouterr().out
    assert "built-in digits; --data FOLDER takes MNIST" in out
    assert "accuracy, test" in out
    assert out.rstrip().endswith(f"run folder: {tmp_path / 'run'}")


def test_an_interrupted_run_goes_on_to_the_same_bits(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(resistive, "draw_figures", lambda *_: None)
    real = ResistiveTrainer.learn

    def learn(self: ResistiveTrainer, step: int, *rest: Any) -> Any:
        if step == 9:  # in the second epoch of six steps each; compiling sees but few
            signal.raise_signal(signal.SIGINT)
        return real(self, step, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(ResistiveTrainer, "learn", learn)
        assert train(tmp_path) == 130
    run = tmp_path / "run"
    assert f"--resume {run}" in capsys.readouterr().err
    assert not (run / "metrics.json").exists()
    assert sim("--resume", run) == 0
    ours, theirs = (checkpoint.load(path / "trained.h5")[0] for path in (run, finished))
    for name, array in theirs.items():
        np.testing.assert_array_equal(ours[name], array)
    assert metrics(run) == metrics(finished)
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
        ("learning.beta=0.0", "learning.beta must be finite and not zero"),
        ("learning.momentum=1.0", "learning.momentum"),
        ("settle.residual=0 V", "settle.residual"),
        ("images.validation=1.0", "images.validation"),
    ],
)
def test_a_bad_entry_is_named_with_the_file_in_one_line(override: str, says: str) -> None:
    with pytest.raises(InputError) as error:
        load_resistive("resistive_mnist", [override])
    message = str(error.value)
    assert "resistive_mnist.toml: " in message
    assert says in message
    assert "\n" not in message


def test_designs_of_another_kind_are_told_apart() -> None:
    with pytest.raises(InputError, match="resistive: missing"):
        load_resistive("imdb_pooled")
    assert is_resistive({"resistive": {}})


def test_the_shipped_design_reads_back_from_what_a_run_stores(tmp_path: Path) -> None:
    import tomli_w

    extra = ['resistive.diode={saturation="10 fA", ideality=1.5}', "resistive.amplification=4.0"]
    for overrides in ([], extra):
        design = load_resistive("resistive_mnist", overrides)
        again = check_resistive(tomllib.loads(tomli_w.dumps(design.resolved())), tmp_path)
        assert again == design
    network = design.make_network()
    assert network.diode == ExponentialDiode(10e-15, 1.5, 300.15)
    assert network.amplification == 4.0
    assert network.parameters.flat.dtype == np.float32
    assert design.stop.residual < 1e-2 * network.output_gain


def test_the_gradient_of_the_shipped_design_is_that_of_tight_settles_at_a_small_beta() -> None:
    """Single precision, three sweeps and a strong nudge change its direction hardly at all."""
    few = open_images(None).train.take(slice(16))
    target = np.eye(10)[few.labels]
    shipped = load_resistive("resistive_mnist")
    single = shipped.make_network()
    exact = load_resistive("resistive_mnist", ["resistive.precision=float64"]).make_network()
    exact.parameters.flat[:] = single.parameters.flat
    beta = shipped.learning.beta
    found = estimate_resistive(single, few.pixels, target, beta, stop=shipped.stop)
    assert found.free.converged
    assert found.nudged.converged
    wanted = estimate_resistive(exact, few.pixels, target, 0.01 * beta, stop=Stop(1e-16, 500))
    assert max(wanted.free.balance.max(), wanted.nudged.balance.max()) < 1e-9
    for name, slope in wanted.gradient.items():
        ours = found.gradient[name].astype(float)
        cosine = (ours * slope).sum() / (np.linalg.norm(ours) * np.linalg.norm(slope))
        assert cosine > 0.9999, name
        assert np.linalg.norm(ours - slope) < 0.03 * np.linalg.norm(slope), name


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("resistive.inputs=100", "resistive.inputs: 100, but an image of built-in digits has 784"),
        ("resistive.outputs=9", "resistive.outputs: 9, but built-in digits has 10 classes"),
        ("learning.batch=1000", "learning: batch 1000 is larger than"),
        ("learning.beta=1e6", "learning.beta: step 0: beta: -1e+06 draws more from output"),
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
    assert "train-images-idx3-ubyte.gz: no such file" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()


def test_resuming_what_is_no_run(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert sim("--resume", tmp_path) == 2
    assert "not a run folder" in capsys.readouterr().err
    for name, content in (
        ("options.json", "{}"),
        ("options.json", '{"limit": "many"}'),
        ("design.toml", "title = 3"),
        ("checkpoint.h5", "no checkpoint"),
    ):
        run = tmp_path / name / str(len(content))
        run.mkdir(parents=True)
        design = load_resistive("resistive_mnist", [f"{k}={v}" for k, v in SMALL.items()])
        import tomli_w

        (run / "design.toml").write_text(tomli_w.dumps(design.resolved()))
        (run / "options.json").write_text('{"design": "resistive_mnist", "limit": 200}')
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
    monkeypatch.setattr(resistive, "draw_figures", lambda *_: None)
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
    assert found["resistive_accuracy"] > 0.4
    assert found["not_converged"] == {"sweep": 0}
