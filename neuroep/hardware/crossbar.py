"""A crossbar: an array of programmable conductances, with the wires that lead to them.

Rows are driven at one end, columns end in virtual grounds. With its wires the array stays linear
and reciprocal: what one volt at driver i sends into receiver j is what one volt at j would send
into i, so a network that is coupled by it keeps its energy. Between its ports it is one dense
matrix, found anew when a conductance has changed; what stands across each device follows from the
same elimination, and with it the exact slope in every single conductance.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from neuroep.core.crossbar import device_slopes, drops, eliminate, transfers
from neuroep.core.tables import Reals
from neuroep.core.threads import chunks, run_chunks

SIDES = 16
"""Columns whose share of the slopes is found together: enough to fill a matrix product."""

MOST_OHM = 1e9
"""Of one element: more is no wire."""

MOST_BYTES = 1 << 30
"""Of the matrices of one array."""


@dataclass(frozen=True)
class Wires:
    """Resistances of an array's wires, ohm, and how long its columns may be.

    Parameters
    ----------
    row, column : float
        Of a segment of a row or column line, from one device to the next.
    driver : float
        Of what drives a line, in series with its first segment.
    receiver : float
        Of a virtual ground, in series with the last segment of its line.
    lines : int
        Rows of one array at most: a larger matrix is divided into arrays one above the other, each
        with drivers and receivers of its own. 0 for a single array whatever its size.

    Raises
    ------
    ValueError
        A value out of range; one line that names it.
    """

    row: float
    column: float
    driver: float = 0.0
    receiver: float = 0.0
    lines: int = 0

    def __post_init__(self) -> None:
        for name in ("row", "column", "driver", "receiver"):
            value = getattr(self, name)
            if not 0 <= value <= MOST_OHM or (value == 0 and name in ("row", "column")):
                raise ValueError(f"{name} must be positive, at most {MOST_OHM:g} ohm: {value:g}")
        if self.lines < 0 or self.lines % 2:
            raise ValueError(
                f"lines must be even, since devices stand in pairs, or 0: {self.lines}"
            )

    @property
    def table(self) -> Reals:
        """What kernels read: segments of row and column, driver, receiver."""
        return np.array([self.row, self.column, self.driver, self.receiver])

    def arrays(self, rows: int) -> list[tuple[int, int]]:
        """Return the rows (first, last) of each array that a matrix is divided into."""
        return chunks(rows, self.lines or rows)


def check_size(rows: int, columns: int, name: str = "crossbar") -> None:
    """Check that an array can be eliminated in memory, a ValueError that names it otherwise."""
    if 8 * rows * columns**2 > MOST_BYTES:
        raise ValueError(
            f"{name} of {rows} x {columns}: its elimination takes more than {MOST_BYTES >> 20} MiB"
        )


@dataclass(frozen=True, eq=False)
class Crossbar:
    """One matrix of conductances (rows, columns), S, in one or more arrays with wires.

    A ValueError: negative conductances, or arrays too large to be eliminated in memory.
    """

    conductances: Reals
    wires: Wires

    def __post_init__(self) -> None:
        object.__setattr__(self, "conductances", np.ascontiguousarray(self.conductances, float))
        if not (self.conductances >= 0).all():
            raise ValueError("conductances must not be negative")
        check_size(*self.conductances.shape)

    @cached_property
    def _eliminated(self) -> tuple[Reals, Reals, list[Reals]]:
        """What drivers feed, what rows pass on, and the ports of the receivers, array by array."""
        rows, columns = self.conductances.shape
        feeds, passes = np.empty((rows, columns)), np.empty((rows, columns, columns))
        arrays = self.wires.arrays(rows)
        ends: list[Reals] = [np.empty(0)] * len(arrays)

        def work(first: int, last: int) -> None:
            for k in range(first, last):
                part = slice(*arrays[k])
                g = self.conductances[part]
                ends[k] = eliminate(g, self.wires.table, feeds[part], passes[part])

        run_chunks(work, chunks(len(arrays), 1))
        return feeds, passes, ends

    def _parts(self) -> Iterator[tuple[slice, tuple[Reals, Reals, Reals, Reals]]]:
        """Yield each array's rows and what kernels read of it."""
        feeds, passes, _ = self._eliminated
        for first, last in self.wires.arrays(len(self.conductances)):
            part = slice(first, last)
            yield part, (self.conductances[part], self.wires.table, feeds[part], passes[part])

    @cached_property
    def transfer(self) -> Reals:
        """Current into each receiver per volt at each driver, (rows, columns), S."""
        found = np.empty_like(self.conductances)
        parts = list(self._parts())

        def work(first: int, last: int) -> None:
            for part, (_, _, feeds, passes) in parts[first:last]:
                transfers(feeds, passes, found[part])

        run_chunks(work, chunks(len(parts), 1))
        return found

    def drops(self, driven: Reals, ended: Reals) -> Reals:
        """Return the voltage across every device, from row to column line, (rows, columns, n), V.

        ``driven`` (rows, n): voltages of the drivers; ``ended`` (columns, n): of the far ends of
        the receivers, V.
        """
        across = np.empty((*self.conductances.shape, driven.shape[1]))
        for part, read in self._parts():
            given = np.ascontiguousarray(driven[part], float), np.ascontiguousarray(ended, float)
            drops(*read, *given, across[part])
        return across

    def slopes(self, slope: Reals) -> Reals:
        """Return the slope of sum(slope * transfer) in every device's conductance, (rows, columns).

        It is a sum of products of what stands across the device while drivers are driven, and what
        stands across it while receivers are: local, and exact.
        """
        given = np.ascontiguousarray(slope, float)
        ranges = chunks(given.shape[1], SIDES)
        shares = np.empty((len(ranges), *given.shape))
        parts = list(self._parts())

        def work(first: int, last: int) -> None:
            for part, read in parts:
                device_slopes(*read, given[part], first, last, shares[first // SIDES, part])

        run_chunks(work, ranges)
        found: Reals = shares.sum(axis=0)
        return found

    def products(
        self, ports: tuple[Reals, Reals], shares: Reals, others: tuple[Reals, Reals] | None = None
    ) -> Reals:
        """Return the sum of shares (n,) times the drops across each device, (rows, columns), V^2.

        Times the drops in ``others``, the same state without it; both as in :meth:`drops`.
        """
        count = len(shares)
        ranges = chunks(count, SIDES)
        found = np.empty((len(ranges), *self.conductances.shape))

        def work(first: int, last: int) -> None:
            def across(given: tuple[Reals, Reals]) -> Reals:
                return self.drops(given[0][:, first:last], given[1][:, first:last])

            one = across(ports)
            other = one if others is None else across(others)
            found[first // SIDES] = np.einsum("ijn,ijn->ij", one * shares[first:last], other)

        _ = self._eliminated  # once, before threads ask for it
        run_chunks(work, ranges)
        return np.asarray(found.sum(axis=0))

    def currents(self, driven: Reals, ended: Reals) -> tuple[Reals, Reals]:
        """Return what each driver delivers (rows, n) and each receiver takes (columns, n), A."""
        rows, columns = self.conductances.shape
        count = driven.shape[1]
        leaving, entering = np.empty((rows, count)), np.empty((columns, count))
        _ = self._eliminated

        def work(first: int, last: int) -> None:
            across = self.drops(driven[:, first:last], ended[:, first:last])
            across *= self.conductances[:, :, None]
            leaving[:, first:last] = across.sum(axis=1)
            entering[:, first:last] = across.sum(axis=0)

        run_chunks(work, chunks(count, SIDES))
        return leaving, entering

    def driven_currents(self, driven: Reals) -> Reals:
        """Return what each driver delivers, (rows, n), A, while all receivers are at 0 V."""
        return self.currents(driven, np.zeros((self.conductances.shape[1], driven.shape[1])))[0]

    def power(self, driven: Reals, ended: Reals | None = None) -> tuple[Reals, Reals]:
        """Return what devices and what wires turn into heat, (n,) each, W.

        ``driven`` (rows, n), ``ended`` (columns, n): as in :meth:`drops`; receivers at 0 V without.
        """
        if ended is None:
            ended = np.zeros((self.conductances.shape[1], driven.shape[1]))
        across = self.drops(driven, ended)
        inside = np.einsum("ij,ijn->n", self.conductances, np.square(across))
        across *= self.conductances[:, :, None]
        delivered = np.einsum("in,ijn->n", driven, across) - np.einsum("jn,ijn->n", ended, across)
        return inside, delivered - inside

    @property
    def receiver_ports(self) -> list[Reals]:
        """Conductances (columns, columns) between the receivers of each array, drivers at 0 V."""
        return self._eliminated[2]
