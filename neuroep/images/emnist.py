"""What is different in EMNIST (G. Cohen, S. Afshar, J. Tapson, A. van Schaik, 2017).

Its images are stored column by column, and its labels are numbers of characters: which ones, its
mapping files say, and so does the table here.
"""

import string

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError

_UPPER, _DIGITS = string.ascii_uppercase, string.digits
# Letters whose two cases look alike are one class in these two.
_MERGED = _DIGITS + _UPPER + "abdefghnqrt"

SPLITS: dict[str, tuple[int, str]] = {
    "emnist-balanced": (0, _MERGED),
    "emnist-byclass": (0, _DIGITS + _UPPER + string.ascii_lowercase),
    "emnist-bymerge": (0, _MERGED),
    "emnist-digits": (0, _DIGITS),
    "emnist-letters": (1, _UPPER),
    "emnist-mnist": (0, _DIGITS),
}
"""For each of its six sets the first label, and the characters that labels stand for."""


def upright(images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return images row by row."""
    return np.ascontiguousarray(images.transpose(0, 2, 1))


def characters(labels: NDArray[np.uint8], name: str, where: str) -> NDArray[np.str_]:
    """Return the character that each label stands for."""
    first, known = SPLITS[name]
    wrong = labels[(labels < first) | (labels >= first + len(known))]
    if len(wrong):
        last = first + len(known) - 1
        raise InputError(f"{where}: label {wrong[0]} is none of {name}'s {first} to {last}")
    return np.array(list(known))[labels.astype(np.int64) - first]


def note(name: str) -> str:
    """Return what was done to the set, in one line."""
    first, known = SPLITS[name]
    last = first + len(known) - 1
    return (
        f"{name}: images turned upright, labels {first} to {last} named {known[0]} to {known[-1]}"
    )
