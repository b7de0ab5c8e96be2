"""The arithmetic of SPICE, and nothing that is not arithmetic."""

import math

import pytest

from neuroep.hardware.pdk.expressions import evaluate


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{1/g}", 0.5e6),
        ("'g*3'", 6e-6),
        ("1k*2", 2000.0),
        ("1meg", 1e6),
        ("0.8p", 0.8e-12),
        ("2^3", 8.0),
        ("-g + max(1, 2)", 2.0 - 2e-6),
        ("{g > 1u ? 500k : 1e18}", 5e5),
        ("{g < 0 ? 500k : 1e18}", 1e18),
        ("{agauss(3, 1, 1)}", 3.0),
        ("sqrt(exp(2*log(5)))", 5.0),
    ],
)
def test_values(text: str, value: float) -> None:
    assert evaluate(text, {"g": 2e-6}) == pytest.approx(value, rel=1e-12)


def test_a_name_that_is_not_known() -> None:
    with pytest.raises(KeyError):
        evaluate("{h}", {})


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "g.real", "[1]", "lambda: 1", "'a' 'b'", "open(1)", "1/0", "(" * 999],
)
def test_nothing_but_arithmetic(text: str) -> None:
    with pytest.raises((ValueError, KeyError)):
        evaluate(text, {"g": 1.0})


def test_functions_are_those_of_spice() -> None:
    assert evaluate("pwr(-2, 3)", {}) == 8.0
    assert evaluate("ln(2)", {}) == math.log(2)
