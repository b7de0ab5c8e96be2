"""ngspice on the bench: a cell's .cir file, sources at its pins, one instance a sweep point."""

from collections.abc import Callable, Iterable

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

Wiring = Callable[[str, float], Iterable[str]]
"""Lines of a netlist that measure at one sweep point: (suffix of all names, x) -> lines."""


def instance(setup: Setup, name: str, nodes: str, **values: float) -> str:
    """Return the line of an instance of the cell; ``values`` go before those of the setup."""
    listed = " ".join(f"{k}={v:.17g}" for k, v in {**setup.values, **values}.items())
    return f"X{name} {nodes} {setup.subcircuit.name} {listed}"


def operating_points(
    setup: Setup, x: Reals, wiring: Wiring, outputs: Iterable[str], beside: Iterable[str] = ()
) -> Reals:
    """Return the operating point at every sweep point, (outputs, points).

    Parameters
    ----------
    wiring : callable
        Lines for one sweep point; every name in them ends in the suffix that it is given.
    outputs : iterable of str
        Node voltages or branch currents without the suffix: "outp", "i(vsense)".
    beside : iterable of str
        Names of other built-in cells that the lines use.
    """
    lines = [line for k, value in enumerate(x) for line in wiring(f"_{k}", float(value))]
    names = [_with_suffix(out, f"_{k}") for out in outputs for k in range(x.size)]
    save = [f".save {_probe(name)}" for name in names]
    plot = _run(setup, beside, [*lines, ".op", *save])
    return np.array([plot.values[name][0] for name in names]).reshape(-1, x.size)


def waveforms(
    setup: Setup,
    lines: Iterable[str],
    outputs: Iterable[str],
    end: float,
    step: float,
    beside: Iterable[str] = (),
) -> tuple[Reals, dict[str, Reals]]:
    """Return time (points,) and outputs (points,) of a transient from given initial voltages.

    ``step``: the longest one, s.
    """
    outputs = list(outputs)
    analysis = f".tran {step:.12g} {end:.12g} 0 {step:.12g} uic"
    save = [f".save {_probe(name)}" for name in outputs]
    plot = _run(setup, beside, [*lines, analysis, *save])
    assert plot.time is not None
    return plot.time, {name: plot.values[name] for name in outputs}


def _run(setup: Setup, beside: Iterable[str], lines: Iterable[str]) -> Plot:
    try:
        (plot,) = run_deck(_deck(setup, beside, lines))
    except InputError as error:
        raise InputError(f"{setup.file}: cell {setup.cell.name!r}: {error}") from None
    return plot


def _deck(setup: Setup, beside: Iterable[str], lines: Iterable[str]) -> str:
    others = (*setup.cell.parts, *beside)
    files = [setup.file, *((setup.folder / f"{name}.cir").resolve() for name in others)]
    return "\n".join(
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


def _with_suffix(output: str, suffix: str) -> str:
    return output.removesuffix(")") + suffix + ")" * output.endswith(")")


def _probe(name: str) -> str:
    return name if name.endswith(")") else f"v({name})"


def supply_meter(suffix: str) -> list[str]:
    """Return supplies for one sweep point alone, so that what it draws can be told from others."""
    return [f"Vd{suffix} dd{suffix} 0 {SUPPLY}", f"Vs{suffix} ss{suffix} 0 {-SUPPLY}"]


def drawn(currents: Reals) -> Reals:
    """Return what was drawn from vdd and returned to vss (2, points), of i(vd) and i(vs).

    SPICE counts a source's current from its plus to its minus end inside it.
    """
    return np.asarray(currents * np.array([[-1.0], [1.0]]))
