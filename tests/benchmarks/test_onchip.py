"""The table of what breaks learning on devices: every row is a design, and its sum is told."""

import pytest

from benchmarks.devices.onchip import rows, table
from neuroep.design.load import load_design


@pytest.mark.parametrize("name", rows())
def test_every_row_is_a_design(name: str) -> None:
    load_design("onchip_mnist", rows()[name])


def test_rows_of_several_seeds_stand_as_one() -> None:
    one = {"name": "x", "images": 100, "test_accuracy": 0.9, "seed": 0}
    kept = [one, one | {"test_accuracy": 0.92, "seed": 1}, one | {"name": "y"}]
    kept[0] = kept[0] | {"pulses_per_device_and_example": 2e-5}
    kept[1] = kept[1] | {"pulses_per_device_and_example": 4e-5}
    lines = table(kept).splitlines()
    assert lines[2] == "| x | 100 | 91.00 +- 1.41 | 3.0e-05 |"
    assert lines[3] == "| y | 100 | 90.00 |  |"
