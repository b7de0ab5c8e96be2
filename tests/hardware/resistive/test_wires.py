"""Resistive chips whose arrays have wires: every port, every device, every view."""

from dataclasses import replace

import numpy as np
import pytest
from reference.crossbar import Nodal
from resistive_support import CELLS, draw, random_bench, random_network

from neuroep.hardware.crossbar import Wires
from neuroep.hardware.programs.scipy import scipy_view
from neuroep.hardware.programs.spice import differences, ngspice_views
from neuroep.hardware.resistive.account import parts_of
from neuroep.hardware.resistive.arrays import LineArray, order_of, with_wires
from neuroep.hardware.resistive.branches import Branches, by_layer, joined
from neuroep.hardware.resistive.energy import dissipated
from neuroep.hardware.resistive.views import make_resistive_bench
from neuroep.hardware.views.compare import Tolerances, compare
from neuroep.learning.estimate import estimate
from neuroep.learning.resistive.probes import probe
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.network.resistive.arrays import Ports
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Stop

WIRES = Wires(row=60.0, column=90.0, driver=300.0, receiver=200.0, lines=6)
EXACT = Stop(1e-14, 10_000)


def wired(seed: int, wires: Wires = WIRES, **changes) -> ResistiveNetwork:
    return with_wires(random_network(seed, **changes), wires)


