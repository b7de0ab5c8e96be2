"""What is read of shards and joined is what is read of the whole batch."""

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from learning_support import PROBLEMS, System
from reference.problems import WIRINGS

from neuroep.devices.sensing import Sampler, Sensed
from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.probes import watch
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.probe import Watched
from neuroep.learning.resistive.probes import watch as watch_resistive
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.one_sided import OneSided
from neuroep.learning.rules.rule import Estimate, Rule
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.traces.lens import Asked, Lens, Seen

NOTHING = Asked(spikes=False, waves=False)


def part_of(inputs: dict[str, Any], chosen: slice) -> dict[str, Any]:
    """Return some examples of dense inputs."""
    return {name: np.asarray(x)[chosen] for name, x in inputs.items()}


def seen(
    lens: Lens, asked: Asked, system: System, inputs: Any, target: Any, cuts: list[int]
) -> Seen:
    """Return what the lens sees of a batch that is cut into shards."""
    found, counts = [], []
    for first, last in pairwise(cuts):
        record = lens.record(asked, first, last - first)
        drive = system.clamp(part_of(inputs, slice(first, last)))
        part = estimate(system, drive, target[first:last], beta=0.1, record=record)
        found.append(lens.see(asked, part, first, last - first))
        counts.append(last - first)
    return lens.join(found, [count / sum(counts) for count in counts])


def same(one: Seen, other: Seen) -> None:
    for name, sides in one.synapses.items():
        for ours, theirs in zip(sides, other.synapses[name], strict=True):
            np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)
    for name, meters in one.neurons.layers.items():
        for key, array in meters.items():
            np.testing.assert_allclose(array, other.neurons.layers[name][key], rtol=1e-7, atol=1e-9)
    for key, array in one.neurons.settling.items():
        assert array.shape == other.neurons.settling[key].shape
    np.testing.assert_allclose(
        one.neurons.settling["energy"], other.neurons.settling["energy"], rtol=1e-7
    )


@pytest.mark.parametrize("examples", [1, 3, 4])
def test_resistive_shards_join_to_the_batch(examples: int) -> None:
    system, inputs, target = PROBLEMS["resistive, ideal diodes"]()
    watched: Watched = watch_resistive(system.network)
    lens = Lens(watched, {"1-2": (slice(1, 4), slice(0, 2))}, {"1": slice(0, 4)}, examples)
    whole = seen(lens, NOTHING, system, inputs, target, [0, 4])
    assert whole.neurons.settling["energy"].shape == (3, examples)
    same(whole, seen(lens, NOTHING, system, inputs, target, [0, 1, 4]))
    same(whole, seen(lens, NOTHING, system, inputs, target, [0, 2, 3, 4]))


def test_spikes_of_shards_join_to_those_of_the_batch() -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    solver = Spiking(free_duration=40e-6, nudged_duration=30e-6, window=20e-6)
    system = HopfieldSystem(problem.network, solver)
    layer = problem.network.settling[0]
    lens = Lens(watch(problem.network, solver), {}, {layer: slice(0, 2)}, 3)
    asked = Asked(spikes=True, waves=False)
    count = problem.count
    whole = seen(lens, asked, system, problem.inputs, problem.target, [0, count])
    parts = seen(lens, asked, system, problem.inputs, problem.target, [0, 1, count])
    assert whole.neurons.spikes is not None
    assert parts.neurons.spikes is not None
    sent = 0
    for ours, theirs in zip(whole.neurons.spikes[layer], parts.neurons.spikes[layer], strict=True):
        assert len(ours) == len(theirs) == min(3, count)
        for one, other in zip(ours, theirs, strict=True):
            sent += len(one[0])
            for column, again in zip(one, other, strict=True):
                np.testing.assert_array_equal(column, again)
    assert sent > 0


@pytest.mark.parametrize("rule", [Centered(0.1), OneSided(0.1)], ids=["centered", "one-sided"])
@pytest.mark.parametrize("problem", PROBLEMS)
def test_what_is_seen_of_samples_is_what_the_rule_has_read(problem: str, rule: Rule) -> None:
    """Its contrast is the gradient but for one factor an array; neurons are what they were."""
    system, inputs, target = PROBLEMS[problem]()
    watched = (watch if problem == "hopfield" else watch_resistive)(system.network)
    blocks = {n: tuple(slice(0, k) for k in p.shape) for n, p in watched.probes.items()}
    granted: list[Estimate] = []
    sensed, rng = Sensed(rule, Sampler(noise=0.01)), np.random.default_rng(0)
    sensed.step(system, system.clamp(inputs), target, granted.append, rng)
    (found,) = granted
    lens = Lens(watched, blocks, {}, 4)
    for name, (plus, minus) in lens.synapses(found).items():
        contrast, gradient = (plus - minus).ravel(), found.gradient[name].ravel()
        factor = (contrast @ gradient) / (contrast @ contrast)
        off = np.abs(gradient - factor * contrast).max()
        assert off < 1e-6 * np.abs(gradient).max()
    exact = estimate(system, system.clamp(inputs), target, rule)
    np.testing.assert_array_equal(
        lens.neurons(found, NOTHING).settling["energy"],
        lens.neurons(exact, NOTHING).settling["energy"],
    )
