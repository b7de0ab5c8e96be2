"""SONATA: the HDF5 of neuroscience tools (libsonata, BMTK, NEST): spikes, and reports of nodes.

Times are in ms, as the format says. A population has no negative spikes: those of negative sign are
a population of their own.
"""

import io

import h5py
import numpy as np

from neuroep.export.format import Format
from neuroep.export.recording import Recording, Section, Signal

BY_TIME = 2
"""SONATA's code of spikes that are sorted by time."""

SIGNS = {"": 1, "_negative": -1}


def write(recording: Recording) -> bytes:
    """Return one file with both parts: ``/spikes`` and ``/report``."""
    if not any(section.signals or section.spikes for section in recording.sections):
        raise ValueError("neither waveforms nor spikes in it")
    image = io.BytesIO()
    with h5py.File(image, "w", libver=("v108", "v108")) as file:
        file.attrs["magic"] = np.uint32(0x0A7A)
        file.attrs["version"] = np.array([0, 1], np.uint32)
        for section in recording.sections:
            _spikes(file, section)
            for signal in section.signals:
                if section.points.size:
                    _report(file, section, signal)
    return image.getvalue()


def population(section: Section, name: str) -> str:
    """Return the name of a layer's nodes in one phase: ``free_hidden``."""
    return section.full(name).replace("/", "_")


def _spikes(file: h5py.File, section: Section) -> None:
    codes = h5py.enum_dtype({"none": 0, "by_id": 1, "by_time": BY_TIME}, basetype="u1")
    for spikes in section.spikes:
        for suffix, sign in SIGNS.items():
            mine = np.flatnonzero(spikes.sign == sign)
            order = mine[np.argsort(spikes.times[mine], kind="stable")]
            name = f"spikes/{population(section, spikes.name)}{suffix}"
            group = file.create_group(name)
            group.attrs.create("sorting", BY_TIME, dtype=codes)
            times = group.create_dataset("timestamps", data=1e3 * spikes.times[order].astype("f8"))
            times.attrs["units"] = "ms"
            group.create_dataset("node_ids", data=spikes.neuron[order].astype("u8"))


def _report(file: h5py.File, section: Section, signal: Signal) -> None:
    """Write a report: a grid of equal steps, onto which times that are not are interpolated."""
    values = signal.values.reshape(len(signal.values), -1)
    time, start, step = _grid(np.asarray(section.points, float))
    if not np.array_equal(time, section.points):
        values = np.stack([np.interp(time, section.points, v) for v in values.T], axis=1)
    group = file.create_group(f"report/{population(section, signal.name)}")
    data = group.create_dataset("data", data=values.astype("f4"))
    data.attrs["units"] = signal.unit
    mapping = group.create_group("mapping")
    count = values.shape[1]
    ids = next(iter(signal.axes.values())) if len(signal.axes) == 1 else np.arange(count)
    nodes = mapping.create_dataset("node_ids", data=np.asarray(ids).astype("u8"))
    nodes.attrs["sorted"] = np.uint8(1)
    mapping.create_dataset("index_pointers", data=np.arange(count + 1, dtype="u8"))
    mapping.create_dataset("element_ids", data=np.zeros(count, "u4"))
    axis = mapping.create_dataset(
        "time", data=1e3 * np.array([start, start + step * len(time), step])
    )
    axis.attrs["units"] = "ms"


def _grid(points: np.ndarray) -> tuple[np.ndarray, float, float]:
    """Return equal steps over the same span, as many of them, and where and how far they go."""
    if len(points) < 2:
        return points, float(points[0]), 1.0
    step = float(points[-1] - points[0]) / (len(points) - 1)
    even = np.linspace(points[0], points[-1], len(points))
    return (points if np.allclose(points, even, rtol=0, atol=1e-6 * step) else even,
            float(points[0]), step)  # fmt: skip


FORMAT = Format("sonata", (".sonata.h5",), "libsonata, BMTK, NEST", write, in_time=True)
