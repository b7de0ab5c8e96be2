"""A crossbar with wires against nodal analysis of all its nodes at once."""

import numpy as np
import pytest
from reference.crossbar import Nodal
from reference.registry import compares

from neuroep.core import crossbar

WIRES = np.array([3.0, 7.0, 40.0, 90.0])  # each its own: rows and columns must not be swapped
SHAPES = [(1, 1), (1, 4), (5, 1), (6, 4), (4, 9)]


def made(shape: tuple[int, int], seed: int = 0) -> np.ndarray:
    g = np.random.default_rng(seed).uniform(1e-4, 40e-4, shape)
    g[0, 0] = 0.0  # a device that is off
    return g


def eliminated(g: np.ndarray, wires: np.ndarray = WIRES) -> tuple[np.ndarray, ...]:
    rows, columns = g.shape
    feeds, passes = np.empty((rows, columns)), np.empty((rows, columns, columns))
    ends = crossbar.eliminate(g, wires, feeds, passes)
    return feeds, passes, ends


@compares(crossbar.chain_solve)
def test_a_row_line_alone() -> None:
    g, right = made((1, 6))[0], np.random.default_rng(1).normal(size=(6, 3))
    matrix = np.diag(g)
    for j in range(5):
        matrix[j : j + 2, j : j + 2] += np.array([[1, -1], [-1, 1]]) / WIRES[0]
    matrix[0, 0] += 1.0 / (WIRES[0] + WIRES[2])
    found = right.copy()
    crossbar.chain_solve(g, WIRES, found)
    np.testing.assert_allclose(found, np.linalg.solve(matrix, right), rtol=1e-12)


@compares(crossbar.eliminate, crossbar.transfers, crossbar.below)
@pytest.mark.parametrize("shape", SHAPES)
def test_ports(shape: tuple[int, int]) -> None:
    g = made(shape)
    feeds, passes, ends = eliminated(g)
    found = np.empty(shape)
    crossbar.transfers(feeds, passes, found)
    nodal = Nodal(g, WIRES)
    np.testing.assert_allclose(found, nodal.transfer, rtol=1e-11)
    np.testing.assert_allclose(ends, nodal.receiver_ports, rtol=1e-11, atol=1e-18)


@compares(crossbar.drops)
@pytest.mark.parametrize("shape", SHAPES)
def test_voltages_across_devices(shape: tuple[int, int]) -> None:
    g, rng = made(shape), np.random.default_rng(2)
    feeds, passes, _ = eliminated(g)
    driven, ended = rng.normal(size=(shape[0], 3)), rng.normal(size=(shape[1], 3))
    found = np.empty((*shape, 3))
    crossbar.drops(g, WIRES, feeds, passes, driven, ended, found)
    np.testing.assert_allclose(found, Nodal(g, WIRES).drops(driven, ended), rtol=1e-9, atol=1e-13)


@compares(crossbar.device_slopes)
@pytest.mark.parametrize("shape", SHAPES)
def test_slopes_by_finite_differences(shape: tuple[int, int]) -> None:
    g, slope = made(shape), np.random.default_rng(3).normal(size=shape)
    feeds, passes, _ = eliminated(g)
    found, parts = np.zeros(shape), np.empty(shape)
    for first in range(0, shape[1], 2):
        last = min(first + 2, shape[1])
        crossbar.device_slopes(g, WIRES, feeds, passes, slope, first, last, parts)
        found += parts
    expected = np.empty(shape)
    for place in np.ndindex(shape):
        ends = []
        for step in (1e-7, -1e-7):
            moved = g.copy()
            moved[place] += step
            ends.append((slope * Nodal(moved, WIRES).transfer).sum())
        expected[place] = (ends[0] - ends[1]) / 2e-7
    np.testing.assert_allclose(found, expected, rtol=2e-6, atol=1e-6)
