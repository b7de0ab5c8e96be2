"""
A crossbar with wires
=====================

64 rows at 0.2 V drive 64 columns through devices of 20 uS. Ideal wires give every column the same
current. With 2 ohm from device to device the voltage across the devices sags along the lines, and
columns far from the drivers get less.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep.hardware.crossbar import Crossbar, Wires

SIZE, VOLTS = 64, 0.2
conductances = np.full((SIZE, SIZE), 20e-6)
driven, grounds = np.full((SIZE, 1), VOLTS), np.zeros((SIZE, 1))

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
for ohm in (0.5, 2.0, 8.0):
    crossbar = Crossbar(conductances, Wires(ohm, ohm))
    currents = crossbar.transfer.T @ driven[:, 0]
    left.plot(1e6 * currents, label=f"{ohm:g} ohm a segment")
left.axhline(1e6 * SIZE * VOLTS * 20e-6, color="black", linewidth=0.8, label="ideal wires")
left.set(xlabel="column", ylabel="current (uA)", title="what columns receive", ylim=(0, None))
left.legend()

across = Crossbar(conductances, Wires(2.0, 2.0)).drops(driven, grounds)[:, :, 0]
image = right.imshow(1e3 * across)
right.set(xlabel="column", ylabel="row", title="voltage across each device (mV), 2 ohm")
figure.colorbar(image, ax=right)
plt.show()

# %%
print(f"least voltage across a device: {1e3 * across.min():.0f} mV of {1e3 * VOLTS:.0f} mV")
