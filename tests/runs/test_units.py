"""Units in which a quantity reads well."""

import pytest

from neuroep.runs.units import engineering


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0 J"),
        (float("nan"), "-"),
        (1.0, "1 J"),
        (999.4e-9, "999 nJ"),
        (999.7e-9, "1 µJ"),
        (0.9999, "1 J"),
        (1.5e-3, "1.5 mJ"),
        (-2.34e-12, "-2.34 pJ"),
        (2e9, "2 GJ"),
        (4e-20, "0.04 aJ"),
    ],
)
def test_three_digits_and_the_prefix_that_suits_them(value: float, text: str) -> None:
    assert engineering(value, "J") == text
