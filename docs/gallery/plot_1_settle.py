"""
Energy falls while a network settles
====================================

Three layers of neurons with rails settle on one clamped input by exact block sweeps. Each sweep
minimises the energy layer by layer, so energy falls at every one, and the activities come to rest.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep import Clamped, HardSigmoid, Network, Record, SquaredError, Stop, make_drive, settle

net = Network()
inputs = net.add(Clamped(16), name="inputs")
first = net.add(HardSigmoid(24, bias=0.5), name="first")
second = net.add(HardSigmoid(12, bias=0.5), name="second")
out = net.add(HardSigmoid(3, bias=0.5), name="out")
net.connect(inputs, first)
net.connect(first, second, gain=2.0)
net.connect(second, out, gain=2.0)
net.set_cost(SquaredError(out))
net.initialise(0, np.float64)

x = np.random.default_rng(0).normal(size=(1, 16))
drive = make_drive(net, {"inputs": x})

# %%
# A settle reports on itself: steps, residual, energy and status of each example.

free = settle(net, drive, solver="sweep", stop=Stop(1e-9, 100), record=Record())
print(free)

# %%
# The energy after a number of sweeps is that of a settle which is stopped there.

counts = range(1, int(free.steps[0, 0]) + 1)
energies = [free.energy_before[0, 0]]
energies += [settle(net, drive, solver="sweep", stop=Stop(0.0, n)).energy[0, 0] for n in counts]
above = np.array(energies) - energies[-1]
assert (np.diff(energies) <= 1e-12).all()

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.semilogy(above[:-1], marker="o", markersize=3)
left.set(xlabel="sweeps", ylabel="energy above rest", title="energy falls at every sweep")
right.plot(free.trace[:, 0, :])
right.set(xlabel="sweeps", ylabel="potential", title="potentials come to rest")
plt.show()
