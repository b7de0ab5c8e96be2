"""ngspice on the bench: a cell's .cir file, sources at its pins, one instance a sweep point."""

from collections.abc import Callable, Iterable, Mapping, Sequence

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

Wiring = Callable[..., list[str]]
"""Lines of a netlist that measure at one sweep point: (setup, suffix of all names, x) -> lines.

One that also measures supplies takes two supply nodes besides, "vdd vss" when absent.
"""

Given = Mapping[str, float | str]
"""The voltage at each pin, V, or what else is there; and the values of parameters."""

ONE: Mapping[str, Given] = {"": {}}
"""A sweep point that needs one instance."""


def amperes(value: float) -> str:
    """Return what is at a pin that a current flows into."""
    return f"I{{0}} 0 {{0}} {value:.17g}"


def ohms(value: float) -> str:
    """Return what is at a pin with a resistor to ground."""
    return f"R{{0}} {{0}} 0 {value:.17g}"


def instance(setup: Setup, name: str, nodes: str, **values: float) -> str:
    """Return the line of an instance of the cell; ``values`` go before those of the setup."""
    given = {**setup.values, **values}
    known = (p.symbol for p in setup.cell.parameters if p.symbol in setup.subcircuit.defaults)
    listed = " ".join(f"{k}={given[k]:.17g}" for k in known)
    return f"X{name} {nodes} {setup.subcircuit.name} {listed}"


def wired(at: Callable[[float], Given], cases: Mapping[str, Given] = ONE) -> Wiring:
    """Return the wiring of a cell between sources: one instance a case at each sweep point.

    ``at(x)``: what is at the pins, those without an entry being left open, and the value of each
    parameter that is swept; ``cases``: the same of each instance, by what its nodes are called
    behind their pins. The source at a pin ``in`` of case ``on`` is ``Vinon`` or ``Iinon``.
    """

    def wiring(setup: Setup, s: str, x: float, supplies: str = "vdd vss") -> list[str]:
        rails = dict(zip(("vdd", "vss"), supplies.split(), strict=True))
        lines = []
        for case, own in cases.items():
            nodes = {pin: rails.get(pin, f"{pin}{case}{s}") for pin in setup.cell.pins}
            given = {**at(x), **own}
            lines += [_source(nodes[name], given[name]) for name in given if name in nodes]
            values = {name: float(given[name]) for name in given if name not in nodes}
            lines.append(instance(setup, f"{case}{s}", " ".join(nodes.values()), **values))
        return lines

    return wiring


def _source(node: str, given: float | str) -> str:
    element = given if isinstance(given, str) else f"V{{0}} {{0}} 0 {given:.17g}"
    return element.format(node)


def operating_points(
    setup: Setup, x: Reals, wiring: Wiring, outputs: Sequence[str], beside: Iterable[str] = ()
) -> Reals:
    """Return the operating point at every sweep point, (outputs, points).

    ``outputs``: node voltages or branch currents without the suffix: "outp", "i(vin)", or less what
    is measured: "-i(vin)"; ``beside``: names of other built-in cells that the lines use.
    """
    lines = [line for k, value in enumerate(x) for line in wiring(setup, f"_{k}", float(value))]
    plain = [out.removeprefix("-") for out in outputs]
    names = [_with_suffix(out, f"_{k}") for out in plain for k in range(x.size)]
    save = [f".save {_probe(name)}" for name in names]
    plot = _run(setup, beside, [*lines, ".op", *save])
    signs = np.array([[-1.0 if out.startswith("-") else 1.0] for out in outputs])
    found = np.array([plot.values[name][0] for name in names]).reshape(-1, x.size)
    return np.asarray(signs * found)


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
    others = (*setup.cell.parts, *beside)
    celsius = f"{setup.temperature - ZERO_CELSIUS:.12g}"
    files = [(setup.folder / f"{name}.cir").resolve() for name in others]
    deck = "\n".join(
        [
            f"{setup.subcircuit.name} on the bench",
            setup.subcircuit.text,
            *(f'.include "{file}"' for file in files),
            # Values of junctions are those at this temperature, not to be scaled from another.
            f".options reltol=1e-6 vntol=1e-12 abstol=1e-18 gmin=1e-18 tnom={celsius}",
            f".temp {celsius}",
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
