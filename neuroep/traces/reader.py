"""What a file of a run holds, in words."""

import os
from collections.abc import Iterator
from pathlib import Path

import h5py
import numpy as np

from neuroep.errors import InputError
from neuroep.hdf5 import open_hdf5
from neuroep.learning.probe import SI_FACTOR, SI_UNITS
from neuroep.traces.checkpoint import FORMAT as CHECKPOINT
from neuroep.traces.checkpoint import load
from neuroep.traces.files import PART
from neuroep.traces.joined import axes_of
from neuroep.traces.journal import restore
from neuroep.traces.writer import FORMAT as TRACE

_NETCDF_ATTRIBUTES = ("neuroep_format", "Conventions", "complete", "capped", "title")
_QUICKLY_READ = 1 << 24  # values


def describe(path: str | os.PathLike[str], configuration: bool = False) -> str:
    """Return a summary of a trace file (its ``.part`` too) or of a checkpoint, for people.

    ``configuration`` appends the resolved configuration that the file carries.
    """
    name = os.fspath(path)
    if name.endswith(PART):
        restore(path)
    with open_hdf5(name) as file:
        kind = file.attrs.get("neuroep_format")
        if kind == TRACE:
            return "\n".join(_trace(file, Path(path), configuration))
    if kind == CHECKPOINT:
        return "\n".join(_checkpoint(path, configuration))
    raise InputError(f"{name}: neuroep_format: no trace or checkpoint of neuroep")


def _trace(file: h5py.File, path: Path, configuration: bool) -> Iterator[str]:
    yield f"{path}: {file.attrs.get('title', 'untitled')}"
    if file.attrs["complete"]:
        state = "complete"
    elif path.name.endswith(PART):
        state = "incomplete: still running, interrupted or killed; up to the last flush"
    else:
        state = "incomplete"
    if file.attrs["capped"]:
        state += f"; recording stopped at the cap of {file.attrs['budget_bytes'] / 1e6:.1f} MB"
    yield f"  {file.attrs['neuroep_format']}, {state}, {path.stat().st_size / 1e6:.2f} MB"
    for name, value in sorted(file.attrs.items()):
        if name == "configuration":
            text = str(value)
            yield f"  {name}: {len(text)} characters" if not configuration else f"  {name}: {text}"
        elif name not in _NETCDF_ATTRIBUTES:
            yield f"  {name}: {value}"
    for group in _groups(file):
        yield from _group(group)


def _groups(parent: h5py.Group) -> Iterator[h5py.Group]:
    """Yield the groups that hold variables, depth first."""
    members = list(parent.values())
    if any(isinstance(member, h5py.Dataset) for member in members):
        yield parent
    for member in members:
        if isinstance(member, h5py.Group):
            yield from _groups(member)


def _group(group: h5py.Group) -> Iterator[str]:
    datasets = {name: one for name, one in group.items() if isinstance(one, h5py.Dataset)}
    axes = {name: one for name, one in datasets.items() if one.is_scale}
    yield f"  {group.name.strip('/')}"
    for name, axis in axes.items():
        yield f"    axis {name} ({len(axis)})" + (
            f": {_ends(axis)}" if "units" in axis.attrs else ""
        )
    for name, one in datasets.items():
        if name not in axes:
            dims = ", ".join(axes_of(one))
            told = one.attrs
            scale = f"1 = {told[SI_FACTOR]:g} {told[SI_UNITS]}" if SI_FACTOR in told else ""
            about = "; ".join(part for part in (scale, _span(one)) if part)
            yield (
                f"    {name} ({dims}) {one.dtype}, units {one.attrs['units']}: "
                f"{one.attrs['long_name']}" + (f" ({about})" if about else "")
            )


def _span(variable: h5py.Dataset) -> str:
    """Smallest and largest value; not of what would take long to read."""
    if not 0 < variable.size <= _QUICKLY_READ:
        return ""
    values = np.asarray(variable[()])
    known = values[np.isfinite(values)]
    return f"{known.min():.4g} to {known.max():.4g}" if known.size else "nothing finite"


def _ends(axis: h5py.Dataset) -> str:
    """First and last label of an axis."""
    if len(axis) == 0:
        return "empty"
    ends = (axis[0], axis[len(axis) - 1])
    first, last = (one.decode() if isinstance(one, bytes) else np.asarray(one)[()] for one in ends)
    return f"{first} to {last}"


def _checkpoint(path: str | os.PathLike[str], configuration: bool) -> Iterator[str]:
    arrays, attributes = load(path)
    yield f"{os.fspath(path)}: {CHECKPOINT}, {Path(path).stat().st_size / 1e6:.2f} MB"
    for name, value in attributes.items():
        text = str(value)
        short = len(text) <= 80 or configuration
        yield f"  {name}: {text if short else f'{len(text)} characters'}"
    for name, array in arrays.items():
        yield f"  {name} {array.shape} {array.dtype}"
