"""How a run was asked for; kept in its folder, so that it can be resumed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields

from neuroep.errors import InputError
from neuroep.kinds import as_kind
from neuroep.runs.folder import OPTIONS, RunFolder
from neuroep.tasks.task import DataOptions


@dataclass(frozen=True)
class TrainOptions(DataOptions):
    """A design, its data, and what a run shall do beside training.

    ``design``: file or built-in name; ``overrides``: ``key=value`` entries of it; ``test_by``:
    solvers to test with beside the design's own; ``baselines``: a file of them; ``no_baselines``,
    ``no_figures``: leave them out; ``contents``: a SHA-256 of each file or folder of data, by its
    option, and ``begun``, the time (ISO 8601, UTC), which a run notes when it begins.
    """

    design: str = ""
    overrides: Sequence[str] = field(default_factory=list)
    test_by: Sequence[str] = ()
    baselines: str | None = None
    no_baselines: bool = False
    no_figures: bool = False
    contents: Mapping[str, str] = field(default_factory=dict)
    begun: str = ""


def read_options(folder: RunFolder) -> TrainOptions:
    """Return how a run was asked for; an InputError where its folder does not say all of it."""
    found = folder.read_options()
    for known in fields(TrainOptions):
        # A default would be another run; what earlier versions did not note was the default.
        if known.name not in found and known.name not in ("share", "contents", "begun"):
            raise InputError(f"{folder.path / OPTIONS}: {known.name}: missing")
    return as_kind(TrainOptions, found, str(folder.path / OPTIONS))
