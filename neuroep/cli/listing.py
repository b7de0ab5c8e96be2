"""``neuroep list``: what there is to build with."""

import tomllib

from neuroep.content import datasets_path
from neuroep.design.cells import libraries, library
from neuroep.design.files import built_in_designs
from neuroep.devices.card import built_in_cards, read_card
from neuroep.devices.gains import GAINS
from neuroep.devices.laws import LAWS
from neuroep.devices.schemes import SCHEMES
from neuroep.hardware.cells import CELLS
from neuroep.hardware.hopfield.engines import ENGINES
from neuroep.learning.rules import RULES
from neuroep.learning.updates import UPDATES
from neuroep.network.hopfield.catalogue import COST_TYPES, LAYER_TYPES
from neuroep.settle import SOLVERS
from neuroep.tasks.catalogue import TASKS


def _first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def print_listing() -> None:
    """Print designs, layer types, costs, cells, solvers and data sets."""
    sections = {
        "designs (circuits/designs)": dict(built_in_designs()),
        "tasks ([table] of a design)": {name: task.title for name, task in TASKS.items()},
        "layers": {name: _first_line(kind) for name, kind in LAYER_TYPES.items()},
        "costs": {name: _first_line(kind) for name, kind in COST_TYPES.items()},
        "cells (circuits/cells/ideal)": {name: cell.title for name, cell in CELLS.items()},
        "solvers": {name: _first_line(kind) for name, kind in (SOLVERS | ENGINES).items()},
        "libraries of cells (circuits/cells)": {n: library(n).title for n in libraries()},
        "rules (learning.rule)": {name: _first_line(kind) for name, kind in RULES.items()},
        "updates (learning.update)": {name: _first_line(kind) for name, kind in UPDATES.items()},
        "schemes of pulses (learning.scheme)": {n: _first_line(k) for n, k in SCHEMES.items()},
        "gains before pulses (learning.gain)": {n: _first_line(k) for n, k in GAINS.items()},
        "device laws (law.type of a card)": {n: _first_line(k) for n, k in LAWS.items()},
        "devices (circuits/devices)": {name: read_card(name).name for name in built_in_cards()},
        "data sets (datasets)": _data_sets(),
    }
    for title, entries in sections.items():
        print(title)
        for name, meaning in entries.items():
            print(f"  {name:<25}{meaning}")
        print()


def _data_sets() -> dict[str, str]:
    found = {}
    for path in sorted(datasets_path().glob("*.toml")):
        card = tomllib.loads(path.read_text(encoding="utf-8"))
        found[path.stem] = str(card.get("title", card.get("name", "")))
    return found
