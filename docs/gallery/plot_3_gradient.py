"""
The gradient of equilibrium propagation against finite differences
==================================================================

Equilibrium propagation nudges a settled network by beta up and down and reads a gradient from the
difference. Finite differences change one weight at a time, settle anew and read the cost. The two
agree up to an error that falls with the square of beta.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep import Clamped, Network, SquaredError, Stop, Tanh, centered, make_drive, settle
from neuroep.learning.system import as_system

net = Network()
inputs = net.add(Clamped(6), name="inputs")
hidden = net.add(Tanh(8), name="hidden")
out = net.add(Tanh(3), name="out")
net.connect(inputs, hidden)
net.connect(hidden, out)
net.set_cost(SquaredError(out))
net.initialise(0, np.float64)

rng = np.random.default_rng(0)
x, target = rng.normal(size=(4, 6)), np.eye(3)[[0, 1, 2, 0]]
stop = Stop(1e-13, 2000)

# %%
# Every weight between the hidden and the output layer, moved up and down by 1e-5.

system, weights = as_system(net), net.parameters["hidden-out"]


def cost() -> float:
    """Return the mean cost of the free state."""
    free = settle(net, make_drive(net, {"inputs": x}), solver="sweep", stop=stop)
    return float(system.cost(free, target).mean())


step, slopes = 1e-5, np.empty_like(weights)
for place in np.ndindex(weights.shape):
    kept = weights[place]
    costs = []
    for sign in (1, -1):
        weights[place] = kept + sign * step
        costs.append(cost())
    weights[place] = kept
    slopes[place] = (costs[0] - costs[1]) / (2 * step)

# %%
# The centered estimate at several beta.

drive = make_drive(net, {"inputs": x})
betas = np.array([0.5, 0.2, 0.1, 0.05, 0.02])
found = [
    centered(net, drive, target, beta=beta, solver="sweep", stop=stop)["hidden-out"]
    for beta in betas
]
errors = [np.linalg.norm(g - slopes) / np.linalg.norm(slopes) for g in found]

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
left.plot(slopes.ravel(), found[-1].ravel(), "o")
left.axline((0, 0), slope=1, color="black", linewidth=0.8)
left.set(xlabel="finite differences", ylabel="centered, beta = 0.02", title="each weight")
right.loglog(betas, errors, "o-", label="measured")
right.loglog(betas, errors[0] * (betas / betas[0]) ** 2, "k:", label="beta squared")
right.set(xlabel="beta", ylabel="relative error", title="the error of the estimate")
right.set_xticks(betas, [f"{beta:g}" for beta in betas])
right.minorticks_off()
right.legend()
plt.show()

# %%
print(dict(zip(betas.tolist(), np.round(errors, 6).tolist(), strict=True)))
assert errors[-1] < 1e-3
