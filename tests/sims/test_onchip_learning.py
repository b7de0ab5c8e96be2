"""sims/onchip_learning.py: weights that only pulses move learn; the run says what that took."""

from pathlib import Path

import pytest
from experiment_support import metrics, neuroep
from experiment_support import sim as run_sim

SMALL = ("--set", "layers.hidden.size=48", "--set", "traces.synapses={}", "--limit", 1200)
RATES = ("--set", 'learning.rates={"pixels-hidden"=0.2, "*"=0.06}')


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("onchip") / "run"
    assert run_sim(*SMALL, *RATES, "--epochs", 7, "--out", folder, script="onchip_learning") == 0
    return folder


def test_devices_learn_the_digits_and_are_counted(run: Path) -> None:
    found = metrics(run)
    assert found["update"] == "pulses"
    assert found["test_accuracy"] > 0.8
    assert 0 < found["budget"]["pulses_per_device"] < 1e-2  # a device and example
    assert (run / "figures" / "devices.png").exists()


def test_a_trained_run_answers_like_any_other(
    run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("table", run) == 0
    assert "pulses a device" in capsys.readouterr().out
    assert neuroep("eval", run, "--limit", 50) == 0
    assert neuroep("info", run) == 0
