"""What each cell of a library takes from its rails, and its area: what budgets count with."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from neuroep.design.cells import MEASURED, cell_files
from neuroep.design.chip import chip_of
from neuroep.hardware.cells import CELLS
from neuroep.hardware.cells.fixtures import FIXTURES
from neuroep.hardware.netlist.cells import REFERENCE, SUPPLIES
from neuroep.hardware.netlist.deck import number
from neuroep.hardware.netlist.metering import metered, watts
from neuroep.hardware.netlist.options import PROCESS_OPTIONS
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.studies.characterise.measure import OVERHEAD, Condition, Specimen

TAIL, BRANCH = "wta_tail", "wta_branch"
HEADER = f"""\
# {MEASURED}: written by 'neuroep characterise LIBRARY'. Of each cell on its fixture at its middle,
# nominal process, 27 C: the mean of what it draws from both rails (a branch without its share of
# the tail), and its area as 'neuroep characterise' estimates it: nobody has drawn a layout.
"""


def measure_supplies(name: str, cells: Sequence[str]) -> dict[str, tuple[float, float]]:
    """Return current, A, and area, um^2, of cells of a library, and of what stands beside them.

    An InputError: no models, no ngspice.
    """
    chip, files = chip_of(name), cell_files({}, Path(), name)
    found: dict[str, tuple[float, float]] = {}
    for cell in cells:
        specimen = Specimen(FIXTURES[cell], chip, files)
        supplied = set(SUPPLIES) <= set(CELLS[cell].pins)
        if supplied and not FIXTURES[cell].levels:
            found |= _of_one(specimen, cell, chip.supply)
    return dict(sorted(found.items()))


def to_toml(found: Mapping[str, tuple[float, float]]) -> str:
    """Return the content of a library's file."""
    lines = [
        f'{cell} = {{ current = "{current * 1e6:.4g} uA", area = {area:.5g} }}  # um^2'
        for cell, (current, area) in found.items()
    ]
    return "\n".join([HEADER, *lines, ""])


def _of_one(specimen: Specimen, cell: str, supply: float) -> dict[str, tuple[float, float]]:
    deck, lines = specimen.deck(Condition())
    text = "\n".join(
        [
            f"{cell} between its rails",
            ".temp 27",
            PROCESS_OPTIONS,
            f"vdd vdd 0 {number(supply)}",
            f"vss vss 0 {number(-supply)}",
            deck.subcircuits(),
            *deck.lines,
            *lines,
            ".op",
            ".save v(vdd) v(vss)",
            ".end",
        ]
    )
    text, groups = metered(text, deck, lambda _, kind: kind)
    (plot,) = run_deck(text)
    found = {}
    kinds = [placed.cell.name for placed, _ in deck.instances.values()]
    for k, kind in enumerate(groups):
        taken = watts(plot.values, k)
        if kind == BRANCH:  # the tail's current comes from vdd through its branches
            taken = taken - watts(plot.values, groups.index(TAIL))
        current = float(taken[0]) / (2.0 * supply) / max(1, kinds.count(kind))
        if kind == cell:
            area = specimen.area().estimate
        else:
            placed = deck.used[cell] if kind == REFERENCE else deck.used[kind]
            subckt = REFERENCE if kind == REFERENCE else placed.subckt
            area = OVERHEAD * sum(t.area for t in placed.transistors[subckt])
        found[kind] = current, area
    return found
