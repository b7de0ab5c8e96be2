"""What a network says of itself, as text and as a table for notebooks."""

from xml.etree import ElementTree

import numpy as np
import pytest
from reference import resistive
from reference.problems import WIRINGS

from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.network import Network
from neuroep.network.resistive.network import ExponentialDiode


def cells(html: str) -> list[list[str]]:
    return [[cell.text or "" for cell in row] for row in ElementTree.fromstring(html).iter("tr")]


@pytest.mark.parametrize("wiring", WIRINGS)
@pytest.mark.parametrize("cost", ["squared", "classes"])
def test_every_layer_and_coupling_is_named(wiring: str, cost: str) -> None:
    net = WIRINGS[wiring](cost, np.float32).network
    lines = repr(net).splitlines()
    assert lines[0] == f"Network: {net.parameters.flat.size:,} parameters"
    kinds = {name: type(layer).__name__ for name, layer in net.layers.items()}
    for line, (name, kind) in zip(lines[1:], kinds.items(), strict=False):
        assert line.split()[:2] == [name, kind]
        rows, width = net.shape(name)
        assert f"{kind} {f'{rows} x ' if rows > 1 else ''}{width}" in line
    for line, c in zip(lines[1 + len(kinds) :], net.couplings, strict=False):
        assert line.split()[:3] == [c.source, "-", c.target]
        rows, columns = net.parameters.shapes[c.name]
        assert f" {rows} x {columns}" in line
    assert lines[-1].split() == ["cost", type(net.cost).__name__, "on", "out"]
    assert [" ".join(row).split() for row in cells(net._repr_html_())] == [
        line.split() for line in lines[1:]
    ]


def test_a_shape_is_told_and_a_projection_that_is_shared() -> None:
    said = repr(WIRINGS["token"]("squared", np.float32).network)
    assert "TokenAttention 6 x 5 over words" in said
    assert "words - heads   5 x 5, shared by all rows" in said
    assert "hidden          Sigmoid 7" in said


def test_a_network_to_be_and_a_name_that_looks_like_html() -> None:
    net = Network()
    assert repr(net) == "Network: 0 parameters"
    net.add(Clamped(3), "<b>")
    assert cells(net._repr_html_()) == [["<b>", "Clamped 3"]]
    assert net._parameters is None, "saying what it is draws no parameters"


def test_resistive() -> None:
    net = resistive.network((6, 4), diode=ExponentialDiode(1e-14, 1.2))
    lines = repr(net).splitlines()
    assert lines[0] == f"ResistiveNetwork: {net.parameters.flat.size:,} parameters"
    assert lines[1].split() == ["inputs", "3,", "at", "8", "clamped", "nodes"]
    assert lines[2].split()[:4] == ["hidden", "1", "6", "nodes,"]
    assert "1e-14 A and ideality 1.2" in lines[2]
    for name, (n, m) in net.parameters.shapes.items():
        assert any(line.split()[:4] == [name, str(n), "x", str(m)] for line in lines)
    assert "ideal diodes" in repr(resistive.network((6,)))
    assert len(cells(net._repr_html_())) == len(lines) - 1
