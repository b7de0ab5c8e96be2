"""What each neuron type needs of hardware: its cell, its volts, its line, its Brian2 code."""

from neuroep.hardware.neurons.catalogue import NEURON_CELLS, neuron_cell
from neuroep.hardware.neurons.corners import has_corners
from neuroep.hardware.neurons.neuron_cell import NeuronCell, SmoothTwin

__all__ = ["NEURON_CELLS", "NeuronCell", "SmoothTwin", "has_corners", "neuron_cell"]
