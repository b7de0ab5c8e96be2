"""Spike-driven EP against traces and synapses one at a time, and against the centered gradient."""

import math
from collections import defaultdict

import numpy as np
import pytest
from learning_support import points_system, words_system

from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.spike_driven import SpikeDriven
from neuroep.learning.trainer import Trainer
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Tanh
from neuroep.settle import Record, Stop
from neuroep.settle.hopfield.spiking import Spiking

MICRO = 1e-6


def small(neuron: type = Tanh, dtype: type = np.float64) -> Network:
    """Return six inputs (in two rows), eight hidden and three output neurons."""
    network = Network()
    x = network.add(Clamped(tokens=2, dim=3), "x")
    hidden = network.add(neuron(8), "hidden")
    out = network.add(neuron(3), "out")
    network.connect(x, hidden)
    network.connect(hidden, out)
    network.set_cost(SquaredError(out))
    network.initialise(4, dtype)
    return network


def examples(count: int) -> tuple[dict, np.ndarray]:
    rng = np.random.default_rng(5)
    return {"x": rng.normal(size=(count, 2, 3))}, rng.uniform(-0.7, 0.7, (count, 3))


def spiking(network: Network, steps: int) -> HopfieldSystem:
    duration = steps * MICRO
    solver = Spiking(free_duration=duration, nudged_duration=duration, window=0.5 * duration)
    return HopfieldSystem(network, solver, Stop())


def gathered(free, nudged, share, fast, slow, network, x) -> dict[str, np.ndarray]:
    """Return what each synapse gathers of each example, one step, neuron and synapse at a time."""
    sizes = {"hidden": 8, "out": 3}
    found = defaultdict(float)
    for phase in range(2):
        for e in range(len(x)):
            traces = {(k, i): [0.0, 0.0] for k, n in sizes.items() for i in range(n)}
            trains = [(free.raster[:, e], False)]
            trains.append((nudged.raster[:, phase * len(x) + e], True))
            for train, learns in trains:
                for row in train:
                    spikes, changes, place = {}, {}, 0
                    for k, n in sizes.items():
                        for i in range(n):
                            full = network.layers[k].full_scale
                            spikes[k, i] = float(row[place]) * full
                            place += 1
                            both = traces[k, i]
                            both[0] += (1 - math.exp(-MICRO / fast)) * (spikes[k, i] - both[0])
                            step = (1 - math.exp(-MICRO / slow)) * (both[0] - both[1])
                            both[1] += step
                            changes[k, i] = step
                    if not learns:
                        continue
                    factor = -share[phase] / len(x)
                    for j in range(8):
                        found["hidden.bias", j] += factor * changes["hidden", j]
                        for i in range(6):
                            pixel = x[e].ravel()[i]
                            found["x-hidden", i, j] += factor * pixel * changes["hidden", j]
                        for m in range(3):
                            found["hidden-out", j, m] += factor * (
                                spikes["hidden", j] * changes["out", m]
                                + spikes["out", m] * changes["hidden", j]
                            )
                    for m in range(3):
                        found["out.bias", m] += factor * changes["out", m]
    return found


@pytest.mark.parametrize("neuron", [Tanh, HardSigmoid])
def test_each_synapse_gathers_products_of_spikes_and_changes_of_traces(neuron: type) -> None:
    network = small(neuron)
    system = spiking(network, 40)
    inputs, target = examples(3)
    drive = system.clamp(inputs)
    rule = SpikeDriven(0.3, fast=3e-6, slow=5e-6)
    record = Record(tuple(range(3))), Record(tuple(range(6)))
    free = system.settle(drive, record=record[0])
    betas = np.repeat([[0.3], [-0.3]], 3, axis=1)
    nudged = system.settle(drive, beta=betas, target=target, start=free, record=record[1])
    found = estimate(system, drive, target, rule).gradient
    shares = (0.5 / 0.3, -0.5 / 0.3)
    slow = gathered(free, nudged, shares, 3e-6, 5e-6, network, inputs["x"])
    entries = sum(found[name].size for name in found)
    assert len(slow) == entries == 8 + 3 + 48 + 24
    for (name, *place), value in slow.items():
        entry = found[name].reshape(network.parameters[name].shape)
        at = entry[tuple(place)] if entry.ndim == len(place) else entry[0, *place]
        assert at == pytest.approx(value, rel=1e-9, abs=1e-12), (name, place)


