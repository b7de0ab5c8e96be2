"""The netlist of a resistive network, and how to read what a SPICE program answers."""

import re
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.netlist.deck import changed
from neuroep.hardware.programs.rawfile import Plot
from neuroep.hardware.resistive.branches import Volts, layer_names
from neuroep.hardware.resistive.netlist import ResistiveNetlist
from neuroep.hardware.views.bench import Reading, Synapse
from neuroep.hardware.views.view import Waveform


@dataclass(frozen=True)
class ResistiveDeck:
    """One phase of one input; ``start``: the voltages before it, (1, n) by layer."""

    netlist: ResistiveNetlist
    start: Volts
    target: Reals

    @property
    def text(self) -> str:
        """The netlist."""
        return self.netlist.text

    def read(self, plot: Plot) -> Reading:
        """Return waveforms and what all sources deliver."""
        volts, time = self.netlist.volts(plot), np.zeros(1)
        if plot.time is not None:
            # ngspice leaves out the start that it was given.
            time = np.append(0.0, plot.time)
            volts = {k: np.concatenate([self.start[k], v]) for k, v in volts.items()}
        return Reading(Waveform(time, volts), None, self.netlist.power(plot), None)

    def cost(self, plot: Plot) -> float:
        """Return the squared error of the predictions."""
        gain = self.netlist.network.output_gain
        out = self.netlist.volts(plot)["out"][-1]
        return 0.5 * float(np.square((out[0::2] - out[1::2]) / gain - self.target).sum())

    def nudge(self, synapse: Synapse, change: float) -> str:
        """Return the netlist with one conductance changed."""
        name, i, j = synapse
        network = self.netlist.network
        layer, layers = list(network.parameters).index(name), layer_names(network)
        amplified = "_amp" if network.gains[layer] != 1.0 else ""
        element = f"g_{layers[layer]}_{i}{amplified}_{layers[layer + 1]}_{j}"
        return re.sub(
            rf"^(x{element} .* g=)(\S+)$",
            lambda m: m[1] + changed(m[2], change),
            self.text,
            count=1,
            flags=re.MULTILINE,
        )
