"""Between gradient estimates and requests: one file a gain, its line in the catalogue."""

from neuroep.devices.gains.adam import AdamGain
from neuroep.devices.gains.array import ArrayGain
from neuroep.devices.gains.first import FirstGain
from neuroep.devices.gains.gain import Asked, Gain, Shaper
from neuroep.devices.gains.line import Line
from neuroep.devices.gains.plain import Plain

GAINS: dict[str, type[Gain]] = {
    "none": Plain,
    "array": ArrayGain,
    "first": FirstGain,
    "line": Line,
    "adam": AdamGain,
}
"""What designs and help know a gain by."""

__all__ = ["GAINS", "Asked", "Gain", "Shaper"]
