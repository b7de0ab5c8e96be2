"""Kernels of devices against one device, and one pulse, at a time."""

from typing import Any

import numpy as np
import pytest
from reference import pulses as slow
from reference.kernels import both_dtypes
from reference.registry import compares

from neuroep.core.pulses import arrays, device, draws, lines
from neuroep.core.pulses import coincidence as trains
from neuroep.core.pulses.accumulate import accumulate
from neuroep.core.pulses.gathered import gathered
from neuroep.core.pulses.memoryless import memoryless
from neuroep.core.tables import Floats
from neuroep.devices.array import Arrangement, DeviceArray
from neuroep.devices.device import Device, Spread
from neuroep.devices.laws.linear import Linear
from neuroep.devices.schemes.scheme import Rows
from neuroep.devices.schemes.sign import Sign
from neuroep.devices.schemes.sign import count as sign_of
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.schemes.stochastic import count as rounded

N, M = 23, 17  # more synapses than are written together
KEY = np.uint64(123)
NOISY = Device(
    "x", 1e-6, 4e-5, 0.05, 0.04, law=Linear(), pulse_noise=0.3, write_noise=0.01, stuck=0.1,
    spread=Spread(step=0.3, asymmetry=0.02, bounds=0.1),
)  # fmt: skip
LOG = Device("x", 1e-6, 4e-5, 0.3, 0.3, spread=Spread(step=0.5, log_normal=True))
ARRANGEMENTS = pytest.mark.parametrize("arrangement", ["pair", "reference", "one_sided"])


def both(arrangement: Arrangement, kind: Device = NOISY) -> tuple[DeviceArray, slow.Synapses]:
    """Return an array, and its slow twin with the same states."""
    values = np.random.default_rng(0).uniform(-0.5, 0.5, (N, M))
    array = DeviceArray(kind, values, arrangement, -0.8, 0.8, KEY)
    states = array.plus.copy(), array.minus.copy(), values.reshape(-1).copy()
    return array, slow.Synapses(
        kind, int(KEY), array.code, float(array.scale), float(array.offset), *states
    )


def requests(size: float = 0.8) -> tuple[Floats, Floats, Floats]:
    """Return a slope, and factors on its rows and columns."""
    rng = np.random.default_rng(1)
    slope = size * rng.standard_normal((N, M))
    slope[2] = 0.0
    return slope, rng.uniform(-2, 2, N), rng.uniform(0.5, 2, M)


