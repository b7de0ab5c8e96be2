"""Memristors as differential equations, where a waveform is asked for: one file a model."""

from neuroep.devices.memristors.memristor import Memristor, Response
from neuroep.devices.memristors.stanford import Stanford
from neuroep.devices.memristors.vteam import VTEAM

MEMRISTORS: dict[str, type[Memristor]] = {"vteam": VTEAM, "stanford": Stanford}
"""What is known by which name."""

__all__ = ["MEMRISTORS", "Memristor", "Response"]
"""The models stand in the catalogue."""
