"""``neuroep eval --after``: a trained chip some time after its last write."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import ON_DEVICES, metrics, neuroep, one_line, tiny

from neuroep.devices.array import DeviceArray
from neuroep.runs import storage
from neuroep.runs.storage import evaluate_after
from neuroep.runs.trained import TrainedRun, load_run

LIMIT = 60
OPTIONS = ("--limit", LIMIT, "--no-baselines", "--no-figures")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A chip of devices that forget within a second, and are read with noise."""
    folder = tmp_path_factory.mktemp("stored")
    sets = (
        "--set", "devices.card=capacitor", "--set", "devices.card.noise.read=0.05",
        "--set", 'devices.card.ageing.retention="1 s"', "--set", "devices.age_every=0",
        "--set", 'learning.rates={"*"=2e-3}', "--set", "learning.epochs=8",
    )  # fmt: skip
    assert neuroep("train", tiny(folder, ON_DEVICES), *OPTIONS, *sets, "--out", folder / "run") == 0
    return folder / "run"


@pytest.fixture
def weights(monkeypatch: pytest.MonkeyPatch) -> list[np.ndarray]:
    """What the network weighed at each test."""
    seen: list[np.ndarray] = []
    real = storage.evaluate_run

    def evaluate_run(run: TrainedRun, *more: object) -> object:
        seen.append(run.system.parameters.flat.copy())
        return real(run, *more)  # type: ignore[arg-type]

    monkeypatch.setattr(storage, "evaluate_run", evaluate_run)
    return seen


def test_weights_decay_from_what_was_learned(run: Path, weights: list[np.ndarray]) -> None:
    tested = list(evaluate_after(str(run), [0.0, 0.5, 2.0, 1e3]))
    learned = load_run(str(run)).system.parameters.flat
    # Devices hold it without error, but for the few whose own bounds are nearer than it is.
    assert np.mean(np.abs(weights[0] - learned) < 1e-6) > 0.97
    for seconds, found in zip((0.5, 2.0, 1e3), weights[1:], strict=True):
        assert found == pytest.approx(weights[0] * np.exp(-seconds), abs=1e-6)
    assert tested[0].found.accuracy == pytest.approx(metrics(run)["test_accuracy"], abs=0.05)
    # A network of zeros says the same of every image.
    assert np.ptp(tested[0].found.scores, axis=0).max() > 0.01
    assert np.ptp(tested[-1].found.scores, axis=0).max() < 1e-6


def test_a_read_is_noisy_each_time_and_leaves_nothing_behind(
    run: Path, weights: list[np.ndarray]
) -> None:
    list(evaluate_after(str(run), [0.0, 1.0, 1.0], read_noise=True))
    list(evaluate_after(str(run), [0.0, 1.0, 1.0]))
    noisy, clean = weights[:3], weights[3:]
    noise = [a - b for a, b in zip(noisy, clean, strict=True)]
    part = slice(0, 784 * 6)  # of one array, whose pairs span -0.3 to 0.3
    for one in noise:
        assert one[part].std() == pytest.approx(0.15 * 0.05 * np.sqrt(2.0), rel=0.04)
    assert abs(np.corrcoef(noise[0][part], noise[1][part])[0, 1]) < 0.06
    assert noise[1][part].std() == pytest.approx(noise[0][part].std(), rel=0.05)  # no pile
    list(evaluate_after(str(run), [0.0, 1.0, 1.0], read_noise=True))
    for first, again in zip(noisy, weights[6:], strict=True):
        assert np.array_equal(first, again)


def test_ranges_are_those_of_the_training(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from neuroep.traces import checkpoint

    made: dict[str, DeviceArray] = {}
    real = storage.programmed
    monkeypatch.setattr(storage, "programmed", lambda run: made.update(real(run)) or made)
    list(evaluate_after(str(run), [0.0]))
    arrays, _ = checkpoint.load(run / "checkpoint.h5")
    ends = {k: v for k, v in arrays.items() if k.endswith("/ends")}
    assert list(made) == list(load_run(str(run)).system.parameters)
    for name, array in made.items():
        assert np.array_equal(array.ends, ends[f"update/devices/{name}/ends"])


def test_the_command_prints_a_line_a_time_and_draws(
    run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    times = "1 min, 0 s,1 s"
    figure = tmp_path / "retention.png"
    assert neuroep("eval", run, "--limit", 40, "--after", times, "--figure", figure) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.partition(" after the last write: 40 images")[0] for line in lines] == [
        "0 s", "1 s", "1 min",
    ]  # fmt: skip
    assert figure.stat().st_size > 5000
    assert neuroep("eval", run, "--limit", 40, "--read-noise") == 0
    assert capsys.readouterr().out.startswith("0 s after the last write: 40 images")


@pytest.mark.parametrize(
    ("after", "said"),
    [
        ("1", "--after: '1' is not a quantity such as '1 day'"),
        ("1 h,", "--after: '' is not a quantity"),
        ("1 V", "--after: '1 V' cannot be converted to second"),
        ("-1 s", "--after: '-1 s' is not after the last write"),
    ],
)
def test_times_that_are_none(
    run: Path, after: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert neuroep("eval", run, f"--after={after}") == 2
    one_line(capsys.readouterr().err, said)


def test_floats_do_not_age(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = ON_DEVICES.replace('[devices]\ncard = "soft_64"\n', "")
    for entry in ('update = "pulses"\n', 'gain = "line"\n', "momentum = 0.5\n"):
        text = text.replace(entry, "")
    assert neuroep("train", tiny(tmp_path, text), *OPTIONS, "--out", tmp_path / "floats") == 0
    capsys.readouterr()
    assert neuroep("eval", tmp_path / "floats", "--after", "1 day") == 2
    one_line(capsys.readouterr().err, "floats do not age")
