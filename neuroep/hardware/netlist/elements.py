"""Elements of a placed cell whose values follow its parameters: what a running circuit changes."""

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache

from neuroep.hardware.netlist.cells import CellFile
from neuroep.hardware.netlist.deck import Deck
from neuroep.hardware.pdk.expressions import evaluate

ELEMENT = re.compile(
    r"^\s*([rvic]\w*)\s+\S+\s+\S+\s+(?:dc\s+)?(\{[^}]+\})(?:\s+ac\s+1)?\s*$", re.MULTILINE
)


def elements(deck: Deck, names: Mapping[str, float]) -> dict[str, float]:
    """Return the value of every resistor, source and capacitor that a cell's parameter sets.

    By the name that ngspice gives it once subcircuits are flat, ``r.xnudge_0.rp1``. ``names``: of
    the netlist's own parameters, for instances that were given expressions.

    A ValueError: an expression that is no arithmetic.
    """
    found = {}
    for instance, (cell, given) in deck.instances.items():
        values = dict(names)
        for symbol, default in _defaults(cell).items():
            value = given.get(symbol, default)
            values[symbol] = evaluate(value, names) if isinstance(value, str) else float(value)
        for element, expression in _expressions(cell.text):
            path = f"{element[0]}.{instance}.{element}"
            found[path] = evaluate(expression, values)
    return found


def stuck(cell: CellFile, symbols: Iterable[str]) -> list[str]:
    """Return which parameters of a cell stand in expressions that :func:`elements` are not of.

    A running circuit does not follow them: ngspice alters values, and no behavioural source.
    """
    rest = ELEMENT.sub("", cell.text.lower())
    return [one for one in symbols if re.search(rf"\{{[^}}]*\b{re.escape(one)}\b", rest)]


def _defaults(cell: CellFile) -> Mapping[str, str]:
    return _header(cell.text, cell.subckt)


@cache
def _header(text: str, subckt: str) -> dict[str, str]:
    pattern = rf"^\s*\.subckt\s+{re.escape(subckt)}\b(.*)$"
    match = re.search(pattern, text.lower(), re.MULTILINE)
    words = match[1].split() if match else []
    return dict(word.split("=", 1) for word in words if "=" in word)


@cache
def _expressions(text: str) -> tuple[tuple[str, str], ...]:
    return tuple(_matches(text.lower()))


def _matches(text: str) -> Iterator[tuple[str, str]]:
    for match in ELEMENT.finditer(text):
        yield match[1], match[2]
