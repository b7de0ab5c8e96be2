"""Pulse laws: one file a law, its line in the catalogue."""

from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.exponential import Exponential
from neuroep.devices.laws.law import Law
from neuroep.devices.laws.linear import Linear
from neuroep.devices.laws.piecewise import Piecewise
from neuroep.devices.laws.power import Power
from neuroep.devices.laws.tabulated import Tabulated

LAWS: dict[str, type[Law]] = {
    "constant": Constant,
    "linear": Linear,
    "exponential": Exponential,
    "power": Power,
    "piecewise": Piecewise,
    "tabulated": Tabulated,
}
"""What device cards know a law by."""

__all__ = ["LAWS", "Law"]
