"""The netlist of a network: what it says is what neuroep settles, and a person can read it."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from circuit_support import BETA, CELLS, random_bench

from neuroep.errors import InputError
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.fabricated import fabricate
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.netlist.deck import layer_names
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.spice import ngspice_views
from neuroep.hardware.variability import Spread, Variability
from neuroep.hardware.views.view import View
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Tanh


def views(bench: Bench, cells: dict[str, Path] | None = None) -> tuple[View, View, View]:
    bench.cells = CELLS | (cells or {})
    op, tran = ngspice_views(bench)
    return bench.settled, op, tran


def furthest(view: View, other: View) -> float:
    return max(float(np.abs(view.volts[name] - v).max()) for name, v in other.volts.items())


def changed_cell(folder: Path, name: str, old: str, new: str) -> dict[str, Path]:
    text = CELLS[name].read_text()
    assert old in text
    path = folder / "my_own.cir"
    path.write_text(text.replace(old, new))
    return {name: path}


@pytest.mark.parametrize(
    ("kind", "seed"),
    [("pooled", 1), ("pooled", 2), ("token", 1), ("token", 2), ("plain", 1), ("plain", 2)],
)
def test_ngspice_settles_random_designs_where_neuroep_does(
    ngspice: str, kind: str, seed: int
) -> None:
    bench = random_bench(kind, seed)
    (sweep, op, tran), own = views(bench), bench.timed
    assert (op.name, tran.name) == ("ngspice .op", "ngspice .tran")
    for view in (op, tran):
        assert furthest(view, sweep) < 1e-6
        for name, s in sweep.activities.items():
            np.testing.assert_allclose(view.activities[name], s, atol=1e-5)
        for name, slope in sweep.gradient.items():
            error = np.linalg.norm(view.gradient[name] - slope)
            assert error < 1e-3 * np.linalg.norm(slope) + 1e-12, name
        assert view.balance < 1e-9
    for ours, theirs in zip(own.waveforms, tran.waveforms, strict=True):
        resampled = theirs.resampled(ours.time)
        for name, v in ours.volts.items():
            np.testing.assert_allclose(resampled.volts[name], v, atol=1e-3)
        np.testing.assert_allclose(
            theirs.settling_time(1e-3), ours.settling_time(1e-3), rtol=5e-3, atol=1e-9
        )
    np.testing.assert_allclose(tran.energy, own.energy, rtol=1e-2)


def test_a_wrong_capacitance_shows_in_time_and_nowhere_else(tmp_path: Path, ngspice: str) -> None:
    bench = random_bench("plain", 1)
    cell = bench.circuit.layers["layer_1"].cell
    sweep, op, tran = views(bench, changed_cell(tmp_path, cell, "{c}", "{1.2*c}"))
    assert furthest(op, sweep) < 1e-6
    ours = bench.timed.waveforms[0]
    theirs = tran.waveforms[0].resampled(ours.time)
    assert np.abs(theirs.volts["layer_1"] - ours.volts["layer_1"]).max() > 1e-3


@pytest.mark.parametrize(
    ("cell", "old", "new"),
    [
        ("linear", "{vs*gain/vu}", "{1.05*vs*gain/vu}"),
        ("linear", "{1/g}", "{1.02/g}"),
        ("differential_pair", "1e-18)}", "1e-18)*0.99}"),
        ("clamp", "max({v}", "max({1.01*v}"),
    ],
)
def test_a_wrong_gain_or_leak_or_conductance_shows(
    tmp_path: Path, ngspice: str, cell: str, old: str, new: str
) -> None:
    bench = random_bench("plain", 1)
    assert "linear" in {values.cell for values in bench.circuit.layers.values()}
    sweep, op, _ = views(bench, changed_cell(tmp_path, cell, old, new))
    assert furthest(op, sweep) > 1e-4


def test_a_cell_of_ones_own_without_what_a_drawn_chip_needs_is_refused(tmp_path: Path) -> None:
    text = CELLS["tanh"].read_text().replace(" vos=0", "").replace("{-vos}", "0")
    path = tmp_path / "my_own.cir"
    path.write_text(text.replace("tanh in mem", "mine in mem"))
    network = Network()
    network.connect(network.add(Clamped(2), "x"), network.add(Tanh(2), "out"))
    network.initialise(0, np.float64)
    drive = make_drive(network, np.ones((1, 2)))
    cells = {**CELLS, "tanh": path}
    network_netlist(Circuit(network, Chip()), drive, cells)
    spread = {"offset": Spread(3e-3, absolute=True)}
    chip = Chip(number=1, variability=Variability(spread))
    fabricate(network, chip)
    drive = make_drive(network, np.ones((1, 2)))
    said = r"my_own.cir: cell 'tanh': .subckt mine has no parameter 'vos', by which"
    with pytest.raises(InputError, match=said):
        network_netlist(Circuit(network, chip), drive, cells)


def test_a_synapse_that_differs_from_its_twin_breaks_the_balance(ngspice: str) -> None:
    bench = random_bench("plain", 1)
    netlist = network_netlist(bench.circuit, bench.drive, CELLS, analyses=(".op",))
    right, wrong = [], []
    for line in netlist.text.splitlines():
        right.append(line)
        if line.startswith("xw_layer_1_0_layer_0_0 "):
            words = line.split()
            plus, minus = words[-2].partition("=")[2], words[-1].partition("=")[2]
            line = " ".join([*words[:-2], f"gp={minus}", f"gn={plus}"])
        wrong.append(line)
    assert right != wrong
    balances = [
        netlist.board.ledger.balance(run_deck("\n".join(lines))[0].values)
        for lines in (right, wrong)
    ]
    assert balances[0] < 1e-9 < 1e-3 < balances[1]


def test_a_cell_of_the_same_pins_takes_the_place_of_another(tmp_path: Path, ngspice: str) -> None:
    bench = random_bench("plain", 1)
    own = tmp_path / "mine.cir"
    own.write_text(
        "* two transconductors\n.subckt mine a b c params: gp=1u gn=1u\n"
        "Gp a c a c {gp}\n+\nGn b c b c {gn}\n.ends\n"
    )
    sweep, op, _ = views(bench, {"differential_pair": own})
    assert furthest(op, sweep) < 1e-6


def test_the_netlist_names_what_the_design_names() -> None:
    bench = random_bench("pooled", 1)
    text = network_netlist(bench.circuit, bench.drive, CELLS, beta=BETA, target=bench.target).text
    lines = text.splitlines()
    assert lines[0].startswith("* ")
    assert lines[-1] == ".end"
    kelvin = bench.circuit.chip.temperature
    assert float(next(x for x in lines if x.startswith(".temp")).split()[1]) == pytest.approx(
        kelvin - 273.15
    )
    assert ".options reltol=1e-6 vntol=1e-12 abstol=1e-18 gmin=1e-18" in lines
    assert any(x.startswith("xlayer_1_0 layer_1_0_in layer_1_0_mem layer_1_0_p") for x in lines)
    assert any(x.startswith("xheads_r1_0 ") for x in lines)
    stored = bench.drive.sequences["Words"].lengths[0]
    assert f"xheads_r0_s{stored - 1} " in text
    assert f"xheads_r0_s{stored} " not in text  # a padded token is no token
    used = {x.split()[1] for x in lines if x.startswith(".subckt")}
    assert {"differential_pair", "membrane", "wta_branch", "nudge", "clamp", "bias"} <= used
    assert len([x for x in lines if x.startswith(".subckt")]) == len(used)


def test_an_empty_sequence_has_no_attention(ngspice: str) -> None:
    bench = random_bench("token", 1)
    network = bench.circuit.network
    empty = make_drive(network, {"Words": np.zeros((1, 0, network.shape("Words")[1]))})
    sweep, op, _ = views(Bench(bench.circuit, empty, bench.target, BETA))
    assert not op.volts["first"].any()
    assert furthest(op, sweep) < 1e-6


def test_a_device_that_is_off_conducts_nothing(ngspice: str) -> None:
    network = Network()
    network.add(Clamped(1), "x")
    network.add(HardSigmoid(1, gain=0.5), "größe\n1")  # no line of its own in the netlist
    network.connect("x", "größe\n1", name="w")
    network.initialise(0, np.float64)
    chip = Chip(conductance_min=0.0, conductance_max=4e-6, unit_conductance=4e-6)
    network.parameters["w"][:] = 1.0
    drive = make_drive(network, {"x": np.array([[0.8]])})
    netlist = network_netlist(Circuit(network, chip), drive, CELLS, analyses=(".op",))
    (op,) = run_deck(netlist.text)
    assert op.values["gr__e_1_0_mem"][0] / chip.signal == pytest.approx(0.8, abs=1e-9)


def test_names_of_layers_never_fall_together() -> None:
    given = ["Hidden", "hidden", "heads", "heads_r0", "vdd", "größe 1", "größe_1"]
    names = layer_names(given)
    assert len(set(names.values())) == len(given)
    assert "vdd" not in names.values()
    assert all(name.isascii() and " " not in name for name in names.values())
    assert names["heads_r0"] != "heads_r0"


def test_a_cell_file_that_does_not_fit_is_named(tmp_path: Path) -> None:
    bench = random_bench("plain", 1)
    own = tmp_path / "own.cir"

    def message(files: dict[str, Path]) -> str:
        with pytest.raises(InputError) as error:
            network_netlist(bench.circuit, bench.drive, files)
        return str(error.value)

    own.write_text(".subckt bias in vdd vss\n.ends\n")
    assert "own.cir: cell 'bias': .subckt bias has no parameter 'i'" in message(
        CELLS | {"bias": own}
    )
    own.write_text(CELLS["clamp"].read_text())
    assert "own.cir: cell 'bias'" in message(CELLS | {"bias": own})
    assert "none.cir: no such file" in message(CELLS | {"bias": tmp_path / "none.cir"})
    own.write_text(CELLS["linear"].read_text().replace("linear", "hard_sigmoid"))
    assert "called like that of cell 'hard_sigmoid'" in message(CELLS | {"linear": own})
    assert message({k: v for k, v in CELLS.items() if k != "score"}) == "cell 'score': no file"


def test_what_cannot_be_nudged_is_refused() -> None:
    bench = random_bench("token", 1)
    with pytest.raises(ValueError, match="a nudge needs a target"):
        network_netlist(bench.circuit, bench.drive, CELLS, beta=0.5)
    with pytest.raises(ValueError, match="target of 2 values instead of 3"):
        network_netlist(bench.circuit, bench.drive, CELLS, target=[1.0, 0.0])
    with pytest.raises(ValueError, match="must add up to 1"):
        network_netlist(bench.circuit, bench.drive, CELLS, target=[1.0, 1.0, 0.0])
    with pytest.raises(ValueError, match="example 1: the drive holds 1"):
        network_netlist(bench.circuit, bench.drive, CELLS, example=1)


def test_a_run_by_hand_measures_energy_and_outputs(tmp_path: Path, ngspice: str) -> None:
    bench = random_bench("token", 2)
    drawn = network_netlist(
        bench.circuit, bench.drive, CELLS, duration=2e-8 - 3e-24, target=bench.target
    ).text
    assert ".tran 2e-11 2e-08 0 2e-11" in drawn.splitlines()  # not 1.9999999999999997e-08
    (tmp_path / "chip.cir").write_text(drawn)
    done = subprocess.run(
        [ngspice, "-n", "-b", "chip.cir"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    measured = {
        words[0]: float(words[2])
        for line in done.stdout.splitlines()
        if len(words := line.split()) > 2 and words[1] == "="
    }
    plot = run_deck(drawn)[1]
    rails = [-plot.values["i(vdd)"], plot.values["i(vss)"]]
    supply = bench.circuit.chip.supply
    for name, current in zip(("energy_vdd", "energy_vss"), rails, strict=True):
        energy = supply * np.trapezoid(current, plot.time)
        assert measured[name] == pytest.approx(energy, rel=1e-4)
    for k in range(bench.circuit.network.outputs):
        final = plot.values[f"readout_{k}_p"][-1]
        assert measured[f"final_readout_{k}"] == pytest.approx(final, rel=1e-5)


def test_programmed_conductances_scale_together(ngspice: str) -> None:
    """All devices 5 % weaker is the network whose weights and patterns are 5 % smaller."""
    bench = random_bench("plain", 2)
    network = bench.circuit.network
    deck = network_netlist(bench.circuit, bench.drive, CELLS, analyses=(".op",)).text
    drifted = run_deck(deck.replace(".param gscale=1\n", ".param gscale=0.95\n"))[0]
    for c in network.couplings:
        network.parameters[c.name][:] *= 0.95
    inputs = {name: bench.drive.values[name] for name in network.clamped}
    weaker = make_drive(network, inputs)
    (op,) = run_deck(network_netlist(bench.circuit, weaker, CELLS, analyses=(".op",)).text)
    whole = run_deck(deck)[0]
    places = [name for name in op.values if name.endswith("_mem")]
    np.testing.assert_allclose(
        [drifted.values[p] for p in places], [op.values[p] for p in places], atol=1e-9
    )
    assert max(abs(float(whole.values[p][0] - op.values[p][0])) for p in places) > 1e-3


def test_the_header_says_what_the_chip_is_and_what_it_is_a_part_of() -> None:
    bench = random_bench("plain", 1)
    note = "a slice: 8 of 512 neurons of hidden; " + "the rest is not here " * 8
    text = network_netlist(bench.circuit, bench.drive, CELLS, note=note).text
    head = text[: text.index(".temp")]
    assert all(line.startswith("* ") or line in ("*", "") for line in head.splitlines())
    assert "a slice: 8 of 512 neurons of hidden" in head
    assert "+5 V (vdd) and -5 V (vss)" in head
    assert "sized for 300.15 K" in head
    assert "* a slice" not in network_netlist(bench.circuit, bench.drive, CELLS).text
