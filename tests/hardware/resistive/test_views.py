"""A resistive network in every view: each program finds it, and a wrong cell shows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from resistive_support import BETA, CELLS, SEEDS, draw, random_bench, random_network

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.hardware.netlist.cells import RESISTIVE_CELLS, read_cells
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.scipy import scipy_view
from neuroep.hardware.programs.spice import differences, largest, ngspice_views
from neuroep.hardware.programs.vacask import Vacask
from neuroep.hardware.resistive.netlist import resistive_netlist
from neuroep.hardware.resistive.views import Rails, ResistiveBench, make_resistive_bench
from neuroep.hardware.views.compare import Comparison, Tolerances, compare
from neuroep.network.resistive.network import ExponentialDiode

EXACT = Tolerances(gradient=1e-6)


def own_cell(folder: Path, name: str, old: str, new: str) -> dict[str, Path]:
    text = CELLS[name].read_text()
    assert old in text
    path = folder / "my_own.cir"
    path.write_text(text.replace(old, new))
    return CELLS | {name: path}


def spice(bench: ResistiveBench, cells: dict[str, Path]) -> list[Comparison]:
    bench = replace(bench, cells=cells)
    return [compare(view, bench.settled, bench.timed, EXACT) for view in ngspice_views(bench)]


@pytest.mark.parametrize("seed", SEEDS)
def test_transient_ends_where_newton_settles_and_scipy_follows_it(seed: int) -> None:
    bench = random_bench(seed)
    newton, timed, view = bench.settled, bench.timed, scipy_view(bench)
    tight = replace(EXACT, volts=1e-8, waveform=1e-8, settling=1e-6, energy=1e-8)
    assert compare(newton, newton, None, replace(EXACT, balance=1e-12)).failed == ()
    assert compare(timed, newton, timed, tight).failed == ()
    assert compare(view, newton, timed, tight).failed == ()
    assert [len(w.time) for w in view.waveforms] == [len(w.time) for w in timed.waveforms]


@pytest.mark.parametrize("seed", SEEDS)
def test_ngspice_agrees_on_random_designs(ngspice: str, seed: int) -> None:
    operating_point, waveforms = spice(random_bench(seed), CELLS)
    assert operating_point.name == "ngspice .op"
    assert operating_point.failed == ()
    assert waveforms.name == "ngspice .tran"
    assert waveforms.failed == ()
    assert waveforms.energy is not None
    assert waveforms.energy < 1e-4


def test_shipped_chip_agrees_in_every_view(ngspice: str) -> None:
    network = load_design("resistive_small").make_network()
    assert network.sizes == (42, 16, 8)
    x = np.random.default_rng(0).uniform(-1.0, 1.0, network.inputs)
    target = np.eye(network.outputs)[0]
    bench = make_resistive_bench(network, x, target, BETA, cells=CELLS)
    for view in (bench.timed, scipy_view(bench), *ngspice_views(bench)):
        tight = replace(EXACT, volts=1e-8) if view.name == "scipy" else EXACT
        assert compare(view, bench.settled, bench.timed, tight).failed == ()
        assert set(view.volts) == {"in", "h1", "out"}
        assert set(view.gradient) == {"0-1", "1-2"}
    # The chip is one in which diodes matter: some nodes are held back by theirs.
    hidden = bench.settled.volts["h1"][0] * network.polarity(1)
    assert (hidden < -0.3).any()


@pytest.mark.parametrize("seed", SEEDS)
def test_ngspice_finds_the_gradient_by_itself(ngspice: str, seed: int) -> None:
    bench = replace(random_bench(seed), cells=CELLS)
    found = differences(bench)
    (estimate,), (measured,) = found.against.gradient.values(), found.view.gradient.values()
    np.testing.assert_allclose(measured, estimate, rtol=1e-3)


@pytest.mark.parametrize("scale", [1.0, 1e-4])
def test_a_device_that_conducts_nothing_is_only_changed_up(ngspice: str, scale: float) -> None:
    """Of nanosiemens as of microsiemens: all currents scale, and no voltage moves."""
    whole = random_network(1, conductance_range=(0.0, 1e-4))
    diode = replace(whole.diode, saturation=scale * whole.diode.saturation)
    nudge = scale * whole.nudge_conductance
    network = replace(
        whole, conductance_range=(0.0, 1e-4 * scale), nudge_conductance=nudge, diode=diode
    )
    network.parameters.flat[:] = scale * whole.parameters.flat
    x, target = np.random.default_rng(1).uniform(-1.0, 1.0, network.inputs), np.eye(2)[0]
    bench = make_resistive_bench(network, x, target, BETA, cells=CELLS)
    chosen = largest(bench.settled.gradient, bench.couplings)
    for name, i, j in chosen:
        network.parameters[name][i, j] = 0.0
    bench = make_resistive_bench(network, x, target, BETA, cells=CELLS)
    assert set(chosen) & set(largest(bench.settled.gradient, bench.couplings))
    found = differences(bench)
    (estimate,), (measured,) = found.against.gradient.values(), found.view.gradient.values()
    np.testing.assert_allclose(measured, estimate, rtol=1e-3)


def test_a_current_that_an_amplifier_does_not_give_back_shows_in_the_differences(
    ngspice: str, tmp_path: Path
) -> None:
    """Without reciprocity a chip settles, and what its synapses read is no gradient."""
    cells = own_cell(tmp_path, "bidirectional_amplifier", "{1/a}", "{0.5/a}")
    found = differences(replace(random_bench(1), cells=cells))
    (estimate,), (measured,) = found.against.gradient.values(), found.view.gradient.values()
    assert np.linalg.norm(measured - estimate) > 0.05 * np.linalg.norm(estimate)


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("conductance", "1/max(g, 1e-18)", "1.01/max(g, 1e-18)"),
        ("diode", "is={is}", "is={1.1*is}"),
        ("bidirectional_amplifier", "{1/a}", "{1.01/a}"),
        ("bidirectional_amplifier", "0    {a}", "0    {1.01*a}"),
        ("differential_nudge", "p  n  p  n  {gm}", "p  n  p  n  {1.01*gm}"),
    ],
)
def test_a_wrong_cell_shows_at_the_operating_point(
    ngspice: str, tmp_path: Path, name: str, old: str, new: str
) -> None:
    bench = random_bench(1)
    bench = replace(bench, cells=own_cell(tmp_path, name, old, new))
    found = compare(next(ngspice_views(bench)), bench.settled, None, EXACT)
    assert {"volts", "gradient", "balance"} <= set(found.failed)


def test_a_wrong_capacitance_shows_in_the_waveforms(ngspice: str, tmp_path: Path) -> None:
    cells = own_cell(tmp_path, "node_capacitance", "{c}", "{1.01*c}")
    operating_point, waveforms = spice(random_bench(1), cells)
    assert operating_point.failed == ()
    assert {"waveform", "settling"} == set(waveforms.failed)


def test_a_renamed_cell_takes_the_place_of_the_built_in_one(ngspice: str, tmp_path: Path) -> None:
    bench = random_bench(1)
    cells = own_cell(tmp_path, "conductance", "conductance a b", "my_memristor a b")
    cells["conductance"].write_text(
        cells["conductance"].read_text().replace(".ends conductance", ".ends my_memristor")
    )
    assert spice(bench, cells)[0].failed == ()


def test_diodes_follow_the_temperature(ngspice: str) -> None:
    bench = random_bench(1, diode=ExponentialDiode(1e-13, 1.2, temperature=350.0))
    assert spice(bench, CELLS)[0].failed == ()


def test_leaky_diodes_balance_by_their_own_law(ngspice: str) -> None:
    """The 1N4148: far in reverse, ngspice's law is up to half a percent of I_s from Shockley's."""
    bench = replace(random_bench(1, diode=ExponentialDiode(2.52e-9, 1.752)), cells=CELLS)
    view = next(ngspice_views(bench))
    assert compare(view, bench.settled, None, EXACT).failed == ()
    shockley = [
        bench.branches(beta).balance({k: v[phase] for k, v in view.volts.items()})
        for phase, beta in enumerate(bench.betas)
    ]
    assert max(shockley) > 10 * view.balance


def test_a_node_with_a_single_synapse_is_in_balance(ngspice: str) -> None:
    """No current flows there, and what rounding leaves of one is no share of it."""
    bench = random_bench(1, conductance_range=(0.0, 1e-4))
    bench.network.conductances[-1][1:, 0] = 0.0
    bench = make_resistive_bench(bench.network, bench.x, bench.target, 0.01, cells=CELLS)
    for view in (bench.timed, scipy_view(bench), *ngspice_views(bench)):
        assert compare(view, bench.settled, bench.timed).failed == ()
    wrong = list(bench.starts[1])
    wrong[-4] += 1e-6
    assert bench.view("off by a microvolt", [np.array(wrong)] * 3, 0.0).balance > 1e-6


def test_leaky_diodes_in_verilog_balance_by_shockleys_law(vacask: str) -> None:
    bench = replace(random_bench(1, diode=ExponentialDiode(2.52e-9, 1.752)), cells=CELLS)
    answer = next(Vacask().views(bench, 120.0))
    assert compare(answer.view, bench.settled, None, EXACT).failed == ()


def test_rails_are_reached_by_what_each_amplifier_makes_of_its_node() -> None:
    network = random_network(1)
    draw(network, spread=0.2)
    bench = make_resistive_bench(network, np.full(network.inputs, 0.5), np.eye(2)[0], BETA)
    own, as_designed = (
        float(np.abs(gain * bench.settled.volts["h1"]).max())
        for gain in (network.gain_of(1), network.gains[1])
    )
    assert abs(own / as_designed - 1.0) > 0.01
    for share, clips in ((0.995, True), (1.005, False)):
        found = replace(bench, rails=Rails(share * own, 0.0)).beyond_supply()
        assert any("nodes of h1" in line for line in found) is clips


def test_netlist_can_be_read_and_run_by_itself(ngspice: str) -> None:
    bench = random_bench(2)
    network = bench.network
    deck = resistive_netlist(network, bench.x, CELLS, duration=bench.duration).text
    lines = deck.splitlines()
    assert "that learns by equilibrium propagation: free phase" in lines[0]
    assert {".temp 27.0", ".param beta=0.0"} <= set(lines)
    synapses = [line.split() for line in lines if line.startswith("xg_")]
    assert len(synapses) == sum(g.size for g in network.conductances)
    _, first, second, cell, value = next(s for s in synapses if s[0] == "xg_h1_3_amp_h2_1")
    assert (first, second, cell) == ("h1_3_amp", "h2_1", "conductance")
    assert (
        float(value.removeprefix("g={gscale*").removesuffix("}")) == network.conductances[1][3, 1]
    )
    assert [plot.name for plot in run_deck(deck)] == ["Operating Point", "Transient Analysis"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (".subckt diode a k c is=1 n=1\n.ends\n", "has 3 pins, not the 2 of 'a k'"),
        (".subckt diode a k is=1\n.ends\n", "has no parameter 'n'"),
        ("D1 a k junction\n", "holds no .subckt"),
        (
            ".subckt diode a k is=1 n=1\n.include /etc/passwd\n.ends\n",
            "outside the folder of the cell",
        ),
    ],
)
def test_a_cell_that_does_not_fit_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mine.cir"
    path.write_text(text)
    with pytest.raises(InputError, match=rf"mine\.cir: .*{message}"):
        read_cells(CELLS | {"diode": path}, RESISTIVE_CELLS)


def test_missing_and_colliding_cells_are_named(tmp_path: Path) -> None:
    network = random_network(1)

    def build(cells: dict[str, Path]) -> None:
        resistive_netlist(network, np.zeros(network.inputs), cells, duration=1e-6)

    with pytest.raises(InputError, match="cell 'diode': no file"):
        build({name: path for name, path in CELLS.items() if name != "diode"})
    with pytest.raises(InputError, match=r"none\.cir: no such file"):
        build(CELLS | {"diode": tmp_path / "none.cir"})
    path = tmp_path / "twin.cir"
    path.write_text(".subckt conductance a b c=1\n.ends\n")
    with pytest.raises(InputError, match=r"'node_capacitance': its \.subckt .* of cell 'conduct"):
        build(CELLS | {"node_capacitance": path})
