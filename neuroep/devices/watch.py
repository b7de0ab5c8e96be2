"""What can be watched of the devices of an array while pulses write them, and what that cost."""

from collections.abc import Callable, MutableMapping, Sequence

import numpy as np

from neuroep.core.pulses.arrays import BOUND, DOWN, REFUSED, STANDING, UP
from neuroep.core.tables import Floats, Reals
from neuroep.devices.array import DeviceArray
from neuroep.learning.probe import Block, Gauge, WatchedDevices, in_si
from neuroep.learning.updates.updater import Spent


class Noted:
    """What is asked of the synapses of a block, added up.

    Attributes
    ----------
    requests : array of the block's shape
        In pulses.
    """

    def __init__(self, array: DeviceArray, block: Block) -> None:
        rows, columns = block if len(block) > 1 else (*block, slice(None))
        self._rows, self._columns = np.arange(len(array.values))[rows], columns
        self.requests: Floats = np.zeros_like(array.values[block])

    def add(self, first: int, slope: Floats, on_rows: Floats, on_columns: Floats) -> None:
        """Add the requests slope x on_rows x on_columns of the rows from ``first`` on."""
        mine = np.flatnonzero((self._rows >= first) & (self._rows < first + len(slope)))
        if len(mine):
            part, columns = self._rows[mine] - first, self._columns
            asked = on_rows[part, None] * slope[part][:, columns] * on_columns[columns]
            self.requests[mine] += asked.reshape(len(mine), *self.requests.shape[1:])


def watch(
    name: str,
    arrays: Sequence[DeviceArray],
    books: Reals,
    noted: MutableMapping[str, Noted],
    charge: Floats | None,
) -> WatchedDevices:
    """Return what can be watched of the devices behind one parameter.

    Parameters
    ----------
    name : str
        Of the parameter.
    arrays : list of DeviceArray
        That of the weights first; totals are of all.
    books : float64
        Of all arrays, as :mod:`neuroep.core.pulses.arrays` keeps them.
    noted : dict of Noted
        Of the updater: requests of arrays that stand there are added up.
    charge : flat array, optional
        What has added up on capacitors, in pulses.
    """
    array = arrays[0]

    def of(flat: Floats) -> Callable[[Block], np.ndarray]:
        return lambda block: flat.reshape(array.values.shape)[block]

    def siemens(states: Floats) -> Callable[[Block], np.ndarray]:
        read = of(states)
        return lambda block: array.device.conductance(read(block))

    def given(*sides: int) -> Callable[[Block], np.ndarray]:
        def read(block: Block) -> np.ndarray:
            counts = array.given.reshape(*array.values.shape, 2)[block]
            return np.asarray(counts[..., list(sides)].sum(axis=-1, dtype=np.int64))

        return read

    before = {"conductance_plus": Gauge("S", _SIDE.format("plus"), siemens(array.plus))}
    if array.two:
        before["conductance_minus"] = Gauge("S", _SIDE.format("minus"), siemens(array.minus))
    after = {
        "request": Gauge(
            "",
            "change that was asked of the devices, behind the gain",
            lambda block: array.pulse * noted[name].requests,
        ),
        "request_pulses": Gauge(
            "1",
            "change that was asked of the devices, behind the gain, in pulses",
            lambda block: noted[name].requests,
        ),
    }
    if charge is not None:
        meaning = "charge of the synapse's capacitor after the update, as a share of its threshold"
        after["charge"] = Gauge("1", meaning, of(charge))
    if array.given.size:
        for side, way in enumerate(("up", "down")):
            meaning = f"pulses {way} since the record before"
            after[f"pulses_{way}"] = Gauge("1", meaning, given(side), since=True, dtype="i4")
        after["pulses_total"] = Gauge(
            "1",
            "pulses of the synapse since training began, up and down",
            given(0, 1),
            dtype="i8",
        )

    def begin(block: Block) -> None:
        noted[name] = Noted(array, block)

    def end() -> None:
        noted.pop(name, None)

    attributes = in_si(siemens_per_unit(array), "S")
    return WatchedDevices(before, after, _totals(arrays, books), begin, end, attributes)


def siemens_per_unit(array: DeviceArray) -> float:
    """Return what one unit of a parameter is on its devices: a difference of conductances, S."""
    return 0.5 * (array.device.g_max - array.device.g_min) / float(array.scale)


_SIDE = "conductance of the {} device, before the update"


def _totals(arrays: Sequence[DeviceArray], books: Reals) -> dict[str, Gauge]:
    array, devices = arrays[0], _devices(arrays)
    since = "since the record before"

    def count(meaning: str, *pages: int) -> Gauge:
        return Gauge(
            "1",
            f"{meaning} {since}",
            lambda _: float(books[list(pages)].sum()),
            since=True,
            dtype="f8",
        )

    totals = {
        "pulses_total": Gauge(
            "1", "pulses of all devices since training began", lambda _: _pulses(books), dtype="f8"
        ),
        "pulses": count("pulses of all devices", UP, DOWN),
        "energy": Gauge(
            "J", f"energy of writing {since}", lambda _: array.joules(books), since=True, dtype="f8"
        ),
        "stopped": count("pulses that ended at a bound", BOUND),
        "refused": count("pulses that were asked for beyond what an update may give", REFUSED),
        "at_bounds": Gauge(
            "1", "share of the devices at a bound", lambda _: books[STANDING] / devices
        ),
    }
    if width := array.device.pulse.width:
        totals["duration"] = Gauge(
            "s",
            f"time of writing {since}, one pulse after the other",
            lambda _: _pulses(books) * width,
            since=True,
            dtype="f8",
        )
    if array.given.size:
        totals["most_pulses"] = Gauge(
            "1",
            "pulses of the device that was given most, since training began",
            lambda _: np.asarray(_most_pulses(arrays)),
            dtype="i8",
            attributes={"endurance": array.device.endurance},
        )
    return totals


def _pulses(books: Reals) -> int:
    return int(books[UP] + books[DOWN])


def _devices(arrays: Sequence[DeviceArray]) -> int:
    return sum(array.devices for array in arrays)


def _most_pulses(arrays: Sequence[DeviceArray]) -> int | None:
    counted = [most for array in arrays if (most := array.most_pulses) is not None]
    return max(counted) if counted else None


def spent(arrays: Sequence[DeviceArray], books: Reals) -> Spent:
    """Return what the pulses in the books of a parameter's arrays have come to."""
    array, devices = arrays[0], _devices(arrays)
    pulses, width = _pulses(books), array.device.pulse.width
    return Spent(
        array.values.size,
        devices,
        pulses,
        array.joules(books),
        np.nan if width is None else pulses * width,
        float(books[STANDING]) / devices,
        float(books[REFUSED]),
        _most_pulses(arrays),
        array.device.endurance,
    )
