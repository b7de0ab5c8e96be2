"""Chunks run in threads of their own, and every BLAS in one thread beside them."""

import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from neuroep.core import threads


def test_chunks_cover_all_once() -> None:
    assert threads.chunks(10, 4) == [(0, 4), (4, 8), (8, 10)]
    assert threads.chunks(0, 4) == []


@pytest.mark.parametrize("count", ["1", "2"])
def test_every_range_runs_once_and_exceptions_are_passed_on(
    count: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROEP_THREADS", count)
    seen = np.zeros(10, int)

    def work(first: int, last: int) -> None:
        seen[first:last] += 1

    def fail(first: int, last: int) -> None:
        if last == 10:
            raise ValueError("the last range")

    threads.run_chunks(work, threads.chunks(10, 3))
    assert (seen == 1).all()
    with pytest.raises(ValueError, match="the last range"):
        threads.run_chunks(fail, threads.chunks(10, 3))


@pytest.mark.parametrize("fails_in_caller", [True, False])
def test_after_an_exception_nobody_begins_another_chunk(
    fails_in_caller: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NEUROEP_THREADS", "2")
    both, begun, ended = threading.Barrier(2), [], []

    def work(first: int, last: int) -> None:
        begun.append(first)
        both.wait(10)
        if (threading.current_thread() is threading.main_thread()) == fails_in_caller:
            raise ValueError("one of two")
        time.sleep(0.2)  # so that the other has failed
        ended.append(first)

    with pytest.raises(ValueError, match="one of two"):
        threads.run_chunks(work, threads.chunks(8, 1))
    assert sorted(begun) == [0, 1]
    assert len(ended) == 1, "whoever is at work comes to an end first"


def test_the_blas_of_kernels_is_held_to_one_thread_before_any_kernel_has_run() -> None:
    """Numba loads it with the first kernel that multiplies: in a process of its own."""
    script = (
        "from threadpoolctl import threadpool_info as info\n"
        "from neuroep.core.threads import one_blas_thread\n"
        "before = len(info())\n"
        "with one_blas_thread():\n"
        "    import scipy.linalg.cython_blas\n"
        "    print(before, [l['num_threads'] for l in info() if l['user_api'] == 'blas'])\n"
    )
    found = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split(" ", 1)
    held = found[1].strip(" []\n").split(", ")
    assert len(held) > int(found[0])
    assert set(held) == {"1"}


@pytest.mark.parametrize(
    ("filepath", "architecture", "able"),
    [
        ("scipy.libs/libscipy_openblas-1.so", "SkylakeX", True),
        ("scipy.libs/libscipy_openblas-1.so", "Haswell", False),
        ("numpy.libs/libscipy_openblas64_-1.so", "SkylakeX", False),
        ("envs/conda/lib/libopenblas.so.0", "SapphireRapids", True),
        ("lib/libmkl_rt.so", None, False),
    ],
)
def test_who_multiplies_in_place(
    filepath: str, architecture: str | None, able: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only OpenBLAS with routines for small matrices, which it has for AVX-512."""
    library = {"filepath": filepath} | ({"architecture": architecture} if architecture else {})

    class Controller:
        def info(self) -> list[dict[str, str]]:
            return [library]

    monkeypatch.setattr(threads, "_controller", Controller)
    assert threads.multiplies_in_place() == able
