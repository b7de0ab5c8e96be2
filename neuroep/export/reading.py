"""Read an export back, so that it can be written in another format."""

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.export.formats import netcdf, npz
from neuroep.export.recording import UNIT_OF, Recording, Section, Signal, Spikes
from neuroep.files import parse_json
from neuroep.hdf5 import open_hdf5, whole
from neuroep.tables.archives import shown
from neuroep.tables.arrays import read_arrays

SPIKES = "spikes/"
READ = (*netcdf.FORMAT.endings, *npz.FORMAT.endings)
"""Endings of files that can be read back."""


def read_recording(path: Path) -> Recording:
    """Return what :func:`neuroep.export.export` wrote as ``.h5``, ``.nc`` or ``.npz``.

    Raises
    ------
    InputError
        Missing, damaged, or no such file; one line that names the file.
    """
    if path.name.lower().endswith(npz.FORMAT.endings):
        return _read_npz(path)
    with open_hdf5(path) as file:
        if file.attrs.get("neuroep_format") != netcdf.LAYOUT:
            raise InputError(f"{path}: neuroep_format: no export of neuroep")
        names = parse_json(str(file.attrs["sections"]), f"{path}: sections")
        own = {"neuroep_format", "Conventions", "title", "sections"}
        about = {
            key: np.asarray(value).item() for key, value in file.attrs.items() if key not in own
        }
        for name in names:
            if not isinstance(file.get(name or "/"), h5py.Group):
                raise InputError(f"{path}: {name}: is missing")
            if not any(axis in file[name or "/"] for axis in UNIT_OF):
                raise InputError(f"{path}: {name or 'sections'}: {' or '.join(UNIT_OF)} is missing")
        sections = tuple(_read_section(file[name or "/"], str(name)) for name in names)
        _check(path, sections)
        return Recording(str(file.attrs["title"]), sections, about)


def _read_section(group: h5py.Group, name: str) -> Section:
    (axis,) = (axis for axis in UNIT_OF if axis in group)
    signals: list[Signal] = []

    def visit(where: str, one: Any) -> None:
        if isinstance(one, h5py.Dataset) and not one.is_scale and not where.startswith(SPIKES):
            sides = [dim[0] for dim in one.dims][1:]
            kinds = [str(side.name).removeprefix(f"{one.name}_") for side in sides]
            axes = dict(zip(kinds, map(_labels, sides), strict=True))
            signals.append(Signal(where, np.asarray(one[()]), str(one.attrs["units"]), axes))

    group.visititems(visit)
    spikes = tuple(
        Spikes(layer, *(np.asarray(one[key][()]) for key in ("neurons", "times", "neuron", "sign")))
        for layer, one in group.get(SPIKES.strip("/"), {}).items()
    )
    return Section(name, np.asarray(group[axis][()]), tuple(signals), spikes, axis)


def _labels(scale: h5py.Dataset) -> np.ndarray:
    return np.asarray(scale.asstr()[()] if scale.dtype.kind == "O" else scale[()]).astype(
        "U" if scale.dtype.kind == "O" else scale.dtype
    )


def _read_npz(path: Path) -> Recording:
    arrays = read_arrays(path)
    with whole(str(path)):
        about = parse_json(str(arrays.pop(npz.ABOUT)[()]), f"{path}: {npz.ABOUT}")
        units, title = dict(about.pop("units")), str(about.pop("title"))
        labels = dict(about.pop("axes", {}))  # earlier versions told none
        for name in sorted(units.keys() ^ arrays.keys()):
            gone = "is missing" if name in units else "has no unit"
            raise InputError(f"{path}: {shown(name)}: {gone}")
        axes = {
            name: name.rpartition("/")
            for name in arrays
            if name.rpartition("/")[2] in UNIT_OF and f"/{SPIKES}" not in f"/{name}"
        }
        sections = tuple(
            _section_of(section, axis, arrays, units, labels) for section, _, axis in axes.values()
        )
    inside = tuple(section.full("") for section in sections)
    for name in arrays:
        if not name.startswith(inside):
            raise InputError(f"{path}: {shown(name)}: {' or '.join(UNIT_OF)} is missing beside it")
    _check(path, sections)
    return Recording(title, sections, {k: v for k, v in about.items() if v is not None})


def _check(path: Path, sections: Iterable[Section]) -> None:
    """Refuse what no export holds: what is not of real numbers, of no node, or does not rise."""
    for section in sections:
        points = section.points
        rising = points.ndim == 1 and points.dtype.kind in "fiu" and np.isfinite(points).all()
        if not rising or (np.diff(points) < 0).any() or (points < 0).any():
            raise InputError(
                f"{path}: {section.full(section.axis)}: is not numbers from 0 that rise"
            )
        for signal in section.signals:
            if signal.values.dtype.kind not in "fiub" or not isinstance(signal.unit, str):
                raise InputError(f"{path}: {section.full(signal.name)}: is not numbers with a unit")
            if signal.values.size == 0 < len(points):
                raise InputError(f"{path}: {section.full(signal.name)}: no node in it")
        for spikes in section.spikes:
            times = spikes.times
            real = times.dtype.kind in "fiu" and np.isfinite(times).all() and (times >= 0).all()
            if not real:
                raise InputError(f"{path}: {section.full(spikes.name)}: spikes at no time")
            numbered = all(one.dtype.kind in "iu" for one in (spikes.neurons, spikes.neuron))
            if not numbered or not np.isin(spikes.neuron, spikes.neurons).all():
                raise InputError(f"{path}: {section.full(spikes.name)}: spikes of no neuron")
            if not times.shape == spikes.neuron.shape == spikes.sign.shape == (times.size,):
                raise InputError(f"{path}: {section.full(spikes.name)}: not one row a spike")
            if not np.isin(spikes.sign, (-1, 1)).all():
                raise InputError(f"{path}: {section.full(spikes.name)}: spikes of no sign")


def _section_of(
    name: str,
    axis: str,
    arrays: Mapping[str, np.ndarray],
    units: Mapping[str, str],
    axes: Mapping[str, Mapping[str, Sequence[object]]],
) -> Section:
    before = f"{name}/" if name else ""
    inside = {k.removeprefix(before): v for k, v in arrays.items() if k.startswith(before)}
    layers = dict.fromkeys(
        k.removeprefix(SPIKES).rpartition("/")[0] for k in inside if k.startswith(SPIKES)
    )
    signals = tuple(
        Signal(key, v, units[before + key], _sides(v.shape[1:], axes.get(before + key)))
        for key, v in inside.items()
        if key != axis and not key.startswith(SPIKES)
    )
    spikes = tuple(
        Spikes(k, *(inside[f"{SPIKES}{k}/{c}"] for c in ("neurons", "times", "neuron", "sign")))
        for k in layers
    )
    return Section(name, inside[axis], signals, spikes, axis)


def _sides(
    shape: tuple[int, ...], told: Mapping[str, Sequence[object]] | None
) -> dict[str, np.ndarray]:
    """Return labels of sides, as a file tells them; places, from 0, where it does not."""
    if told is not None and tuple(map(len, told.values())) == shape:
        return {name: np.array(labels) for name, labels in told.items()}
    names = ["node"] if len(shape) == 1 else [f"side_{k}" for k in range(len(shape))]
    return {name: np.arange(size) for name, size in zip(names, shape, strict=True)}
