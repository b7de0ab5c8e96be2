"""Large arrays in memory that earlier ones have left.

A batch of the seed paper's network holds half a gigabyte of state, anew in every step. Memory that
the system hands out is cleared page by page at first touch, which on virtual machines takes a
noticeable part of a training step.
"""

import weakref

import numpy as np
from numpy.typing import DTypeLike

from neuroep.core.tables import Floats

LARGE = 1 << 24
"""Bytes from which on memory is kept; malloc recycles smaller pieces by itself."""

KEPT = 6
"""Pieces that are kept at most: two states of potentials and activities, and two drives."""

_left: dict[int, np.ndarray] = {}  # by identity, the oldest first; safe between threads


class _Tenant:
    """What all views of an array refer to: once it is gone, nothing can see the memory."""

    def __init__(self, memory: np.ndarray) -> None:
        self.__array_interface__ = memory.__array_interface__
        weakref.finalize(self, _leave, memory).atexit = False


def _leave(memory: np.ndarray) -> None:
    _left[id(memory)] = memory
    for oldest in list(_left)[:-KEPT]:
        _left.pop(oldest, None)


def forget() -> None:
    """Give the memory that is kept back to the system."""
    _left.clear()


def _take(size: int) -> np.ndarray | None:
    """Return memory of exactly ``size`` bytes, for which nobody else has asked meanwhile."""
    for memory in list(_left.values()):
        if memory.size == size and _left.pop(id(memory), None) is not None:
            return memory
    return None


def zeros(size: int, dtype: DTypeLike) -> Floats:
    """Return a flat array of zeros."""
    needed = size * np.dtype(dtype).itemsize
    if needed < LARGE:
        return np.zeros(size, dtype)
    memory = _take(needed)
    if memory is None:
        memory = np.zeros(needed, np.uint8)
    else:
        memory[:] = 0
    found: Floats = np.asarray(_Tenant(memory)).view(dtype)
    return found
