"""Physical quantities in designs: which units are taken, and how people write them."""

import pytest

from neuroep.quantities import in_unit


@pytest.mark.parametrize(
    ("text", "unit", "value"),
    [
        ("2 kohm", "ohm", 2e3),
        ("2 kOhm", "ohm", 2e3),
        ("2 MOhm", "ohm", 2e6),
        ("2 k\u03a9", "ohm", 2e3),  # the Greek letter
        ("2 k\u2126", "ohm", 2e3),  # the sign
        ("5 \u00b5s", "second", 5e-6),
        ("5 \u03bcs", "second", 5e-6),
        ("27 \u00b0C", "kelvin", 300.15),
    ],
)
def test_units_as_people_write_them(text: str, unit: str, value: float) -> None:
    assert in_unit(text, unit, "") == value


@pytest.mark.parametrize(
    ("text", "unit"),
    [("2 M", "ohm"), ("2 meg", "ohm"), ("5 uS", "second"), ("5 us", "siemens"), ("5", "volt")],
)
def test_what_is_no_such_quantity_is_refused(text: str, unit: str) -> None:
    with pytest.raises(ValueError, match=r"is not a quantity|cannot be converted"):
        in_unit(text, unit, "5 us")
