"""Where the joules of a chip go, with what its devices add: for runs, and for whoever asks."""

import math
from collections.abc import Mapping
from dataclasses import replace

from neuroep.core.tables import Floats
from neuroep.design.design import Design
from neuroep.devices.device import Device
from neuroep.hardware.account import Account
from neuroep.learning.system import System
from neuroep.network.inputs import Input


def account(
    design: Design, system: System, inputs: Mapping[str, Input], target: Floats
) -> Account | None:
    """Return where the joules of examples go on a design's chip; None where no cell realises it.

    A ValueError: the chip's devices cannot hold what the network has become.
    """
    found = design.account(system, inputs, target)
    if found is None:
        return None
    if (device := design.device) is None:
        return replace(found, uncounted=(*found.uncounted, "pulses: no [devices] in the design"))
    missing = (
        "circuits of a synapse that multiply, accumulate and ask for pulses",
        "drivers of write lines, and reads that verify",
    )
    pulse = pulse_of(device)
    return replace(found, pulse=pulse, uncounted=(*found.uncounted, *missing))


def pulse_of(device: Device) -> dict[str, float]:
    """Return joules, seconds and volts of a programming pulse, NaN what the card does not tell.

    Joules as the card says, or volts^2 times width times the middle of the device's range.
    """
    volts, width = (
        math.nan if value is None else value for value in (device.pulse.volts, device.pulse.width)
    )
    joules = device.pulse.energy
    if joules is None:
        joules = volts**2 * 0.5 * (device.g_min + device.g_max) * width
    return {"joules": joules, "seconds": width, "volts": volts}
