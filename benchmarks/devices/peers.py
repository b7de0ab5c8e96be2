"""Beside aihwkit: its analog optimisers and neuroep's schemes, on the same devices and digits.

    python -m benchmarks.devices.peers [--data FOLDER] [--only PATTERN] [--jobs N]

784-128-10, the examples and devices (six bits, soft bounds) of ``onchip_mnist``: 20,000 images and
3 epochs. aihwkit's networks learn by backpropagation: ``relu`` has rectifiers and cross-entropy,
``rails`` the hard sigmoids and squared error of neuroep's network. What a method may choose is
searched one entry after the other on held-out training images of seed 0; test images are looked
at with what was chosen alone, once a seed. Needs aihwkit 1.1.0 and torch 2.10.0 (hours of two
cores): pip install -e '.[peers]'. Every run that is done is kept in docs/results/onchip_peers.json,
so that a search that is broken off goes on.
"""

import argparse
import json
import multiprocessing
import os
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")  # runs stand beside each other

from benchmarks.devices import onchip
from benchmarks.measure import RESULTS, table
from neuroep.cli.parser import Parser
from neuroep.devices.card import read_card
from neuroep.images import Images, open_images
from neuroep.traces.files import atomic_write

RESULT = RESULTS / "onchip_peers.json"
SEEDS = (0, 1, 2)
CARD = "soft_64"
VALIDATION = 0.1
DOUBLED = 'learning.rates={"pixels-hidden"=0.06,"hidden.bias"=0.06,"*"=0.02}'
OURS = {
    "floats, SGD": onchip.rows()["floats, SGD"],
    "accumulate": onchip.rows()["accumulate"],
    "accumulate, rates doubled": (*onchip.rows()["accumulate"], DOUBLED),
}
"""Neuroep's rows by what they change of ``onchip_mnist``, whose rates were searched for nowhere."""


Setting = Mapping[str, Any]
Axes = Sequence[tuple[str, Sequence[Any]]]

RATES = (0.003, 0.01, 0.03, 0.1, 0.3)
FINER = (0.56, 1.8)
"""Steps of a quarter decade by which the rate climbs in the end, with all else as chosen."""

BATCHES = ("batch", (1, 8, 32))
ARRAY: Axes = (("cell", ("one", "pair")), ("full_scale", (0.5, 1.0, 2.0)))
TRANSFER: Axes = (
    ("transfer", (1.0, 5.0, 15.0, 50.0, 150.0)),  # of what is read, times the rate
    ("fast", (0.03, 0.1)),
    ("granularity", (300.0, 1000.0)),
    ("batch", (8, 32)),
)
START = {"rate": 0.03, "batch": 8, "cell": "pair", "full_scale": 0.5}
FAST = {**START, "transfer": 15.0, "fast": 0.1, "granularity": 300.0}

METHODS: dict[str, tuple[Setting, Axes]] = {
    "floats": ({"rate": 0.03, "batch": 8}, (("rate", RATES), BATCHES)),
    "analog SGD": (START, (("rate", RATES), BATCHES, *ARRAY)),
    "mixed precision": (START, (("rate", RATES), BATCHES, *ARRAY)),
    "Tiki-Taka v2": (FAST, (*TRANSFER, *ARRAY)),
    "c-TTv2": ({**FAST, "chop": 0.05}, (TRANSFER[0], ("chop", (0.01, 0.05, 0.2)))),
    "AGAD": ({**FAST, "chop": 0.1}, (("chop", (0.02, 0.1, 0.3)), TRANSFER[0])),
}
"""Of every method what a search begins with, and what is tried in turn; both that chop begin with
what Tiki-Taka v2 chose."""

NETWORKS = {"relu": None, "rails": ("rate", "transfer", "batch")}
"""Networks, and what is searched where not all is: ``rails`` keeps neuroep's arrays."""


def names() -> list[str]:
    """Return the names of all rows."""
    ours = [f"neuroep, {row}" for row in OURS]
    return ours + [f"{method}, {network}" for network in NETWORKS for method in METHODS]


def search(
    start: Setting, axes: Axes, measure: Callable[[list[Setting]], list[float]]
) -> dict[str, Any]:
    """Return the setting that validates best, one entry chosen after the other, then a finer rate.

    ``measure`` returns the validation accuracies of settings; of equals the first is taken.
    """
    best = dict(start)

    def choose(name: str, values: Sequence[Any]) -> None:
        tried = [{**best, name: value} for value in values]
        found = measure(tried)
        best.update(tried[found.index(max(found))])

    for name, values in axes:
        choose(name, values)
    middle = None
    while best["rate"] != middle:
        middle = best["rate"]
        choose("rate", [middle, *(float(f"{middle * factor:.2g}") for factor in FINER)])
    return best


@lru_cache(len(SEEDS))
def examples(data: str, seed: int) -> tuple[Images, Images, Images]:
    """Return what ``onchip_mnist`` trains on, chooses by and tests with at a seed."""
    source = open_images(data, seed=seed).limited(onchip.LIMIT)
    return *source.train.held_out(VALIDATION, seed), source.test


