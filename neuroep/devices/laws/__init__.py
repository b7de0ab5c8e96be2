"""Pulse laws: one file a law, its line in the catalogue."""

from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.law import Law
from neuroep.devices.laws.linear import Linear

LAWS: dict[str, type[Law]] = {"constant": Constant, "linear": Linear}
"""What device cards know a law by."""

__all__ = ["LAWS", "Law"]
