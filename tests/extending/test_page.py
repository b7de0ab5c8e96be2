"""docs/extending.md says what the files beside this one say, and its lines and entries work."""

import re
import runpy
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from extending.chips import chip

from neuroep.design.load import check_design
from neuroep.hardware.neurons import NEURON_CELLS
from neuroep.hardware.programs.catalogue import PROGRAMS, open_program
from neuroep.learning.rules import RULES
from neuroep.learning.updates import UPDATES
from neuroep.network.hopfield.catalogue import LAYER_TYPES
from neuroep.settle import SOLVERS
from neuroep.tasks.catalogue import TASKS

REPO = Path(__file__).resolve().parents[2]
PAGE = (REPO / "docs" / "extending.md").read_text(encoding="utf-8")
SECTIONS = [text for text in re.split(r"^## ", PAGE, flags=re.M)[1:] if "tests/extending/" in text]
CATALOGUES: tuple[dict[Any, Any], ...] = (
    LAYER_TYPES,
    NEURON_CELLS,
    PROGRAMS,
    RULES,
    SOLVERS,
    TASKS,
    UPDATES,
)


def blocks(section: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", section, flags=re.M | re.S)


def merged(base: dict[str, Any], more: dict[str, Any]) -> dict[str, Any]:
    both = dict(base)
    for key, value in more.items():
        inner = both.get(key)
        nested = isinstance(value, dict) and isinstance(inner, dict)
        both[key] = merged(inner, value) if nested else value
    return both


@pytest.fixture(autouse=True)
def catalogues_end_as_they_were() -> Iterator[None]:
    with ExitStack() as stack:
        for catalogue in CATALOGUES:
            stack.enter_context(patch.dict(catalogue))
        yield


def test_there_are_six() -> None:
    assert len(SECTIONS) == 6


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.splitlines()[0])
def test_a_section_shows_its_file_and_what_it_registers_works(section: str, tmp_path: Path) -> None:
    (name,) = set(re.findall(r"`(tests/extending/\w+\.py)`", section))
    source = (REPO / name).read_text(encoding="utf-8")
    names = runpy.run_path(str(REPO / name), run_name=Path(name).stem) | {"folder": tmp_path}
    before = [dict(catalogue) for catalogue in CATALOGUES]
    lines = 0
    for block in blocks(section, "python"):
        if block.startswith("from neuroep."):
            lines += 1
            exec(block, names)
        else:
            assert block.rstrip() in source, "not what the file says"
    added = [c.keys() - b.keys() for c, b in zip(CATALOGUES, before, strict=True)]
    assert sum(map(len, added)) == lines >= 1
    for program in PROGRAMS.keys() - before[2].keys():
        assert open_program(program).available() == ""
    content = tomllib.loads(chip(tmp_path).read_text())
    for block in blocks(section, "toml"):
        entries = tomllib.loads(block)
        if TASKS.keys() & entries:
            del content["table"]
        design = check_design(merged(content, entries), "page.toml")
        resolved = design.resolved()
        assert merged(resolved, entries) == resolved  # nothing was passed over
