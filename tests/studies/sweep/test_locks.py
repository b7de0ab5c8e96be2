"""Who is at work in a sweep's folder holds it, and nobody else changes it."""

import os
from pathlib import Path

import pytest
from sweep_support import SETTLE, refused, sweep, write_plan

from neuroep.studies.sweep.locks import Held, locked

SEEDS = SETTLE + "seeds = 3\n"


def test_a_second_sweep_in_the_folder_says_so_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert sweep(plan) == 0
    with locked(plan.with_suffix("") / "lock"):
        assert "another sweep is at work in this folder" in refused(plan, capsys)
        assert "another sweep is at work" in refused(plan, capsys, "--only", 0)
        assert sweep(plan, "--collect") == 0
        kept = plan.with_suffix("") / "plan.toml"
        before = kept.read_bytes()
        for options in (), ("--only", 0):
            write_plan(tmp_path, SEEDS.replace("seeds = 3", "seeds = 4"))
            refused(plan, capsys, *options)
            assert kept.read_bytes() == before, "that of the sweep which is at work"


def test_a_sweep_that_was_killed_before_it_kept_its_plan_can_begin_anew(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, SEEDS)
    with locked(plan.with_suffix("") / "lock"):
        pass
    assert sweep(plan) == 0


def test_a_lock_ends_with_its_process(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        with locked(tmp_path / "lock"):
            os.kill(os.getpid(), 9)
    os.waitpid(child, 0)
    with locked(tmp_path / "lock", wait=False):
        pass


def test_a_lock_that_is_held_is_not_had(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with locked(path), pytest.raises(Held), locked(path, wait=False):
        pass
    with locked(path, shared=True), locked(path, shared=True, wait=False):
        pass
