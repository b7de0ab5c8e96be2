"""Nothing prints but the command line."""

import ast
from pathlib import Path

import pytest
from experiment_support import REPO, tiny

from neuroep.runs.options import TrainOptions
from neuroep.runs.run import train as train_run


def test_nothing_below_the_command_line_prints() -> None:
    found = [
        f"{path.relative_to(REPO)}:{node.lineno}"
        for path in (REPO / "neuroep").rglob("*.py")
        if "cli" not in path.relative_to(REPO).parts
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        if isinstance(node.func, ast.Name) and node.func.id == "print"
    ]
    assert not found


def test_a_run_without_a_progress_is_silent(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    options = TrainOptions(design=str(tiny(tmp_path)), limit=40, no_baselines=True, no_figures=True)
    train_run(options, str(tmp_path / "run"))
    assert capfd.readouterr() == ("", "")