def alike(array: DeviceArray, books: Floats, twin: slow.Synapses) -> None:
    """Assert that both are in the same state, with the same books."""
    np.testing.assert_allclose(array.plus, twin.plus, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(array.minus, twin.minus, rtol=1e-12, atol=1e-13)
    np.testing.assert_allclose(array.values.reshape(-1), twin.values, rtol=1e-12, atol=1e-13)
    places = arrays.UP, arrays.DOWN, arrays.MOVED, arrays.BOUND, arrays.REFUSED
    np.testing.assert_allclose([books[k] for k in places], list(twin.books.values()), atol=1e-9)
    assert books[arrays.UP] + books[arrays.DOWN] > 20


def rows_of(array: DeviceArray, first: int, last: int, *asked: Floats) -> Rows:
    slope, on_rows, on_columns = asked
    part = slice(first, last)
    return Rows(array, "w", first * M, last * M, slope[part], on_rows[part], on_columns)


@compares(draws.mixed, draws.hashed, draws.uniform, draws.normal, draws.normal_pair)
def test_draws() -> None:
    for where in ((0, 0, 0), (5, -1, 3), (10**8, 7, 14)):
        assert int(draws.hashed(KEY, *where)) == slow.hashed(int(KEY), *where)
        assert draws.uniform(KEY, *where) == slow.uniform(int(KEY), *where)
        assert draws.normal(KEY, *where) == pytest.approx(slow.normal(int(KEY), *where), rel=1e-12)
        pair = slow.normal_pair(int(KEY), *where)
        assert draws.normal_pair(KEY, *where) == pytest.approx(pair, rel=1e-12)
    assert int(draws.mixed(np.uint64(99))) == slow.mixed(99)


@compares(device.fabricated, device.pulsed, device.many_pulsed)
@pytest.mark.parametrize("kind", [NOISY, LOG])
def test_one_device(kind: Device) -> None:
    table, made = kind.kind(), np.empty(4)
    laws, constants = kind.law.table(kind.pulse_noise, False)
    for number in range(40):
        device.fabricated(KEY, number, table, made)
        assert made == pytest.approx(slow.born(kind, int(KEY), number), rel=1e-12)
    array, twin = both("reference", kind)
    numbers, counts = np.array([0, 4, 6]), np.array([3, -9, 1])
    states = np.zeros(2 * N * M)
    states[::2] = array.plus
    given = device.many_pulsed(states, 2 * numbers, counts, KEY, 11, table, laws, constants)
    assert given == 13
    for number, count in zip(numbers, counts, strict=True):
        twin.pulse(number, count, 11)
    np.testing.assert_allclose(states[::2], twin.plus, rtol=1e-12, atol=1e-14)


@compares(arrays.synapse_pulsed, arrays.weighed, arrays.granted, arrays.written)
@compares(arrays.read, arrays.settled_in)
@ARRANGEMENTS
def test_synapses_of_an_array(arrangement: Arrangement) -> None:
    array, twin = both(arrangement)
    made = np.empty(4)
    for i in range(N * M):
        for states, side in ((array.plus, 0), (array.minus, 1)):
            if states.size:
                device.fabricated(KEY, 2 * i + side, array.kind, made)
                assert made[device.LOW] <= states[i] <= made[device.HIGH]
                up, _, low, high = slow.born(NOISY, int(KEY), 2 * i + side)
                if up == 0.0:
                    place = slow.uniform(int(KEY), 2 * i + side, -1, 10)
                    assert states[i] == pytest.approx(low + (high - low) * place)
    books = np.zeros(arrays.BOOKS)
    rows = rows_of(array, 0, N, *requests())
    synapses, pulsing = rows.synapses(), rows.pulsing(5, books)
    wanted = np.random.default_rng(2).integers(-6, 7, N * M)
    numbers = np.flatnonzero(wanted)
    counts = np.array([arrays.granted(count, 4, books) for count in wanted[numbers]])
    assert books[arrays.REFUSED] == np.maximum(np.abs(wanted) - 4, 0).sum() > 0
    books[arrays.REFUSED] = 0
    arrays.written(numbers, counts, synapses, pulsing)
    for i, count in zip(numbers, counts, strict=True):
        assert abs(count) <= 4
        assert count * wanted[i] > 0
        twin.pulse(i, count, 5)
    alike(array, books, twin)
    array.read()
    other = twin.minus if twin.minus.size else 0.0
    weighs = twin.offset + twin.scale * (twin.plus - other)
    np.testing.assert_allclose(synapses.values, weighs, atol=1e-13)


@compares(accumulate)
@ARRANGEMENTS
def test_accumulate_in_blocks(arrangement: Arrangement) -> None:
    array, twin = both(arrangement)
    asked = requests()
    slope, on_rows, on_columns = asked
    charge, slowly = np.zeros((N, M)), np.zeros((N, M))
    books = np.zeros(arrays.BOOKS)
    for counter in range(1, 6):
        for part in ((0, 3), (3, N)):
            rows = rows_of(array, *part, *asked)
            accumulate(
                rows.slope, rows.on_rows, on_columns, charge[slice(*part)], 0.9, 0.05, 2,
                rows.synapses(), rows.pulsing(counter, books),
            )  # fmt: skip
        wanted = slope * np.outer(on_rows, on_columns)
        slow.accumulate(twin, slowly, wanted, counter, keep=0.9, injection=0.05, most=2)
    np.testing.assert_allclose(charge, slowly, rtol=1e-12, atol=1e-13)
    alike(array, books, twin)
    assert books[arrays.REFUSED] > 0


@compares(memoryless)
@pytest.mark.parametrize(
    ("scheme", "count", "options"),
    [(Stochastic(), rounded, []), (Sign(0.2, 0.5), sign_of, [0.2, 0.5])],
)
def test_memoryless_in_blocks(scheme: Any, count: Any, options: list[float]) -> None:
    array, twin = both("pair")
    asked = requests()
    pulser, books = scheme.make({}), np.zeros(arrays.BOOKS)
    for counter in range(1, 6):
        for part in ((0, 3), (3, N)):
            pulser.apply(rows_of(array, *part, *asked), counter, books)
        wanted = asked[0] * np.outer(asked[1], asked[2])
        slow.memoryless(twin, count, options, wanted, counter, 127)
    alike(array, books, twin)


@compares(trains.train, trains.meetings, trains.coincide)
@ARRANGEMENTS
@pytest.mark.parametrize("size", [0.3, 40.0])
def test_coincidence_in_blocks(arrangement: Arrangement, size: float) -> None:
    array, twin = both(arrangement)
    rng, length, books = np.random.default_rng(3), 31, np.zeros(arrays.BOOKS)
    before, behind = size * rng.standard_normal((3, N)), rng.standard_normal((3, M))
    before[:, 1], before[1] = 0.0, 0.0
    on_rows, on_columns = rng.uniform(-2, -1, N), rng.uniform(1, 2, M)
    for counter in range(1, 12 if size < 1 else 3):
        rows = rows_of(array, 0, N, np.zeros((N, M)), on_rows, on_columns)
        trains.coincide(
            before, behind, on_rows, on_columns, length, 0, rows.synapses(),
            rows.pulsing(counter, books),
        )  # fmt: skip
        slow.coincide(twin, on_rows * before, -on_columns * behind, length, counter)
    alike(array, books, twin)
    assert (books[arrays.REFUSED] > 0) == (size > 1)
    word = int(trains.train(0.4, length, KEY, 6, 9))
    assert [bool(word >> k & 1) for k in range(length)] == slow.train(int(KEY), 6, 9, 0.4, length)
    assert trains.meetings(np.uint64(word), np.uint64(0b1011)) == (word & 0b1011).bit_count()


@compares(lines.squares, lines.smoothed, gathered)
@both_dtypes
def test_what_drivers_know(dtype: type) -> None:
    slope, on_rows, on_columns = (x.astype(dtype) for x in requests())
    rows, columns, kept = np.ones(N, dtype), np.ones(M, dtype), np.ones((N, M), dtype)
    lines.squares(slope, rows, columns)
    tight = {"rtol": 1e-12 if dtype is np.float64 else 1e-5}
    np.testing.assert_allclose(rows, 1 + (slope**2).sum(axis=1), **tight)
    np.testing.assert_allclose(columns, 1 + (slope**2).sum(axis=0), **tight)
    lines.smoothed(slope.reshape(-1), kept.reshape(-1), dtype(0.9))
    np.testing.assert_allclose(kept, 0.9 + 0.1 * slope, **tight)
    gathered(slope, on_rows, on_columns, kept)
    wanted = 0.9 + 0.1 * slope + slope * np.outer(on_rows, on_columns)
    np.testing.assert_allclose(kept, wanted, rtol=tight["rtol"], atol=1e-6)


@compares(draws.normals)
def test_normals_are_those_of_their_places() -> None:
    found = np.empty((3, 4))
    draws.normals(np.uint64(77), found)
    wanted = [[slow.normal(77, column, row, 0) for column in range(4)] for row in range(3)]
    np.testing.assert_allclose(found, wanted, rtol=1e-12)
