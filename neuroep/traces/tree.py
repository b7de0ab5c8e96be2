"""Traces of several files as one ``xarray.DataTree``."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from neuroep.traces.joined import RAGGED

if TYPE_CHECKING:
    import xarray

    from neuroep.traces.view import Recorded


def tree_of(groups: "Mapping[str, Recorded]") -> "xarray.DataTree":
    """Return groups with their axes, coordinates and units, all of it in memory."""
    import xarray

    return xarray.DataTree.from_dict({name: _dataset(one) for name, one in groups.items()})


def _dataset(recorded: "Recorded") -> "xarray.Dataset":
    import xarray

    variables = {
        key: (one.axes, one[:], {"units": one.unit, "long_name": one.meaning, **one.attributes})
        for key, one in recorded.items()
    }
    axes = {axis for dims, _, _ in variables.values() for axis in dims} - set(RAGGED)
    labels = {axis: recorded.labels(axis) for axis in sorted(axes | {"step"})}
    along = {name: ("step", recorded.labels(name)) for name in recorded.along}
    return xarray.Dataset(variables, {**labels, **along})
