"""What samplers hold, and steps between measured ones, against a line of numpy each."""

import math

import numpy as np
import pytest
from reference import pulses as slow
from reference.kernels import both_dtypes
from reference.registry import compares

from neuroep.core.pulses import interpolation, sampling
from neuroep.core.pulses.device import AT_HIGH, AT_LOW, DRAW, NOISE, OWN, RELATIVE


@compares(sampling.made, sampling.sampled)
@both_dtypes
def test_samplers(dtype: type) -> None:
    rng = np.random.default_rng(0)
    gain, offset = np.empty((2, 6)), np.empty((2, 6))
    for which in range(2):
        sampling.made(0.1, np.uint64(5), which, gain[which])
        sampling.made(0.2, np.uint64(6), which, offset[which])
        wanted = [0.1 * slow.normal(5, line, -1, 2 * which) for line in range(6)]
        np.testing.assert_allclose(gain[which], wanted, rtol=1e-12)
    values, roles = rng.random((4, 6)).astype(dtype), np.array([0, 1, 1, 0])
    noise = 0.01 * rng.standard_normal((4, 6))
    for added in (noise, np.empty((0, 0))):
        held = values.copy()
        sampling.sampled(held, roles, gain, offset, 0.9, added)
        wanted = 0.9 * ((1 + gain[roles]) * values + offset[roles])
        wanted = wanted + (added if added.size else 0.0)
        np.testing.assert_allclose(held, wanted, rtol=1e-12 if dtype is np.float64 else 1e-5)


@compares(interpolation.in_nodes, interpolation.in_table)
@pytest.mark.parametrize("relative", [0.0, 1.0])
def test_steps_between_measured_ones(relative: float) -> None:
    rng = np.random.default_rng(1)
    rows, columns = 5, 4
    nodes = rng.uniform(0.5, 1.5, 2 * columns)
    tables = np.sort(rng.uniform(-0.5, 1.5, (2, rows, columns)), axis=1)
    c = np.zeros(OWN + 2 + tables.size)
    c[AT_LOW], c[AT_HIGH], c[NOISE], c[RELATIVE] = -0.9, 1.2, 0.3, relative
    at = np.linspace(-0.9, 1.2, columns)
    for w in (-0.9, -0.2, 0.31, 1.2):
        for draw in (-1.3, 0.0, 0.8):
            c[DRAW] = draw
            c[OWN], c[OWN + 1 : OWN + 1 + nodes.size] = columns, nodes
            change = np.interp(w, at, nodes[columns:])
            wanted = change + 0.3 * draw * (change if relative else 1.0)
            assert interpolation.in_nodes(w, c, OWN + 1 + columns) == pytest.approx(wanted)
            c[OWN : OWN + 2], c[OWN + 2 :] = (rows, columns), tables.reshape(-1)
            quantile = 0.5 * (1 + math.erf(draw / math.sqrt(2)))
            for table in range(2):
                here = [np.interp(w, at, row) for row in tables[table]]
                wanted = np.interp(quantile, np.linspace(0, 1, rows), here)
                assert interpolation.in_table(w, c, table) == pytest.approx(wanted)
