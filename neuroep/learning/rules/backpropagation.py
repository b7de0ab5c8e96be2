"""Reference gradients as rules: what backpropagation asks for, granted once."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from neuroep.learning.rules.rule import Estimate, Grant, Rule
from neuroep.settle import Record

if TYPE_CHECKING:
    from neuroep.learning.system import Drive, System


@dataclass(frozen=True)
class Backpropagation(Rule):
    """The exact gradient of the settled cost by a ``method`` of the system."""

    method: ClassVar[str]
    reference: ClassVar[bool] = True

    def check(self, system: "System") -> None:
        """Raise a ValueError where the system's settle cannot be differentiated so."""
        system.check_reference(self.method)

    def step(
        self,
        system: "System",
        drive: "Drive",
        target: ArrayLike,
        grant: Grant,
        rng: np.random.Generator,
        *,
        wanted: Collection[str] | None = None,
        record: Record | None = None,
    ) -> Estimate:
        """Settle freely and go back for the gradient of the mean cost."""
        if record:
            raise ValueError(f"{self.method} keeps no record; settle once more for one")
        found = system.reference(drive, target, self.method, wanted)
        grant(found)
        return found
