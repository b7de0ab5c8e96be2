"""Baselines in a file: fitted once by ``neuroep baselines``, read by the runs beside them."""

import json
from dataclasses import dataclass

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.text.reviews.baselines import Baseline

RELU = "ReLU network"
"""How the name of a baseline begins that is no logistic regression."""


def title(name: str) -> str:
    """Return what a table calls a baseline; logistic regressions are named by what they see."""
    return name if name.startswith(RELU) else f"logistic regression, {name}"


@dataclass(frozen=True)
class Fitted:
    """Baselines of one data set: its name, how it was limited, the number of test examples."""

    data: str
    limit: int | None
    test: int
    baselines: dict[str, Baseline]


def read_baselines(path: str, key: str, data: str, limit: int | None) -> dict[str, float]:
    """Return the test accuracies that a file of fitted baselines holds for some data, by name.

    ``path``: what ``neuroep baselines --results`` wrote; ``key``: of the task; ``data``: name of
    the source; ``limit``: examples of each split.
    """
    from pydantic import TypeAdapter, ValidationError

    text = json.dumps(read_json(path))
    try:
        entry = TypeAdapter(dict[str, Fitted]).validate_json(text, strict=True)[key]
    except (KeyError, ValidationError):
        raise InputError(
            f"{path}: {key}: no baselines as 'neuroep baselines' writes them"
        ) from None
    for name, baseline in entry.baselines.items():
        if not 0 <= baseline.test_accuracy <= 1:
            raise InputError(f"{path}: {key}.baselines.{name}.test_accuracy: is no share")
    if (entry.data, entry.limit) != (data, limit):
        asked = data if limit is None else f"{data} limited to {limit}"
        raise InputError(f"{path}: {key}.data: {entry.data!r}, not {asked}")
    return {name: baseline.test_accuracy for name, baseline in entry.baselines.items()}
