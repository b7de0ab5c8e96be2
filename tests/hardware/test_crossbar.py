"""A crossbar of one or several arrays: ports, voltages, power; and what ngspice says of it."""

import numpy as np
import pytest
from reference.crossbar import Nodal

from neuroep.hardware.crossbar import Crossbar, Wires
from neuroep.hardware.programs.ngspice import run_deck

WIRES = Wires(row=2.0, column=3.0, driver=50.0, receiver=20.0)


def drawn(rows: int, columns: int) -> np.ndarray:
    return np.random.default_rng(0).uniform(1e-6, 40e-6, (rows, columns))


def test_it_is_reciprocal() -> None:
    """Driven at its columns it is the transposed matrix, to its rows."""
    g = drawn(12, 7)
    there = Crossbar(g, WIRES)
    ended, driven = np.eye(7), np.zeros((12, 7))
    into_drivers = np.einsum("ij,ijn->in", g, -there.drops(driven, ended))
    np.testing.assert_allclose(into_drivers, there.transfer, rtol=1e-11)


def test_arrays_one_above_the_other_add_up() -> None:
    g = drawn(10, 5)
    whole = Crossbar(g, Wires(2.0, 3.0, 50.0, 20.0, lines=4))
    for first, last in ((0, 4), (4, 8), (8, 10)):
        part = Nodal(g[first:last], WIRES.table)
        np.testing.assert_allclose(whole.transfer[first:last], part.transfer, rtol=1e-11)
    assert len(whole.receiver_ports) == 3


def test_wires_of_almost_nothing_change_almost_nothing() -> None:
    g = drawn(40, 6)
    np.testing.assert_allclose(Crossbar(g, Wires(1e-6, 1e-6)).transfer, g, rtol=1e-7)


def test_slopes_are_local_products() -> None:
    g, slope = drawn(8, 20), np.random.default_rng(1).normal(size=(8, 20))
    found = Crossbar(g, Wires(20.0, 30.0, 100.0, 60.0, lines=6)).slopes(slope)
    place, step = (3, 4), 1e-9
    ends = []
    for sign in (1, -1):
        moved = g.copy()
        moved[place] += sign * step
        ends.append((slope * Crossbar(moved, Wires(20.0, 30.0, 100.0, 60.0, 6)).transfer).sum())
    assert found[place] == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-6)


def test_sums_of_products_and_currents_are_those_of_drops() -> None:
    """More states than are read at a time, driven at both ends."""
    g, rng = drawn(10, 6), np.random.default_rng(4)
    crossbar = Crossbar(g, Wires(20.0, 30.0, 100.0, 60.0, lines=4))
    ports = rng.normal(size=(10, 40)), rng.normal(size=(6, 40))
    others = rng.normal(size=(10, 40)), rng.normal(size=(6, 40))
    shares = rng.normal(size=40)
    across, other = crossbar.drops(*ports), crossbar.drops(*others)
    squares, products = crossbar.products(ports, shares), crossbar.products(ports, shares, others)
    np.testing.assert_allclose(squares, (shares * across**2).sum(axis=-1), rtol=1e-12)
    np.testing.assert_allclose(products, (shares * across * other).sum(axis=-1), rtol=1e-12)
    leaving, entering = crossbar.currents(*ports)
    through = g[:, :, None] * across
    np.testing.assert_allclose(leaving, through.sum(axis=1), rtol=1e-12)
    np.testing.assert_allclose(entering, through.sum(axis=0), rtol=1e-12)
    inside, wasted = crossbar.power(*ports)
    np.testing.assert_allclose(inside, (through * across).sum(axis=(0, 1)), rtol=1e-12)
    delivered = (ports[0] * leaving).sum(axis=0) - (ports[1] * entering).sum(axis=0)
    np.testing.assert_allclose(inside + wasted, delivered, rtol=1e-12)
    assert (wasted > 0).all()


def test_drivers_deliver_what_receivers_take_and_wires_waste() -> None:
    g, volts = drawn(16, 9), np.random.default_rng(2).normal(size=(16, 1))
    crossbar = Crossbar(g, WIRES)
    delivered = crossbar.driven_currents(volts)
    assert delivered.sum() == pytest.approx((volts.T @ crossbar.transfer).sum(), rel=1e-9)
    inside, wasted = crossbar.power(volts)
    assert inside[0] + wasted[0] == pytest.approx(float((volts * delivered).sum()), rel=1e-12)
    nodal = Nodal(g, WIRES.table)
    nodes = nodal.nodes(volts, np.zeros((9, 1)))[:, 0]
    rows, columns = nodes.reshape(2, 16, 9)
    segments = np.square(np.diff(rows, axis=1)).sum() / WIRES.row
    segments += np.square(np.diff(columns, axis=0)).sum() / WIRES.column
    ends = np.square(volts[:, 0] - rows[:, 0]).sum() * nodal.feed
    ends += np.square(columns[-1]).sum() * nodal.sink
    assert wasted[0] == pytest.approx(segments + ends, rel=1e-7)


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"row": 0.0}, "row must be positive"),
        ({"column": float("nan")}, "column must be positive"),
        ({"driver": -1.0}, "driver must be"),
        ({"receiver": 1e10}, "receiver must be"),
        ({"lines": 5}, "lines must be even"),
    ],
)
def test_what_no_wire_is(given: dict[str, float], why: str) -> None:
    with pytest.raises(ValueError, match=why):
        Wires(**{"row": 1.0, "column": 1.0, **given})


def test_too_large_is_told_before_memory_is_taken() -> None:
    with pytest.raises(ValueError, match="crossbar of 4096 x 2048"):
        Crossbar(np.broadcast_to(1e-6, (4096, 2048)), WIRES)


def test_32_by_32_is_what_ngspice_says(ngspice: str) -> None:
    g, volts = drawn(32, 32), np.random.default_rng(3).normal(size=32).tolist()
    lines = ["* a crossbar with wires"]
    for i in range(32):
        lines.append(f"v{i} d{i} 0 {volts[i]!r}")
        lines.append(f"rd{i} d{i} w{i}_0 {WIRES.driver + WIRES.row!r}")
        for j in range(32):
            lines.append(f"rg{i}_{j} w{i}_{j} b{i}_{j} {float(1 / g[i, j])!r}")
            if j < 31:
                lines.append(f"rw{i}_{j} w{i}_{j} w{i}_{j + 1} {WIRES.row!r}")
            if i < 31:
                lines.append(f"rb{i}_{j} b{i}_{j} b{i + 1}_{j} {WIRES.column!r}")
    for j in range(32):
        lines.append(f"rr{j} b31_{j} c{j} {WIRES.receiver + WIRES.column!r}")
        lines.append(f"vr{j} c{j} 0 0")
    saved = " ".join(f"i(vr{j})" for j in range(32))
    options = ".options reltol=1e-12 abstol=1e-18 vntol=1e-15 gmin=1e-18"
    (plot,) = run_deck("\n".join([*lines, options, f".save {saved}", ".op", ".end", ""]))
    found = np.array([plot.values[f"i(vr{j})"][-1] for j in range(32)])
    expected = np.array(volts) @ Crossbar(g, WIRES).transfer
    assert np.abs(found - expected).max() <= 1e-9 * np.abs(expected).max()
