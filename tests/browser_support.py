"""A page of results in a real browser: what must hold of every one of them."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
MOST_BYTES = 3_000_000
VIEWS = {400: "dark", 1000: "light"}
"""Widths that a page is looked at, and the colours that are preferred there."""

BLANK = """() => Array.from(document.querySelectorAll("canvas")).filter(canvas => {
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return new Set(new Uint32Array(pixels.buffer)).size < 3;
}).length"""
BROKEN = "() => Array.from(document.images).filter(i => !(i.complete && i.naturalWidth)).length"
SIDEWAYS = "() => document.documentElement.scrollWidth - window.innerWidth"
SCRIPTS = "() => document.scripts.length"
"""Two are a page's own: its data, and what draws them."""


@contextmanager
def chromium() -> Iterator[Any]:
    """Yield the system's Chromium; skip the test where there is none."""
    program = next(filter(None, map(shutil.which, NAMES)), None)
    if program is None:
        pytest.skip("chromium is not installed (apt-get install chromium)")
    driver = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    with driver.sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=["--no-sandbox", "--disable-gpu"]
        )
        yield browser
        browser.close()


@contextmanager
def opened(browser: Any, path: Path, width: int = 1000) -> Iterator[Any]:
    """Yield a page of the browser with a file in it; what it complains of fails the test."""
    heard: list[str] = []
    asked: list[str] = []
    size = {"width": width, "height": 900}
    page = browser.new_page(viewport=size, color_scheme=VIEWS.get(width, "light"))
    page.on("console", lambda message: heard.append(message.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: heard.append(f"dialog: {dialog.message}"))
    page.goto(path.resolve().as_uri())
    yield page
    page.close()
    assert heard == []
    assert [url for url in asked if not url.startswith("data:")] == [path.resolve().as_uri()]


def accessible(page: Any) -> None:
    """Check that axe-core finds nothing."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = axe.run(page)
    assert found.violations_count == 0, found.generate_report()


def check(browser: Any, path: Path, charts: int = 1) -> str:
    """Check one file in a browser, on a phone and on a desk; return its text."""
    assert path.stat().st_size <= MOST_BYTES
    text = ""
    for width in VIEWS:
        with opened(browser, path, width) as page:
            assert page.evaluate(SIDEWAYS) <= 0
            assert page.evaluate(BROKEN) == 0
            assert page.evaluate(BLANK) == 0
            assert page.evaluate(SCRIPTS) == 2
            assert len(page.query_selector_all("canvas")) >= charts
            accessible(page)
            text = page.inner_text("body")
    return text
