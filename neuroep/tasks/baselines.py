"""Baselines in a file: fitted once by ``neuroep baselines``, read by the runs beside them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from neuroep.errors import InputError
from neuroep.files import read_json
from neuroep.kinds import as_kind
from neuroep.text.reviews.baselines import Baseline

RELU = "ReLU network"
"""How the name of a baseline begins that is no logistic regression."""

OWN_ROWS = "mean vector", "same rows"
"""How the names of baselines begin that read a design's own rows, not the words themselves."""

NONE = "no baselines as 'neuroep baselines' writes them"


def title(name: str) -> str:
    """Return what a table calls a baseline; logistic regressions are named by what they see."""
    return name if name.startswith(RELU) else f"logistic regression, {name}"


@dataclass(frozen=True)
class Fitted:
    """Baselines of one data set: its name, how it was limited, the number of test examples.

    ``splits``: what its source notes of how it was split; empty where that does not matter.
    ``design``: title of that whose rows some were fitted on; ``labels``: names of the classes;
    ``contents``: a SHA-256 of each file or folder of data, by its option; ``seed``: of the split
    and of networks. Empty where an earlier version did not say.
    """

    data: str
    limit: int | None
    test: int
    baselines: dict[str, Baseline]
    splits: str = ""
    design: str = ""
    labels: list[str] = field(default_factory=list)
    contents: dict[str, str] = field(default_factory=dict)
    seed: int | None = None

    def beside(self, design: str) -> dict[str, float]:
        """Return the test accuracies by name that a design of this title can be held against."""
        others = self.design not in ("", design)
        return {
            name: baseline.test_accuracy
            for name, baseline in self.baselines.items()
            if not (others and name.startswith(OWN_ROWS))
        }


def read_fitted(path: str) -> dict[str, Fitted]:
    """Return what a file of fitted baselines holds, by task; an InputError where it is none."""
    found = as_kind(dict[str, Fitted], read_json(path), f"{path}: {NONE}")
    for key, entry in found.items():
        for name, baseline in entry.baselines.items():
            if not 0 <= baseline.test_accuracy <= 1:
                raise InputError(f"{path}: {key}.baselines.{name}.test_accuracy: is no share")
    return found


def by_seed(paths: Sequence[str], key: str) -> dict[int, str]:
    """Return which file of fitted baselines is of which seed; an InputError: not one of each."""
    found: dict[int, str] = {}
    for path in paths:
        seed = _entry(path, key).seed
        if seed is None:
            raise InputError(f"{path}: {key}.seed: missing; an earlier version did not say it")
        if seed in found:
            raise InputError(f"{path}: {key}.seed: {seed}, as in {found[seed]}")
        found[seed] = path
    return found


def read_baselines(
    path: str,
    key: str,
    data: str,
    limit: int | None,
    note: str,
    labels: Sequence[str],
    contents: Mapping[str, str],
    test: int | None = None,
) -> Fitted:
    """Return what a file of fitted baselines holds for some data; an InputError: of other data.

    ``path``: what ``neuroep baselines --results`` wrote; ``key``: of the task; ``data``: name of
    the source; ``limit``: examples of each split; ``note``: the source's; ``labels``, ``contents``:
    as of :class:`Fitted`; ``test``: examples of the test split, where they are known.
    """
    entry = _entry(path, key)
    if (entry.data, entry.limit) != (data, limit):
        of, asked = (f" limited to {most}" if most else "" for most in (entry.limit, limit))
        raise InputError(f"{path}: {key}.data: {entry.data!r}{of}, not {data}{asked}")
    if test is not None and entry.test != test:
        raise InputError(f"{path}: {key}.test: {entry.test} test examples, not {test}: other data")
    if entry.labels and entry.labels != list(labels):
        told = ", ".join(entry.labels)[:80]
        raise InputError(f"{path}: {key}.labels: {told}: other classes than here")
    if any(contents.get(name, digest) != digest for name, digest in entry.contents.items()):
        raise InputError(f"{path}: {key}.contents: {data} of other content than here")
    if set(filter(None, entry.splits.split("; "))) - set(note.split("; ")):
        raise InputError(f"{path}: {key}.splits: {entry.splits}: other test examples than here")
    return entry


def _entry(path: str, key: str) -> Fitted:
    """Return what a file holds for a task."""
    entry = read_fitted(path).get(key)
    if entry is None:
        raise InputError(f"{path}: {key}: missing; {NONE}")
    return entry
