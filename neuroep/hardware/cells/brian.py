"""Brian2 on the bench: equations with units, in plain numpy, without traces in its globals."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from neuroep.hardware import brian2_module
from neuroep.hardware.cells.cell import Setup


@contextmanager
def code_target(target: str = "numpy") -> Iterator[Any]:
    """Yield the module brian2 while it makes its code for one target: numpy needs no compiler.

    Meanwhile its preferences are its own defaults; a user who has imported it may have others.
    """
    brian2 = brian2_module.load()
    prefs = brian2.prefs
    before = {name: prefs[name] for name in prefs}
    prefs.reset_to_defaults()
    prefs.codegen.target = target
    try:
        yield brian2
    finally:
        for name, value in before.items():
            prefs[name] = value


def with_units(setup: Setup) -> Mapping[str, Any]:
    """Return a cell's parameters and U_T as Brian2 quantities, by symbol."""
    brian2 = brian2_module.load()
    named: dict[str, Any] = {
        p.symbol: setup.values[p.symbol] * (getattr(brian2, p.unit) if p.unit else 1)
        for p in setup.cell.parameters
    }
    return named | {"ut": setup.thermal_voltage * brian2.volt}