def inputs(network: ResistiveNetwork, count: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    x = rng.uniform(-1, 1, (count, network.inputs))
    return x, np.eye(network.outputs)[rng.integers(0, network.outputs, count)]


def test_lines_of_an_input_are_neighbours_in_turn() -> None:
    assert order_of(0, 8).tolist() == [0, 3, 4, 1, 2, 5, 7, 6]
    assert order_of(1, 4).tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("layer", [0, 1])
def test_ports_are_those_of_all_nodes_together(layer: int) -> None:
    """The conductances between the ends of lines, from Kirchhoff's equations of every node."""
    g = np.random.default_rng(0).uniform(1e-6, 1e-4, (10, 4))
    array = LineArray(WIRES, layer, g)
    order = order_of(layer, 10)
    ports = np.zeros((14, 14))
    for first, last in ((0, 6), (6, 10)):
        nodal = Nodal(g[order[first:last]], WIRES.table)
        count = last - first
        for port in range(count + 4):
            volts = np.eye(count + 4)[port]
            nodes = nodal.nodes(volts[:count, None], volts[count:, None])[:, 0]
            leaving = nodal.feed * (volts[:count] - nodes[nodal.first])
            entering = nodal.sink * (nodes[nodal.last] - volts[count:])
            ends = np.concatenate([order[first:last], 10 + np.arange(4)])
            ports[ends, ends[port]] += np.concatenate([leaving, -entering])
    among = -ports
    np.fill_diagonal(among, 0.0)
    close = {"rtol": 1e-9, "atol": 1e-12 * ports.max()}
    np.testing.assert_allclose(array.transfer, among[:10, 10:], **close)
    np.testing.assert_allclose(array.among_rows, among[:10, :10], **close)
    np.testing.assert_allclose(array.among_columns, among[10:, 10:], **close)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_ideal_diodes_settle_where_no_current_is_left(seed: int) -> None:
    """Device by device; a diode that holds its node carries what is left, the way it can."""
    network = wired(seed, diode=None)
    x, target = inputs(network, 3)
    free = settle_resistive(network, x, stop=EXACT).require_converged()
    settled = settle_resistive(network, x, beta=[0.5, -0.5], target=target, start=free, stop=EXACT)
    assert settled.converged
    assert settled.balance.max() < 1e-9
    held = 0
    for e in range(3):
        flat = np.concatenate([v[0, e] for v in settled.volts])
        branches = Branches(network, network.clamp(x)[e], 0.5, target[e])
        for k, (total, size) in enumerate(
            branches.currents(by_layer(network, flat)).values(), start=1
        ):
            v = settled.volts[k - 1][0, e]
            moves = (v != 0) | (k == len(settled.volts))
            assert (np.abs(total[moves]) < 1e-9 * size[moves]).all()
            if not moves.all():
                assert (network.polarity(k)[~moves] * total[~moves] < 0).all()
                held += int((~moves).sum())
    assert held


@pytest.mark.parametrize("seed", [1, 2])
def test_every_sweep_lowers_the_energy(seed: int) -> None:
    network = wired(seed, Wires(2e3, 3e3, 4e3, 2e3), diode=None)
    x, _ = inputs(network, 3)
    energies = [
        settle_resistive(network, x, stop=Stop(0.0, steps)).energy[0] for steps in range(1, 30)
    ]
    falls = -np.diff(energies, axis=0)
    assert (falls > -1e-13 * np.abs(energies[0])).all()
    assert (falls[0] > 0).all()


def test_the_energy_of_lines_is_found_when_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    network = wired(2, diode=None)
    x, _ = inputs(network, 3)
    first = settle_resistive(network, x, stop=EXACT)
    wanted = first.energy_before, first.energy
    plain, asked = LineArray.currents, []

    def counted(array: LineArray, ports: Ports) -> Ports:
        asked.append(array)
        return plain(array, ports)

    monkeypatch.setattr(LineArray, "currents", counted)
    again = settle_resistive(network, x, stop=EXACT)
    assert not asked
    network.parameters["0-1"][:] *= 1.5  # energies are of what settled
    np.testing.assert_array_equal((again.energy_before, again.energy), wanted)
    assert len(asked) == 1


@pytest.mark.parametrize("diodes", ["exponential", "ideal"])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_estimate_is_the_gradient_in_every_single_device(seed: int, diodes: str) -> None:
    network = wired(seed, **({"diode": None} if diodes == "ideal" else {}))
    x, target = inputs(network, 4)
    system = ResistiveSystem(network, EXACT)
    drive = system.clamp({"inputs": x})
    found = estimate(system, drive, target, "centered", beta=1e-4).gradient
    exact = system.reference(drive, target, "implicit").gradient

    def cost() -> float:
        return float(system.cost(system.settle(system.clamp({"inputs": x})), target).mean())

    for name, g in network.parameters.items():
        size = np.abs(exact[name]).max()
        np.testing.assert_allclose(found[name], exact[name], rtol=1e-4, atol=1e-6 * size)
        place = np.unravel_index(np.abs(exact[name]).argmax(), g.shape)
        kept, costs = g[place], []
        for factor in (1.0001, 0.9999):
            g[place] = factor * kept
            costs.append(cost())
        g[place] = kept
        measured = (costs[0] - costs[1]) / (2e-4 * kept)
        assert exact[name][place] == pytest.approx(measured, rel=1e-5)
        # The drop between the ends of its lines is another number.
        free, k = system.settle(drive), int(name[0])
        ends = network.gains[k] * free.layer(k)[0, :, place[0]] - free.layer(k + 1)[0, :, place[1]]
        inside = drive.arrays[k].drops((network.gains[k] * free.layer(k)[0], free.layer(k + 1)[0]))[
            place
        ]
        assert np.abs(ends - inside).max() > 1e-3 * np.abs(ends).max()


def test_what_is_watched_is_the_drop_at_the_device() -> None:
    network = wired(2)
    x, _ = inputs(network, 3)
    settled = settle_resistive(network, x, stop=EXACT)
    read = probe(network, "1-2").read(settled, 0, (slice(1, 3), slice(0, 4)))
    ports = network.gains[1] * settled.layer(1)[0], settled.layer(2)[0]
    wanted = np.square(network.arrays[1].drops(ports)).mean(axis=-1)[1:3]
    np.testing.assert_allclose(read, wanted, rtol=1e-12)


@pytest.mark.parametrize("alike", [True, False], ids=["as designed", "amplifiers apart"])
@pytest.mark.parametrize("seed", [1, 2])
def test_all_views_of_a_chip_agree(seed: int, alike: bool, ngspice: str) -> None:
    network = wired(seed)
    if not alike:
        draw(network)
    (x,), (target,) = inputs(network, 1)
    bench = make_resistive_bench(network, x, target, 0.2, cells=CELLS)
    ideal = replace(bench, network=with_wires(replace(network), None))
    ideal.network.parameters.flat[:] = network.parameters.flat
    assert compare(bench.settled, ideal.settled).volts > 1e-3
    allowed = Tolerances(volts=1e-8, gradient=1e-6)
    for view in (bench.timed, scipy_view(bench)):
        assert compare(view, bench.settled, bench.timed, allowed).failed == ()
    assert compare(next(ngspice_views(bench)), bench.settled).failed == ()
    own = differences(bench)
    assert own is not None
    assert own.against is not None
    assert (compare(own.view, own.against).gradient < 1e-3) is alike


def test_one_wrong_segment_shows(ngspice: str) -> None:
    bench = replace(random_bench(1), cells=CELLS)
    with_wires(bench.network, WIRES)
    settled = bench.settled
    assert compare(next(ngspice_views(bench)), settled).failed == ()
    other = replace(bench.network)  # of its own arrays
    other.parameters.flat[:] = bench.network.parameters.flat
    wrong = replace(bench, network=with_wires(other, replace(WIRES, column=91.0)))
    assert "volts" in compare(next(ngspice_views(wrong)), settled).failed


def test_what_sources_deliver_heats_devices_wires_and_diodes() -> None:
    network = wired(2)
    x, target = inputs(network, 3)
    free = settle_resistive(network, x, stop=EXACT)
    every = settle_resistive(
        network, x, beta=[0.0, 0.2, -0.2], target=target, start=free, stop=EXACT
    )
    parts = {part.name: part for part in parts_of(network, every, target)}
    drawn_power = sum(part.drawn for part in parts.values())
    heat = sum(part.heat for part in parts.values())
    np.testing.assert_allclose(heat, drawn_power, rtol=1e-6)
    arrays = [part for name, part in parts.items() if "->" in name]
    wires = [part for part in arrays if part.name.endswith(": wires")]
    assert len(arrays) == 2 * len(wires) == 6
    for part in arrays:
        assert (part.heat > 0).all()
    whole = dissipated(network, every).mean(axis=1)
    np.testing.assert_allclose(sum(part.heat for part in arrays), whole, rtol=1e-9)
    for e in range(3):
        branches = Branches(network, network.clamp(x)[e])
        volts = by_layer(network, np.concatenate([v[0, e] for v in every.volts]))
        assert joined(network, volts).size == sum(network.sizes[1:])
        assert branches.balance(volts) < 1e-9


def test_arrays_are_reduced_once_an_update() -> None:
    network = wired(1)
    first = network.arrays
    assert network.arrays is first
    network.parameters["0-1"][0, 0] *= 1.5
    assert network.arrays is not first
    moved = network.arrays
    assert with_wires(network, WIRES).arrays is not moved
    assert with_wires(network, None).arrays == ()
