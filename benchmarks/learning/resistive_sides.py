"""The sides of the benchmark of resistive training: neuroep, and the published algorithm."""

import time
from collections.abc import Mapping
from dataclasses import fields

import numpy as np
import torch

from benchmarks.learning.resistive import BATCHES
from benchmarks.learning.resistive_peer import ResistivePeer
from neuroep.design.load import load_design
from neuroep.images.digits import draw_digits
from neuroep.learning.estimate import estimate
from neuroep.learning.system import System, as_system
from neuroep.learning.updates import Updater, rates_by_name
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle import Stop

WARM_UP = 60
"""Updates before anything is timed, so that the conductances are those of a chip at work."""

FINER = 20.0
"""How much smaller the residual is at which both sides are to compute the same."""

STILL = 1e-9
"""Factor on the rates while steps are timed: each is the work of a step, and none changes much."""


class Side:
    """neuroep: a system, warmed up, and batches of the built-in digits.

    ``ideal``: with ideal diodes, whatever the design's are.
    """

    def __init__(self, name: str, ideal: bool = False) -> None:
        design = load_design(name)
        self.recipe, self.system = design.recipe, design.make_system()
        self.stop = self.system.stop
        assert self.stop is not None
        if ideal:
            self.system = as_system(remade(self.system.network, diode=None), stop=self.stop)
        pixels, labels = draw_digits("train")
        size = self.recipe.batch
        self.batches = [
            (pixels[i : i + size], np.eye(10, dtype=np.float32)[labels[i : i + size]])
            for i in range(0, size * (BATCHES + WARM_UP), size)
        ]
        self.rates = rates_by_name(self.system.parameters, self.recipe.rates)
        updater = self._updater()
        for number in range(BATCHES, BATCHES + WARM_UP):
            self._step(number, updater, self.rates)
        self.updater = self._updater()
        self.still = {name: STILL * rate for name, rate in self.rates.items()}

    def _updater(self) -> Updater:
        system: System = self.system
        return self.recipe.update.make(system.parameters, system.limits, np.random.default_rng(0))

    def _step(self, number: int, updater: Updater, rates: Mapping[str, float]) -> None:
        x, target = self.batches[number]
        drive = self.system.clamp({"pixels": x})
        found = estimate(self.system, drive, target, self.recipe.rule, wanted=list(rates))
        updater.apply(self.system.parameters, found.gradient, rates)
        self.system.parameters.changes += 1

    def time(self) -> float:
        """Return the seconds of a step on each batch."""
        begin = time.perf_counter()
        for number in range(BATCHES):
            self._step(number, self.updater, self.still)
        return time.perf_counter() - begin

    def steps(self) -> dict[str, float]:
        """Return the mean steps of the free phase, and of a nudged one, on the first batch."""
        x, target = self.batches[0]
        found = estimate(self.system, self.system.clamp({"pixels": x}), target, self.recipe.rule)
        free, nudged = found.phases
        return {"free": float(free.steps.mean()), "nudged": float(nudged.steps.mean())}

    def result(self) -> dict[str, np.ndarray]:
        """Return the free state in units of an output's, and the gradient, on the first batch."""
        x, target = self.batches[0]
        assert self.stop is not None
        finer = Stop(self.stop.residual / FINER, 10 * self.stop.steps)
        # In float64: drops of 0.2 V in float32 leave a tenth of a gradient of differences.
        system = as_system(remade(self.system.network, dtype=np.float64), stop=finer)
        found = estimate(system, system.clamp({"pixels": x}), target, self.recipe.rule)
        gain = system.network.output_gain
        states = {f"state/{k}": v[0] / gain for k, v in enumerate(found.free.volts, 1)}
        return states | {f"gradient/{name}": g for name, g in found.gradient.items()}


class PeerSide(Side):
    """The published algorithm in PyTorch, from the same conductances."""

    def __init__(self, name: str, favours: bool) -> None:
        super().__init__(name)
        network = self.system.network
        assert self.stop is not None
        span = network.conductance_range[1] - network.conductance_range[0]
        self.residual = self.stop.residual
        self.beta = self.recipe.rule.beta
        self.peer = ResistivePeer(
            [torch.from_numpy(g.copy()) for g in network.conductances],
            network.nudge_conductance,
            network.output_gain,
            network.conductance_range[1],
            [STILL * rate * span for rate in self.rates.values()],
            self.recipe.update.momentum,
            favours,
        )
        self.clamped = [
            (torch.from_numpy(network.clamp(x)), torch.from_numpy(target))
            for x, target in self.batches[:BATCHES]
        ]

    def time(self) -> float:
        """Return the seconds of a step on each batch."""
        begin = time.perf_counter()
        for clamped, target in self.clamped:
            self.peer.train(clamped, target, self.beta, self.residual)
        return time.perf_counter() - begin

    def steps(self) -> dict[str, float]:
        """Return the sweeps of the free phase, and of a nudged one, on the last batch."""
        return {name: float(sweeps) for name, sweeps in self.peer.sweeps.items()}

    def result(self) -> dict[str, np.ndarray]:
        """Return the free state in units of an output's, and the gradient, on the first batch."""
        clamped, target = (part.double() for part in self.clamped[0])
        kept = self.peer.conductances
        self.peer.conductances = [g.double() for g in kept]
        found = self.peer.result(clamped, target, self.beta, self.residual / FINER)
        self.peer.conductances = kept
        return {name: part.numpy() for name, part in found.items()}


def remade(network: ResistiveNetwork, **changes: object) -> ResistiveNetwork:
    """Return the same conductances between the same nodes, with something else otherwise."""
    options = {f.name: getattr(network, f.name) for f in fields(network) if f.init}
    made = ResistiveNetwork(**options | changes)
    made.parameters.flat[:] = network.parameters.flat
    return made
