"""Neurons, clamped inputs and couplings of a network as lines of a netlist."""

from neuroep.hardware.hopfield.netlist.board import Board, lines
from neuroep.network.hopfield.network import Coupling


def add_neurons(board: Board, layer: str) -> None:
    """Add a layer of plain neurons and their biases."""
    values, shared = board.circuit.layers[layer], board.circuit.chip.shared
    given: dict[str, str | float] = {"c": values.capacitance, "g": values.leak, **values.own}
    for parameter in board.deck.cells[values.cell].cell.parameters:
        if parameter.symbol in shared and parameter.symbol not in given:
            given[parameter.symbol] = f"{{{parameter.symbol}}}"
    board.deck.comment(f"layer {layer}: {board.network.size(layer)} x {values.cell}")
    for unit in board.units(layer):
        nodes = (f"{unit}_in", f"{unit}_mem", *lines(unit))
        board.deck.add(unit, values.cell, *nodes, **given)
        board.ledger.drains.append((nodes[0], nodes[1], values.leak, values.capacitance))
        board.deck.save(*nodes[1:])
    add_biases(board, layer)


def add_biases(board: Board, layer: str) -> None:
    """Add the constant currents of a layer: biases of neurons, queries of pooled attention."""
    key = board.network.layers[layer].constant
    if key not in board.network.parameters:
        return
    currents = board.circuit.chip.unit_current * board.network.parameters[key].astype(float)
    for unit, amperes in zip(board.units(layer), currents.ravel(), strict=False):
        board.bias(f"b_{unit}", f"{unit}_in", float(amperes))


def add_clamped(board: Board, layer: str) -> None:
    """Add the drivers of a clamped layer, if anything but attention reads it."""
    if all(c.source != layer for c in board.network.couplings):
        return
    board.deck.comment(f"layer {layer}: clamped")
    values = board.circuit.chip.signal * board.patterns(layer).ravel()
    for unit, volts in zip(board.units(layer), values, strict=True):
        board.deck.add(unit, "clamp", *lines(unit), v=float(volts))
        board.deck.save(*lines(unit))


def add_coupling(board: Board, coupling: Coupling) -> None:
    """Add the pairs of a coupling: one array each way, one each row where it is shared."""
    network, source, target = board.network, coupling.source, coupling.target
    plus, minus = board.circuit.pair(network.parameters[coupling.name], coupling.name)
    kind = "shared by rows, written by the same pulses" if coupling.shared else "dense"
    board.deck.comment(f"coupling {coupling.name}: {kind}; gp - gn = gscale x {{gu}} x weight")
    blocks = [(board.units(source), board.units(target))]
    if coupling.shared:
        rows = min(board.rows(source), board.rows(target))
        n_from, n_to = plus.shape
        blocks = [
            (
                [board.unit(source, t, i) for i in range(n_from)],
                [board.unit(target, t, j) for j in range(n_to)],
            )
            for t in range(rows)
        ]
    both_ways = source in network.settling
    for senders, receivers in blocks:
        for i, sender in enumerate(senders):
            for j, receiver in enumerate(receivers):
                gp, gn = float(plus[i, j]), float(minus[i, j])
                board.pair(f"w_{sender}_{receiver}", lines(sender), f"{receiver}_in", gp, gn)
                if both_ways:
                    board.pair(f"w_{receiver}_{sender}", lines(receiver), f"{sender}_in", gp, gn)
