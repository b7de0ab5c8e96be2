"""What a learning rule is, and what one step of it finds."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import ArrayLike

from neuroep.learning.gradient import Gradient
from neuroep.settle import Record

if TYPE_CHECKING:  # systems return estimates, and rules work with systems
    from neuroep.learning.system import Drive, System


@dataclass(frozen=True)
class Estimate:
    """A gradient estimate and the phases it was read from.

    Attributes
    ----------
    gradient : Gradient
        Mean over the batch of dC/d(parameter).
    phases : tuple
        One free phase; after it one or two nudged phases, settled as one batch from the free
        state. Backpropagation has no nudged ones.
    held : tuple
        The same phases with what samplers hold of their lines, which the gradient was read from;
        empty where it was read from the lines themselves.
    seen : None
        Its phases can be looked at; of :class:`neuroep.learning.shards.Merged` a lens has read
        them.
    """

    gradient: Gradient
    phases: tuple[Any, ...]
    held: tuple[Any, ...] = ()
    seen: ClassVar[None] = None

    @property
    def free(self) -> Any:
        """The free phase."""
        return self.phases[0]

    @property
    def nudged(self) -> Any:
        """The nudged phases; a ValueError where there are none."""
        if len(self.phases) == 1:
            raise ValueError("backpropagation has no nudged phase")
        return self.phases[1]

    @property
    def residual(self) -> float:
        """The largest residual of all phases."""
        return max(float(settled.residual.max()) for settled in self.phases)


Grant = Callable[[Estimate], None]
"""Takes what a rule asks for, and changes the parameters by it."""


def of_phases(record: Record, phases: int, count: int) -> Record:
    """Return the record that keeps the same of ``count`` examples in every nudged phase."""
    return Record(tuple(p * count + e for p in range(phases) for e in record.examples))


class Rule(Protocol):
    """What a system learns by, from what stands at each synapse.

    A rule is a frozen dataclass; its fields are its options. ``title``: for tables and figures;
    ``reference``: whether it is backpropagation, to compare with, and nothing that a chip could do;
    ``once``: whether it grants once a step, so that shards of a batch can settle apart; ``adds``:
    whether it asks of a batch for the mean of what it asks of its parts, so that they can be added;
    ``samples``: whether it reads what lines hold at the end of phases, so that samplers tell it;
    ``one_way``: whether all of its nudges have the sign of beta.
    """

    title: ClassVar[str]
    reference: ClassVar[bool] = False
    once: ClassVar[bool] = True
    adds: ClassVar[bool] = True
    samples: ClassVar[bool] = True
    one_way: ClassVar[bool] = False

    def check(self, system: "System") -> None:
        """Check that a system can learn by the rule.

        Raises
        ------
        ValueError
            It cannot; one line says why.
        """
        return  # any system, unless a rule says otherwise

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
        """Learn from one batch.

        Parameters
        ----------
        system : System
        drive : Drive
            B clamped examples. Once ``grant`` has changed the parameters, it is out of date:
            :meth:`System.reclamp` makes it anew.
        target : (B, outputs)
        grant : callable
            Called once by rules that settle and then learn, at every step by continual ones.
        rng : Generator
            Source of all that is random.
        wanted : collection of str
            Parameters whose gradient matters; all when absent.
        record : Record
            Examples of the free phase, and of every nudged phase, to keep on the way.

        Returns
        -------
        Estimate
            The last one that was granted.

        Raises
        ------
        ValueError
            The system cannot be settled so, or what is asked for cannot be had.
        """
