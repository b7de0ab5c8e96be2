"""What a network, its tables and its learning ask of a layer: each type answers for itself."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from neuroep.core.tables import Floats, Inputs, Ints, Reals
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.parameters import Parameters

if TYPE_CHECKING:
    from neuroep.network.hopfield.drive import Drive
    from neuroep.network.hopfield.network import Network
    from neuroep.network.hopfield.wiring import Plan


@dataclass(frozen=True)
class Layer:
    """A layer of any type; its name in the network is chosen by it when empty."""

    name: str = field(default="", kw_only=True)

    settles: ClassVar[bool] = True
    """Whether its activities move during a settle."""

    @property
    def stored(self) -> str:
        """Name of the clamped layer whose patterns it attends to; empty without attention."""
        return ""

    @property
    def asking(self) -> str:
        """Name of the clamped layer whose tokens ask, one a row; empty where none do."""
        return ""

    @property
    def constant(self) -> str:
        """Name of the parameter that is a constant current into it; empty where none is."""
        return ""

    @property
    def full_scale(self) -> float:
        """Activity that a line carries when it spikes at every step (normalised)."""
        return 1.0

    @property
    def signed(self) -> bool:
        """Whether activities, and so spikes, can be negative."""
        return True

    @property
    def rails(self) -> tuple[float, float]:
        """Between which values its potential times its gain is cut; NaN where it is not so."""
        return math.nan, math.nan

    @classmethod
    def from_table(cls, entry: dict[str, Any]) -> dict[str, Any]:
        """Return a design's table with what is no plain value made of it.

        A ValueError begins with the key.
        """
        return entry

    def to_table(self) -> dict[str, Any]:
        """Return all fields but the name as a design's table holds them."""
        fields = asdict(self)
        fields.pop("name")
        return fields

    def placed(self, network: "Network") -> Self:
        """Return the layer as it stands in a network.

        A ValueError: it names a clamped layer that is not there or does not fit.
        """
        return self

    def shape(self, network: "Network") -> tuple[int, int]:
        """Return (rows, width): rows are tokens or queries, 1 for plain neurons."""
        raise NotImplementedError

    def parameter_shapes(self, network: "Network") -> dict[str, tuple[int, ...]]:
        """Return full name and shape of every parameter of its own."""
        return {self.constant: self.shape(network)} if self.constant else {}

    def initial(self, parameters: Parameters, rng: np.random.Generator) -> None:
        """Write the initial values of its own parameters, zero so far."""

    def row(self, plan: "Plan", row: Ints) -> None:
        """Fill in what kernels know of its type: columns (LAYER_COLUMNS,)."""
        raise NotImplementedError

    def kernel_constants(self) -> Reals:
        """Return what its kernels compute with: one row for all of its units, or a row each."""
        raise NotImplementedError

    def drawn_constants(self, units: DrawnUnits, own: Reals) -> Reals:
        """Return them where units differ; ``own``: what they are otherwise."""
        raise NotImplementedError

    def rest(self, drive: "Drive", inputs: Inputs, activity: Floats, lagrangian: Reals) -> None:
        """Write activities (B, size) and Lagrangians (B,) at potentials of zero."""
        raise NotImplementedError

    def used_rows(self, drive: "Drive", example: int) -> int:
        """Return how many rows an example uses; none where nothing is stored."""
        rows = self.shape(drive.plan.network)[0]
        if self.asking:
            rows = min(rows, drive.sequences[self.asking].length(example))
        return 0 if self.stored and not drive.sequences[self.stored].length(example) else rows

    def describe(self, network: "Network") -> str:
        """Return type and size in a few words."""
        rows, width = self.shape(network)
        size = f"{rows} x {width}" if rows > 1 else str(width)
        return f"{type(self).__name__} {size}" + (f" over {self.stored}" if self.stored else "")

    def check(self, limits: Mapping[str, float]) -> None:
        """Check that fields are finite, and above (integers: not below) their limits.

        A ValueError names layer and field.
        """
        where = f"layer {self.name!r}: " if self.name else ""
        for key, least in limits.items():
            value = getattr(self, key)
            if isinstance(least, int):
                if value < least:
                    raise ValueError(f"{where}{key} must be at least {least}, got {value}")
            elif not (math.isfinite(value) and value > least):
                bound = "positive and finite" if least == 0.0 else "finite"
                raise ValueError(f"{where}{key} must be {bound}, got {value}")
