"""Records of devices: what came since the record before is counted here."""

from collections.abc import Mapping

import numpy as np

from neuroep.learning.probe import Block, Gauge, WatchedDevices


class DeviceTraces:
    """Turns what gauges read into rows; remembers what the record before read.

    ``devices``, by learned array, are read here once: the first record tells what came since then;
    ``blocks``: recorded synapses, by learned array.
    """

    def __init__(self, devices: Mapping[str, WatchedDevices], blocks: Mapping[str, Block]) -> None:
        self._devices = devices
        self._last: dict[tuple[str, str], np.ndarray] = {}
        for name, watched in devices.items():
            self._differences(name, watched.totals, _read(watched.totals, ()))
            if name in blocks:
                counted = {key: gauge for key, gauge in watched.after.items() if gauge.since}
                self._differences(f"{name}[]", counted, _read(counted, blocks[name]))

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


def _read(gauges: Mapping[str, Gauge], block: Block) -> dict[str, np.ndarray]:
    return {key: np.asarray(gauge.read(block)) for key, gauge in gauges.items()}
