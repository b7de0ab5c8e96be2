"""Pages name every key of every table of a design, as the models have it, and none that is gone."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from neuroep_docs import keys

from neuroep.design.learning import PULSES
from neuroep.devices.gains import GAINS
from neuroep.devices.schemes import SCHEMES
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.updates import UPDATES
from neuroep.network.hopfield.catalogue import COST_TYPES, LAYER_TYPES
from neuroep.tasks.catalogue import TASKS

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = [DOCS / "designs.md", DOCS / "variability.md"]
PAGE = PAGES[0].read_text(encoding="utf-8")


def part(heading: str) -> str:
    """Return what stands below a heading of the second level."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def own(kind: Any) -> set[str]:
    """Return the entries of a dataclass that a design can set."""
    return {f.name for f in fields(kind) if f.init}


NAMED: dict[str, Any] = {**RULES, **UPDATES, **SCHEMES, **GAINS}
"""What stands in [learning] by its name."""

ENTRIES = {
    "Layers": {key for kind in LAYER_TYPES.values() for key in own(kind)} - {"name"},
    "Cost": {key for kind in COST_TYPES.values() for key in own(kind)},
    "Learning": {key for kind in (Recipe, *NAMED.values()) for key in own(kind)},
}


@pytest.mark.parametrize("heading", ENTRIES)
def test_every_entry_is_named(heading: str) -> None:
    text = part(heading)
    named = set(re.findall(r"[`\[.]([a-z_]+)", text))
    assert not ENTRIES[heading] - named


@pytest.mark.parametrize(
    ("heading", "names"),
    [
        ("Layers", LAYER_TYPES),
        ("Cost", COST_TYPES),
        ("Learning", {**NAMED, PULSES: None}),
        ("What is learned", TASKS),
    ],
)
def test_every_name_of_a_catalogue_is_there(heading: str, names: dict[str, Any]) -> None:
    for name in names:
        assert re.search(rf'[`"\[]{name}[`"\]]', part(heading)), name


def test_every_key_of_the_models_stands_on_a_page() -> None:
    marks = [name for page in PAGES for name in keys.marked(page.read_text(encoding="utf-8"))]
    assert sorted(marks) == sorted(keys.tables())  # each once
    for name, model in keys.tables().items():
        for key in model.model_fields:
            assert f"| `{'global' if key == 'across' else key}` |" in keys.table(name), (name, key)


def test_every_key_says_what_it_does() -> None:
    for name, model in keys.tables().items():
        assert not [key for key in model.model_fields if not keys.said(model, key)], name


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_tables_of_keys_are_those_of_the_models(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert keys.filled(text) == text, "python docs/_ext/neuroep_docs/keys.py writes them"


def test_tables_say_types_units_and_defaults() -> None:
    settle = keys.table("resistive: settle")
    assert '| `residual` | quantity | V | `"1 nV"` | Largest change of a voltage' in settle
    assert "| `steps` | whole number |  | `100` |" in settle
    assert "| `hidden` | list of whole numbers |  | needed |" in keys.table("resistive")
    assert "| `tail_current` | table | share, A |  |" in keys.table("variability")
    assert '`"own"` |  | `"one"` |' in keys.table("devices")


def test_a_key_that_is_gone_is_seen() -> None:
    page = "before\n<!-- keys: images -->\n\n| `blur` |\n\n<!-- end -->\nafter\n"
    assert "blur" not in keys.filled(page)
    assert "`shift`" in keys.filled(page)
    assert keys.filled(page).endswith("<!-- end -->\nafter\n")
