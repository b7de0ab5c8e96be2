"""Writes that load an input: stored patterns are conductances, and each example has its own."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats
from neuroep.devices.device import Device


@dataclass(frozen=True)
class Stored:
    """What a clamped layer stores of some examples.

    Attributes
    ----------
    patterns : list of (tokens, dim)
        Of each example.
    table : int
        Values of the layer's table that rows are looked up in; 0 without one.
    """

    patterns: list[Floats]
    table: int


@dataclass(frozen=True)
class Loading:
    """What it takes to write the patterns of an example over those of the one before.

    Attributes
    ----------
    devices : float
        That hold an example's patterns, two a value.
    pulses : float
    joules : float
        nan where the device's card does not tell.
    """

    devices: float
    pulses: float
    joules: float


def loading(device: Device, patterns: Sequence[Floats]) -> Loading:
    """Return the means over examples whose patterns follow each other in one array of pairs.

    Parameters
    ----------
    device : Device
    patterns : sequence of (tokens, dim)
        Of each example, at least two.

    Notes
    -----
    The array's full scale is the largest pattern. A device takes as many pulses as there are steps
    of the centre of its range between its two states, none to verify them, and each is paid for
    at the mean of the two conductances. Rows that an example does not use keep what they hold.
    """
    largest = max(float(np.abs(one).max(initial=0.0)) for one in patterns) or 1.0
    rows, width = max(len(one) for one in patterns), patterns[0].shape[1]
    half, pulse = 0.5 * (device.g_max - device.g_min), device.pulse
    held = np.zeros((rows, width))
    held[: len(patterns[0])] = patterns[0] / largest
    devices, pulses, siemens = 0, 0.0, 0.0
    for one in patterns[1:]:
        states = one.astype(float) / largest
        before = held[: len(one)]
        steps = np.abs(states - before) / device.step
        devices += 2 * states.size
        pulses += 2.0 * float(steps.sum())
        # A push-pull pair stands symmetrically about the centre: together twice its conductance.
        siemens += 2.0 * float(steps.sum()) * (device.g_min + half)
        held[: len(one)] = states
    count = len(patterns) - 1
    joules = np.nan
    if pulse.energy is not None:
        joules = pulses * pulse.energy
    elif pulse.volts is not None and pulse.width is not None:
        joules = siemens * pulse.volts**2 * pulse.width
    return Loading(devices / count, pulses / count, joules / count)
