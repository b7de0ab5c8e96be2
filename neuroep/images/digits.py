"""Built-in images: digits of a 5 x 7 font, moved, sheared, blurred and noisy.

For tests and demonstrations on a machine without data; far easier than handwriting.
"""

from typing import Literal

import numpy as np
from numpy.typing import NDArray

SIDE = 28
COUNTS = {"train": 4000, "test": 1000}

# Rows from top to bottom, each five pixels as a binary number.
FONT = {
    0: "01110 10001 10011 10101 11001 10001 01110",
    1: "00100 01100 00100 00100 00100 00100 01110",
    2: "01110 10001 00001 00010 00100 01000 11111",
    3: "11111 00010 00100 00010 00001 10001 01110",
    4: "00010 00110 01010 10010 11111 00010 00010",
    5: "11111 10000 11110 00001 00001 10001 01110",
    6: "00110 01000 10000 11110 10001 10001 01110",
    7: "11111 00001 00010 00100 01000 01000 01000",
    8: "01110 10001 10001 01110 10001 10001 01110",
    9: "01110 10001 10001 01111 00001 00010 01100",
}


def glyph(digit: int) -> NDArray[np.float32]:
    """Return the (7, 5) pixels of a digit, 0 or 1."""
    rows = [[float(bit) for bit in row] for row in FONT[digit].split()]
    return np.array(rows, np.float32)


def draw_digits(
    split: Literal["train", "test"] | str, seed: int = 20240
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return (pixels (n, 784) float32 in [0, 1], labels (n,) int64) of a split.

    Each digit is drawn at a random place, size, slant and ink on a noisy ground; as many of each.
    """
    count = COUNTS[split]
    rng = np.random.default_rng([seed, list(COUNTS).index(split)])
    labels = rng.permutation(np.arange(count) % 10)
    font = np.stack([np.pad(glyph(digit), 1) for digit in range(10)])
    size = rng.uniform(2.0, 3.2, (2, count, 1, 1))  # image pixels per font pixel: height, width
    centre = rng.uniform(SIDE / 2 - 4, SIDE / 2 + 3, (2, count, 1, 1))
    slant = rng.uniform(-0.3, 0.3, (count, 1, 1))
    row, column = np.mgrid[:SIDE, :SIDE]
    y = (row - centre[0]) / size[0]
    x = (column - centre[1]) / size[1] + slant * y
    pixels = _between(font, labels, y + 4.0, x + 3.0)
    ink = rng.uniform(0.5, 1.0, (count, 1, 1))
    noisy = ink * pixels + rng.normal(0.0, 0.15, pixels.shape)
    return np.clip(noisy, 0.0, 1.0).reshape(count, -1).astype(np.float32), labels.astype(np.int64)


def _between(
    font: NDArray[np.float32],
    labels: NDArray[np.int64],
    y: NDArray[np.float64],
    x: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the font's ink at places between its pixels, linear in both directions."""
    height, width = font.shape[1:]
    y, x = np.clip(y, 0.0, height - 1.001), np.clip(x, 0.0, width - 1.001)
    top, left = y.astype(int), x.astype(int)
    dy, dx = y - top, x - left
    which = labels[:, None, None]
    upper = (1 - dx) * font[which, top, left] + dx * font[which, top, left + 1]
    lower = (1 - dx) * font[which, top + 1, left] + dx * font[which, top + 1, left + 1]
    found: NDArray[np.float64] = (1 - dy) * upper + dy * lower
    return found
