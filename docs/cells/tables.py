"""The tables of a cell's page, from the catalogue; figures of parity come with them."""

import re
from pathlib import Path

from neuroep.hardware.cells import CELLS, Cell, Parity
from neuroep.hardware.cells.parameters import SYMBOLS

PREFIXES = {1e-15: "f", 1e-12: "p", 1e-9: "n", 1e-6: "µ", 1e-3: "m", 1.0: "", 1e3: "k"}


def quantity(value: float, unit: str) -> str:
    """Return a value with its unit and prefix."""
    symbol = SYMBOLS.get(unit, "")
    if not symbol or value == 0:
        return f"{value:g} {symbol}".rstrip()
    scale = max((s for s in PREFIXES if s <= abs(value) * 1.0001), default=1e-15)
    return f"{value / scale:g} {PREFIXES[scale]}{symbol}"


def pins_and_parameters(cell: Cell) -> str:
    """Return the table of pins and the one of parameters."""
    lines = ["| pin | what it is |", "| --- | --- |"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in cell.pins.items()]
    lines += ["", "| parameter | unit | what it is | default | allowed | where from |"]
    lines += ["| --- | --- | --- | --- | --- | --- |"]
    for p in cell.parameters:
        unit = SYMBOLS.get(p.unit, "1")
        default = quantity(p.default, p.unit)
        lines.append(
            f"| `{p.symbol}` | {unit} | {p.meaning} | {default} | {p.allowed} | {p.source} |"
        )
    return "\n".join(lines)


def views(results: list[Parity]) -> str:
    """Return the table of what was compared, how far each view was, and how far it may be."""
    lines = ["| experiment | view | largest distance from the kernel | tolerance |"]
    lines += ["| --- | --- | --- | --- |"]
    for result in results:
        unit = result.experiment.y.unit
        for view, far in result.deviations.items():
            limit = f"{result.tolerances[view]:.1g} {unit}".rstrip()
            # The last digits of rounding errors differ from machine to machine.
            seen = f"{far:.0e} {unit}".rstrip() if far > 1e-3 * result.tolerances[view] else "none"
            seen = "below a thousandth of it" if seen == "none" else seen
            lines.append(f"| {result.experiment.name} | {view} | {seen} | {limit} |")
    return "\n".join(lines)


def index() -> str:
    """Return the table of all cells."""
    lines = ["| cell | what it is | views |", "| --- | --- | --- |"]
    for name, cell in CELLS.items():
        lines.append(f"| [{name}]({name}.md) | {cell.title} | {', '.join(cell.views)} |")
    return "\n".join(lines)


def replaced(path: Path, mark: str, table: str) -> str:
    """Return the text of a page with the part between two marks replaced."""
    begin, end = f"<!-- {mark} -->", f"<!-- end of {mark} -->"
    text, count = re.subn(
        f"{begin}.*?{end}",
        lambda _: f"{begin}\n{table}\n{end}",
        path.read_text(encoding="utf-8"),
        flags=re.DOTALL,
    )
    if count != 1:
        raise ValueError(f"{path}: needs {begin} and {end} once, has them {count} times")
    return text
