"""Draws are hashes of whose they are, with the statistics that they should have."""

import numpy as np
import pytest
from scipy import stats

from neuroep.core.pulses.draws import hashed, normal, normal_pair, uniform
from neuroep.devices.array import key_of

MASK = (1 << 64) - 1


def mixed(word: int) -> int:
    """Return the finaliser of SplitMix64 in Python's integers."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def plain(key: int, device: int, counter: int, stream: int) -> int:
    """Return the hash, slowly."""
    word = mixed((key + device * 0x9E3779B97F4A7C15) & MASK)
    word = mixed(word ^ (counter * 0xD1B54A32D192ED03 & MASK))
    return mixed((word + stream * 0x8CB92BA72F3D8DD7) & MASK)


@pytest.mark.parametrize("counter", [-1, 0, 1, 123_456])
def test_the_kernel_is_the_hash(counter: int) -> None:
    for device in (0, 1, 10**8):
        for stream in (0, 1, 14):
            found = int(hashed(np.uint64(77), device, counter, stream))
            assert found == plain(77, device, counter, stream)


def test_draws_are_uniform_and_normal_and_do_not_go_together() -> None:
    key = np.uint64(5)
    flat = np.array([uniform(key, d, 3, 0) for d in range(20_000)])
    bell = np.array([normal(key, d, 3, 0) for d in range(20_000)])
    assert stats.kstest(flat, "uniform").pvalue > 0.01
    assert stats.kstest(bell, "norm").pvalue > 0.01
    later = np.array([normal(key, d, 4, 0) for d in range(20_000)])
    other = np.array([normal(np.uint64(6), d, 3, 0) for d in range(20_000)])
    pairs = np.array([normal_pair(key, d, 3, 0) for d in range(20_000)])
    assert (pairs[:, 0] == bell).all()
    assert stats.kstest(pairs[:, 1], "norm").pvalue > 0.01
    for series in (later, other, np.roll(bell, 1), pairs[:, 1]):
        assert abs(np.corrcoef(bell, series)[0, 1]) < 4 / np.sqrt(20_000)


def test_arrays_and_chips_have_keys_of_their_own() -> None:
    names = [
        "a",
        "b",
        "ab",
        "pixels-hidden",
        "pixels-hiddeM",
        "hidden.bias",
        "12345678",
        "123456789",
    ]
    keys = [int(key_of(chip, name)) for chip in (0, 1) for name in names]
    assert len(set(keys)) == len(keys)
    assert key_of(3, "hidden-out") == key_of(3, "hidden-out")
