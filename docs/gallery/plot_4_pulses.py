"""
Pulses of a measured device
===========================

A device card says how far a pulse moves a conductance, how noisy it is and how devices differ. Here
are 60 pulses up and 60 down: black the nominal device without noise, coloured five fabricated ones.
Steps shrink towards the ends of the range. Pulses of the first device are noisy, so that none takes
the way of another; those of the second are almost alike.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep.devices.card import read_card

PULSES = 60
figure, axes = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for axis, name in zip(axes, ("ag_asi", "fefet"), strict=True):
    device = read_card(name)
    up, down = device.noise_free(PULSES), device.noise_free(-PULSES)
    for number in range(5):
        axis.plot(1e6 * device.drawn(PULSES, number), linewidth=0.8)
    axis.plot(1e6 * np.concatenate([up, down[1:]]), color="black")
    axis.set(title=name, xlabel="pulses", ylabel="conductance (uS)")
plt.show()

# %%
# What the card of the first says of itself:

device = read_card("ag_asi")
print(device.name)
print(f"{1e6 * device.g_min:.3g} to {1e6 * device.g_max:.3g} uS, law {device.law}")
print(f"noise of a pulse {device.pulse_noise:.3g} steps, spread of steps {device.spread.step:.3g}")
