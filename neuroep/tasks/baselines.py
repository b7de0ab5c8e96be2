"""Baselines in a file: fitted once by ``neuroep baselines``, read by the runs beside them."""

import json
from dataclasses import dataclass
from pathlib import Path

from neuroep.errors import InputError
from neuroep.text.reviews.baselines import Baseline


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

    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"{path}: {(error.strerror or 'cannot be read').lower()}") from None
    except ValueError as error:
        raise InputError(f"{path}: not JSON: {error}") from None
    try:
        entry = TypeAdapter(dict[str, Fitted]).validate_python(content)[key]
    except (KeyError, ValidationError):
        raise InputError(
            f"{path}: {key}: no baselines as 'neuroep baselines' writes them"
        ) from None
    if (entry.data, entry.limit) != (data, limit):
        asked = data if limit is None else f"{data} limited to {limit}"
        raise InputError(f"{path}: {key}.data: {entry.data!r}, not {asked}")
    return {name: baseline.test_accuracy for name, baseline in entry.baselines.items()}
