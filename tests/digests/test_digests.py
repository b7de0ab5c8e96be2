"""Trainings end with the very numbers that they ended with before, interrupted or not.

The number of threads does not matter either: one test runs in as many as there are, one in one.

The digests of the whole set are compared by ``make digests``, which takes ten minutes.
"""

import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

REPO = Path(__file__).resolve().parents[2]


@pytest.fixture
def digests(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(REPO)
    from benchmarks import digests

    return digests


ONE_THREAD = {"NEUROEP_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@pytest.mark.parametrize(
    ("options", "variables"),
    [((), {}), (("--resume",), ONE_THREAD)],
    ids=["at once", "resumed, in one thread"],
)
def test_trainings_end_as_they_did(
    options: tuple[str, ...], variables: dict[str, str], digests: ModuleType
) -> None:
    if digests.kept_here() is None:
        kept = [entry.environment for entry in digests.read()]
        pytest.skip(f"digests are kept for {kept}, and this is {digests.environment()}")
    # In a process of its own: what a test left behind in this one must not matter.
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.digests", "--quick", *options],
        cwd=REPO,
        env=os.environ | variables,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.count("as it was") >= len(digests.QUICK)


def test_every_design_that_learns_is_among_them(digests: ModuleType) -> None:
    from neuroep.design.files import built_in_designs, read_content
    from neuroep.tasks.catalogue import TASKS

    trained = {training.design for training in digests.FULL.values()}
    # A table has no data of its own to train on.
    tasks = TASKS.keys() - {"table"}
    learning = {name for name, _ in built_in_designs() if tasks & read_content(name).keys()}
    assert learning == trained
    for kept in digests.read():
        assert kept.quick.keys() == digests.QUICK.keys()
        assert kept.full.keys() == digests.FULL.keys()
