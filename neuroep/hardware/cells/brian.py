"""Brian2 on the bench: equations with units, in plain numpy, without traces in its globals."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from neuroep.hardware.cells.cell import Setup


@contextmanager
def code_target(target: str = "numpy") -> Iterator[Any]:
    """Yield the module brian2 while it makes its code for one target: numpy needs no compiler."""
    import brian2

    before = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = target
    try:
        yield brian2
    finally:
        brian2.prefs.codegen.target = before


def with_units(setup: Setup) -> Mapping[str, Any]:
    """Return a cell's parameters and U_T as Brian2 quantities, by symbol."""
    import brian2

    named: dict[str, Any] = {
        p.symbol: setup.values[p.symbol] * (getattr(brian2, p.unit) if p.unit else 1)
        for p in setup.cell.parameters
    }
    return named | {"ut": setup.thermal_voltage * brian2.volt}
