"""How the nodes of a fabricated resistive chip differ from those of its design."""

from dataclasses import dataclass

from neuroep.core.tables import Ints, Reals


@dataclass(frozen=True, eq=False)
class DrawnNodes:
    """The free layers 1 ... L + 1, one array (n_k,) each: factors on what the design says.

    ``saturation``: of a diode, 1 at outputs; ``gain``: of an amplifier's voltage forward; ``back``:
    of the share of the current behind it that it takes from its node; ``capacitance``: of a node.
    """

    saturation: tuple[Reals, ...]
    gain: tuple[Reals, ...]
    back: tuple[Reals, ...]
    capacitance: tuple[Reals, ...]

    @property
    def reciprocal(self) -> bool:
        """Whether every amplifier takes back what it should for what it gives."""
        return all((a == 1.0).all() for a in (*self.gain, *self.back))

    def cut(self, kept: list[Ints]) -> "DrawnNodes":
        """Return the nodes at these places of each free layer."""

        def of(parts: tuple[Reals, ...]) -> tuple[Reals, ...]:
            return tuple(part[nodes] for part, nodes in zip(parts, kept, strict=True))

        return DrawnNodes(of(self.saturation), of(self.gain), of(self.back), of(self.capacitance))
