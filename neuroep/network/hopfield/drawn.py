"""How the units of a fabricated chip differ from those of its design, on the normalised scale."""

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING

import numpy as np

from neuroep.core.tables import Ints, Reals

if TYPE_CHECKING:
    from neuroep.network.hopfield.attention import Attention
    from neuroep.network.hopfield.neurons import Neurons


@dataclass(frozen=True, eq=False)
class DrawnUnits:
    """The units of a layer, (n,) each, row by row: factors on what the design says, and offsets.

    ``gain``: of a neuron's slope, of the amplifier that attention reads by; ``offset``: what a
    membrane seems to stand higher, in units of potential; ``saturation``: of the activity at its
    rails; ``leak``, ``capacitance``: of the membrane; ``line``: of what a line carries.

    Of attention besides: ``tail`` (rows,): of a row's tail current; ``score`` (rows, tokens): what
    stands at the gate of each branch beside its score, in folds of the softmax.
    """

    gain: Reals
    offset: Reals
    saturation: Reals
    leak: Reals
    capacitance: Reals
    line: Reals
    tail: Reals
    score: Reals

    @classmethod
    def alike(cls, units: int, rows: int = 0, tokens: int = 0) -> "DrawnUnits":
        """Return units that do not differ."""
        one = np.ones(units)
        return cls(
            one, np.zeros(units), one, one, one, one, np.ones(rows), np.zeros((rows, tokens))
        )

    @property
    def reciprocal(self) -> bool:
        """Whether a layer of attention with these units is the gradient of a Lagrangian."""
        return not (np.ptp(self.leak) or np.ptp(self.gain * self.line))

    @property
    def area(self) -> float:
        """Factor on the Lagrangian of attention: of its lines, over that of its queries.

        s = r p X asks with q = v/l + o, so that F is r l times that of q; of units of which each
        has an r and l of its own, the mean.
        """
        return float(np.mean(self.gain * self.line * self.leak)) if self.gain.size else 1.0

    def cut(self, units: Ints, rows: int, tokens: int) -> "DrawnUnits":
        """Return the units at these places, of so many first rows and tokens."""
        parts = {f.name: getattr(self, f.name) for f in fields(self)}
        own = {name: part[units] for name, part in parts.items() if name not in ("tail", "score")}
        return DrawnUnits(**own, tail=self.tail[:rows], score=self.score[:rows, :tokens])

    def neuron_constants(self, layer: "Neurons", own: Reals) -> Reals:
        """Return what kernels read of a layer of neurons, a row a unit, before its ``own``."""
        argument, shift, scale = layer.differing(self.gain, self.offset, self.saturation)
        values = np.stack([argument / self.leak, shift, scale * self.line], axis=1)
        return np.hstack([values, np.broadcast_to(own, (len(values), own.shape[1]))])

    def attention_constants(self, layer: "Attention", own: Reals) -> Reals:
        """Return what kernels read of a layer of attention, in one row, behind its ``own``."""
        units = np.stack([1.0 / self.leak, self.offset, self.gain * self.line], axis=1)
        score = self.score / layer.inverse_temperature
        head = np.array([self.score.shape[1], self.area])
        parts = [np.ravel(part) for part in (own, head, units, self.tail, score)]
        return np.concatenate(parts, dtype=float)[None]
