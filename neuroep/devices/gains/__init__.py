"""Between gradient estimates and requests: one file a gain, its line in the catalogue."""

from neuroep.devices.gains.gain import Asked, Gain, Shaper
from neuroep.devices.gains.line import Line
from neuroep.devices.gains.plain import Plain

GAINS: dict[str, type[Gain]] = {"none": Plain, "line": Line}
"""What designs and help know a gain by."""

__all__ = ["GAINS", "Asked", "Gain", "Shaper"]
