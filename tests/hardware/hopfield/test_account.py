"""Cells and arrays of a chip of layers: what they draw adds up to what the supplies deliver."""

from dataclasses import replace

import numpy as np
import pytest
from circuit_support import CELLS, random_bench, two_sequences
from reference.drawn import draw

from neuroep.core.tables import Reals
from neuroep.hardware.account import Part
from neuroep.hardware.chip import Chip
from neuroep.hardware.crossbar import Wires
from neuroep.hardware.hopfield.account import Measured, parts_of
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.pairs import with_wires
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.programs.scipy import scipy_view
from neuroep.hardware.programs.spice import ngspice_views
from neuroep.hardware.views.compare import compare
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Tanh
from neuroep.settle import Stop, settle

STOP = Stop(1e-13, 20_000)


def counted(bench: Bench) -> dict[str, Part]:
    network = bench.circuit.network
    free = settle(network, bench.drive, stop=STOP)
    every = settle(
        network, bench.drive, beta=bench.betas, target=bench.target, start=free, stop=STOP
    )
    return {part.name: part for part in parts_of(bench.circuit, [every], bench.target, {})}


def total(parts: dict[str, Part], quantity: str) -> Reals:
    return np.asarray(sum(getattr(part, quantity) for part in parts.values()))


def adds_up(bench: Bench) -> dict[str, Part]:
    """Check that parts are what the supplies deliver in each phase; return them."""
    parts = counted(bench)
    ends = [bench.join({k: v[p] for k, v in bench.settled.volts.items()}) for p in range(3)]
    delivered = [
        bench.equations(float(beta)).nodes(end).power
        for beta, end in zip(bench.betas, ends, strict=True)
    ]
    assert total(parts, "drawn") == pytest.approx(np.array(delivered), rel=1e-6)
    assert total(parts, "heat") == pytest.approx(np.array(delivered), rel=1e-6)
    assert all((part.heat >= 0).all() for part in parts.values())
    return parts


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["pooled", "plain", "token"])
def test_parts_add_up_to_what_the_supplies_deliver(kind: str, seed: int) -> None:
    adds_up(random_bench(kind, seed))


def drawn_bench(kind: str, seed: int) -> Bench:
    """Return the bench of a random design on a drawn chip, no two of whose units are alike."""
    bench = random_bench(kind, seed)
    network = bench.circuit.network
    draw(network, seed=seed, reciprocal=False)
    drive = make_drive(network, bench.drive.sequences)
    return replace(bench, circuit=Circuit(network, bench.circuit.chip), drive=drive)


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize("kind", ["pooled", "plain", "token"])
def test_on_a_drawn_chip_they_add_up(kind: str, seed: int) -> None:
    adds_up(drawn_bench(kind, seed))


@pytest.mark.parametrize("kind", ["pooled", "token"])
@pytest.mark.parametrize("differing", [False, True])
def test_where_lines_that_ask_end_at_rails_they_add_up(kind: str, differing: bool) -> None:
    bench = drawn_bench(kind, 1) if differing else random_bench(kind, 1)
    network = bench.circuit.network
    asking = [name for name in network.settling if network.layers[name].stored]
    volts = dict.fromkeys(asking, 2.5)
    chip = replace(bench.circuit.chip, supply=1.0, membrane_volts=volts)
    network.limit({name: chip.supply / one for name, one in volts.items()})
    drive = make_drive(network, bench.drive.sequences)
    bench = replace(bench, circuit=Circuit(network, chip), drive=drive)
    assert all(np.abs(bench.settled.volts[name]).max() > 1.5 * chip.supply for name in asking)
    adds_up(bench)
    assert bench.timed.energy == pytest.approx(scipy_view(bench).energy, rel=1e-5)


@pytest.mark.parametrize("kind", ["pooled", "plain", "token"])
def test_with_wires_they_still_add_up(kind: str) -> None:
    bench = random_bench(kind, 1)
    chip = replace(bench.circuit.chip, wires=Wires(40.0, 60.0, 300.0, 200.0, lines=6))
    network = with_wires(bench.circuit.network, chip)
    drive = make_drive(network, bench.drive.sequences)
    bench = replace(bench, circuit=Circuit(network, chip), drive=drive)
    parts = adds_up(bench)
    wires = [part for name, part in parts.items() if name.endswith(": wires")]
    arrays = [name for name in parts if " -> " in name and not name.endswith("-> classes")]
    assert len(wires) == len(arrays) / 2 > 1


def on_chip(bench: Bench, **changed: float) -> Bench:
    chip = replace(bench.circuit.chip, **changed)  # type: ignore[arg-type]
    return replace(bench, circuit=Circuit(bench.circuit.network, chip))


def test_idling_cells_draw_in_proportion_to_their_quiescent_current() -> None:
    bench = random_bench("pooled", 1)
    once, twice = counted(bench), counted(on_chip(bench, quiescent_current=2e-6))
    chip = bench.circuit.chip
    amplifiers = sum(
        part.count
        for name, part in once.items()
        if not part.passive and name.split(": ")[1] not in ("clamp", "bias", "wta_tail", "nudge")
    )
    more = total(twice, "drawn") - total(once, "drawn")
    assert more == pytest.approx(np.full(3, 2 * chip.supply * 1e-6 * amplifiers), rel=1e-9)
    arrays = [name for name, part in once.items() if part.passive]
    assert arrays
    for name in arrays:
        assert twice[name].heat == pytest.approx(once[name].heat, rel=1e-12)


