"""A resistive design on the bench: one input through its diodes and amplifiers."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from neuroep.core.tables import Reals
from neuroep.design.chip import cell_files
from neuroep.design.resistive import ResistiveDesign
from neuroep.errors import InputError
from neuroep.hardware.resistive.netlist import resistive_netlist
from neuroep.hardware.resistive.views import (
    ResistiveBench,
    make_resistive_bench,
    resistive_views,
)
from neuroep.hardware.views.compare import Tolerances
from neuroep.hardware.views.view import View
from neuroep.images import open_images
from neuroep.runs.folder import TRAINED, RunFolder
from neuroep.runs.trained import load_into
from neuroep.studies.verify.case import Case, VerifyOptions


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
        self.network = design.make_network()
        if options.weights is None:
            self.notes = [f"conductances and inputs drawn from seed {design.seed}"]
            rng = np.random.default_rng([design.seed, options.example])
            self.x = rng.uniform(0, 1, self.network.inputs)
            label = options.example % self.network.outputs
        else:
            self.notes = [f"conductances of {options.weights}, test example {options.example}"]
            self.x, label = self._read(options.weights, options.data, options.example)
        self.target = np.eye(self.network.outputs)[label]
        self.beta = options.beta
        self.cells = cell_files(design.circuit.cells, path)
        self._bench()

    def _read(self, run: str, data: str | None, example: int) -> tuple[Reals, int]:
        """Set the network to what a run trained; return one test image and its label."""
        path = RunFolder.open(run).path / TRAINED
        if not path.is_file():
            raise InputError(f"{run}: not trained to the end yet; go on with --resume {run}")
        load_into(self.network, path)
        images = open_images(data).test
        if example >= len(images.labels):
            raise InputError(f"--example {example}: there are {len(images.labels)} test images")
        pixels = images.pixels[example].astype(float)
        if pixels.size != self.network.inputs:
            raise InputError(f"{self.path}: resistive.inputs: images have {pixels.size} pixels")
        return pixels, int(images.labels[example])

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
