"""Large arrays share memory with those that are gone, and with nothing else."""

import numpy as np
import pytest

from neuroep.core import buffers


@pytest.fixture(autouse=True)
def _nothing_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buffers, "LARGE", 64)
    monkeypatch.setattr(buffers, "_left", {})


def address(array: np.ndarray) -> int:
    return int(array.__array_interface__["data"][0])


def test_memory_of_an_array_that_is_gone_is_taken_again_and_cleared() -> None:
    first = buffers.zeros(100, np.float32)
    first[:] = 7
    place = address(first)
    del first
    second = buffers.zeros(50, np.float64)
    assert address(second) == place
    assert second.dtype == np.float64
    assert (second == 0).all()


def test_a_view_keeps_its_memory() -> None:
    """However it was made: reshaped, sliced, or of another dtype."""
    array = buffers.zeros(120, np.float32)
    array[:] = np.arange(120)
    views = [array.reshape(30, 4)[3:5].T, array[::7], array.view(np.int32).reshape(2, 3, 20)[1]]
    copies = [view.copy() for view in views]
    del array
    while views:
        other = buffers.zeros(120, np.float32)
        other[:] = -1
        for view, copy in zip(views, copies, strict=True):
            np.testing.assert_array_equal(view, copy)
        views.pop(), copies.pop()


def test_arrays_in_use_are_apart() -> None:
    arrays = [buffers.zeros(100, np.float32) for _ in range(5)]
    assert len({address(array) for array in arrays}) == 5


def test_only_a_few_pieces_are_kept_and_only_large_ones() -> None:
    arrays = [buffers.zeros(100 + i, np.float32) for i in range(20)]
    del arrays
    assert len(buffers._left) == buffers.KEPT
    buffers.forget()
    assert not buffers._left
    small = buffers.zeros(4, np.float32)
    assert small.base is None
    assert small.tolist() == [0, 0, 0, 0]
