"""A changed kernel is never served stale from the cache, wherever the change was made."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from experiment_support import more
from llvmlite.binding import Linkage
from numba.core.caching import NullCache

from neuroep import places
from neuroep.core import jit
from neuroep.core.jit import inlined, kernel
from neuroep.core.tables import Reals

CORE = Path(jit.__file__).parent

INNER = """
from neuroep.core.jit import inlined

@inlined
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
    for name in ("jit.py", "kernel_cache.py"):
        shutil.copy(CORE / name, core)
    for name in ("interrupts.py", "places.py"):
        shutil.copy(CORE.parent / name, core.parent)
    (core / "outer.py").write_text(OUTER)
    return core


def process(core: Path, code: str, **more: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "PYTHONPATH": str(core.parent.parent),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    return subprocess.run(
        [sys.executable, "-c", code],
        env=environment | more,
        cwd=core.parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )


def run(core: Path, cache: Path, code: str) -> str:
    done = process(core, code, NUMBA_CACHE_DIR=str(cache))
    assert done.stderr == ""
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


def test_what_kernels_inline_can_be_called_from_disk_as_well(package: Path, tmp_path: Path) -> None:
    (package / "inner.py").write_text(INNER.format(value="1.0"))
    code = (
        "from neuroep.core.inner import inner as f; print(f(1.0), sum(f.stats.cache_hits.values()))"
    )
    assert run(package, tmp_path / "cache", code) == "2.0 0"
    assert run(package, tmp_path / "cache", code) == "2.0 1"


def test_what_a_kernel_inlines_is_optimised_there_alone() -> None:
    @inlined
    def total(x: Reals) -> float:
        result = 0.0
        for i in range(x.size):
            result += x[i]
        return result

    @kernel
    def both(x: Reals, y: Reals) -> float:
        return total(x) + total(y)

    total._cache = both._cache = NullCache()  # type: ignore[attr-defined]  # what is loaded hides it
    x, y = np.arange(100.0), np.ones(7)
    assert both(x, y) == total(x) + total(y) == 4957.0
    (where_it_runs,) = both.inspect_llvm().values()  # type: ignore[attr-defined]
    (by_itself,) = total.inspect_llvm().values()  # type: ignore[attr-defined]
    assert " x double>" in where_it_runs
    assert " x double>" not in by_itself
    # By another name it would serve what numba compiles elsewhere.
    (compiled,) = total.overloads.values()  # type: ignore[attr-defined]
    defined = (f for f in compiled.library._final_module.functions if not f.is_declaration)
    named = [function.name for function in defined if function.linkage == Linkage.external]
    assert len(named) == 2
    assert all(name.startswith(jit.FOR_PYTHON) for name in named)


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


def empty(path: Path) -> None:
    path.write_bytes(b"")


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-40])


def turn_a_bit(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 4
    path.write_bytes(data)


def replace_by_noise(path: Path) -> None:
    path.write_bytes(bytes(range(256)) * 20)


def replace_by_a_folder(path: Path) -> None:
    path.unlink()
    (path / "something").mkdir(parents=True)


@pytest.mark.parametrize("kind", [".nbi", ".nbc"])
@pytest.mark.parametrize(
    "damage", [turn_a_bit, replace_by_a_folder, *more(empty, cut, replace_by_noise)]
)
def test_a_damaged_file_is_set_aside_and_compiled_anew(
    damage: Callable[[Path], None], kind: str, package: Path, tmp_path: Path
) -> None:
    (package / "inner.py").write_text(INNER.format(value="1.0"))
    cache, code = tmp_path / "cache", CALL.format(root=str(tmp_path))
    assert run(package, cache, code) == "20.0 0"
    assert run(package, cache, code) == "20.0 1"
    files = [path for path in cache.rglob("outer*") if path.suffix == kind]
    assert files
    for path in files:
        damage(path)
    assert run(package, cache, code) == "20.0 0"
    assert run(package, cache, code) == "20.0 1"
    for path in files:
        assert path.is_file()
        assert path.with_name(f"{path.name}.damaged").exists()


def test_a_full_disk_leaves_kernels_in_memory(package: Path, tmp_path: Path) -> None:
    (package / "inner.py").write_text(INNER.format(value="1.0"))
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))\n"
    cache = tmp_path / "cache"
    assert run(package, cache, full + CALL.format(root=str(tmp_path))) == "20.0 0"
    assert [path for path in cache.rglob("*") if path.is_file()] == []


