"""The design file of a resistive network: the chip, and how it learns to tell images apart."""

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import Field, ValidationError, model_validator

from neuroep.design.design import design_path, first_error, read_content
from neuroep.design.quantities import Amperes, Farads, Kelvins, Seconds, Siemens, Volts
from neuroep.design.traces import TraceSection
from neuroep.errors import InputError
from neuroep.learning.probe import Watched
from neuroep.learning.recipe import Recipe
from neuroep.learning.resistive.fields import strongest_fields
from neuroep.learning.resistive.probes import watch
from neuroep.learning.updates.gradient_descent import rates_by_name
from neuroep.network.parameters import Parameters
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.hopfield.settled import Stop
from neuroep.tasks.section import Section, tuples

if TYPE_CHECKING:
    from matplotlib.figure import Figure

FIELDS = 12
"""Nodes of each half of a layer whose receptive fields are drawn."""


class DiodeSection(Section):
    """An exponential diode; see :class:`neuroep.network.resistive.network.ExponentialDiode`."""

    saturation: Amperes
    ideality: float = 1.0
    temperature: Kelvins = 300.15


class NetworkSection(Section):
    """The chip; see :class:`neuroep.network.resistive.network.ResistiveNetwork`.

    ``diode``: ideal ones without this table; ``spread``: see ``initialise`` there.
    """

    inputs: int = Field(ge=1, le=10**6)
    hidden: tuple[int, ...]
    outputs: int = Field(ge=1, le=10**6)
    input_gain: Volts
    output_gain: Volts = 1.0
    amplification: float = 1.0
    conductance_min: Siemens = 0.0
    conductance_max: Siemens
    nudge_conductance: Siemens
    capacitance: Farads = 1e-12
    spread: tuple[Siemens, ...]
    precision: Literal["float32", "float64"] = "float64"
    diode: DiodeSection | None = None


class CircuitSection(Section):
    """How ``neuroep verify`` looks at the circuit.

    ``duration``: how long a phase is watched, s; long enough for the slowest node when absent;
    ``cells``: a designer's own .cir by the name of the cell whose place it takes, relative to the
    design file.
    """

    duration: Seconds | None = None
    cells: dict[str, str] = Field(default_factory=dict)


class SettleSection(Section):
    """When a settle ends; see :class:`neuroep.settle.hopfield.settled.Stop`."""

    residual: Volts = Field(1e-9, gt=0)
    steps: int = Field(100, ge=1, le=10**9)


class ImagesSection(Section):
    """The data.

    ``validation``: share of the training images that chooses the epoch; ``shift``: pixels that a
    training image is moved by at most, each way at random, whenever it is shown.
    """

    validation: float = Field(0.1, gt=0, lt=1)
    shift: int = Field(0, ge=0, le=1000)


class LearningSection(Section):
    """How it learns; see :class:`neuroep.learning.trainer.Recipe`.

    ``momentum``: see `ProjectedSGD`; ``rates``: by shell-style
    pattern of "0-1", "1-2", ..., normalised to the device.
    """

    epochs: int = 10
    batch: int = 16
    beta: float = 1.0
    estimator: Literal["centered", "one_sided", "random_sign"] = "centered"
    decay: Literal["cosine", "none"] = "cosine"
    patience: int = 0
    momentum: float = Field(0.0, ge=0, lt=1)
    rates: dict[str, float] = Field(default_factory=lambda: {"*": 3e-3})


MOST_CONDUCTANCES = 1 << 28
"""More would not fit into the memory of the machines that this is made for."""


