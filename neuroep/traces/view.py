"""Look at the traces of a run from Python: named groups of arrays that are read when asked for."""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.files import parse_json
from neuroep.hdf5 import opened, whole
from neuroep.learning.probe import SI_FACTOR, SI_UNITS
from neuroep.traces.files import PART, parts_of
from neuroep.traces.joined import Joined, Piece, axes_of, joined
from neuroep.traces.journal import restore
from neuroep.traces.record import PHASES
from neuroep.traces.writer import FORMAT

if TYPE_CHECKING:
    import xarray

STEM = "traces"
ADDED = {
    "S": "{}_siemens",
    "V": "{}_volts",
    "A": "{}_amperes",
    "W": "{}_watts",
    "s": "seconds",  # of examples seen: how long the chip has worked on them
}
"""By SI unit: what a variable in it is called beside the normalised one."""

_ALONG = ("epoch", "examples_seen")


class Variable:
    """One recorded quantity: an array on disk, with its unit; index it to read.

    Attributes
    ----------
    name, unit, meaning : str
    axes : tuple of str
    quantity : str
        What is told: the name, without the unit that ``si`` puts behind it.
    """

    def __init__(self, values: Joined, si: bool = False) -> None:
        self._values = values
        self._told = values.first.attrs
        self._factor = float(self._told[SI_FACTOR]) if si else None
        self.quantity = self.name = values.first.name.rpartition("/")[2]
        self.unit = str(self._told["units"])
        if si:
            self.unit = str(self._told[SI_UNITS])
            self.name = ADDED[self.unit].format(self.name)
        self.meaning = str(self._told["long_name"])
        self.axes = axes_of(values.first)

    def __getitem__(self, where: Any) -> np.ndarray:
        found = self._values[where]
        return found if self._factor is None else found * self._factor

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def __len__(self) -> int:
        return self.shape[0]

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return self._values.shape

    @property
    def attributes(self) -> dict[str, Any]:
        """Further attributes, such as ``si_factor``."""
        own = {"units", "long_name", "coordinates", "DIMENSION_LIST", "_Netcdf4Dimid"}
        if self._factor is not None:
            own |= {SI_FACTOR, SI_UNITS}
        return {name: value for name, value in self._told.items() if name not in own}

    def in_si(self) -> np.ndarray:
        """Return everything in the SI unit of the chip.

        Raises
        ------
        ValueError
            The chip gives no value to this unit.
        """
        if self.unit != "1":
            return np.asarray(self)
        if SI_FACTOR not in self._told:
            raise ValueError(f"{self._values.first.name}: nothing on a chip has this unit")
        return np.asarray(self) * float(self._told[SI_FACTOR])

    def __repr__(self) -> str:
        axes = ", ".join(f"{axis}: {n}" for axis, n in zip(self.axes, self.shape, strict=True))
        return f"<{self.name} ({axes}), {self.unit}: {self.meaning}>"


