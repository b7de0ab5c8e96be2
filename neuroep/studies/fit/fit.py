"""From files of measured ramps to a device."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from neuroep.core.tables import Reals
from neuroep.devices.device import Device
from neuroep.devices.fit.choose import TABLE, Candidate, as_device, candidates, table_error
from neuroep.devices.fit.direction import Fit
from neuroep.devices.fit.ramps import Ramps
from neuroep.devices.fit.tabulate import tabulated
from neuroep.devices.laws import LAWS
from neuroep.devices.laws.tabulated import Tabulated
from neuroep.errors import InputError, named
from neuroep.studies.fit.reading import in_siemens, split
from neuroep.tables.number_columns import Column, read_columns

OUTSIDE = 0.1
"""How far reads may lie beyond the device's range, as a share of it: noise, not another device."""


@dataclass(frozen=True)
class FitOptions:
    """What is fitted.

    ``up``, ``down``: columns, see :func:`neuroep.studies.fit.reading.split`; their units, see
    :func:`neuroep.studies.fit.reading.in_siemens`. ``read_voltage``: where the files hold currents,
    the voltage (V) they were read at. ``g_min``, ``g_max``: ends of the device's range (S), the
    smallest and largest read without them; of ``normalised`` files, which hold numbers in no unit,
    what the smallest and largest of these stand for. ``law``: the one to fit, chosen on held-out
    ramps without it. ``name``: of the device, of the first file
    without it.
    """

    files: tuple[str, ...]
    up: str | None = None
    down: str | None = None
    read_voltage: float | None = None
    g_min: float | None = None
    g_max: float | None = None
    normalised: bool = False
    law: str | None = None
    name: str = ""


@dataclass(frozen=True)
class Fitted:
    """A device, the ramps it is of, and the laws that were tried, the best first.

    ``table``: held-out errors of a table of the steps; ``tabulated``: whether the device has the
    table instead of a law.
    """

    device: Device
    up: Ramps
    down: Ramps
    tried: list[Candidate]
    table: tuple[float, float]
    tabulated: bool


def fit_ramps(options: FitOptions, progress: Callable[[str], object] = lambda law: None) -> Fitted:
    """Read measured ramps and return the device that they describe.

    ``progress`` is told each law before it is fitted. An InputError, one line: a file that cannot
    be used, too few ramps of a direction, a unit that does not fit, or a law that there is none of.
    """
    if options.law is not None and not getattr(LAWS.get(options.law), "fitted", False):
        known = ", ".join(name for name, law in LAWS.items() if law.fitted)
        raise InputError(f"--law {options.law}: none of {known}")
    if options.normalised and options.read_voltage is not None:
        raise InputError("--read-voltage: is of currents, not of --normalised numbers")
    columns = read_columns(options.files)

    def read(column: Column) -> Column:
        return column if options.normalised else in_siemens(column, options.read_voltage)

    rising, falling = split(columns, options.up, options.down, read)
    reads = [column.values for column in (*rising, *falling)]
    lowest = min(float(values.min()) for values in reads)
    highest = max(float(values.max()) for values in reads)
    if lowest == highest:
        raise InputError(f"{columns[0].where}: nothing changes: all reads are {lowest:g}")
    g_min, g_max, reads = _range(options, lowest, highest, reads)
    for column, values in zip((*rising, *falling), reads, strict=True):
        _check_within(column, values, g_min, g_max)
    name = options.name or Path(options.files[0]).name.partition(".")[0]
    source = f"fitted to {', '.join(Path(file).name for file in options.files)}"
    ranges = "as given" if options.g_min is not None else "smallest and largest read"
    sources = {"*": f"{source} (measured)", "conductance": f"{source} ({ranges})"}
    with named(", ".join(options.files)):
        up = Ramps.of(reads[: len(rising)], True, g_min, g_max)
        down = Ramps.of(reads[len(rising) :], False, g_min, g_max)
        tried = candidates(up, down, options.law, progress)
        device = as_device(name, tried[0], g_min, g_max, sources)
        table = table_error(up, down)
        better = np.hypot(*table) < TABLE * np.hypot(*tried[0].held_out)
        if options.law is None and better:
            device = _with_table(device, up, down)
    return Fitted(device, up, down, tried, table, options.law is None and bool(better))


def results_of(fitted: Fitted) -> dict[str, Any]:
    """Return everything that a fit found, for JSON; an interval that is not told is None."""

    def side(found: Fit) -> dict[str, Any]:
        values = {name: getattr(found, name) for name in ("step", "pulse_noise", "read_noise")}
        intervals = {
            name: list(ends) if all(map(math.isfinite, ends)) else None
            for name, ends in found.intervals.items()
        }
        return {**values, **found.shape, "intervals": intervals, "surprise": found.surprise}

    device = fitted.device
    return {
        "device": device.name,
        "range_siemens": [device.g_min, device.g_max],
        "ramps": {"up": len(fitted.up.reads), "down": len(fitted.down.reads)},
        "chosen": "tabulated" if fitted.tabulated else fitted.tried[0].name,
        "held_out_table": list(fitted.table),
        "laws": {
            tried.name: {
                "held_out": list(tried.held_out),
                "up": side(tried.up),
                "down": side(tried.down),
            }
            for tried in fitted.tried
        },
    }


def _range(
    options: FitOptions, lowest: float, highest: float, reads: Sequence[Reals]
) -> tuple[float, float, list[Reals]]:
    """Return the ends of the device's range, and the reads in siemens."""
    g_min, g_max = options.g_min, options.g_max
    if options.normalised and (g_min is None or g_max is None):
        raise InputError("--normalised: needs --g-min and --g-max, what the numbers stand for")
    low = lowest if g_min is None else g_min
    high = highest if g_max is None else g_max
    if not 0 <= low < high:
        raise InputError(f"--g-max: must exceed --g-min, got {low:g} S to {high:g} S")
    if options.normalised:
        shares = [values / (highest - lowest) - lowest / (highest - lowest) for values in reads]
        reads = [low + share * (high - low) for share in shares]
    return low, high, list(reads)


def _check_within(column: Column, siemens: Reals, g_min: float, g_max: float) -> None:
    """Refuse a ramp of a device that does not fit into the range that was given."""
    beyond = OUTSIDE * (g_max - g_min)
    for read in (float(siemens.min()), float(siemens.max())):
        if not g_min - beyond <= read <= g_max + beyond:
            raise InputError(
                f"{column.where}: a read of {read:g} S, but --g-min and --g-max are {g_min:g} S "
                f"and {g_max:g} S"
            )


def _with_table(device: Device, up: Ramps, down: Ramps) -> Device:
    """Return the device with the distribution of its steps in place of a law."""
    table = tabulated(up, down)
    steps = [float(np.mean(side[:, side.shape[1] // 2])) for side in (table.up, table.down)]
    law = Tabulated.of(table.up / steps[0], table.down / steps[1])
    return replace(device, law=law, step_up=steps[0], step_down=steps[1], pulse_noise=0.0)
