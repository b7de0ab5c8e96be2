"""Names of classes: what a file calls them, their order, which one a name means."""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from neuroep.errors import InputError
from neuroep.files import check_name

MOST_CLASSES = 1000
# Sets of names with an order of their own: a network trained on one file reads the other.
_ORDERED: tuple[dict[str, tuple[str, ...]], ...] = (
    {"negative": ("negative", "neg"), "positive": ("positive", "pos")},
    {name: (name,) for name in ("entailment", "neutral", "contradiction")},
)


_POWER = re.compile(r"[-+]?\d\.\d+e[-+]\d\d")  # as numpy.savetxt writes a number
# Soft hyphens, blanks of no width, marks of direction and of order; joiners are parts of words.
_HIDDEN = re.compile("[\xad\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


def label_name(value: Any) -> str:
    """The name of a label as a file holds it; "" for none.

    Whole numbers lose what follows the point (pandas writes ``1.0``, numpy ``1.000e+00``); missing
    numbers, also those written as ``nan``, are none. Names that look alike are one: Unicode's NFC,
    without what nobody sees.
    What is neither text nor a number raises a TypeError.
    """
    if value is None:
        return ""
    if isinstance(value, str):
        name = unicodedata.normalize("NFC", _HIDDEN.sub("", value)).strip()
        if name.lower() == "nan":
            return ""
        if _POWER.fullmatch(name) and (number := float(name)).is_integer():
            return str(int(number))
        whole, point, rest = name.partition(".")
        return whole if point and whole.lstrip("-").isdigit() and not rest.strip("0") else name
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        if math.isnan(value):
            return ""
        return str(int(value)) if value.is_integer() else str(value)
    raise TypeError(f"a {type(value).__name__} is no label")


def order_labels(
    found: Iterable[str], where: str, share: float = 0.0
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the classes' names in label order, and the label of each name found.

    Data that are tested on alone, all of them (``share`` 1), may be of one class.

    Numbers are sorted by value, other names by letters. neg/pos in any form are "negative",
    "positive"; entailment, neutral and contradiction keep this order, which is SNLI's.
    """
    names = set(found)
    for name in names:
        check_name(name, where)
    if len(names) < (1 if share == 1 else 2):
        only = f"only {names.pop()[:40]!r}" if names else "no label"
        raise InputError(f"{where}: {only}: two classes at least are needed")
    if len(names) > MOST_CLASSES:
        raise InputError(f"{where}: {len(names)} different values are too many for classes")
    for known in _ORDERED:
        spelled = {alias: i for i, aliases in enumerate(known.values()) for alias in aliases}
        label_of = {name: spelled.get(name.lower(), -1) for name in names}
        if set(label_of.values()) == set(range(len(known))):
            return tuple(known), label_of
    ordered = sorted(names, key=lambda name: (*_value(name), name))
    return tuple(ordered), {name: label for label, name in enumerate(ordered)}


def _value(name: str) -> tuple[bool, float]:
    try:
        return False, float(name)
    except ValueError:
        return True, 0.0


def find_label(name: str, labels: Sequence[str]) -> int | None:
    """Which of ``labels`` a name means, in any letter case; None for none.

    For negative/positive and for entailment/neutral/contradiction, short forms and the usual
    numbers (0/1, 0/1/2) are understood, too.
    """
    if name in labels:
        return labels.index(name)
    lower = [label.lower() for label in labels]
    if lower.count(name.lower()) == 1:
        return lower.index(name.lower())
    for known in _ORDERED:
        if tuple(labels) == tuple(known):
            for label, aliases in enumerate(known.values()):
                if name.lower() in aliases or name == str(label):
                    return label
    return None
