"""What the site gets from the code, and what its build looks for; the build is ``make docs``."""

import argparse
import re
from pathlib import Path

import pytest
from neuroep_docs import checks, names, pages
from neuroep_docs.commands import commands_page, prose

import neuroep
from neuroep.cli.main import parser

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_every_command_and_every_option_is_told() -> None:
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    sections = re.split(r"(?m)^## ", commands_page())[1:]
    assert [section.split("\n")[0] for section in sections] == [
        command.prog for command in commands.choices.values()
    ]
    for section, command in zip(sections, commands.choices.values(), strict=True):
        told = section.replace("```text", "").partition("```")[2]  # behind the usage
        for action in command._actions:
            if action.help is not argparse.SUPPRESS and action.dest != "help":
                for flag in action.option_strings:
                    assert f"`{flag}" in told, (command.prog, flag)


def test_the_page_on_exports_names_options_that_its_commands_have() -> None:
    (commands,) = (a for a in parser()._actions if isinstance(a, argparse._SubParsersAction))
    page = (DOCS / "howto/export.md").read_text(encoding="utf-8")
    told = re.findall(r"`(-[\w-]+) FILE` of (`\w+`(?:, `\w+`)*)", page)
    assert len(told) > 2
    for option, names_of in told:
        for name in re.findall(r"\w+", names_of):
            assert option in commands.choices[name]._option_string_actions, (name, option)


def test_signs_of_markdown_are_letters_in_a_help() -> None:
    assert prose("[a]  <b>\n*c* 5 %%") == r"\[a\] \<b> \*c\* 5 %"


def test_every_public_name_has_a_topic() -> None:
    table = names.names_table()
    assert [name for name, _ in names.public()] == neuroep.__all__
    assert all(f"~{full}\n" in table for _, full in names.public())


def test_every_page_is_in_the_tree_of_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    tree = {*pages.listed(index), *pages.listed((DOCS / "api.md").read_text(encoding="utf-8"))}
    there = {
        str(path.relative_to(DOCS).with_suffix(""))
        for folder in ("", "tutorials", "howto", "api")
        for path in (DOCS / folder).glob("*.md")
    }
    assert there - {"index"} == tree - {"cells/README", "results/README"}
    for caption in ("Tutorials", "How to", "Gallery", "Reference", "Explanation"):
        assert f":caption: {caption}\n" in pages.by_heading(index)


def test_a_request_to_another_host_is_found(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text(
        '<a href="https://a.example">a link may</a><script src="_static/own.js"></script>'
        '<script defer src="https://b.example/x.js"></script>'
        '<link href="//c.example/x.css" rel="stylesheet"><img alt="" src=http://d.example/x.png>'
        '<link rel="canonical" href="https://e.example">'
    )
    (tmp_path / "own.css").write_text('@import "https://f.example/x"; a {background: url(own.png)}')
    found = [one.partition("//")[2].partition("/")[0] for one in checks.requests(tmp_path)]
    assert found == ["f.example", "b.example", "c.example", "d.example"]


def test_a_word_that_search_does_not_find_is_told(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="comes with pip install '.[docs]'")
    index = '{"terms": {"corner": 1, "conduct": [1]}, "titleterms": {"pooledattent": 2}}'
    (tmp_path / "searchindex.js").write_text(f"Search.setIndex({index})")
    assert checks.lost_words(tmp_path, ("corners", "PooledAttention", "wires")) == ["wires"]


def test_a_public_name_that_no_page_describes_is_told() -> None:
    known = {full: None for _, full in names.public() if not full.endswith(".Network")}
    assert checks.lost_names(known) == ["Network"]
