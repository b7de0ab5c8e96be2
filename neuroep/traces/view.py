"""Look at the traces of a run from Python: named groups of arrays that are read when asked for."""

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.traces.files import PART
from neuroep.traces.journal import restore
from neuroep.traces.reader import UNITS_OF
from neuroep.traces.record import PHASES
from neuroep.traces.writer import FORMAT

if TYPE_CHECKING:
    import xarray

STEM = "traces"


class Variable:
    """One recorded quantity: an array on disk, with its unit; index it to read.

    Attributes
    ----------
    name, unit, meaning : str
    axes : tuple of str
    """

    def __init__(self, dataset: h5py.Dataset) -> None:
        self._dataset = dataset
        self.name = dataset.name.rpartition("/")[2]
        self.unit = str(dataset.attrs["units"])
        self.meaning = str(dataset.attrs["long_name"])
        self.axes = tuple(dim[0].name.rpartition("/")[2] for dim in dataset.dims)

    def __getitem__(self, where: Any) -> np.ndarray:
        return np.asarray(self._dataset[where])

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self._dataset[()], dtype)

    def __len__(self) -> int:
        return len(self._dataset)

    @property
    def shape(self) -> tuple[int, ...]:
        """Length of each axis."""
        return tuple(self._dataset.shape)

    @property
    def attributes(self) -> dict[str, Any]:
        """Further attributes, such as ``siemens_per_unit``."""
        own = {"units", "long_name", "coordinates", "DIMENSION_LIST", "_Netcdf4Dimid"}
        return {name: value for name, value in self._dataset.attrs.items() if name not in own}

    def in_si(self) -> np.ndarray:
        """Return everything in the SI unit of the chip.

        Raises
        ------
        ValueError
            The chip gives no value to this unit.
        """
        if self.unit != "1":
            return np.asarray(self)
        for name in UNITS_OF:
            if name in self._dataset.attrs:
                return np.asarray(self) * float(self._dataset.attrs[name])
        raise ValueError(f"{self._dataset.name}: nothing on a chip has this unit")

    def __repr__(self) -> str:
        axes = ", ".join(f"{axis}: {n}" for axis, n in zip(self.axes, self.shape, strict=True))
        return f"<{self.name} ({axes}), {self.unit}: {self.meaning}>"


class Recorded(Mapping[str, Variable]):
    """What is recorded of one learned array or layer: its variables by name, or as attributes.

    ``step``, ``epoch`` and ``examples_seen`` are arrays [records], as are the labels of each axis.
    """

    def __init__(self, group: h5py.Group) -> None:
        self._group = group
        self._names = [
            name
            for name, one in group.items()
            if not one.is_scale and name not in ("epoch", "examples_seen")
        ]

    def __getitem__(self, name: str) -> Variable:
        if name not in self._names:
            raise KeyError(f"{name!r}; there are {', '.join(self._names)}")
        return Variable(self._group[name])

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            if name in self._names:
                return self[name]
            if name in self._group:
                return self.labels(name)
        raise AttributeError(f"{self._group.name}: no {name!r}; there are {', '.join(self)}")

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *self._group]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def labels(self, axis: str) -> np.ndarray:
        """Return the labels of an axis."""
        dataset = self._group[axis]
        text = dataset.dtype.kind == "O"
        return np.asarray(dataset.asstr()[()] if text else dataset[()])

    def __repr__(self) -> str:
        return "\n".join([f"<{self._group.name.strip('/')}>", *(f"  {self[k]!r}" for k in self)])


class RecordedSpikes(Recorded):
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
        counts = np.asarray(self["count"])
        steps = self.labels("step")[: len(counts)]
        ends = np.cumsum(counts, dtype=np.int64).reshape(counts.shape)
        whole = ends[:, -1, -1] <= len(self["time"])  # a kill may take a row's last spikes
        if step not in steps[whole]:
            raise KeyError(f"step {step}; recorded are {steps[whole].tolist()}")
        if phase not in PHASES or not 0 <= example < counts.shape[2]:
            raise KeyError(f"phase {phase!r}, example {example}; phases are {', '.join(PHASES)}")
        place = (int(np.flatnonzero(steps == step)[0]), PHASES.index(phase), example)
        rows = slice(ends[place] - counts[place], ends[place])
        time, neuron, sign = (self[name][rows] for name in ("time", "neuron", "sign"))
        return time, neuron, sign


class Traces(Mapping[str, Recorded]):
    """The traces of a run; see :func:`neuroep.traces.open_traces`.

    Attributes
    ----------
    synapses, neurons : dict of str to Recorded
        Learned arrays, and layers, by name.
    spikes : dict of str to RecordedSpikes
        By layer; empty where nothing spikes.
    writing : dict of str to Recorded
        By learned array: what pulses did to all its devices; empty where floats learn.
    settling : Recorded
        Energy and residual at the end of each settling.
    attributes : dict
        Title, seed, versions, and whether the file is ``complete``.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = _find(Path(path))
        if self.path.name.endswith(PART):
            restore(self.path)
        try:
            self._file = h5py.File(self.path, "r")
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else "not an HDF5 file, or damaged"
            raise InputError(f"{self.path}: {reason}") from error
        try:
            if self._file.attrs.get("neuroep_format") != FORMAT:
                raise InputError(f"{self.path}: neuroep_format: no traces of this neuroep")
            self.synapses = self._part("synapses", Recorded)
            self.neurons = self._part("neurons", Recorded)
            self.spikes = self._part("spikes", RecordedSpikes)
            self.writing = self._part("writing", Recorded)
            self.settling = Recorded(self._file["settling"])
            self.attributes = {k: v for k, v in self._file.attrs.items() if k != "configuration"}
        except BaseException as error:
            self._file.close()
            if isinstance(error, KeyError | RuntimeError | OSError | AttributeError | TypeError):
                raise InputError(f"{self.path}: damaged") from error
            raise

    def _part(self, name: str, kind: type[Any]) -> dict[str, Any]:
        return {key: kind(group) for key, group in self._file.get(name, {}).items()}

    @property
    def configuration(self) -> dict[str, Any]:
        """The resolved design, as parsed; empty where the file carries none."""
        found: dict[str, Any] = json.loads(self._file.attrs.get("configuration", "{}"))
        return found

    @property
    def steps(self) -> np.ndarray:
        """The recorded training steps."""
        return self.settling.labels("step")

    def _groups(self) -> dict[str, Recorded]:
        groups: dict[str, Recorded] = {}
        for part in ("synapses", "neurons", "spikes", "writing"):
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
        """Open the file as an ``xarray.DataTree``, which reads when it is asked for values.

        It stays open after these traces are closed; close it by itself.
        """
        import xarray

        return xarray.open_datatree(self.path, engine="h5netcdf")

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        if not self._file:
            return f"<traces {self.path}, closed>"
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


def _find(path: Path) -> Path:
    """Return the file of traces: the path itself, or the newest one in a run's folder."""
    if not path.is_dir():
        return path
    found = [*path.glob(f"{STEM}*.h5"), *path.glob(f"{STEM}*.h5{PART}")]
    if not found:
        raise InputError(f"{path}: no traces in this folder")
    return max(found, key=lambda one: one.stat().st_mtime)