class Recorded(Mapping[str, Variable]):
    """What is recorded of one learned array or layer: its variables by name, or as attributes.

    ``step``, ``epoch`` and ``examples_seen`` are arrays [records], as are the labels of each axis.
    """

    def __init__(self, pieces: Sequence[Piece], si: bool = False) -> None:
        self._pieces = list(pieces)
        self._group = self._pieces[0].group
        self._along: dict[str, Variable] = {}
        self._variables: dict[str, Variable] = {}
        for name, one in self._group.items():
            if one.is_scale:
                continue
            into = self._along if name in _ALONG else self._variables
            values = joined(self._pieces, name)
            into[name] = Variable(values)
            if si and SI_FACTOR in one.attrs:
                added = Variable(values, si=True)
                into[added.name] = added

    def __getitem__(self, name: str) -> Variable:
        if name not in self._variables:
            raise KeyError(f"{name!r}; there are {', '.join(self)}")
        return self._variables[name]

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            if name in self._variables:
                return self[name]
            if name in self._along or name in self._group:
                return self.labels(name)
        raise AttributeError(f"{self._group.name}: no {name!r}; there are {', '.join(self)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._group, *self._along, *self._variables]

    def __iter__(self) -> Iterator[str]:
        return iter(self._variables)

    def __len__(self) -> int:
        return len(self._variables)

    @property
    def along(self) -> tuple[str, ...]:
        """Names of what runs along ``step`` beside it."""
        return tuple(self._along)

    def labels(self, axis: str) -> np.ndarray:
        """Return the labels of an axis."""
        if axis in self._along:
            return self._along[axis][:]
        if axis == "step":
            return joined(self._pieces, axis)[:]
        dataset = self._group[axis]
        text = dataset.dtype.kind == "O"
        return np.asarray(dataset.asstr()[()] if text else dataset[()])

    def __repr__(self) -> str:
        return "\n".join([f"<{self._group.name.strip('/')}>", *(f"  {self[k]!r}" for k in self)])


class RecordedRagged(Recorded):
    """Columns of any length, by phase and example of a step."""

    def rows(self, step: int, phase: str, example: int) -> slice:
        """Return which rows of the columns belong to one example in one phase of a step.

        Raises
        ------
        KeyError
            Not recorded; says what is.
        """
        counts, steps = np.asarray(self["count"]), self.labels("step")
        if step not in steps:
            raise KeyError(f"step {step}; recorded are {steps.tolist()}")
        if phase not in PHASES or not 0 <= example < counts.shape[2]:
            raise KeyError(f"phase {phase!r}, example {example}; phases are {', '.join(PHASES)}")
        ends = np.cumsum(counts, dtype=np.int64).reshape(counts.shape)
        place = (int(np.flatnonzero(steps == step)[0]), PHASES.index(phase), example)
        return slice(int(ends[place] - counts[place]), int(ends[place]))


class RecordedSpikes(RecordedRagged):
    """The spikes of one layer: columns ``time`` (s), ``neuron``, ``sign``, one row a spike."""

    def at(
        self, step: int, phase: str = "free", example: int = 0
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return time (s), neuron and sign of the spikes of one example in one phase of a step.

        Parameters
        ----------
        step : int
            A training step with spike times: one of ``step``.
        phase : str
            ``"free"``, ``"plus"`` or ``"minus"``.
        example : int

        Raises
        ------
        KeyError
            Not recorded; says what is.
        """
        rows = self.rows(step, phase, example)
        time, neuron, sign = (self[name][rows] for name in ("time", "neuron", "sign"))
        return time, neuron, sign


class RecordedWaveforms(RecordedRagged):
    """The potentials of one layer in time: columns ``time`` (s) and ``potential`` [point, neuron].

    With ``si`` in ``potential_volts`` as well.
    """

    def at(self, step: int, phase: str = "free", example: int = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return time (T,), s, and potentials (T, n) of one example in one phase of a step.

        In volts where these traces are open with ``si`` and the chip says what a unit is.
        Otherwise as :meth:`RecordedSpikes.at`.
        """
        rows = self.rows(step, phase, example)
        return self["time"][rows], self.shown[rows]

    @property
    def shown(self) -> Variable:
        """The potentials that :meth:`at` returns."""
        volts = ADDED["V"].format("potential")
        return self[volts if volts in self else "potential"]


class Traces(Mapping[str, Recorded]):
    """The traces of a run; see :func:`neuroep.traces.open_traces`.

    Attributes
    ----------
    paths : list of Path
        The files, in the order in which they were written.
    synapses, neurons : dict of str to Recorded
        Learned arrays, and layers, by name.
    spikes : dict of str to RecordedSpikes
        By layer; empty where nothing spikes.
    waveforms : dict of str to RecordedWaveforms
        By layer; empty where none were asked for.
    writing : dict of str to Recorded
        By learned array: what pulses did to all its devices; empty where floats learn.
    settling : Recorded
        Energy and residual at the end of each settling.
    attributes : dict
        Title, seed, versions, and whether the last file is ``complete``.
    """

    def __init__(self, path: str | os.PathLike[str], si: bool = False) -> None:
        self.paths = _find(Path(path))
        self._si = si
        with ExitStack() as stack:
            self._files: list[h5py.File] = []
            for one in self.paths:
                if one.name.endswith(PART):
                    restore(one)
                self._files.append(opened(str(one)))
                stack.callback(self._files[-1].close)
                with whole(str(one)):
                    if self._files[-1].attrs.get("neuroep_format") != FORMAT:
                        raise InputError(f"{one}: neuroep_format: no traces of this neuroep")
            with whole(str(self.paths[-1])):
                self._look()
            stack.pop_all()

    def _look(self) -> None:
        """Find the groups, and look once at whatever of them is read later."""
        # A resumed run goes back to its last checkpoint: what it does again is read once.
        first: int | None = None
        self._before: list[int | None] = []
        for file in reversed(self._files):
            self._before.insert(0, first)
            steps = file["settling"]["step"]
            if steps.dtype.kind not in "iu":
                raise TypeError("step: no whole numbers")
            if len(steps):
                first = int(steps[0]) if first is None else min(first, int(steps[0]))
        self.synapses = self._part("synapses", Recorded)
        self.neurons = self._part("neurons", Recorded)
        self.spikes = self._part("spikes", RecordedSpikes)
        self.waveforms = self._part("waveforms", RecordedWaveforms)
        self.writing = self._part("writing", Recorded)
        self.settling = Recorded(self._pieces("settling"), self._si)
        last = self._files[-1].attrs
        self.attributes = {k: v for k, v in last.items() if k != "configuration"}
        bool(self.attributes["complete"])
        for group in self._groups().values():
            repr(group)

    def _part(self, name: str, kind: type[Any]) -> dict[str, Any]:
        names = self._files[0].get(name, {})
        return {key: kind(self._pieces(f"{name}/{key}"), self._si) for key in names}

    def _pieces(self, name: str) -> list[Piece]:
        return [
            Piece.of(file[name], before)
            for file, before in zip(self._files, self._before, strict=True)
        ]

    @property
    def configuration(self) -> dict[str, Any]:
        """The resolved design, as parsed; empty where the file carries none."""
        where = f"{self.paths[-1]}: configuration"
        with whole(where):
            found = parse_json(self._files[-1].attrs.get("configuration", "{}"), where)
        if not isinstance(found, dict):
            raise InputError(f"{where}: damaged")
        return found

    @property
    def steps(self) -> np.ndarray:
        """The recorded training steps."""
        return self.settling.labels("step")

    def _groups(self) -> dict[str, Recorded]:
        groups: dict[str, Recorded] = {}
        for part in ("synapses", "neurons", "spikes", "waveforms", "writing"):
            groups |= {f"{part}/{name}": one for name, one in getattr(self, part).items()}
        return groups | {"settling": self.settling}

    def __getitem__(self, name: str) -> Recorded:
        groups = self._groups()
        if name not in groups:
            raise KeyError(f"{name!r}; there are {', '.join(groups)}")
        return groups[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._groups())

    def __len__(self) -> int:
        return len(self._groups())

    def to_xarray(self) -> "xarray.DataTree":
        """Return an ``xarray.DataTree`` of the same.

        One file is read when values are asked for, and stays open after these traces are closed:
        close it by itself. Several files, and what ``si`` adds, are in memory.
        """
        import xarray

        if len(self.paths) == 1 and not self._si:
            return xarray.open_datatree(self.paths[0], engine="h5netcdf")
        from neuroep.traces.tree import tree_of

        return tree_of(self)

    def close(self) -> None:
        """Close the files."""
        for file in self._files:
            file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self._files[0]:
            return f"<traces {', '.join(map(str, self.paths))}, closed>"
        steps, title = self.steps, self.attributes.get("title", "untitled")
        span = f"{steps[0]} to {steps[-1]}" if len(steps) else "none yet"
        state = "" if self.attributes["complete"] else ", incomplete"
        lines = [f"<traces of {title!r}: {len(steps)} steps, {span}{state}>"]
        for name, one in self._groups().items():
            units = ", ".join(f"{key} [{one[key].unit}]" for key in one)
            shape = next((one[key].shape[1:] for key in one), ())
            size = " x ".join(map(str, shape))
            lines.append(f"  {name}: {size + ': ' if size else ''}{units}")
        return "\n".join(lines)


def _find(path: Path) -> list[Path]:
    """Return the files of traces: the path itself, or all of a run's folder in their order."""
    if not path.is_dir():
        return [path]
    found = parts_of(path, STEM)
    if not found:
        raise InputError(f"{path}: no traces in this folder")
    return found
