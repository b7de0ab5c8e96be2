"""A page is one file: its policy names its own script and style, and what it is told is text."""

import json
import re
from base64 import b64encode
from hashlib import sha256
from html.parser import HTMLParser

import numpy as np
import pytest

from neuroep.report.html import (
    AttendedRows,
    AttendedWords,
    Block,
    Chart,
    Code,
    Facts,
    Headline,
    Matrix,
    Notes,
    Page,
    Raster,
    Section,
    Series,
    Table,
    render,
)

EVIL = "</script><script>alert(1)</script><img src=x onerror='alert(2)'>\"&amp;\u202e\x00\x1b"
SPIKES = {EVIL: (np.array([0.0, 1.0]), np.array([0, 1]))}
BLOCKS: list[Block] = [
    Headline(EVIL, EVIL),
    Notes([EVIL]),
    Notes([EVIL], warning=True),
    Facts([(EVIL, EVIL)]),
    Table(EVIL, [EVIL, EVIL], [[EVIL, EVIL]], {1: [0.5]}, bad=[0]),
    Matrix(EVIL, EVIL, [EVIL], [EVIL], [[EVIL]], [[0.5]]),
    Chart(EVIL, EVIL, EVIL, [1, 2], [Series(EVIL, [np.nan, np.inf])], note=EVIL),
    Raster(EVIL, 2, SPIKES, 1.0, EVIL, EVIL),
    AttendedWords([EVIL], [1.0], [[1.0]], [0], prediction=EVIL, truth=EVIL),
    AttendedRows(EVIL, [EVIL], [EVIL], [[1.0]], EVIL, "no"),
    Code(EVIL, EVIL),
]


class Reader(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: set[str] = set()
        self.addresses: list[str] = []
        self.texts: dict[str, list[str]] = {"script": [], "style": []}
        self.policy = self.within = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.within = tag
        given = dict(attrs)
        self.attributes |= given.keys()
        self.addresses += [str(given[name]) for name in ("src", "href") if name in given]
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = str(given["content"])
        if tag in self.texts:
            self.texts[tag].append("")

    def handle_data(self, data: str) -> None:
        if self.within in self.texts:
            self.texts[self.within][-1] += data

    def handle_endtag(self, tag: str) -> None:
        self.within = ""


@pytest.fixture(scope="module")
def read() -> Reader:
    page = Page(EVIL, EVIL, [Section(EVIL, BLOCKS), Section("empty", [])], EVIL, running=True)
    reader = Reader()
    reader.feed(render(page).decode())
    reader.close()
    return reader


def test_nothing_that_a_page_is_told_is_markup(read: Reader) -> None:
    assert read.tags.count("script") == 2
    assert "img" not in read.tags
    assert not any(name.startswith("on") for name in read.attributes)
    assert "style" not in read.attributes  # its policy would refuse it
    assert all(a.startswith(("#", "data:")) for a in read.addresses), read.addresses


def test_its_policy_names_its_own_script_and_style_and_nothing_else(read: Reader) -> None:
    assert "default-src 'none'" in read.policy
    assert "unsafe" not in read.policy
    for kind, text in (("script", read.texts["script"][1]), ("style", read.texts["style"][0])):
        digest = b64encode(sha256(text.encode()).digest()).decode()
        assert f"{kind}-src 'sha256-{digest}';" in read.policy


def test_data_are_json_without_a_tag_and_without_controls(read: Reader) -> None:
    text = read.texts["script"][0]
    assert not set(text) & set("<>&\u202e\x00\x1b")
    (chart,) = json.loads(text)["charts"]
    assert chart["title"].startswith("</script><script>")
    assert chart["series"][0]["values"] == [None, None]
    assert json.loads(text)["reload"] > 0


def test_controls_are_seen(read: Reader) -> None:
    page = Page("a\u202eb\x07", "", [], "")
    assert re.search(rb"<h1>a\\u202eb\\u0007</h1>", render(page))
