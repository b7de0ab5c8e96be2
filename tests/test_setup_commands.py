"""How `make` chooses the Python of the environment, and what it says when there is none."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parent.parent

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")


def script(path: Path, text: str) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)
    return path


def make_environment(
    folder: Path, *arguments: str, path: Path | None = None
) -> subprocess.CompletedProcess[str]:
    """Ask for a new environment in a folder, with nothing but ``path`` to find a Python in."""
    return subprocess.run(
        [
            str(shutil.which("make")),
            f"VENV={folder / 'venv'}",
            *arguments,
            f"{folder}/venv/bin/pip",
        ],
        cwd=REPO,
        check=False,
        env={"PATH": str(path or folder), "HOME": os.environ.get("HOME", "/")},
        capture_output=True,
        text=True,
    )


def error_lines(done: subprocess.CompletedProcess[str]) -> list[str]:
    assert done.returncode != 0
    return [line for line in done.stderr.splitlines() if not line.startswith("make")]


def test_no_python_at_all_is_one_clear_line(tmp_path: Path) -> None:
    (line,) = error_lines(make_environment(tmp_path))
    assert line.startswith("error: none of python3.13 python3.12 python3.11 python3.14 python3 is")
    assert "PYTHON=" in line


def test_the_python_asked_for_must_run_and_is_named_otherwise(tmp_path: Path) -> None:
    other = script(tmp_path / "bin" / "python", "exit 1")  # what any other version answers
    (line,) = error_lines(make_environment(tmp_path, f"PYTHON={other}"))
    assert line.startswith(f"error: {other} is no working Python 3.11 to 3.14")
    assert not (tmp_path / "venv").exists()


def test_a_python_without_venv_is_named_with_the_remedy(tmp_path: Path) -> None:
    bare = f'case "$2" in *ensurepip*) exit 1;; esac; exec {sys.executable} "$@"'
    script(tmp_path / "bin" / "python3.12", bare)
    (line,) = error_lines(make_environment(tmp_path, path=tmp_path / "bin"))
    assert line.startswith("error: python3.12 has no venv module")
    assert "python3-venv" in line


def test_a_shim_that_does_not_run_is_passed_over(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "python3.13", "echo 'version 3.13 is not active' >&2; exit 127")
    script(tmp_path / "bin" / "python3", f'exec {sys.executable} "$@"')
    done = make_environment(tmp_path, path=tmp_path / "bin")
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "venv" / "bin" / "pip").is_file()
