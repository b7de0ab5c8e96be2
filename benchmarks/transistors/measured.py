"""Training on measured curves, one a neuron, beside the same network of ideal ones.

    python -m benchmarks.transistors.measured

64-128-10 of tanh neurons, a learning step of 64 drawn examples (free phase and both nudged ones by
exact sweeps, centered estimate), ideal and with a curve of 401 points for each neuron: the same
tanh, so that both take the same sweeps. Timed in turns in one process; the ratio is of medians.
Result: docs/results/measured_neurons.json.
"""

import statistics
import time

import numpy as np

from benchmarks.measure import RESULTS
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules.centered import Centered
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.curve import Curve, Measured
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Neurons, Tanh
from neuroep.settle import Stop
from neuroep.traces.files import write_json

ROUNDS = 30
SIZES = (64, 128, 10)


def system(hidden: Neurons, out: Neurons) -> HopfieldSystem:
    """Return a network with these neurons."""
    network = Network()
    network.add(Clamped(SIZES[0]), "x")
    network.add(hidden, "hidden")
    network.add(out, "out")
    network.connect("x", "hidden")
    network.connect("hidden", "out", gain=0.5)
    network.set_cost(SquaredError("out"))
    network.initialise(0, np.float32)
    return HopfieldSystem(network, "sweep", Stop(1e-4, 100))


def measured(units: int) -> Measured:
    """Return tanh neurons by a curve each."""
    potential = np.linspace(-10, 10, 401)
    return Measured(units, curve=Curve(potential, np.tile(np.tanh(potential), (units, 1))))


def main() -> None:
    """Time both in turns; write the ratio."""
    rng = np.random.default_rng(0)
    inputs = {"x": rng.uniform(-1, 1, (64, 1, SIZES[0])).astype(np.float32)}
    target = np.eye(SIZES[2], dtype=np.float32)[rng.integers(0, SIZES[2], 64)]
    sides = {
        "ideal": system(Tanh(SIZES[1]), Tanh(SIZES[2])),
        "measured": system(measured(SIZES[1]), measured(SIZES[2])),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    steps = {}
    for turn in range(ROUNDS + 2):
        for name, one in sides.items():
            begun = time.perf_counter()
            found = Centered(0.5).step(one, one.clamp(inputs), target, lambda _: None, rng)
            if turn >= 2:  # kernels are compiled, caches warm
                seconds[name].append(time.perf_counter() - begun)
            steps[name] = float(found.free.steps.mean())
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    ratio = medians["measured"] / medians["ideal"]
    content = {
        "command": "python -m benchmarks.transistors.measured",
        "rounds": ROUNDS,
        "seconds": medians,
        "sweeps": steps,
        "ratio": ratio,
    }
    write_json(RESULTS / "measured_neurons.json", content, indent=1)
    print(f"measured over ideal: {ratio:.2f} ({medians}, sweeps {steps})")


if __name__ == "__main__":
    main()
