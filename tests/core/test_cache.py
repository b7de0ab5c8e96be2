"""A changed kernel is never served stale from the cache, wherever the change was made."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from neuroep.core import jit

CORE = Path(jit.__file__).parent

INNER = """
from neuroep.core.jit import kernel

@kernel
def inner(x):
    return x + {value}
"""
OUTER = """
from neuroep.core.inner import inner
from neuroep.core.jit import kernel

@kernel
def outer(x):
    return 10.0 * inner(x)
"""


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package with a copy of how kernels are compiled, and two kernels of its own."""
    core = tmp_path / "neuroep" / "core"
    core.mkdir(parents=True)
    for folder in (core, core.parent):
        (folder / "__init__.py").touch()
    shutil.copy(CORE / "jit.py", core)
    (core / "outer.py").write_text(OUTER)
    return core


def run(core: Path, cache: Path, code: str) -> str:
    environment = os.environ | {
        "PYTHONPATH": str(core.parent.parent),
        "NUMBA_CACHE_DIR": str(cache),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=core.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


CALL = """
import neuroep.core.outer as module
assert module.__file__.startswith({root!r})
print(module.outer(1.0), sum(module.outer.stats.cache_hits.values()))
"""


def test_a_change_in_an_inlined_file_is_seen(package: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    code = CALL.format(root=str(tmp_path))
    answers = []
    for value in ("1.0", "2.0", "1.0"):
        inner = package / "inner.py"
        inner.write_text(INNER.format(value=value))
        os.utime(inner, (1e9, 1e9))  # even if no time stamp tells
        answers.append(run(package, cache, code))
    assert answers == ["20.0 0", "30.0 0", "20.0 1"], "and what did not change is cached"
    assert len(list(cache.iterdir())) == 2


def test_the_hash_sees_contents_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n")
    first = jit.source_hash(tmp_path)
    (tmp_path / "notes.txt").write_text("no code")
    assert jit.source_hash(tmp_path) == first
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.py").write_text("")
    second = jit.source_hash(tmp_path)
    assert second != first
    (tmp_path / "a.py").write_text("x = 2\n")
    third = jit.source_hash(tmp_path)
    assert third not in (first, second)
    (tmp_path / "a.py").rename(tmp_path / "c.py")
    assert jit.source_hash(tmp_path) != third


NEURON = """
import ctypes
import numpy as np
from helper import factor
from neuroep.core.jit import scalar_address

def scaled(u, constants):
    return factor(u)

f = ctypes.CFUNCTYPE(ctypes.c_double, ctypes.c_double, ctypes.c_void_p)(scalar_address(scaled))
print(f(1.0, None))
"""


def test_a_users_neuron_is_not_served_stale_either(package: Path, tmp_path: Path) -> None:
    """Its function may call one from another file of the user's, which core's hash does not see."""
    (tmp_path / "neuron.py").write_text(NEURON)
    answers = []
    for value in ("3.0", "4.0"):
        (tmp_path / "helper.py").write_text(
            f"from numba import njit\n\n@njit\ndef factor(u):\n    return {value} * u\n"
        )
        answers.append(run(package, tmp_path / "cache", "import neuron"))
    assert answers == ["3.0", "4.0"]
