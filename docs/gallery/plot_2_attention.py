"""
Attention of a modern Hopfield layer
====================================

A pooled attention layer stores the rows of a clamped sequence and asks them with learned queries.
Here its one query is a noisy copy of the fifth row. The sharper the softmax, the more of the
attention falls on that row, and what the layer answers is the row without the noise.
"""

import matplotlib.pyplot as plt
import numpy as np

from neuroep import Clamped, HardSigmoid, Network, PooledAttention, SquaredError, make_drive, settle
from neuroep.learning.system import as_system

rng = np.random.default_rng(1)
stored = rng.normal(size=(1, 10, 12))
asked = stored[0, 4] + 0.7 * rng.normal(size=12)

sharpness = np.array([0.05, 0.2, 0.5, 1.0])
shares, answers = [], []
for c in sharpness:
    net = Network()
    words = net.add(Clamped(dim=12, tokens=10), name="words")
    heads = net.add(PooledAttention(words, queries=1, inverse_temperature=c), name="heads")
    out = net.add(HardSigmoid(2, bias=0.5), name="out")
    net.connect(heads, out)
    net.set_cost(SquaredError(out))
    net.initialise(0, np.float64)
    net.parameters["heads.queries"][:] = asked
    free = settle(net, make_drive(net, {"words": stored}), solver="sweep")
    shares.append(as_system(net).attention(free, 0)["heads"].weights[0])
    answers.append(free.activity("heads")[0, 0].ravel())

figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.5), layout="constrained")
image = left.imshow(shares, vmin=0, vmax=1, aspect="auto")
left.set(xlabel="stored row", ylabel="inverse temperature", title="attention")
left.set_yticks(range(len(sharpness)), [f"{c:g}" for c in sharpness])
figure.colorbar(image, ax=left)
right.plot(stored[0, 4], color="black", label="stored row")
right.plot(asked, ":", label="asked")
right.plot(answers[-1], "--", label=f"answer at {sharpness[-1]:g}")
right.set(xlabel="component", title="what the layer answers")
right.legend()
plt.show()

# %%
# How far off the query and the answers are from the stored row:

print("query", np.abs(asked - stored[0, 4]).max().round(3))
for c, answer in zip(sharpness, answers, strict=True):
    print(f"answer at {c:g}", np.abs(answer - stored[0, 4]).max().round(3))
