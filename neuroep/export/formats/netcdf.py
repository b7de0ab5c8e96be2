"""netCDF-4, which is HDF5: what xarray, MATLAB and Julia open, with axes and units."""

import io
import json
from collections.abc import Iterable

import h5py
import numpy as np

from neuroep.export.format import Format
from neuroep.export.recording import UNIT_OF, Recording, Section

LAYOUT = "neuroep recording 1"
CONVENTIONS = "CF-1.11"

_DIMENSION = "This is a netCDF dimension but not a netCDF variable. {:10d}"


def write(recording: Recording) -> bytes:
    """Return a group a section, with its axis, its signals and, in ``spikes``, a group a layer."""
    image = io.BytesIO()
    with h5py.File(image, "w", libver=("v108", "v108")) as file:
        file.attrs["neuroep_format"] = LAYOUT
        file.attrs["Conventions"] = CONVENTIONS
        # HDF5 sorts groups by name, and a recording has its phases in their order.
        sections = [section.name for section in recording.sections]
        said = {"title": recording.title, "sections": sections, **recording.about}
        for name, value in said.items():
            plain = isinstance(value, str | int | float) and not isinstance(value, bool)
            file.attrs[name] = value if plain else json.dumps(value)
        for section in recording.sections:
            _section(file.require_group(section.name) if section.name else file, section)
    return image.getvalue()


def _section(group: h5py.Group, section: Section) -> None:
    axis = _scale(group, section.axis, section.points, UNIT_OF[section.axis])
    for signal in section.signals:
        dataset = group.create_dataset(signal.name, data=signal.values)
        dataset.attrs["units"] = signal.unit
        dataset.attrs["long_name"] = signal.name
        dataset.dims[0].attach_scale(axis)
        for side, (kind, labels) in enumerate(signal.axes.items(), 1):
            name = f"{signal.name}_{kind}"
            dataset.dims[side].attach_scale(_scale(group, name, labels, "1"))
    for spikes in section.spikes:
        inside = group.require_group(f"spikes/{spikes.name}")
        _scale(inside, "neurons", spikes.neurons, "1")
        rows = inside.create_dataset("spike", shape=(len(spikes.times),), dtype="i1")
        rows.make_scale(_DIMENSION.format(len(spikes.times)))
        columns: Iterable[tuple[str, str]] = (("times", "s"), ("neuron", "1"), ("sign", "1"))
        for key, unit in columns:
            dataset = inside.create_dataset(key, data=getattr(spikes, key))
            dataset.attrs["units"] = unit
            dataset.attrs["long_name"] = f"{key} of the spike"
            dataset.dims[0].attach_scale(rows)


def _scale(group: h5py.Group, name: str, labels: np.ndarray, unit: str) -> h5py.Dataset:
    text = labels.dtype.kind in "UO"
    scale = group.create_dataset(
        name,
        data=labels.astype(object) if text else labels,
        dtype=h5py.string_dtype() if text else labels.dtype,
    )
    scale.make_scale(name.rpartition("/")[2])
    scale.attrs["units"] = unit
    scale.attrs["long_name"] = name
    return scale


FORMAT = Format("nc", (".nc", ".h5"), "xarray, MATLAB, any HDF5 reader", write)
