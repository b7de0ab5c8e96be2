"""What every data set of arrays ends in: rows with labels in splits."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.tables.labels import label_name, order_labels
from neuroep.tables.split import SPLITS, Split, share_note, split


class Part(NamedTuple):
    """Rows of one split: ``values`` (n, ...), and ``codes`` (n,) into the labels' ``names``.

    A row whose name is "" has no label.
    """

    values: NDArray[Any]
    names: Sequence[str]
    codes: NDArray[np.int64]
    where: str


class Labelled(NamedTuple):
    """``labels``: the classes' names; ``parts``: values and int64 labels by split; ``note``."""

    labels: tuple[str, ...]
    parts: dict[Split, tuple[NDArray[Any], NDArray[np.int64]]]
    note: str


def code_labels(labels: NDArray[Any], where: str) -> tuple[list[str], NDArray[np.int64]]:
    """Return the distinct names in an array of labels, and the code of each entry."""
    if labels.dtype.kind not in "iubfUS":
        raise InputError(f"{where}: labels of type {labels.dtype} are neither numbers nor text")
    if labels.dtype.kind == "S":
        labels = np.char.decode(labels, "utf-8", "replace")
    kinds, codes = np.unique(labels, return_inverse=True)
    names = [label_name(kind.item()) for kind in kinds]
    distinct = list(dict.fromkeys(names))  # 1.0 and "1.0 " may be one name
    return distinct, np.array([distinct.index(name) for name in names], np.int64)[codes]


def put_together(parts: dict[Split, Part], name: str, share: float, seed: int) -> Labelled:
    """Order the labels, pass by rows without one, and hold out a test split where there is none."""
    kept: dict[Split, tuple[NDArray[Any], NDArray[np.int64]]] = {}
    train = parts["train"]
    used = [train.names[code] for code in np.unique(train.codes)]
    labels, label_of = order_labels(filter(None, used), train.where, share)
    passed = 0
    for split_name, part in parts.items():
        in_use = {part.names[code] for code in np.unique(part.codes)} - {""}
        strange = next(iter(sorted(in_use - label_of.keys())), None)
        if strange is not None:
            raise InputError(f"{part.where}: label {strange[:40]!r} is on no training row")
        to_label = np.array([label_of.get(known, -1) for known in part.names], np.int64)
        found = to_label[part.codes]
        passed += int((found < 0).sum())
        kept[split_name] = part.values[found >= 0], found[found >= 0]
        if not len(kept[split_name][1]):
            raise InputError(f"{part.where}: no labelled row to {split_name} on")
    notes = [f"{passed} rows without a label are passed by"] if passed else []
    if "test" not in kept:
        values, found = kept["train"]
        rest, held = split(found, share, seed)
        if not len(held):
            raise InputError(f"{train.where}: {len(found)} rows are too few to hold some out")
        kept["test"] = values[held], found[held]
        if share < 1:  # where all are tested on, nothing is trained
            kept["train"] = values[rest], found[rest]
        notes.append(share_note(name, share, seed))
    parts_kept = {part: kept[part] for part in SPLITS if part in kept}
    return Labelled(labels, parts_kept, "; ".join(filter(None, notes)))
