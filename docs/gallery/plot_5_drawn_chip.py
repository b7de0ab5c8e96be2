"""
Drawn chips against the ideal one
=================================

`[variability]` of a design says how its parameters spread; `circuit.chip` is the number of one
chip. Sixteen chips with amplifier gains 5 % and thresholds 5 mV off settle on the same input with
the same weights as the ideal chip: their outputs scatter around its own.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep import load_design, make_drive, settle

SPREADS = ["variability.gain='5 %'", "variability.threshold='5 mV'", "variability.offset='5 mV'"]


def outputs(*overrides: str) -> np.ndarray:
    """Return the activities of the layer 'rails' of one chip on its first drawn example, volts."""
    design = load_design("attention_small", list(overrides))
    system, example = design.draw_example(0)
    network = system.network
    inputs = {name: np.asarray(value)[None] for name, value in example.inputs.items()}
    free = settle(network, make_drive(network, inputs), solver="sweep")
    return free.activity("rails")[0, 0].ravel() * design.circuit.signal


ideal = outputs()
drawn = np.array([outputs(*SPREADS, f"circuit.chip={number}") for number in range(16)])

figure, axis = plt.subplots(figsize=(7, 3.5), layout="constrained")
axis.plot(1e3 * drawn.T, "o", color="tab:blue", markersize=3, alpha=0.4)
axis.plot(1e3 * ideal, "_", color="black", markersize=16, label="ideal chip")
axis.set(xlabel="neuron", ylabel="line (mV)", title="sixteen drawn chips, one input")
axis.legend()
plt.show()

# %%
print(f"standard deviation from chip to chip: {1e3 * drawn.std(axis=0).mean():.1f} mV")
