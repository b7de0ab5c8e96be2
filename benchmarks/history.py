"""What stays of a benchmark's earlier figures when its file is written anew."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

NOT_FIGURES = ("history", "roofline")


def history(file: Path, headline: str) -> list[dict[str, Any]]:
    """Return what a file of results, if there is one, leaves to the one that replaces it."""
    if not file.exists():
        return []
    old = json.loads(file.read_text(encoding="utf-8"))
    return [*old.get("history", []), kept(old, headline)]


def kept(figures: dict[str, Any], headline: str = "ratio") -> dict[str, Any]:
    """Return what stays of older figures: the day, the machine, and the headline figures.

    Those are all numbers under names that are ``headline`` or begin with it and "_", by the path
    to them; of a spread, its median.
    """
    return {
        "date": figures["date"],
        "machine": figures["machine"],
        "load_average_before": figures["load_average_before"],
        "headline": dict(_headlines(figures, headline, ())),
    }


def _headlines(part: Any, headline: str, path: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    for name, value in _parts(part):
        if name == headline or name.startswith(f"{headline}_"):
            yield from _numbers(value, (*path, name))
        else:
            yield from _headlines(value, headline, (*path, name))


def _numbers(part: Any, path: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    if isinstance(part, dict) and "median" in part:
        part = part["median"]
    if isinstance(part, int | float):
        yield "/".join(path), part
    for name, value in _parts(part):
        yield from _numbers(value, (*path, name))


def _parts(part: Any) -> list[tuple[str, Any]]:
    if isinstance(part, list):
        return [(str(i), value) for i, value in enumerate(part)]
    if isinstance(part, dict):
        return [(name, value) for name, value in part.items() if name not in NOT_FIGURES]
    return []
