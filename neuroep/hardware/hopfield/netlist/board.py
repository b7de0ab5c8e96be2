"""What stands where in the netlist of a network: names of units, lines and virtual grounds."""

from dataclasses import dataclass, field

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.one_example import clamped_rows
from neuroep.hardware.netlist.deck import Deck, layer_names, scaled
from neuroep.hardware.netlist.ledger import Ledger
from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Coupling, Network


@dataclass
class Board:
    """One example of a drive on a circuit, becoming a netlist.

    Unit u of a layer ``hidden`` is ``hidden_3``, unit i of row t of a layer of rows is
    ``heads_r0_2``. A unit has nodes NAME_in (virtual ground), NAME_mem (membrane), and the lines
    NAME_p and NAME_n that carry its activity, true and inverted.
    """

    circuit: Circuit
    drive: Drive
    example: int
    deck: Deck
    ledger: Ledger = field(default_factory=Ledger)

    def __post_init__(self) -> None:
        self.names = layer_names(self.network.layers)

    @property
    def network(self) -> Network:
        """The network."""
        return self.circuit.network

    def patterns(self, clamped: str) -> Reals:
        """Return the rows (length, dim) that a clamped layer holds in this example."""
        return clamped_rows(self.drive, clamped, self.example)

    def rows(self, layer: str) -> int:
        """Return how many rows of a layer there are in this example: padding is not built."""
        return self.network.layers[layer].used_rows(self.drive, self.example)

    def unit(self, layer: str, row: int, place: int) -> str:
        """Return the name of one unit of a row."""
        name = self.names[layer]
        found = self.network.layers[layer]
        if found.stored or self.network.shape(layer)[0] > 1:
            return f"{name}_r{row}_{place}"
        return f"{name}_{place}"

    def units(self, layer: str) -> list[str]:
        """Return the names of all units that are built, in the order of the layer."""
        width = self.network.shape(layer)[1]
        return [self.unit(layer, t, i) for t in range(self.rows(layer)) for i in range(width)]

    def outputs(self) -> list[str]:
        """Return the units whose lines carry what the network says: of classes behind a softmax."""
        if self.circuit.has_readout:
            return [f"readout_{k}" for k in range(self.network.outputs)]
        return self.units(str(self.network.cost.layer)) if self.network.cost else []

    def pair(
        self,
        name: str,
        lines: tuple[str, str],
        into: str,
        siemens: tuple[Reals, Reals],
        place: tuple[int, int],
    ) -> None:
        """Wire a differential pair from a pair of lines into a virtual ground.

        Its conductances stand at a place of two arrays.
        """
        gp, gn = (float(side[place]) for side in siemens)
        self.deck.add(name, "differential_pair", *lines, into, gp=scaled(gp), gn=scaled(gn))
        self.ledger.conductances += [(into, lines[0], gp), (into, lines[1], gn)]

    def both_ways(self, coupling: Coupling) -> tuple[tuple[Reals, Reals], tuple[Reals, Reals]]:
        """Return the conductances of the pairs of a coupling's way there, and of its way back."""
        there = self.circuit.pair(self.network.parameters[coupling.name], coupling.name)
        return there, self.circuit.way_back(coupling)

    def bias(self, name: str, into: str, amperes: float) -> None:
        """Wire a constant current into a virtual ground."""
        self.deck.add(name, "bias", into, i=amperes)
        self.ledger.constants.append((into, amperes))


def lines(unit: str) -> tuple[str, str]:
    """Return the two lines of a unit."""
    return f"{unit}_p", f"{unit}_n"
