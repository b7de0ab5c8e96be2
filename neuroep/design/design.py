"""The design: one TOML text that is the whole experiment, whatever its network is made of."""

from abc import abstractmethod
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from numpy.typing import DTypeLike
from pydantic import ConfigDict, Field, model_validator

from neuroep.core.tables import Floats
from neuroep.design.bench import Example, Stand
from neuroep.design.checked import section_of, suggestion
from neuroep.design.devices import DevicesSection, SensingSection
from neuroep.design.learning import BETA, PULSES, read_recipe, write_recipe
from neuroep.design.traces import TraceSection
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device
from neuroep.devices.loading import Stored
from neuroep.devices.sensing import Sensed
from neuroep.hardware.account import Account
from neuroep.hardware.energy import Energies
from neuroep.hardware.plasticity.bench import LearningBench
from neuroep.learning.probe import Watched
from neuroep.learning.reading import Reading
from neuroep.learning.recipe import Recipe
from neuroep.learning.system import System
from neuroep.learning.updates import Updater, rates_by_name
from neuroep.network.inputs import Input
from neuroep.network.parameters import Parameters
from neuroep.tasks.catalogue import TASKS
from neuroep.tasks.section import Section, TaskSection, tuples
from neuroep.tasks.task import InputLayer, Shape, Task
from neuroep.tasks.view import TrainedView


