"""
A network settles by spikes
===========================

The solver "spiking" sends sigma-delta spikes along the lines instead of values. The same network
settles by spikes and by exact sweeps: spikes come and go all the time, and averaged over the end of
the phase they say what the sweeps say.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep import (
    Clamped,
    HardSigmoid,
    Network,
    Record,
    Spiking,
    SquaredError,
    Stop,
    make_drive,
    settle,
)

net = Network()
inputs = net.add(Clamped(16), name="inputs")
hidden = net.add(HardSigmoid(30, bias=0.5), name="hidden")
out = net.add(HardSigmoid(4, bias=0.5), name="out")
net.connect(inputs, hidden)
net.connect(hidden, out)
net.set_cost(SquaredError(out))
net.initialise(0, np.float64)

x = np.random.default_rng(0).uniform(0.0, 0.5, size=(1, 16))
drive = make_drive(net, {"inputs": x})
lines = Spiking()
spiking = settle(net, drive, solver=lines, stop=Stop(2e-2), record=Record())
exact = settle(net, drive, solver="sweep")
print(spiking)

# %%
steps, units = np.nonzero(spiking.raster[:, 0, :])
figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.plot(1e6 * lines.time_step * steps, units, "|", markersize=3)
left.set(xlabel="time (us)", ylabel="neuron", title="spikes: 0 to 29 hidden, 30 to 33 outputs")
for name in ("hidden", "out"):
    by_spikes, by_sweeps = (settled.activity(name)[0, 0] for settled in (spiking, exact))
    right.plot(by_sweeps.ravel(), by_spikes.ravel(), "o", label=name)
right.axline((0, 0), slope=1, color="black", linewidth=0.8)
right.set(xlabel="activity by sweeps", ylabel="activity by spikes", title="the same state")
right.legend()
plt.show()

# %%
apart = np.abs(spiking.activity("hidden") - exact.activity("hidden")).max()
print(f"largest difference of a hidden activity: {apart:.1e}")
