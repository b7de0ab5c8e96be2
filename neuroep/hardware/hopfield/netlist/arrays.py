"""A coupling's array with its wires as lines of a netlist: devices, segments, drivers, receivers.

Row lines 2i and 2i + 1 stand for sender i at +V and -V, the other way round for odd i; the nodes of
row line 0 are NAME_w0_0, NAME_w0_1, ... from the driver on, those of column line j NAME_b0_j,
NAME_b1_j, ... down to the receiver. NAME is ``there3`` for the array of coupling 3 and ``back3``
for its twin, which is driven at its columns; rows of layers that share a projection have one array
each, ``there3_r0``.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from neuroep.core.tables import Reals
from neuroep.hardware.crossbar import Wires
from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.hardware.hopfield.pairs import half_on
from neuroep.hardware.netlist.deck import scaled
from neuroep.hardware.netlist.segments import add_resistor, add_segments, crossing

GROUND = "0"


@dataclass(frozen=True)
class Block:
    """What one array couples.

    ``senders``, ``receivers``: units, empty where padding has none; ``siemens`` (plus, minus).
    """

    senders: Sequence[str]
    receivers: Sequence[str]
    siemens: tuple[Reals, Reals]


def add_there(board: Board, name: str, wires: Wires, block: Block) -> None:
    """Add the array of the way there: rows are driven, columns end in virtual grounds."""
    for k, (first, last) in enumerate(wires.arrays(2 * len(block.senders))):
        stem = f"{name}_{k}"
        _add_inside(board, stem, wires, block, first, last, back=False)
        for a in range(first, last):
            sender, ohms = block.senders[a // 2], wires.row + wires.driver
            line = lines(sender)[half_on(a)] if sender else GROUND
            add_resistor(board.deck, f"{stem}_d{a}", line, f"{stem}_w{a}_0", ohms)
        for j, receiver in enumerate(block.receivers):
            end, ohms = f"{stem}_b{last - 1}_{j}", wires.column + wires.receiver
            _receive(board, f"{stem}_e{j}", end, receiver, ohms)


def add_back(board: Board, name: str, wires: Wires, block: Block) -> None:
    """Add its twin for the way back: columns are driven, a pair of rows ends in a conveyor.

    The conveyor takes the current of the first row, and that of the second one, inverted.
    """
    for k, (first, last) in enumerate(wires.arrays(2 * len(block.senders))):
        stem = f"{name}_{k}"
        _add_inside(board, stem, wires, block, first, last, back=True)
        for j, receiver in enumerate(block.receivers):
            line = lines(receiver)[0] if receiver else GROUND
            end, ohms = f"{stem}_b{last - 1}_{j}", wires.column + wires.receiver
            add_resistor(board.deck, f"{stem}_e{j}", line, end, ohms)
        for a in range(first, last):
            sender, end = block.senders[a // 2], f"{stem}_w{a}_0"
            inverted = bool(half_on(a))
            _receive(board, f"{stem}_d{a}", end, sender, wires.row + wires.driver, inverted)


def _add_inside(
    board: Board, stem: str, wires: Wires, block: Block, first: int, last: int, *, back: bool
) -> None:
    """Add devices and segments of rows first..last."""
    for a in range(first, last):
        for j in range(len(block.receivers)):
            siemens = float(block.siemens[half_on(a)][a // 2, j])
            ends = block.senders[a // 2] or f"{stem}_w{a}", block.receivers[j] or f"{stem}_b{j}"
            device = device_name(*(ends[::-1] if back else ends), half_on(a))
            board.deck.add(device, "conductance", *crossing(stem, a, j), g=scaled(siemens))
    add_segments(board.deck, stem, wires, first, last, len(block.receivers))


def device_name(sender: str, receiver: str, half: int) -> str:
    """Return the name of a pair's first or second device, from who drives it to who receives."""
    return f"w_{sender}_{receiver}_{'pn'[half]}"


def _receive(
    board: Board, name: str, end: str, unit: str, ohms: float, inverted: bool = False
) -> None:
    """Let a line end in the virtual ground of a unit, or in a second one that inverts."""
    into = f"{unit}_in" if unit else GROUND
    if not inverted or not unit:
        add_resistor(board.deck, name, end, into, ohms)
    else:
        add_resistor(board.deck, name, end, f"{name}_m", ohms)
        board.deck.add(f"m_{name}", "current_inverter", f"{name}_m", into)
    if unit:
        board.ledger.conductances.append((into, end, (-1.0 if inverted else 1.0) / ohms))
        board.deck.save(end)
