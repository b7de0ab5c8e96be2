"""Small problems of both families, seen as systems, for tests of learning."""

from collections.abc import Callable

import numpy as np
from reference import resistive as slow
from reference.problems import WIRINGS, sequences, with_words
from reference.problems import pooled as wire_pooled

from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.learning.system import System
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle import Stop

SOFT = ExponentialDiode(1e-9)


def layered() -> tuple[System, dict, np.ndarray]:
    """Return a settled-to-the-end network of layers, its inputs and targets, float64."""
    problem = WIRINGS["pooled"]("squared", np.float64)
    system = HopfieldSystem(problem.network, "sweep", Stop(1e-13, 2000))
    return system, problem.inputs, problem.target


def resistive(diode: ExponentialDiode | None = None) -> tuple[System, dict, np.ndarray]:
    """Return a settled-to-the-end resistive network, its inputs and targets, float64."""
    network = slow.network((6, 4), amplification=2.0, diode=diode)
    rng = np.random.default_rng(3)
    x, y = rng.normal(size=(4, network.inputs)), rng.normal(size=(4, network.outputs))
    return ResistiveSystem(network, Stop(1e-15, 5000)), {"inputs": x}, y


PROBLEMS: dict[str, Callable[[], tuple[System, dict, np.ndarray]]] = {
    "hopfield": layered,
    "resistive, ideal diodes": resistive,
    "resistive, exponential diodes": lambda: resistive(SOFT),
}


class Reviews:
    """Sequences whose class is which of three words they hold; the rng shuffles them."""

    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.words = [rng.integers(3, 11, rng.integers(1, 6)) for _ in range(count)]
        self.classes = rng.integers(0, 3, count)
        for ids, kind in zip(self.words, self.classes, strict=True):
            ids[rng.integers(len(ids))] = kind

    def __len__(self) -> int:
        return len(self.words)

    def batch(self, indices, rng=None):
        chosen = [self.words[i] for i in indices]
        if rng is not None:
            chosen = [rng.permutation(ids) for ids in chosen]
        packed = sequences(np.random.default_rng(0), [len(x) for x in chosen])
        packed.rows[:] = np.concatenate(chosen)
        return {"words": packed}, np.eye(3)[self.classes[indices]]


class Points:
    """Noisy points around three centres, float32; the rng adds noise of its own."""

    def __init__(self, count: int, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self.classes = rng.integers(0, 3, count)
        centres = np.random.default_rng(99).normal(size=(3, 12))
        self.x = (centres[self.classes] + 0.4 * rng.normal(size=(count, 12))).astype(np.float32)

    def __len__(self) -> int:
        return len(self.x)

    def batch(self, indices, rng=None):
        x = self.x[indices]
        if rng is not None:
            x = x + rng.normal(0, 0.05, x.shape).astype(np.float32)
        return {"inputs": x}, np.eye(3, dtype=np.float32)[self.classes[indices]]


def words_system(dtype: type = np.float32, solver: object = "sweep") -> HopfieldSystem:
    """Return what learns :class:`Reviews`."""
    network = with_words(wire_pooled, "cross_entropy", dtype).network
    return HopfieldSystem(network, solver, Stop(1e-4, 50))


def points_system(seed: int = 0) -> ResistiveSystem:
    """Return what learns :class:`Points`."""
    network = ResistiveNetwork(
        12,
        (24,),
        3,
        input_gain=1.0,
        output_gain=2e-2,
        conductance_range=(0.0, 1e-4),
        nudge_conductance=2e-5,
        dtype=np.float32,
    )
    network.initialise(seed, 2e-5)
    return ResistiveSystem(network, Stop(1e-6, 50))
