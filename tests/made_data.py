"""Small made data under the names that the pages use."""

import csv
from pathlib import Path

import numpy as np
from PIL import Image
from question_set import write_questions

SPECIES = ("alba", "rubra", "viridis")


def make_all(folder: Path) -> None:
    """Write every file that the pages read."""
    write_questions(folder / "questions.csv", 120)
    asked = write_questions(folder / "more_questions.csv", 36, seed=1)
    (folder / "asked.txt").write_text("".join(f"{one.text}\n" for one in asked[:4]))
    make_table(folder / "measurements.csv")
    make_pairs(folder / "pairs.csv")
    make_shapes(folder / "shapes")


def make_table(path: Path, count: int = 90, seed: int = 0) -> None:
    """Write rows of three numbers around a centre for each species."""
    rng = np.random.default_rng(seed)
    centres = np.array([[5.0, 3.4, 0.2], [6.2, 2.8, 1.3], [7.1, 3.1, 2.2]])
    rows = [
        [*np.round(centres[n % 3] + 0.3 * rng.standard_normal(3), 2), SPECIES[n % 3]]
        for n in range(count)
    ]
    write(path, ["length", "width", "colour", "species"], rows)


def make_pairs(path: Path, count: int = 90, seed: int = 0) -> None:
    """Write pairs of which the second follows from, contradicts or goes beyond the first."""
    rng = np.random.default_rng(seed)
    rows = []
    for n in range(count):
        who, where, other = rng.permutation(["dog", "child", "bird", "cook", "nurse"])[:3]
        second = (f"a {who} sleeps", f"a {who} runs", f"a {where} has a {other}")[n % 3]
        label = ("entailment", "contradiction", "neutral")[n % 3]
        rows.append([f"a {who} sleeps beside a {where}", second, label])
    write(path, ["first", "second", "label"], rows)


def make_shapes(folder: Path, count: int = 60, seed: int = 0) -> None:
    """Write images of bars: one folder a class, PNG, 8 x 8."""
    rng = np.random.default_rng(seed)
    for n in range(count):
        name = ("flat", "tall")[n % 2]
        pixels = rng.integers(0, 60, (8, 8))
        at = rng.integers(2, 6)
        pixels[(at, slice(None)) if name == "flat" else (slice(None), at)] = 255
        (folder / name).mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels.astype(np.uint8)).save(folder / name / f"{n}.png")


def write(path: Path, header: list[str], rows: list[list[object]]) -> None:
    """Write a .csv file."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