def test_arrays_heat_in_proportion_to_the_conductance_of_their_devices() -> None:
    bench = random_bench("pooled", 1)
    chip = bench.circuit.chip
    once = counted(bench)
    twice = counted(
        on_chip(
            bench,
            conductance_min=2 * chip.conductance_min,
            conductance_max=2 * chip.conductance_max,
        )
    )
    for name, part in once.items():
        assert twice[name].heat.sum() >= part.heat.sum() * (1 - 1e-12)
        if part.passive:
            assert twice[name].heat == pytest.approx(2 * part.heat, rel=1e-9)


def test_a_larger_unit_conductance_moves_more_current_by_its_conveyors() -> None:
    bench = random_bench("plain", 1)
    once, twice = counted(bench), counted(on_chip(bench, unit_conductance=8e-6))
    assert (total(twice, "drawn") > total(once, "drawn")).all()


def test_cells_of_transistors_draw_what_was_measured_of_them() -> None:
    bench = random_bench("plain", 1)
    network = bench.circuit.network
    every = settle(network, bench.drive, beta=bench.betas, target=bench.target, stop=STOP)
    kinds = {v.cell for v in bench.circuit.layers.values()} | {"clamp", "nudge", "reference"}

    def drawn(current: float) -> dict[str, Part]:
        library = {kind: Measured(current, 100.0) for kind in kinds}
        found = parts_of(bench.circuit, [every], bench.target, library)
        return {part.name: part for part in found}

    once, twice = drawn(5e-6), drawn(10e-6)
    for name, part in once.items():
        if part.area is not None:
            watts = 2 * bench.circuit.chip.supply * 5e-6 * part.count
            assert part.drawn == pytest.approx(np.full(3, watts))
            assert twice[name].drawn == pytest.approx(2 * part.drawn)
    assert total(once, "heat") == pytest.approx(total(once, "drawn"))


@pytest.mark.parametrize("kind", ["plain", "token"])
def test_ammeters_of_all_cells_add_up_to_what_the_supplies_deliver(kind: str) -> None:
    bench = replace(random_bench(kind, 1), cells=CELLS)
    parts, phases = counted(bench), bench.metered(120.0)
    assert len(phases) == 3
    for k, phase in enumerate(phases):
        assert sum(phase.drawn.values()) == pytest.approx(phase.delivered, rel=1e-6)
        estimate = float(total(parts, "drawn")[k]) * phase.seconds
        assert estimate == pytest.approx(phase.delivered, rel=0.05)
        for name, part in parts.items():
            if part.drawn[k] * phase.seconds < 1e-3 * phase.delivered and not part.passive:
                continue  # of next to nothing no share is told
            taken = phase.heat[name] if part.passive else phase.drawn[name]
            expected = float((part.heat if part.passive else part.drawn)[k]) * phase.seconds
            assert expected == pytest.approx(taken, rel=0.1, abs=1e-3 * phase.delivered), name


def test_no_name_of_a_layer_hides_what_is_whose() -> None:
    """Biases are called b_UNIT, read-outs r_UNIT, and classes have lines of their own."""
    network = Network()
    network.add(Clamped(2), "target")
    for name in ("b", "readouts", "error"):
        network.add(Tanh(2, bias=0.2), name)
    for source, target in (("target", "b"), ("b", "readouts"), ("readouts", "error")):
        network.connect(source, target)
    network.set_cost(SquaredError("error"))
    network.initialise(1, np.float64)
    drive = make_drive(network, {"target": np.array([[0.5, -0.8]])})
    bench = Bench(Circuit(network, Chip()), drive, np.eye(2)[:1], 0.5, cells=CELLS)
    parts, phase = counted(bench), bench.metered(120.0)[0]
    assert phase.drawn.keys() == {name for name, part in parts.items() if not part.passive}
    assert phase.heat.keys() == {name for name, part in parts.items() if part.passive}


@pytest.mark.parametrize("kind", ["pooled", "plain"])
@pytest.mark.usefixtures("ngspice")
def test_tails_of_a_drawn_chip_draw_what_they_are_drawn_as(kind: str) -> None:
    bench = replace(drawn_bench(kind, 2), cells=CELLS)
    point = next(ngspice_views(bench))
    assert point.power == pytest.approx(bench.settled.power, rel=1e-6)
    adds_up(bench)


@pytest.mark.parametrize("wires", [None, Wires(row=9.0, column=14.0, driver=60.0, lines=4)])
@pytest.mark.parametrize("lengths", [(5, 2), (2, 5)])
def test_rows_without_a_partner_draw_nothing(lengths: tuple[int, int], wires: Wires | None) -> None:
    """A shared coupling of two sequences has an array for each row that both of them have."""
    bench = two_sequences(lengths, Chip(supply=5.0, wires=wires))
    adds_up(bench)
    found = compare(scipy_view(bench), bench.settled, bench.timed)
    assert found.energy is not None
    assert found.energy < 1e-6
