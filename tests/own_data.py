"""A user's own data for tests: measurements, images, pairs, written as users have them."""

import csv
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from neuroep.text.pairs import open_pairs

HELD_OUT = 5
"""Every fifth example is held out to test with."""


def write_rows(path: Path, header: Iterable[str], rows: Iterable[Iterable[object]]) -> Path:
    """Write a .csv file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerows([list(header), *(list(row) for row in rows)])
    return path


def write_numbers(folder: Path, name: str) -> tuple[Path, Path]:
    """Write a data set of scikit-learn's as a table to train on, and a fifth held out."""
    from sklearn import datasets

    data = getattr(datasets, f"load_{name}")()
    names = [str(data.target_names[label]) for label in data.target]
    held = np.arange(len(names)) % HELD_OUT == 0
    files = []
    for part, chosen in (("train", ~held), ("held_out", held)):
        rows = ([*data.data[i], names[i]] for i in np.flatnonzero(chosen))
        path = folder / f"{name}_{part}.csv"
        files.append(write_rows(path, [*data.feature_names, "kind"], rows))
    return files[0], files[1]


def digit_images() -> dict[str, np.ndarray]:
    """Return scikit-learn's digits as bytes, (n, 8, 8), with the fifth that is held out."""
    from sklearn.datasets import load_digits

    data = load_digits()
    pixels = (data.images * (255 / 16)).astype(np.uint8)
    held = np.arange(len(pixels)) % HELD_OUT == 0
    return {
        "x_train": pixels[~held],
        "y_train": data.target[~held],
        "x_test": pixels[held],
        "y_test": data.target[held],
    }


def write_pngs(folder: Path, each: int) -> Path:
    """Write some digits of each split as a folder of PNG files a class."""
    from PIL import Image

    images = digit_images()
    for part in ("train", "test"):
        for number in range(each):
            label = images[f"y_{part}"][number]
            place = folder / part / f"digit {label}"
            place.mkdir(parents=True, exist_ok=True)
            Image.fromarray(images[f"x_{part}"][number]).save(place / f"{number}.png")
    return folder


def write_pairs(path: Path, count: int) -> Path:
    """Write built-in pairs as a user's own."""
    source = open_pairs(None)
    pairs = source.stream("train", count)
    rows = ((pair.premise, pair.hypothesis, source.labels[pair.label]) for pair in pairs)
    return write_rows(path, ("premise", "hypothesis", "label"), rows)