class Design(Section):
    """One chip and its experiment, checked: what all families of networks have.

    A family is a subclass: its tables, and how they become a system. Its line stands in
    :data:`neuroep.design.catalogue.FAMILIES`. What is learned is the table of a task, whichever
    stand in :data:`neuroep.tasks.catalogue.TASKS`: ``design.text`` where the design has ``[text]``.
    """

    model_config = ConfigDict(extra="allow")  # tables of tasks, and no other

    learns: ClassVar[Mapping[str, Any]] = {}
    """Entries of ``[learning]`` that the family sets where a design does not."""

    title: str
    """For people."""
    seed: int = Field(0, ge=0, lt=2**63)
    """Of everything random."""
    learning: dict[str, Any] = Field(default_factory=dict)
    """The recipe."""
    devices: DevicesSection | None = None
    """What parameters are made of while they learn by pulses."""
    sensing: SensingSection | None = None
    """What learning reads; activities as they are when absent."""
    traces: TraceSection = TraceSection()
    """What a run records."""

    @model_validator(mode="before")
    @classmethod
    def _tables(cls, given: Any) -> Any:
        # TOML has arrays only; whatever has a fixed length is a tuple here.
        made = tuples(given)
        learned = [key for key in TASKS if key in made]
        if len(learned) > 1:
            raise ValueError(f"{learned[1]}: a design learns one task, this one has [{learned[0]}]")
        for key in [key for key in made if key not in cls.model_fields]:
            if key not in TASKS:
                known = [*cls.model_fields, *TASKS]
                raise ValueError(f"{key}: unknown key; {suggestion(key, known)}")
            made[key] = section_of(TASKS[key].section, key, made[key])
        return made

    # How it is learned

    @property
    def recipe(self) -> Recipe:
        """How to train; a ValueError begins with the key of ``[learning]``."""
        recipe = self._recipe
        if self.sensing is None:
            return recipe
        return replace(recipe, rule=Sensed(recipe.rule, self.sensing.sampler()))

    @property
    def _recipe(self) -> Recipe:
        """How to train by what lines are, not by samples of them."""
        table = {**self.learns, **self.learning}
        if self.devices and "update" not in self.learning:
            table["update"] = PULSES
        return read_recipe(table, self.chip)

    @property
    def reading(self) -> Reading:
        """How answers are read."""
        return Reading((self.sensing or SensingSection()).readout, self.seed)

    @property
    def chip(self) -> DeviceChip | None:
        """The devices of all parameters, None where the design has none."""
        return self.devices.chip(self.phase_seconds) if self.devices else None

    @property
    def device(self) -> Device | None:
        """The device that parameters stand in, with the range that the chip uses, if any."""
        return self.devices.device() if self.devices else None

    @property
    def beta(self) -> float:
        """Nudging strength, also where a reference gradient does without one."""
        return float(self.learning.get("beta", self.learns.get("beta", BETA)))

    @property
    def section(self) -> TaskSection | None:
        """The table that says what is learned."""
        return getattr(self, self.task_key) if self.task_key else None

    @property
    def task_key(self) -> str:
        """Name of the table that says what is learned, empty where the design learns nothing."""
        return next(iter(self.model_extra or {}), "")

    def task(self, where: str) -> Task:
        """Return what is learned; ``where`` is what errors call the design.

        An InputError names the key: the design learns nothing, or its layers do not fit its task.
        """
        from neuroep.errors import InputError

        if not self.task_key:
            tables = ", ".join(f"[{key}]" for key in TASKS)
            raise InputError(f"{where}: none of {tables}, so this design reads no data")
        shape = Shape(self.inputs, self.outputs, self.seed, where, self.hidden)
        return TASKS[self.task_key](self.section, shape)

    # What a family brings

    @property
    @abstractmethod
    def inputs(self) -> Mapping[str, InputLayer]:
        """The clamped layers by name."""

    @property
    @abstractmethod
    def outputs(self) -> int:
        """Width of a target."""

    @property
    @abstractmethod
    def hidden(self) -> tuple[int, ...]:
        """Sizes of the layers between what is clamped and the outputs."""

    @property
    @abstractmethod
    def phase_seconds(self) -> float:
        """How long a free phase and two nudged ones last, s; 0 where the design does not say."""

    @property
    @abstractmethod
    def settles_by(self) -> str:
        """Name of the solver that the design trains and tests with."""

    @property
    @abstractmethod
    def solvers(self) -> tuple[str, ...]:
        """Names of the solvers that can settle the network."""

    @property
    def twins(self) -> tuple[str, ...]:
        """Solvers whose answers stand beside the design's own in every test."""
        return ()

    @abstractmethod
    def make_system(
        self, tables: Mapping[str, int] | None = None, *, dtype: DTypeLike = None
    ) -> System:
        """Return the network with the parameters that a training starts from.

        ``tables``: rows of the clamped layers' tables, as the task's encoder says; ``dtype``:
        float32 or float64, the design's own when absent.
        """

    @abstractmethod
    def settled_by(self, system: System, solver: str = "") -> System:
        """Return the same network, settled by another solver of the design; its own when empty."""

    @abstractmethod
    def check(self) -> None:
        """Build what can be built without data; a ValueError begins with the key."""

    def check_names(self, parameters: Collection[str]) -> None:
        """Check that what is said of parameters by their names is of some; a ValueError if not."""
        rates_by_name(parameters, self.recipe.rates)
        if self.devices:
            self.devices.check_names(parameters)

    # What a check of the gradient asks

    def drawn_tables(self) -> dict[str, int]:
        """Return tables for inputs that are drawn: as many rows as a sequence has tokens."""
        return {}

    @property
    def corners(self) -> list[str]:
        """What has corners, where no gradient exists; empty where all is smooth."""
        return []

    def smooth(self) -> "Design | None":
        """Return the design with everything that has corners replaced by what is smooth.

        None where there is nothing to replace, or nothing to replace it by.
        """
        return None

    smoothed: ClassVar[str] = ""
    """How :meth:`smooth` does it, for people."""

    def shift_to_smooth(self, parameters: Parameters) -> None:
        """Move parameters of the design to where its smooth twin does the same."""

    def make_updater(self, system: System) -> Updater | None:
        """Return how the design grants gradients, None: as its recipe says."""
        return None

    @abstractmethod
    def watch(self, system: System) -> Watched:
        """Return what can be watched of the network while it learns."""

    # The circuit

    @abstractmethod
    def draw_example(self, number: int) -> tuple[System, Example]:
        """Return the network in float64 and one example, both drawn from the seed."""

    @abstractmethod
    def bench(self, system: System, example: Example, beta: float, path: Path) -> Stand:
        """Put one example of a network in float64 on the bench, nudged by ``beta``.

        ``path``: the design's file, to which cells of its own are relative. A ValueError says why
        the chip cannot be built, or cannot hold what it should.
        """

    def learning_bench(
        self, system: System, examples: Sequence[Example], beta: float, path: Path
    ) -> LearningBench:
        """Put some examples on the bench, to be learned by the chip itself.

        A ValueError: the chip cannot be built, or has no circuits that write its synapses.
        """
        raise ValueError("no plasticity circuits: only networks of layers have [plasticity]")

    def energies(
        self, system: System, inputs: Mapping[str, Input], target: Floats
    ) -> Energies | None:
        """Return what examples take while they settle and are sampled; None: nobody knows.

        A ValueError: the chip's devices cannot hold what the network has become.
        """
        return None

    def account(
        self, system: System, inputs: Mapping[str, Input], target: Floats
    ) -> Account | None:
        """Return where the joules of examples go, cell by cell, an estimate; None: nobody knows.

        A ValueError: the chip's devices cannot hold what the network has become.
        """
        return None

    def stored(self, system: System, inputs: Mapping[str, Input]) -> dict[str, Stored]:
        """Return the patterns that inputs write into the chip, by clamped layer."""
        return {}

    @property
    def sampling_capacitance(self) -> float:
        """Of the sampler of a line, F."""
        return (self.sensing or SensingSection()).capacitance

    @abstractmethod
    def figures(self, view: TrainedView) -> None:
        """Draw what only this family has to show of a trained run."""

    def facts(self, system: System) -> dict[str, Any]:
        """Return what a run's metrics shall say of a trained network of this family."""
        return {}

    def resolved(self) -> dict[str, Any]:
        """Return the whole design with every default filled in, as a design file holds it."""
        content = self.model_dump(mode="json", exclude_none=True)
        content["learning"] = write_recipe(self._recipe, self.beta)
        return content
