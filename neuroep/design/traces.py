"""What ``traces.h5`` keeps: a design's ``[traces]``."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, cast

from pydantic import BeforeValidator, Field, model_validator

from neuroep.learning.probe import Watched
from neuroep.tasks.section import Section, tuples
from neuroep.traces.recorder import Choice

Range = tuple[int, int]


def _sides(given: Any) -> Any:
    """Return one range a side; the only side of a vector may stand alone.

    The first side of a table may be the words of its rows.
    """
    if isinstance(given, tuple | list) and all(isinstance(end, int) for end in given):
        given = (given,)
    if not isinstance(given, tuple | list) or not all(
        isinstance(side, tuple | list)
        and ([type(end) for end in side] == [int, int] or (k == 0 and _words(side)))
        for k, side in enumerate(given)
    ):
        raise ValueError(f"must be [first, past last] for each side of the array, not {given!r}")
    return tuple(tuple(side) for side in given)


def _words(side: Any) -> bool:
    return len(side) > 0 and all(type(word) is str for word in side)


class TraceSection(Section):
    """What ``traces.h5`` keeps: blocks of learned arrays and of layers, as [first, past last]."""

    interval: int = Field(10, ge=1)
    """Training steps from one record to the next."""
    examples: int = Field(2, ge=1, le=10**4)
    """Of a batch, whose neurons are recorded."""
    spikes: int = Field(10, ge=0)
    """Records from one with spike times to the next; 0: none."""
    waveforms: int = Field(0, ge=0)
    """The same of potentials in time."""
    budget_megabytes: float = Field(500.0, ge=0.001, le=1e12)
    """Most that the file may become; more is refused before the first step."""
    synapses: dict[str, Annotated[tuple[Range | tuple[str, ...], ...], BeforeValidator(_sides)]] = (
        Field(default_factory=dict)
    )
    """Blocks of learned arrays, ``[first, past last]`` for each side: ``"heads-hidden" = [[0, 64],
    [0, 64]]``; of a table the words of its rows may stand first: ``[["good", "bad"], [0, 64]]``.
    """
    neurons: dict[str, Range] = Field(default_factory=dict)
    """Blocks of layers: ``hidden = [0, 64]``."""

    @model_validator(mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        return tuples(given)

    def choice(self, row_names: Mapping[str, Sequence[str]] | None = None) -> Choice:
        """Return what is recorded.

        ``row_names``: what the rows of tables are called, by array. A ValueError names the key: no
        row is called so.
        """
        rows: dict[str, dict[str, int]] = {}
        blocks: dict[str, tuple[Range, ...]] = {}
        for name, block in self.synapses.items():
            sides = [cast(Range, side) for side in block]
            if words := [str(word) for word in block[0] if type(word) is str]:
                ids = {word: k for k, word in enumerate((row_names or {}).get(name, ()))}
                if lost := [word for word in words if word not in ids]:
                    raise ValueError(f"traces.synapses.{name}: no row is called {lost[0]!r}")
                rows[name] = {word: ids[word] for word in words}
                sides[0] = (min(rows[name].values()), max(rows[name].values()) + 1)
            blocks[name] = tuple(sides)
        return Choice(
            blocks, self.neurons, self.examples, self.interval, self.spikes, self.waveforms, rows
        )

    def check(self, watched: Watched, unsized: Collection[str] = ()) -> None:
        """Check names and ranges before anything is read; a ValueError names the key.

        ``unsized``: arrays whose number of rows only the data will tell.
        """
        if self.waveforms and watched.clock is None:
            raise ValueError("traces.waveforms: the design does not settle by spikes, in time")
        for name, block in self.synapses.items():
            where = f"traces.synapses.{name}"
            if name not in watched.probes:
                raise ValueError(f"{where}: {_unknown(name, 'learned array', watched.probes)}")
            shape = watched.probes[name].shape
            if len(block) != len(shape):
                form = ", ".join(["[first, past last]"] * len(shape))
                raise ValueError(f"{where}: needs {form if len(shape) == 1 else f'[{form}]'}")
            for side, (ids, size) in enumerate(zip(block, shape, strict=True)):
                if not _words(ids):
                    _within(
                        where, cast(Range, ids), None if name in unsized and side == 0 else size
                    )
        for name, ids in self.neurons.items():
            where = f"traces.neurons.{name}"
            if name not in watched.layers:
                raise ValueError(f"{where}: {_unknown(name, 'layer', watched.layers)}")
            _within(where, ids, watched.layers[name].size)


def _within(where: str, ids: Range, size: int | None) -> None:
    first, last = ids
    if not 0 <= first < last or (size is not None and last > size):
        end = "" if size is None else f" within [0, {size}]"
        raise ValueError(f"{where}: [{first}, {last}] is no range{end}")


def _unknown(name: str, kind: str, known: Iterable[str]) -> str:
    names = list(known)
    close = get_close_matches(name, names, 1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    return f"no such {kind}; {hint}there are {', '.join(names)}"
