"""A training on chip N is a training of chip N: its units, its corner, its rails."""

from functools import cache
from pathlib import Path

import h5py
import numpy as np
import pytest
from experiment_support import QUICK, TINY, train_text

SPREADS = """
[variability]
gain = "10 %"
offset = "10 mV"
saturation = "5 %"
threshold = "10 mV"
tail_current = "5 %"
[variability.corners.slow]
saturation = 0.9
"""
ZERO = '\n[variability]\ngain = "0 %"\n'
SWEPT = ("--epochs", 1, "--solver", "sweep", *QUICK)


@pytest.fixture(scope="module")
def learned(tmp_path_factory: pytest.TempPathFactory):
    """Return what trains a design with some options, once each, and returns its parameters."""

    @cache
    def run(text: str, *options: str) -> np.ndarray:
        folder = tmp_path_factory.mktemp("chip")
        assert train_text(folder, text, *SWEPT, *options) == 0
        return parameters(folder / "run" / "trained.h5")

    return run


def parameters(path: Path) -> np.ndarray:
    found: list[np.ndarray] = []
    with h5py.File(path) as file:
        file.visititems(
            lambda _, item: (
                found.append(np.ravel(item[()]))
                if isinstance(item, h5py.Dataset) and item.dtype.kind == "f"
                else None
            )
        )
    return np.concatenate(found)


def test_a_chip_learns_what_is_its_own(learned) -> None:
    ideal = learned(TINY)
    third, fourth = (learned(TINY + SPREADS, "--chip", n) for n in ("3", "4"))
    assert ideal.shape == third.shape
    assert np.abs(third - ideal).max() > 1e-3
    assert np.abs(fourth - third).max() > 1e-3
    assert (learned(TINY + SPREADS, "--set", "circuit.chip=3") == third).all()


def test_what_does_not_spread_changes_no_bit(learned) -> None:
    ideal = learned(TINY)
    assert (learned(TINY + ZERO, "--chip", "3") == ideal).all()
    assert (learned(TINY + SPREADS) == ideal).all()


def test_corners_reach_training(learned) -> None:
    ideal = learned(TINY)
    slow = learned(TINY + SPREADS, "--set", "circuit.corner=slow")
    assert np.abs(slow - ideal).max() > 1e-4
    hot = learned(TINY, "--set", "circuit.temperature=398.15 K")
    assert np.abs(hot - ideal).max() > 1e-5


def test_rails_reach_training_where_lines_reach_rails(learned) -> None:
    def at(supply: str, *options: str) -> np.ndarray:
        return learned(TINY, "--set", f"circuit.supply={supply}", *options)

    assert (at("1.6 V") == at("1.8 V")).all()  # queries stay far below
    wide = ("--set", "circuit.membrane_volts.heads=1.5 V")
    assert (at("1.6 V", *wide) != at("1.8 V", *wide)).any()


def test_spikes_and_sweeps_see_the_same_chip(learned) -> None:
    spiking = learned(TINY + SPREADS, "--chip", "3", "--solver", "spiking")
    other = learned(TINY + SPREADS, "--chip", "4", "--solver", "spiking")
    assert (spiking != other).any()
