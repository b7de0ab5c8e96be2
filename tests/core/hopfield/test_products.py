"""Products of rows with stored patterns, by loops and by BLAS, against numpy's in float64."""

from collections.abc import Callable

import numpy as np
import pytest
from reference.kernels import both_dtypes, close
from reference.registry import compares

from neuroep.core.hopfield import products

LOOPS = products.scores_by_loops, products.readings_by_loops
CHOSEN = products.scores_with, products.readings_of


@compares(*LOOPS, products.score_four, products.score_one)
@compares(*CHOSEN, products.add_to_four, products.add_to_one)
@both_dtypes
@pytest.mark.parametrize("by", [LOOPS, CHOSEN])
@pytest.mark.parametrize("width", [1, 3, 100])
@pytest.mark.parametrize("patterns", [0, 1, 2, 3, 61, 230])
@pytest.mark.parametrize("rows", [0, 1, 3, 4, 7, 8, 9])
def test_products(
    rows: int,
    patterns: int,
    width: int,
    by: tuple[Callable[..., None], Callable[..., None]],
    dtype: type,
    rng: np.random.Generator,
) -> None:
    scores_by, readings_by = by
    queries = rng.normal(size=(rows, width)).astype(dtype)
    stored = rng.normal(size=(patterns, width)).astype(dtype)
    found = np.full((rows, patterns), np.nan, dtype)
    scores_by(queries, stored, found)
    close(found, queries.astype(float) @ stored.T.astype(float), dtype, 10)
    shares = rng.random((rows, patterns)).astype(dtype)
    read = np.full((rows, width), np.nan, dtype)
    readings_by(shares, stored, read)
    close(read, shares.astype(float) @ stored.astype(float), dtype, 10)


@both_dtypes
def test_what_is_no_number_stays_in_its_row(dtype: type) -> None:
    queries, stored = np.ones((4, 5), dtype), np.ones((7, 5), dtype)
    queries[1, 2], queries[3, 0] = np.nan, np.inf
    scores = np.empty((4, 7), dtype)
    products.scores_by_loops(queries, stored, scores)
    assert np.isnan(scores[1]).all()
    assert np.isposinf(scores[3]).all()
    assert (scores[[0, 2]] == 5).all()
    read = np.empty((4, 5), dtype)
    products.readings_by_loops(scores, stored, read)
    assert np.isnan(read[1]).all()
    assert np.isposinf(read[3]).all()
    assert (read[[0, 2]] == 35).all()
