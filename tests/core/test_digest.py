"""A digest reads every number once, and no single change or exchange escapes it."""

import numpy as np
import pytest
from reference.registry import compares

from neuroep.core.digest import digest


@compares(digest)
@pytest.mark.parametrize("size", [0, 1, 1000])
def test_digest(size: int, rng: np.random.Generator) -> None:
    bits = rng.integers(0, 1 << 32, size, np.uint32)
    wanted = sum(int(b) * (2 * i + 1) for i, b in enumerate(bits)) % (1 << 64)
    assert digest(bits) == wanted


def test_changes_and_exchanges_show(rng: np.random.Generator) -> None:
    values = rng.normal(size=300).astype(np.float32)
    bits = values.view(np.uint32)
    before, kept = digest(bits), values.copy()
    for i in range(len(values)):
        values[i] = np.nextafter(kept[i], np.float32(9.0))
        assert digest(bits) != before
        values[[i, i - 1]] = kept[[i - 1, i]]
        assert digest(bits) != before
        values[:] = kept
    assert digest(bits) == before


@pytest.mark.parametrize("count", [2, 64, 300])
def test_changes_of_sign_show(count: int, rng: np.random.Generator) -> None:
    values = rng.normal(size=300).astype(np.float32)
    before = digest(values.view(np.uint32))
    values[:count] *= -1
    assert digest(values.view(np.uint32)) != before
