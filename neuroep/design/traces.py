"""What ``traces.h5`` keeps: a design's ``[traces]``."""

from collections.abc import Collection, Iterable
from difflib import get_close_matches
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from neuroep.learning.probe import Watched
from neuroep.tasks.section import Section, tuples
from neuroep.traces.recorder import Choice

Range = tuple[int, int]


def _sides(given: Any) -> Any:
    """Return one range a side; the only side of a vector may stand alone."""
    if isinstance(given, tuple | list) and all(isinstance(end, int) for end in given):
        given = (given,)
    if not isinstance(given, tuple | list) or not all(
        isinstance(side, tuple | list) and [type(end) for end in side] == [int, int]
        for side in given
    ):
        raise ValueError(f"must be [first, past last] for each side of the array, not {given!r}")
    return tuple(tuple(side) for side in given)


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
    synapses: dict[str, Annotated[tuple[Range, ...], BeforeValidator(_sides)]] = Field(
        default_factory=dict
    )
    """Blocks of learned arrays, ``[first, past last]`` for each side: ``"heads-hidden" = [[0, 64],
    [0, 64]]``.
    """
    neurons: dict[str, Range] = Field(default_factory=dict)
    """Blocks of layers: ``hidden = [0, 64]``."""

    @model_validator(mode="before")
    @classmethod
    def _pairs(cls, given: Any) -> Any:
        return tuples(given)

    def choice(self) -> Choice:
        """Return what is recorded."""
        return Choice(
            self.synapses, self.neurons, self.examples, self.interval, self.spikes, self.waveforms
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
                _within(where, ids, None if name in unsized and side == 0 else size)
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
