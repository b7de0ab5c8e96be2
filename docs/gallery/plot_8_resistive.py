"""
A resistive network with diodes
===============================

Conductances join the nodes, diodes clamp them: half of the hidden nodes cannot fall a diode's drop
below ground, the others cannot rise a drop above it. One input voltage sweeps from one end to the
other. Without diodes every node would follow on a straight line; the knees are what the network
computes with.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep import ExponentialDiode, ResistiveNetwork, Stop, make_resistive_drive, settle

chip = ResistiveNetwork(
    3,
    (8,),
    2,
    input_gain=4.0,
    output_gain=0.5,
    amplification=4.0,
    conductance_range=(1e-6, 40e-6),
    nudge_conductance=20e-6,
    diode=ExponentialDiode(saturation=5e-12, ideality=1.05),
)
chip.initialise(0, (20e-6, 20e-6))

x = np.zeros((121, 3))
x[:, 0] = np.linspace(-1, 1, len(x))
x[:, 1] = 0.3
settled = settle(chip, make_resistive_drive(chip, x), stop=Stop(1e-9, 100))
print(settled)

# %%
# Newton's method settles every input in a few steps; the currents at each node add up to zero.

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.plot(4.0 * x[:, 0], settled.layer(1)[0])
left.set(xlabel="input node (V)", ylabel="hidden node (V)", title="diodes clamp hidden nodes")
right.plot(4.0 * x[:, 0], 1e3 * settled.layer(2)[0])
right.set(xlabel="input node (V)", ylabel="output node (mV)", title="output nodes")
plt.show()

# %%
print(f"largest imbalance, as a share of the currents: {np.max(settled.balance):.1e}")
