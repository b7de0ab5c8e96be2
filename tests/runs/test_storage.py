"""A trained chip after some time without a write: eval --after."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import LIMIT, QUICK, neuroep, one_line, tiny

from neuroep.runs.storage import Stored
from neuroep.runs.trained import load_run

LEAKY = (
    "devices.card=capacitor", "devices.card.spread.bounds=0", "learning.update=pulses",
    "learning.epochs=1",
)  # fmt: skip


def trained(folder: Path, *overrides: str) -> Path:
    sets = [word for override in overrides for word in ("--set", override)]
    run = folder / "run"
    few = ("--limit", LIMIT, *QUICK, "--out", run)
    assert neuroep("train", tiny(folder), *few, *sets) == 0
    return run


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run whose weights are capacitors that lose them within ten seconds."""
    return trained(tmp_path_factory.mktemp("stored"), *LEAKY)


def test_weights_decay_as_the_card_says(run: Path) -> None:
    fresh = load_run(str(run))
    kept = fresh.system.parameters.flat.copy()
    programmed = Stored(0.0).of(fresh).system.parameters.flat
    late = Stored(10.0).of(fresh).system.parameters.flat
    np.testing.assert_allclose(programmed, kept, atol=1e-6)
    np.testing.assert_allclose(late, kept * np.exp(-1.0), atol=1e-6)
    np.testing.assert_array_equal(fresh.system.parameters.flat, kept)  # the run itself stays


def test_a_read_finds_noise_once_for_all(tmp_path: Path) -> None:
    noisy = trained(tmp_path, *LEAKY, "devices.card.noise.read=0.02")
    fresh = load_run(str(noisy))
    kept = fresh.system.parameters.flat
    first, second = (Stored(0.0, read_noise=True).of(fresh).system.parameters for _ in range(2))
    assert np.array_equal(first.flat, second.flat)
    assert np.abs(first.flat - kept).max() > 0.005


def test_accuracy_is_told_for_each_time(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("eval", run) == 0
    now = capsys.readouterr().out
    assert neuroep("eval", run, "--after", "0 s", "--after", "1 year", "--read-noise") == 0
    programmed, late = capsys.readouterr().out.splitlines()
    assert programmed.split(", cost")[0] == f"after 0 s: {now}".split(", cost")[0]
    assert late.startswith("after 1 year: ")
    assert "accuracy 0.5" in late  # nothing is left, and all texts look alike


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--after", "1 m"), "--after: '1 m' cannot be converted to seconds"),
        (("--after", "soon"), "--after: 'soon' is not a quantity such as '1 day'"),
        (("--after", "-1 s"), "--after: must not be negative"),
        (("--read-noise",), "--read-noise: goes with --after"),
    ],
)
def test_what_cannot_be_asked_is_one_line(
    run: Path, options: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("eval", run, *options) == 2
    one_line(capsys.readouterr().err, said)


def test_a_chip_without_devices_keeps_what_it_has(
    finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("eval", finished_run, "--after", "1 day") == 2
    one_line(capsys.readouterr().err, "--after: its design has no [devices]")