class ResistiveDesign(Section):
    """One resistive chip and its experiment, checked."""

    title: str
    seed: int = Field(0, ge=0, lt=2**63)
    resistive: NetworkSection
    circuit: CircuitSection = CircuitSection()
    settle: SettleSection = SettleSection()
    images: ImagesSection = ImagesSection()
    learning: LearningSection = LearningSection()
    traces: TraceSection = TraceSection()

    @model_validator(mode="before")
    @classmethod
    def _arrays(cls, given: Any) -> Any:
        return tuples(given)

    @model_validator(mode="after")
    def _fits_memory(self) -> "ResistiveDesign":
        chip = self.resistive
        sizes = (2 * chip.inputs + 2, *chip.hidden, 2 * chip.outputs)
        if sum(n * m for n, m in pairwise(sizes)) > MOST_CONDUCTANCES:
            raise ValueError(f"resistive.hidden: more than {MOST_CONDUCTANCES:,} conductances")
        return self

    @property
    def recipe(self) -> Recipe:
        """How to train."""
        try:
            return Recipe(update="sgd", **self.learning.model_dump(exclude={"momentum"}))
        except ValueError as error:
            raise ValueError(f"learning.{error}") from None

    @property
    def stop(self) -> Stop:
        """When a settle ends."""
        return Stop(self.settle.residual, self.settle.steps)

    def make_network(self) -> ResistiveNetwork:
        """Return the network with its initial conductances.

        Raises
        ------
        ValueError
            A parameter that no chip can have; begins with its key.
        """
        chip = self.resistive
        same = ("input_gain", "output_gain", "amplification", "nudge_conductance", "capacitance")
        try:
            diode = ExponentialDiode(**dict(chip.diode)) if chip.diode else None
            network = ResistiveNetwork(
                chip.inputs,
                chip.hidden,
                chip.outputs,
                **{name: getattr(chip, name) for name in same},
                conductance_range=(chip.conductance_min, chip.conductance_max),
                diode=diode,
                dtype=np.dtype(chip.precision),
            )
            network.initialise(self.seed, chip.spread)
        except ValueError as error:
            raise ValueError(f"resistive.{error}") from None
        return network

    def watch(self, network: ResistiveNetwork) -> Watched:
        """Return what can be watched of the network."""
        return watch(network)

    def figures(
        self, before: Parameters, network: ResistiveNetwork, shape: tuple[int, int] | None = None
    ) -> "dict[str, Figure]":
        """Return the figures that only such a chip has, by file name without suffix.

        Parameters
        ----------
        before : Parameters
            The conductances before training.
        network : ResistiveNetwork
            As it was trained.
        shape : pair of int, optional
            Height and width of the images that it sees, where it sees images.
        """
        from neuroep.report import conductance_histograms, receptive_fields

        found = {
            "conductances": conductance_histograms(
                before, network.parameters, limits=network.conductance_range
            )
        }
        if shape:
            fields, _ = strongest_fields(network, FIELDS)
            groups = zip(("v ≥ 0", "v ≤ 0"), fields, strict=True)
            found["receptive_fields"] = receptive_fields(
                {name: each.reshape(-1, *shape) for name, each in groups},
                title="what the hidden nodes with the strongest synapses forward see",
            )
        return found

    def resolved(self) -> dict[str, Any]:
        """Return the whole design with every default filled in, as a design file holds it."""
        return self.model_dump(mode="json", exclude_none=True)


def is_resistive(content: dict[str, Any]) -> bool:
    """Return whether a parsed design file describes a resistive network."""
    return "resistive" in content


def load_resistive(name: str, overrides: Sequence[str] = ()) -> ResistiveDesign:
    """Read and check the design of a resistive network.

    Parameters
    ----------
    name : str
        A path, or the name of a built-in design.
    overrides : sequence of str
        ``key=value`` with a dotted key and a TOML value (bare words are text).

    Raises
    ------
    InputError
        Missing file, broken TOML, unknown key, wrong type or unit, an unphysical value; one line
        that names the file and the key.
    """
    return check_resistive(read_content(name, overrides), design_path(name))


def check_resistive(content: dict[str, Any], path: Path) -> ResistiveDesign:
    """Return the design of a parsed file, with its network built once."""
    try:
        if not is_resistive(content):
            raise InputError(f"{path}: resistive: missing, so this is no resistive network")
        design = ResistiveDesign.model_validate(content)
        network = design.make_network()
        rates_by_name(network.parameters, design.recipe.rates)
        design.traces.check(design.watch(network))
    except ValidationError as error:
        raise InputError(f"{path}: {first_error(error)}") from None
    except InputError:
        raise
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None
    return design
