"""Learned in place, or learned elsewhere and programmed: the same drawn chips, by spread.

    python -m benchmarks.variability.in_situ [--chips N] [--results FILE] [--draw]

The design ``benchmarks/variability/digits.toml``, and everything that weights trained elsewhere
cannot know at once, from none of it to 30 %: see :data:`benchmarks.variability.chips.CAUSES`. Every
chip is (a) trained in place by equilibrium propagation from random weights, (b) programmed with
weights that were trained on the ideal chip, (c) programmed, then trained in place for one epoch.
Besides, each cause alone, on a few of the chips. Rates were looked for on validation images of
chips 100 to 103, which are none of these; test images are answered at the end of each way alone.

About an hour and a half of processor time. Every chip that is done is kept in the result file, so
that the same command goes on where it was broken off. Result: docs/results/in_situ.json, figure:
docs/images/in_situ.png, tables: docs/variability.md.
"""

import argparse
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

os.environ.setdefault("NEUROEP_THREADS", "1")  # a small chip has nothing to share

from benchmarks.measure import IMAGES, REPO, RESULTS, write_section
from benchmarks.variability.chips import (
    AFTER,
    ALL,
    CAUSES,
    DESIGN,
    FLOATS,
    PROGRAMMED,
    UNSEEN,
    overrides,
    score_of_ideal,
    three_ways,
)
from benchmarks.variability.summary import drawing, summary, tables
from neuroep.cli.parser import Parser
from neuroep.report import save
from neuroep.traces.files import write_json

SPREADS = (0.0, 0.05, 0.1, 0.2, 0.3)
FIRST, CHIPS = 32, 32
"""Of chips below the first some were looked at while settings were chosen."""

ALONE, ALONE_CHIPS = 0.2, 8
"""Spread of each cause by itself, and how many chips it is looked at on."""

RESULT, FIGURE = RESULTS / "in_situ.json", IMAGES / "in_situ.png"
PAGE = REPO / "docs" / "variability.md"

Key = tuple[int, float, str]


def wanted(chips: int) -> Iterator[Key]:
    """Yield chip, spread and cause of everything that is measured, chip by chip."""
    for chip in range(FIRST, FIRST + chips):
        yield from ((chip, spread, ALL) for spread in SPREADS)
        if chip < FIRST + ALONE_CHIPS:
            yield from ((chip, ALONE, cause) for cause in CAUSES)


def measured(key: Key) -> dict[str, Any]:
    """Return what one chip came to."""
    begun = time.process_time()
    chip, spread, cause = key
    ways = {way: asdict(one) for way, one in three_ways(chip, spread, cause).items()}
    seconds = round(time.process_time() - begun, 1)
    return {"chip": chip, "spread": spread, "cause": cause, "ways": ways, "cpu_seconds": seconds}


def key_of(row: dict[str, Any]) -> Key:
    """Return what a row of the result is of."""
    return row["chip"], row["spread"], row["cause"]


def answer(one: dict[str, Any]) -> str:
    """Return what a way came to, for people."""
    return str(one["failed"]) if "failed" in one else f"{one['test']:.1%}"


def settings() -> str:
    """Return a digest of all that a row depends on beside its key."""
    said = DESIGN.read_text(encoding="utf-8"), overrides(0, 0.1), FLOATS, AFTER, PROGRAMMED, UNSEEN
    return hashlib.sha256(repr(said).encode()).hexdigest()[:16]


def study(chips: int, path: Path) -> dict[str, Any]:
    """Measure what is not there yet; return all of it."""
    asked = list(wanted(chips))
    kept = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    same = kept.get("settings") == settings()
    rows = [row for row in kept["chips"] if key_of(row) in asked] if same else []
    done = {key_of(row) for row in rows}
    content: dict[str, Any] = {
        "command": "python -m benchmarks.variability.in_situ",
        "settings": settings(),
        "ideal": asdict(score_of_ideal()),
        "at_10_percent": overrides(0, 0.1),
        "chips": rows,
    }
    for key in asked:
        if key in done:
            continue
        rows.append(measured(key))
        said = ", ".join(f"{way} {answer(one)}" for way, one in rows[-1]["ways"].items())
        print(f"chip {key[0]}, {key[2]} {key[1]:.0%}: {said}", flush=True)
        write_json(path, content | {"summary": summary(rows)}, indent=1)
    return content | {"summary": summary(rows)}


def main() -> None:
    """Run what is not there yet; write result and figure, print tables."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--chips", type=int, default=CHIPS, metavar="N")
    parser.add_argument("--results", type=Path, default=RESULT, metavar="FILE")
    parser.add_argument("--figure", type=Path, default=FIGURE, metavar="FILE")
    parser.add_argument("--draw", action="store_true", help="only draw what the result file holds")
    given = parser.parse_args()
    if given.draw:
        content = json.loads(given.results.read_text(encoding="utf-8"))
        content["summary"] = summary(content["chips"])
    else:
        content = study(given.chips, given.results)
    write_json(given.results, content, indent=1)
    print(tables(content))
    save(drawing(content), given.figure)
    if given.results == RESULT:
        write_section("in_situ", tables(content), PAGE)


if __name__ == "__main__":
    main()
