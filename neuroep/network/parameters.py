"""All parameters of a network as named views of one flat buffer."""

import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from numpy.typing import ArrayLike, DTypeLike

from neuroep.core.buffers import zeros
from neuroep.core.digest import digest
from neuroep.core.tables import Floats, Ints

BACK = ".back"
"""What the name of the weights of a way back ends with, behind that of the way there."""


def way_there(name: str) -> str:
    """Return the name of the parameter that one is the way back of; its own if it is of none."""
    return name.removesuffix(BACK)


def _check_memory(shapes: Mapping[str, tuple[int, ...]], dtype: np.dtype) -> None:
    """Refuse what this machine cannot learn: parameters, and a gradient of as many."""
    present = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    needed = 2 * dtype.itemsize * sum(math.prod(shape) for shape in shapes.values())
    if needed > present:
        largest = max(shapes, key=lambda name: math.prod(shapes[name]))
        size = " x ".join(f"{side:,}" for side in shapes[largest])
        raise MemoryError(
            f"{largest} of {size}: all parameters with their gradient take {needed / 1e9:,.1f} GB, "
            f"this machine has {present / 1e9:.1f}"
        )


class Parameters(Mapping[str, Floats]):
    """Named arrays over one flat buffer: kernels read the buffer, people the names.

    Parameters
    ----------
    shapes : dict
        Shape of each parameter, in the order of the buffer.
    dtype : float32 or float64

    Attributes
    ----------
    changes : int
        How often learning has changed them; counted by :meth:`take`, and by whoever grants what a
        rule asks for.

    Raises
    ------
    MemoryError
        They take more memory than the machine has; said before any is taken.
    """

    def __init__(self, shapes: Mapping[str, tuple[int, ...]], dtype: DTypeLike) -> None:
        _check_memory(shapes, np.dtype(dtype))
        self.shapes = dict(shapes)
        self.changes = 0
        ends = [0, *accumulate(math.prod(shape) for shape in self.shapes.values())]
        self.offsets = dict(zip(self.shapes, ends, strict=False))
        self.flat: Floats = zeros(ends[-1], dtype)

    def __getitem__(self, name: str) -> Floats:
        # Made anew each time, so that a deep copy has views of its own buffer.
        begin, shape = self.offsets[name], self.shapes[name]
        return self.flat[begin : begin + math.prod(shape)].reshape(shape)

    def __iter__(self) -> Iterator[str]:
        return iter(self.shapes)

    def __len__(self) -> int:
        return len(self.shapes)

    def rows(self, name: str, first: int, last: int) -> Floats:
        """Return rows first..last of an array, a view."""
        return Parameters.__getitem__(self, name)[first:last]

    def products(self, name: str) -> tuple[Floats, Floats] | None:
        """Return what an array is minus the product of, where it is held so: nowhere here."""
        return None

    def take(self, flat: Floats) -> None:
        """Become other values, in the order of the buffer; drives of those before are refused."""
        self.flat[:] = flat
        self.changes += 1

    @property
    def finite(self) -> bool:
        """Whether nothing is infinite or not a number."""
        return bool(np.isfinite(self.flat.sum()))

    def zeros_like(self) -> "Parameters":
        """Return parameters of the same names and shapes, all zero: a gradient to fill."""
        return Parameters(self.shapes, self.flat.dtype)

    def copy(self) -> "Parameters":
        """Return an independent copy."""
        twin = self.zeros_like()
        twin.flat[:] = self.flat
        return twin

    def __repr__(self) -> str:
        shapes = ", ".join(f"{name} {shape}" for name, shape in self.shapes.items())
        return f"{type(self).__name__}({shapes}; {self.flat.dtype})"


AT_ONCE = 1 << 16
"""Numbers that are looked at at once."""


def real_numbers(where: str, given: ArrayLike, dtype: DTypeLike) -> Floats:
    """Return finite real numbers as an array of a dtype; a copy only where it must be.

    Raises
    ------
    ValueError
        They are not numbers, not real, or not finite; the message begins with ``where``.
    """
    array = np.asarray(given)
    if array.dtype.kind not in "biuf":
        raise ValueError(f"{where}: needs real numbers, got {array.dtype}")
    with np.errstate(over="ignore"):
        found: Floats = array.astype(dtype, copy=False)
    flat = found.reshape(-1)
    # Block by block: what tells of each number takes a quarter of the memory of all.
    for first in range(0, flat.size, AT_ONCE):
        if not np.isfinite(flat[first : first + AT_ONCE]).all():
            raise ValueError(f"{where}: not all finite")
    return found


UNBOUNDED = 1e30
"""What bounds a draw is below: beyond, sums of single precision end."""


def draw_uniform(weights: Floats, gain: float, rng: np.random.Generator) -> None:
    """Draw weights (n_from, n_to) uniformly within gain * sqrt(6 / (n_from + n_to))."""
    limit = gain * np.sqrt(6.0 / sum(weights.shape))
    for row in weights:  # all at once would take twice the memory of the weights
        row[:] = rng.uniform(-limit, limit, row.shape)


SAMPLE = 2048
"""Numbers of an array, at least, that a stamp of a sample reads."""


@dataclass(frozen=True)
class Stamp:
    """What some parameters were, so that a change is noticed, in place or not.

    Parameters are plain arrays that anybody may write to, so they are read again: all of them, or,
    as often as learning settles, a sample of arrays of ``2 * SAMPLE`` numbers and more. A sample
    notices whatever an update or a new start does, and any single entry of a smaller array; a few
    entries of a larger one that were written by hand it notices only by chance.

    ``parts``: by name, the rows that count, or None for all of them; ``digest``: of each part;
    ``changes``: what ``Parameters.changes`` was, where only a sample of large arrays is read.
    """

    parts: Mapping[str, Ints | None]
    digest: tuple[int, ...]
    changes: int | None

    @classmethod
    def of(
        cls, parameters: Parameters, parts: Mapping[str, Ints | None], sample: bool = False
    ) -> "Stamp":
        """Return the stamp of parameters as they are now."""
        changes = parameters.changes if sample else None
        return cls(parts, _digest(parameters, parts, sample), changes)

    def check(self, parameters: Parameters) -> None:
        """Check parameters against the stamp.

        Raises
        ------
        ValueError
            They have changed.
        """
        sample = self.changes is not None
        if (sample and self.changes != parameters.changes) or self.digest != _digest(
            parameters, self.parts, sample
        ):
            raise ValueError("the drive was made from other parameters; clamp the inputs again")


def _digest(
    parameters: Parameters, parts: Mapping[str, Ints | None], sample: bool
) -> tuple[int, ...]:
    found = []
    for name, rows in parts.items():
        array = parameters[name]
        if rows is not None:
            step = max(1, rows.size * array.shape[1] // SAMPLE) if sample else 1
            array = array.take(rows[::step], axis=0)
        elif sample and array.size >= 2 * SAMPLE:
            # An odd step meets every column of a matrix whose width is a power of two.
            array = np.ascontiguousarray(array.reshape(-1)[:: array.size // SAMPLE | 1])
        found.append(digest(array.reshape(-1).view(np.uint32)))
    return tuple(found)
