"""Records of devices: what came since the record before is counted here."""

from collections.abc import Iterator, Mapping

import numpy as np

from neuroep.errors import InputError
from neuroep.hdf5 import whole
from neuroep.learning.probe import Block, Gauge, WatchedDevices
from neuroep.traces.view import Traces, Variable

Counted = Mapping[tuple[str, str], np.ndarray]
"""What records add up to, by group and variable."""

ROWS = 1024
"""Records that are added up at a time."""


class DeviceTraces:
    """Turns what gauges read into rows; remembers what the record before read.

    ``devices``: by learned array; ``blocks``: recorded synapses, by learned array; ``counted``:
    what earlier files of the run add up to, so that the first record tells what came since then.
    Devices are read here where it says nothing of them.
    """

    def __init__(
        self,
        devices: Mapping[str, WatchedDevices],
        blocks: Mapping[str, Block],
        counted: Counted | None = None,
    ) -> None:
        self._devices = devices
        self._last: dict[tuple[str, str], np.ndarray] = {}
        for group, gauges in _since(devices):
            part, _, name = group.partition("/")
            if part == "synapses" and name not in blocks:
                continue
            key, block = (name, ()) if part == "writing" else (f"{name}[]", blocks[name])
            told = {k: counted[group, k] for k in gauges if counted and (group, k) in counted}
            self._differences(key, gauges, _read(gauges, block) | told)

    def row(self, name: str, read: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
        """Return the row of the recorded synapses of an array, from what their gauges read."""
        if name not in self._devices:
            return {}
        watched = self._devices[name]
        return self._differences(f"{name}[]", {**watched.before, **watched.after}, read)

    def totals(self, name: str) -> dict[str, np.ndarray]:
        """Return the row of a whole array, as it is now."""
        gauges = self._devices[name].totals
        return self._differences(name, gauges, _read(gauges, ()))

    def _differences(
        self, name: str, gauges: Mapping[str, Gauge], read: Mapping[str, np.ndarray]
    ) -> dict[str, np.ndarray]:
        row = dict(read)
        for key, gauge in gauges.items():
            if gauge.since:
                row[key] = read[key] - self._last.get((name, key), np.zeros_like(read[key]))
                self._last[name, key] = read[key]
        return row


def counted_before(path: str, step: int, devices: Mapping[str, WatchedDevices]) -> Counted:
    """Return what the records of a run's folder before a step add up to.

    Nothing where there are none that can be read.
    """
    if not devices:
        return {}
    try:
        with Traces(path) as traces, whole(path):
            return {
                (group, key): _sum(traces[group][key], int((traces[group].step < step).sum()))
                for group, gauges in _since(devices)
                if group in traces
                for key in gauges
            }
    except InputError:
        return {}


def _since(devices: Mapping[str, WatchedDevices]) -> Iterator[tuple[str, dict[str, Gauge]]]:
    """Yield each group, and of its gauges those that tell what came since the record before."""
    for name, watched in devices.items():
        for part, gauges in (("writing", watched.totals), ("synapses", watched.after)):
            yield f"{part}/{name}", {key: gauge for key, gauge in gauges.items() if gauge.since}


def _sum(variable: Variable, rows: int) -> np.ndarray:
    parts = (variable[k : min(k + ROWS, rows)].sum(axis=0) for k in range(0, rows, ROWS))
    return np.asarray(sum(parts, np.zeros(variable.shape[1:], variable[:0].dtype)))


def _read(gauges: Mapping[str, Gauge], block: Block) -> dict[str, np.ndarray]:
    return {key: np.asarray(gauge.read(block)) for key, gauge in gauges.items()}
