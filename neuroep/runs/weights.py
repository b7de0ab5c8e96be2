"""What a run has learned, as its chip holds it: siemens and amperes, with names."""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase

import numpy as np

from neuroep.devices.watch import siemens_per_unit
from neuroep.errors import InputError
from neuroep.export.weights.learned import Learned
from neuroep.learning.probe import SI_FACTOR, SI_UNITS, Probe, in_si
from neuroep.runs.storage import programmed
from neuroep.runs.trained import TrainedRun


def learned_arrays(run: TrainedRun, wanted: Sequence[str] = ()) -> list[Learned]:
    """Return the learned arrays of a run in SI units where its chip gives one.

    Parameters
    ----------
    run : TrainedRun
    wanted : list of str
        Names, or patterns of them such as ``"*.bias"``; all when absent.

    Raises
    ------
    InputError
        The run has none of such a name.
    """
    probes = run.design.watch(run.system).probes
    for pattern in wanted:
        if not any(fnmatchcase(name, pattern) for name in probes):
            raise InputError(f"--array {pattern}: there are {', '.join(probes)}")
    values = {name: np.array(array, float) for name, array in run.system.parameters.items()}
    scale = {name: probe.attributes or {} for name, probe in probes.items()}
    for name, array in programmed(run).items():
        if probes[name].unit == "1":
            scale[name] = in_si(siemens_per_unit(array), "S")
    rows = run.design.task(str(run.folder.path)).row_names(run.encoder)
    return [
        Learned(
            name,
            values[name] * float(scale[name].get(SI_FACTOR, 1.0)),
            str(scale[name].get(SI_UNITS, probe.unit)),
            *names(name, probe, run.labels, rows),
        )
        for name, probe in probes.items()
        if not wanted or any(fnmatchcase(name, pattern) for pattern in wanted)
    ]


def names(
    array: str, probe: Probe, labels: Sequence[str], rows: Mapping[str, Sequence[str]]
) -> list[list[str]]:
    """Return what the rows of an array are called, and the columns where it has some.

    ``labels``: of the classes; ``rows``: of tables of patterns, by array.
    """
    layer, _, role = array.rpartition(".")
    pair = array.split("-")
    ends = dict(zip(("pre", "post"), pair, strict=True)) if len(pair) == 2 and not layer else {}
    found = []
    for axis, size in zip(probe.axes, probe.shape, strict=True):
        if axis == "class" and len(labels) == size:
            found.append([str(label) for label in labels])
        elif axis == "pattern" and len(rows.get(array, ())) == size:
            found.append([str(name) for name in rows[array]])
        else:
            what = ends.get(axis, layer if role in ("bias", "queries") else "")
            what = axis if axis == "component" or not what else what
            found.append([f"{what}[{k}]" for k in range(size)])
    return found
