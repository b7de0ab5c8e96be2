"""A small resistive network with random voltages, as kernels see it and as the reference does."""

import numpy as np
import pytest

from neuroep.core.resistive.chain import Chain, Sources
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Stop

SILICON = ExponentialDiode(1e-12, 1.3, 320.0, rail=0.15)
SHAPES = [((6,), 1.0), ((6, 4), 1.0), ((4, 6, 2), 3.0)]
BETAS = (0.0, 0.4, -0.03)
EXAMPLES = 3
each_shape = pytest.mark.parametrize(("hidden", "amplification"), SHAPES)


class Case:
    """A network with random voltages, as kernels and as the reference see it."""

    def __init__(
        self,
        net: ResistiveNetwork,
        beta: float = 0.0,
        settled: bool = False,
        steps: int = 1,
        solver: str = "",
    ) -> None:
        rng = np.random.default_rng(5)
        self.net = net
        self.beta = beta
        self.solver = solver
        self.x = rng.normal(size=(EXAMPLES, net.inputs))
        self.y = rng.normal(size=(EXAMPLES, net.outputs))
        self.result = self.settle(beta, steps=10_000 if settled else steps)
        self.chain: Chain = self.result.drive.chain
        self.sources: Sources = self.result._job.sources
        self.flat = self.result._job.volts
        if not settled:
            self.flat[:] = 0.1 * rng.normal(size=self.flat.size)

    def settle(self, beta: float, steps: int) -> ResistiveSettled:
        stop = Stop(1e-14, steps)
        return settle_resistive(
            self.net, self.x, solver=self.solver, beta=beta, target=self.y, stop=stop
        )

    def volts(self, example: int) -> list[np.ndarray]:
        """Return the physical voltages of an example, from layer 0 on."""
        ends = EXAMPLES * np.cumsum(self.net.sizes[1:])[:-1]
        free = [
            part.reshape(EXAMPLES, -1)[example] * scale
            for part, scale in zip(
                np.split(self.flat.astype(float), ends), self.chain.scale[1:], strict=True
            )
        ]
        return [self.net.clamp(self.x)[example], *free]
