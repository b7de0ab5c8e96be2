"""Nothing prints but the command line."""

from pathlib import Path

import pytest
from experiment_support import tiny

from neuroep.runs.options import TrainOptions
from neuroep.runs.run import train as train_run


def test_a_run_without_a_progress_is_silent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = TrainOptions(design=str(tiny(tmp_path)), limit=40, no_baselines=True, no_figures=True)
    train_run(options, str(tmp_path / "run"))
    assert capfd.readouterr() == ("", "")