def test_without_a_home_kernels_are_kept_in_a_private_folder(package: Path, tmp_path: Path) -> None:
    (package / "inner.py").write_text(INNER.format(value="1.0"))
    code, temporary = CALL.format(root=str(tmp_path)), tmp_path / "temporary"
    temporary.mkdir()
    refusing = tmp_path / "file"
    refusing.touch()
    places = {"NUMBA_CACHE_DIR": str(refusing), "TMPDIR": str(temporary)}
    private = temporary / f"neuroep-{os.getuid()}"
    for hits in (0, 1):
        done = process(package, code, **places)
        assert done.stdout.strip() == f"20.0 {hits}"
        assert done.stderr.count("cannot be written; compiled kernels are kept in") == 1
        assert f"kept in {private}" in done.stderr
    assert private.stat().st_mode & 0o777 == 0o700
    private.chmod(0o755)  # others could have looked, or put something there
    done = process(package, code, **places)
    assert done.stdout.strip() == "20.0 0"
    assert f"kept in {private}" not in done.stderr
    assert sorted(temporary.iterdir()) == [private], "and one of its own is gone in the end"


def test_without_any_folder_kernels_are_compiled_each_time(package: Path, tmp_path: Path) -> None:
    (package / "inner.py").write_text(INNER.format(value="1.0"))
    nowhere = "import tempfile; tempfile._candidate_tempdir_list = lambda: ['/proc/1/none']\n"
    code = nowhere + CALL.format(root=str(tmp_path))
    done = process(package, code, NUMBA_CACHE_DIR="/proc/none")
    assert done.stdout.strip() == "20.0 0"
    assert "kernels are compiled anew by every process" in done.stderr


@pytest.mark.parametrize("given", ["relative/place", ""])
def test_a_cache_folder_that_is_not_absolute_is_not_used(
    given: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", given)
    monkeypatch.setenv("HOME", "/somewhere")
    assert places.user_cache() == Path("/somewhere/.cache")


def test_ctrl_c_waits_until_a_kernel_is_whole() -> None:
    @kernel
    def double(x: float) -> float:
        return 2 * x

    class Interrupting(NullCache):  # type: ignore[misc]
        def load_overload(self, *_: object) -> None:
            signal.raise_signal(signal.SIGINT)

    double._cache = Interrupting()  # type: ignore[attr-defined]
    with pytest.raises(KeyboardInterrupt):
        double(1.0)
    assert double.signatures  # type: ignore[attr-defined]
    assert double(1.5) == 3.0


STEPS = "        x += x**n / (n + x)\n        x *= 1 + x / n\n" * 40
LONG = INNER.replace("    return x + {value}", f"    for n in range(1, 9):\n{STEPS}    return x")
SHARED = """
from llvmlite.binding import Linkage
from neuroep.core.inner import inner
from neuroep.core.jit import kernel

@kernel
def outer(x):
    return inner(x) + inner(2 * x)

outer(1.0)
(compiled,) = outer.overloads.values()
kinds = {f.linkage for f in compiled.library._final_module.functions if not f.is_declaration}
print(*sorted(kind.name for kind in kinds))
"""


def test_a_kernel_shares_no_machine_code_with_others(package: Path, tmp_path: Path) -> None:
    # Else what runs would depend on which kernels the process has compiled or loaded before.
    (package / "inner.py").write_text(LONG)
    (package / "mine.py").write_text(SHARED)
    assert run(package, tmp_path / "cache", "import neuroep.core.mine") == "external private"
