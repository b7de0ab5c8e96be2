"""ngspice on the bench: a cell's .cir file, sources at its pins, one instance a sweep point."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np

from neuroep.core.constants import ZERO_CELSIUS
from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.hardware.cells.cell import Setup
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.rawfile import Plot

SUPPLY = 1.8
"""V: the rails of the bench stand at +SUPPLY and -SUPPLY."""

LOAD = 100e3
"""ohm: from each line to ground where the current from the supplies is measured."""

Wiring = Callable[[Setup, str, float], Iterable[str]]
"""Lines of a netlist that measure at one sweep point: (setup, suffix of all names, x) -> lines."""


def instance(setup: Setup, name: str, nodes: str, **values: float) -> str:
    """Return the line of an instance of the cell; ``values`` go before those of the setup."""
    listed = " ".join(f"{k}={v:.17g}" for k, v in {**setup.values, **values}.items())
    return f"X{name} {nodes} {setup.subcircuit.name} {listed}"


def operating_points(
    setup: Setup, x: Reals, wiring: Wiring, outputs: Iterable[str], beside: Iterable[str] = ()
) -> Reals:
    """Return the operating point at every sweep point, (outputs, points).

    ``outputs``: node voltages or branch currents without the suffix: "outp", "i(vsense)";
    ``beside``: names of other built-in cells that the lines use.
    """
    lines = [line for k, value in enumerate(x) for line in wiring(setup, f"_{k}", float(value))]
    names = [_with_suffix(out, f"_{k}") for out in outputs for k in range(x.size)]
    save = [f".save {_probe(name)}" for name in names]
    plot = _run(setup, beside, [*lines, ".op", *save])
    return np.array([plot.values[name][0] for name in names]).reshape(-1, x.size)


def waveforms(
    setup: Setup, lines: Iterable[str], outputs: Sequence[str], end: float, step: float
) -> tuple[Reals, dict[str, Reals]]:
    """Return time (points,) and outputs (points,) of a transient from given initial voltages.

    ``step``: the longest one, s.
    """
    analysis = f".tran {step:.12g} {end:.12g} 0 {step:.12g} uic"
    save = [f".save {_probe(name)}" for name in outputs]
    plot = _run(setup, (), [*lines, analysis, *save])
    assert plot.time is not None
    return plot.time, {name: plot.values[name] for name in outputs}


def _run(setup: Setup, beside: Iterable[str], lines: Iterable[str]) -> Plot:
    files = [setup.file, *((setup.folder / f"{name}.cir").resolve() for name in beside)]
    deck = "\n".join(
        [
            f"{setup.subcircuit.name} on the bench",
            *(f'.include "{file}"' for file in files),
            ".options reltol=1e-6 vntol=1e-12 abstol=1e-18 gmin=1e-18",
            f".temp {setup.temperature - ZERO_CELSIUS:.12g}",
            f"Vdd vdd 0 {SUPPLY}",
            f"Vss vss 0 {-SUPPLY}",
            *lines,
            ".end\n",
        ]
    )
    try:
        (plot,) = run_deck(deck)
    except InputError as error:
        raise InputError(f"{setup.file}: cell {setup.cell.name!r}: {error}") from None
    return plot


def _with_suffix(output: str, suffix: str) -> str:
    return output.removesuffix(")") + suffix + ")" * output.endswith(")")


def _probe(name: str) -> str:
    return name if name.endswith(")") else f"v({name})"
