"""A resistive design on the bench: one input through its diodes and amplifiers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.experiment.circuit_section import cell_files
from neuroep.experiment.resistive_design import ResistiveDesign
from neuroep.experiment.verify_case import Case, VerifyOptions
from neuroep.hardware.compare import Tolerances
from neuroep.hardware.resistive_netlist import resistive_netlist
from neuroep.hardware.resistive_views import (
    ResistiveBench,
    make_resistive_bench,
    resistive_views,
)
from neuroep.hardware.views import View


class ResistiveCase(Case):
    """One input of a resistive design.

    Raises
    ------
    InputError
        Ideal diodes, or values that the chip's devices cannot hold.
    """

    tolerances = Tolerances(gradient=1e-6)

    def __init__(self, design: ResistiveDesign, path: Path, options: VerifyOptions) -> None:
        self.design, self.path = design, path
        self.title = design.title
        if options.weights is not None:
            raise InputError(f"{options.weights}: weights of a run: {path} is a resistive network")
        self.notes = [f"conductances and inputs drawn from seed {design.seed}"]
        self.network = design.make_network()
        rng = np.random.default_rng([design.seed, options.example])
        self.x = rng.uniform(0, 1, self.network.inputs)
        self.target = np.eye(self.network.outputs)[options.example % self.network.outputs]
        self.beta = options.beta
        self.cells = cell_files(design.circuit.cells, path)
        self._bench()

    def _bench(self) -> ResistiveBench:
        try:
            return make_resistive_bench(
                self.network, self.x, self.target, self.beta, self.design.circuit.duration
            )
        except ValueError as error:
            raise InputError(f"{self.path}: {error}") from None

    def views(self, options: VerifyOptions) -> Iterator[View]:
        """Yield "newton" and "transient", then scipy's and ngspice's views."""
        return resistive_views(
            self.network,
            self.x,
            self.target,
            self.beta,
            duration=self.design.circuit.duration,
            cells=self.cells,
            programs=[name for name in ("scipy", "ngspice") if options.wants(name)],
            timeout=options.timeout,
        )

    def netlist(self, beta: float) -> str:
        """Return the netlist of one phase."""
        return resistive_netlist(
            self.network,
            self.x,
            self.cells,
            duration=self._bench().duration,
            beta=beta,
            target=self.target,
        ).text
