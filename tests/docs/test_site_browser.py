"""Pages of the built site in a real browser: readable by all, searchable, of one host."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from browser_support import accessible, chromium

SITE = Path(__file__).resolve().parents[2] / "docs" / "_build" / "html"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not (SITE / "index.html").is_file():
        pytest.skip("the site is not built (make docs)")
    with chromium() as found:
        yield found


@pytest.mark.parametrize("name", ["index", "commands", "designs", "circuits", "results/README"])
def test_axe_finds_nothing(browser: Any, name: str) -> None:
    asked: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: asked.append(request.url))
    page.goto((SITE / f"{name}.html").as_uri())
    accessible(page)
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    page.close()


@pytest.mark.parametrize("word", ["PooledAttention", "corner", "conductance"])
def test_search_finds_it(browser: Any, word: str) -> None:
    page = browser.new_page()
    page.goto(f"{(SITE / 'search.html').as_uri()}?q={word}")
    page.wait_for_selector("#search-results li")
    assert word.lower() in page.inner_text("#search-results").lower()
    page.close()
