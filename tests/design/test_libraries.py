"""A library of cells in a design: its values are the chip's, its limits are kept."""

import pytest

from neuroep.design.load import load_design
from neuroep.errors import InputError


def test_what_a_library_is_made_for_are_the_defaults() -> None:
    circuit = load_design("transistors_small").circuit
    assert (circuit.supply, circuit.signal, circuit.unit_conductance) == (0.9, 0.3, 0.5e-6)
    assert load_design("transistors_small", ["circuit.signal=0.2 V"]).circuit.signal == 0.2
    ideal = load_design("transistors_small", ["circuit.library=ideal"]).circuit
    assert (ideal.supply, ideal.signal) == (1.8, 0.5)


@pytest.mark.parametrize(
    ("override", "what"),
    [
        ("circuit.supply=1.8 V", "supply: 1.8 V is more than transistors of sky130 stand"),
        ("circuit.library=sky13", "no library of cells; did you mean sky130"),
        ("circuit.library=../x", "no library of cells"),
        ("circuit.corner=xx", "circuit.corner"),
        ("circuit.chip=-1", "circuit.chip"),
        ("solver=ngspic", "did you mean ngspice"),
    ],
)
def test_what_does_not_fit(override: str, what: str) -> None:
    with pytest.raises(InputError, match=what):
        load_design("transistors_small", [override])


def test_ideal_cells_have_no_corners() -> None:
    with pytest.raises(InputError, match="ideal cells have none"):
        load_design("attention_small", ["circuit.corner=ss"])