def run(name: str, setting: Setting, data: str, seed: int, test: bool) -> dict[str, Any]:
    """Train one of aihwkit's networks and return what came out, with test images or without."""
    from benchmarks.devices import analog

    images, validation, tested = examples(data, seed)
    method, _, network = name.rpartition(", ")
    trained, seconds = analog.train(
        method, read_card(CARD), {**setting, "network": network}, images, seed
    )
    found = {
        "name": name,
        "setting": dict(setting),
        "seed": seed,
        "images": len(images.labels),
        "epochs": analog.EPOCHS,
        "validation_accuracy": analog.accuracy(trained, validation),
        "seconds": seconds,
    }
    if test:
        found["test_accuracy"] = analog.accuracy(trained, tested)
    return found


class Results:
    """Rows that are kept in a file, and a pool that makes those that are missing."""

    def __init__(self, path: Path, data: str, pool: Executor) -> None:
        self.path, self.data, self.pool, self.lock = path, data, pool, Lock()
        self.rows: list[dict[str, Any]] = json.loads(path.read_text()) if path.exists() else []

    def keep(self, row: dict[str, Any]) -> None:
        """Keep a row, in the file too."""
        with self.lock:
            self.rows.append(row)
            atomic_write(self.path, (json.dumps(self.rows, indent=1) + "\n").encode())
        figures = [f"{k[:4]} {row[k]:.2%}" for k in row if k.endswith("_accuracy")]
        print(row["name"], row.get("setting", ""), "seed", row["seed"], *figures, flush=True)

    def find(self, name: str, setting: Setting | None, seed: int, test: bool) -> dict | None:
        """Return the row of a run, if it is there."""
        for row in self.rows:
            same = row["name"] == name and row.get("setting") == setting and row["seed"] == seed
            if same and ("test_accuracy" in row) == test:
                return row
        return None

    def validate(self, name: str, settings: list[Setting]) -> list[float]:
        """Return the validation accuracies of settings, at seed 0."""
        missing = [s for s in settings if not self.find(name, s, 0, False)]
        for future in [self.pool.submit(run, name, s, self.data, 0, False) for s in missing]:
            self.keep(future.result())
        found = [self.find(name, setting, 0, False) for setting in settings]
        return [row["validation_accuracy"] for row in found if row]

    def test(self, name: str, setting: Setting) -> None:
        """Train what was chosen with every seed, and look at test images."""
        seeds = [seed for seed in SEEDS if not self.find(name, setting, seed, True)]
        for future in [self.pool.submit(run, name, setting, self.data, s, True) for s in seeds]:
            self.keep(future.result())

    def make(self, name: str) -> None:
        """Make all rows of a name: neuroep's with every seed, of another the search before them."""
        who, _, row = name.partition(", ")
        if who == "neuroep":
            seeds = [seed for seed in SEEDS if not self.find(name, None, seed, True)]
            asked = (row, OURS[row], self.data, onchip.LIMIT)
            for future in [self.pool.submit(onchip.run, *asked, seed) for seed in seeds]:
                self.keep({**future.result(), "name": name})
        else:
            start, axes = METHODS[who]
            known = NETWORKS[row]
            axes = [axis for axis in axes if known is None or axis[0] in known]
            self.test(name, search(start, axes, lambda tried: self.validate(name, tried)))


def summary(rows: Sequence[Mapping[str, Any]]) -> str:
    """Return the tested rows as Markdown: mean and spread over seeds, and what was chosen."""
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        if "test_accuracy" in row:
            groups.setdefault(row["name"], []).append(row)
    lines = []
    for name, group in groups.items():
        tested = [100 * row["test_accuracy"] for row in group]
        spread = f" ± {statistics.stdev(tested):.2f}" if len(tested) > 1 else ""
        chosen = ", ".join(f"{k} {v}" for k, v in group[0].get("setting", {}).items())
        lines.append([name, f"{statistics.mean(tested):.2f}{spread}", str(len(tested)), chosen])
    return table(["", "test accuracy", "seeds", "chosen"], lines)


def main() -> int:
    """Search, test and compare what is asked for and not there yet."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=str(onchip.DATA), help="folder of MNIST's IDX files")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="rows of such names")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="runs side by side")
    parser.add_argument("--results", type=Path, default=RESULT, metavar="FILE")
    given = parser.parse_args()
    spawn = multiprocessing.get_context("spawn")  # threads of torch do not live through a fork
    with ProcessPoolExecutor(given.jobs, spawn) as pool:
        results = Results(given.results, given.data, pool)
        wanted = [name for name in names() if fnmatchcase(name, given.only)]
        with ThreadPoolExecutor(len(wanted) or 1) as side_by_side:
            list(side_by_side.map(results.make, wanted))
    print(summary(results.rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
