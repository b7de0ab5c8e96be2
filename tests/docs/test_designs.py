"""docs/designs.md names every entry of every section, and none that is gone."""

import re
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from neuroep.design.devices import DevicesSection, SensingSection
from neuroep.design.hopfield import coupling, design, sections
from neuroep.design.learning import PULSES
from neuroep.design.resistive import design as resistive
from neuroep.design.traces import TraceSection
from neuroep.devices.gains import GAINS
from neuroep.devices.schemes import SCHEMES
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules import RULES
from neuroep.learning.updates import UPDATES
from neuroep.network.hopfield.catalogue import COST_TYPES, LAYER_TYPES
from neuroep.quantities import in_unit
from neuroep.tasks.catalogue import TASKS

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "designs.md").read_text(encoding="utf-8")
UNITS = {"V": "volt", "S": "siemens", "F": "farad", "A": "ampere", "K": "kelvin", "s": "second"}


def part(heading: str) -> str:
    """Return what stands below a heading of the second level."""
    return PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def own(kind: Any) -> set[str]:
    """Return the entries of a dataclass that a design can set."""
    return {f.name for f in fields(kind) if f.init}


SECTIONS: dict[str, list[Any]] = {
    "Couplings": [coupling.CouplingSection],
    "Settling": [sections.StopSection, sections.SpikingSection, resistive.SettleSection],
    "Traces": [TraceSection],
    "The chip": [sections.CircuitSection],
    "Resistive networks": [
        resistive.NetworkSection,
        resistive.DiodeSection,
        resistive.CircuitSection,
    ],
    "Devices": [DevicesSection],
    "Sensing": [SensingSection],
    "What is learned": [task.section for task in TASKS.values()],
    "Two families": [design.HopfieldDesign, resistive.ResistiveDesign],
}

NAMED: dict[str, Any] = {**RULES, **UPDATES, **SCHEMES, **GAINS}
"""What stands in [learning] by its name."""

ENTRIES = {
    **{
        heading: {key for kind in kinds for key in kind.model_fields}
        for heading, kinds in SECTIONS.items()
    },
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


def rows(heading: str) -> list[tuple[list[str], str]]:
    """Return the entries and the default of every row of the tables with a default."""
    found = []
    for table in re.findall(r"(?:^\|.*\n?)+", part(heading), re.MULTILINE):
        head, _, *body = table.splitlines()
        if [cell.strip() for cell in head.split("|")][2] == "default":
            for line in body:
                cells = line.split(" | ")
                found.append((re.findall(r"`(\w+)`", cells[0]), cells[1].strip()))
    return found


@pytest.mark.parametrize("heading", SECTIONS)
def test_no_entry_is_of_the_past(heading: str) -> None:
    for keys, _ in rows(heading):
        assert set(keys) <= ENTRIES[heading], keys


@pytest.mark.parametrize("heading", [h for h in SECTIONS if h != "Two families"])
def test_defaults_are_those_of_the_code(heading: str) -> None:
    kinds = SECTIONS[heading]
    for keys, default in rows(heading):
        said = [value.strip() for value in default.split(",")]
        if len(said) != len(keys) or not default:
            continue
        for key, value in zip(keys, said, strict=True):
            known = [k.model_fields[key].default for k in kinds if key in k.model_fields]
            assert any(same(value, one) for one in known), f"{key}: {value} is not {known}"


def same(said: str, real: object) -> bool:
    """Return whether a default on the page is that of the code."""
    text = said.strip("`").strip('"')
    if isinstance(real, bool):
        return text == str(real).lower()
    if isinstance(real, int | float):
        number, _, unit = text.split(";")[0].partition(" ")
        if unit:
            return in_unit(f"{number} {unit}", UNITS[unit[-1]], "") == pytest.approx(real)
        return re.fullmatch(r"[-+.\de]+", number) is not None and float(number) == real
    return real is None or not isinstance(real, str) or text == real
