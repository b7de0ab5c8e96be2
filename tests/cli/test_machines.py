"""Commands on ordinary machines: encodings, a notebook's environment, no script on the path."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest


def run(*arguments: object, given: str = "", **environment: str) -> subprocess.CompletedProcess:
    """Run python in a process of its own, with more in its environment."""
    return subprocess.run(
        [sys.executable, *map(str, arguments)],
        input=given.encode(),
        env=os.environ | environment,
        capture_output=True,
        check=False,
    )


def test_the_package_is_a_command() -> None:
    done = run("-m", "neuroep", "list")
    assert done.returncode == 0
    assert b"imdb_pooled" in done.stdout


@pytest.mark.parametrize("threads", ["0", "-1", "two", "1.5", "99999999999"])
def test_a_number_of_threads_that_cannot_be_is_one_line(threads: str) -> None:
    done = run("-m", "neuroep", "list", NEUROEP_THREADS=threads)
    assert done.returncode == 2
    (line,) = done.stderr.decode().splitlines()
    assert line.startswith("neuroep: NEUROEP_THREADS: must be a whole number")
    assert threads in line


def test_threads_that_are_not_said_are_the_processors() -> None:
    assert run("-m", "neuroep", "list", NEUROEP_THREADS=" ").returncode == 0


@pytest.mark.parametrize("backend", ["module://not_here.backend_inline", "nonsense"])
def test_a_backend_that_is_not_here_is_not_needed(backend: str, tmp_path: Path) -> None:
    draw = (
        "import numpy as np; from neuroep.report import confusion, save; "
        f"save(confusion({{'a': np.eye(2)}}, ['x', 'y']), {str(tmp_path / 'a.png')!r})"
    )
    done = run("-c", draw, MPLBACKEND=backend)
    assert done.returncode == 0, done.stderr.decode()
    assert (tmp_path / "a.png").stat().st_size > 1000


@pytest.mark.parametrize("encoding", ["latin-1", "ascii", "utf-8"])
def test_answers_are_json_in_any_encoding(encoding: str, finished_run: Path) -> None:
    text = "a wonderful film \N{CLAPPER BOARD} caf\N{LATIN SMALL LETTER E WITH ACUTE}"
    environment = {"PYTHONIOENCODING": encoding, "PYTHONUTF8": "0"}
    (finished_run / "one.txt").write_text(text + "\n", encoding="utf-8")
    try:
        file = finished_run / "one.txt"
        done = run("-m", "neuroep", "predict", finished_run, file, **environment)
    finally:
        file.unlink()
    assert done.returncode == 0, done.stderr.decode()
    assert json.loads(done.stdout.decode(encoding))["input"].startswith(
        "a wonderful film \N{CLAPPER BOARD}"
    )


def test_tables_are_printed_in_any_encoding(finished_run: Path) -> None:
    done = run("-m", "neuroep", "table", finished_run, PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr.decode()
    assert b"test accuracy" in done.stdout