def cosine(steps: int, beta: float, share: float = 0.05) -> float:
    """Return the cosine to the centered gradient of settled activities, at a small beta."""
    network = small()
    inputs, target = examples(12)
    settled = HopfieldSystem(network, "sweep", Stop(1e-12, 2000))
    exact = estimate(settled, settled.clamp(inputs), target, beta=0.01).gradient.flat
    system = spiking(network, steps)
    lag = share * steps * MICRO
    found = estimate(
        system, system.clamp(inputs), target, "spike_driven", beta=beta, fast=lag, slow=lag
    ).gradient.flat
    return float(found @ exact / np.linalg.norm(found) / np.linalg.norm(exact))


def test_in_long_phases_it_is_the_gradient_and_in_short_ones_noise() -> None:
    long, medium, short = (cosine(steps, 0.1) for steps in (3000, 300, 30))
    assert long > 0.99
    assert 0.9 < medium < long
    assert short < 0.9
    # Nor does a large nudge find it, nor traces that ripple as spikes do.
    assert cosine(3000, 0.6) < long - 0.005
    assert cosine(300, 0.1, share=0.004) < medium - 0.1


def test_it_keeps_the_record_that_was_asked_for() -> None:
    system = spiking(small(), 40)
    inputs, target = examples(4)
    drive = system.clamp(inputs)
    kept = estimate(system, drive, target, "spike_driven", record=Record((1, 3)))
    plain = estimate(system, drive, target, "centered", record=Record((1, 3)))
    for with_all, given in zip(kept.phases, plain.phases, strict=True):
        np.testing.assert_array_equal(with_all.raster, given.raster)
        np.testing.assert_array_equal(with_all.trace, given.trace)
    bare = estimate(system, drive, target, "spike_driven")
    assert bare.free.raster.size == bare.nudged.trace.size == 0
    np.testing.assert_array_equal(bare.gradient.flat, kept.gradient.flat)


class Signs:
    """Rows of six numbers whose class is the largest of three sums of two."""

    def __init__(self, count: int, seed: int) -> None:
        self.x = np.random.default_rng(seed).normal(size=(count, 2, 3)).astype(np.float32)
        self.classes = self.x.sum(axis=1).argmax(axis=1)

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, indices, rng=None):
        return {"x": self.x[indices]}, np.eye(3, dtype=np.float32)[self.classes[indices]]


def test_it_trains() -> None:
    network = small(HardSigmoid, np.float32)
    recipe = Recipe(epochs=8, batch=20, rule=SpikeDriven(), rates={"*": 2e-2})
    trainer = Trainer(spiking(network, 60), Signs(400, 1), Signs(200, 2), recipe, seed=3)
    while not trainer.finished:
        trainer.run_epoch()
    assert trainer.history[-1]["validation_accuracy"] > 0.8


def test_where_it_cannot_be_used() -> None:
    with pytest.raises(ValueError, match=r"^spike_driven: nothing spikes here; .* solver spiking"):
        SpikeDriven().check(words_system())
    with pytest.raises(ValueError, match=r"^spike_driven: nothing spikes here"):
        SpikeDriven().check(points_system())
    with pytest.raises(ValueError, match=r"^spike_driven: .*attention"):
        SpikeDriven().check(words_system(solver="spiking"))
    table = Network()
    words, out = (
        table.add(Clamped(tokens=2, dim=3, vocabulary=5), "words"),
        table.add(Tanh(3), "out"),
    )
    table.connect(words, out)
    table.set_cost(SquaredError(out))
    with pytest.raises(ValueError, match=r"^spike_driven: the table of layer 'words'"):
        SpikeDriven().check(spiking(table, 40))
    assert SpikeDriven().check(spiking(small(), 40)) is None
    for name in ("fast", "slow"):
        with pytest.raises(ValueError, match=f"{name} must be positive, got 0"):
            SpikeDriven(**{name: 0.0})
