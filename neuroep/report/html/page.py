"""A page of sections, and the one HTML file it becomes."""

import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from importlib.resources import files
from typing import Any, cast

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from neuroep.characters import escaped
from neuroep.report.html.blocks import Block, Chart

WAIT = 15
"""Seconds after which a page of something that goes on loads itself again."""

SCRIPTS = ("uplot/uPlot.iife.min.js", "assets/report.js")
STYLES = ("uplot/uPlot.min.css", "assets/report.css")


@dataclass(frozen=True)
class Section:
    """Blocks under a heading."""

    title: str
    blocks: Sequence[Block]


@dataclass(frozen=True)
class Page:
    """A whole page.

    Attributes
    ----------
    title : str
    about : str
        One line below the title.
    sections : sequence of Section
        Those without blocks are left out.
    made : str
        When, and by what.
    running : bool
        Whether what it shows goes on: the page then loads itself again.
    """

    title: str
    about: str
    sections: Sequence[Section]
    made: str
    running: bool = False
    shown: list[Section] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        """Leave out what is empty."""
        self.shown.extend(section for section in self.sections if section.blocks)


def render(page: Page) -> bytes:
    """Return a page as one HTML file in UTF-8 that asks for nothing else.

    Its policy lets nothing run and nothing look but its own script and style, by their SHA-256.
    """
    environment = _environment()
    style, script = _asset(*STYLES), _asset(*SCRIPTS)
    policy = (
        f"default-src 'none'; script-src '{_digest(script)}'; style-src '{_digest(style)}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    charts = list(_charts(page))
    numbers = {id(chart): number for number, chart in enumerate(charts)}
    content = {
        "charts": [chart.content() for chart in charts],
        "reload": WAIT if page.running else 0,
    }
    return (
        environment.get_template("page.html")
        .render(
            page=page,
            policy=policy,
            style=Markup(style),
            script=Markup(script),
            data=_json(content),
            number_of=lambda chart: numbers[id(chart)],
            wait=WAIT,
        )
        .encode()
    )


def _charts(page: Page) -> Iterator[Chart]:
    for section in page.shown:
        for block in section.blocks:
            if block.kind == Chart.kind:
                yield cast(Chart, block)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("neuroep.report.html"),
        autoescape=True,
        finalize=_plain,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _plain(value: Any) -> Any:
    """Return what an expression gives as text without controls, which is escaped after that."""
    return value if hasattr(value, "__html__") else escaped(str(value))


@cache
def _asset(*names: str) -> str:
    """Return files of this package, one behind the other."""
    return "\n".join((files(__package__) / name).read_text(encoding="utf-8") for name in names)


def _digest(text: str) -> str:
    return f"sha256-{b64encode(sha256(text.encode()).digest()).decode()}"


def _json(content: Any) -> Markup:
    """Return plain values as JSON that no HTML ends or begins in."""
    text = json.dumps(_without_controls(content), separators=(",", ":"), allow_nan=False)
    return Markup("".join(_ESCAPES.get(character, character) for character in text))


_ESCAPES = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026"}


def _without_controls(value: Any) -> Any:
    if isinstance(value, str):
        return escaped(value)
    if isinstance(value, dict):
        return {key: _without_controls(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_without_controls(entry) for entry in value]
    return value
