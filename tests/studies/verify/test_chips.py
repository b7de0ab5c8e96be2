"""Chip N in every view: they agree, and one wrong unit in one of them shows."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from experiment_support import more

from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.hardware.programs.scipy import scipy_view
from neuroep.hardware.programs.spice import Ngspice, differences, ngspice_views
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import Tolerances, compare

SMALL = """
title = "a small chip"
solver = "sweep"
[layers.words]
type = "clamped"
tokens = 4
dim = 2
[layers.heads]
type = "pooled_attention"
patterns = "words"
inverse_temperature = 0.7
[layers.pairs]
type = "tanh"
size = 2
[layers.rails]
type = "hard_sigmoid"
size = 2
gain = 0.4
bias = 1.0
[layers.out]
type = "sigmoid"
size = 2
gain = 0.5
bias = 0.5
[[couplings]]
between = ["heads", "pairs"]
gain = 0.5
[[couplings]]
between = ["pairs", "rails"]
gain = 0.5
[[couplings]]
between = ["rails", "out"]
[cost]
type = "squared_error"
layer = "out"
[variability]
gain = "5 %"
offset = "8 mV"
threshold = "5 mV"
tail_current = "6 %"
saturation = "4 %"
capacitance = "10 %"
"""

APART = 'leak = "4 %"\nreadout = "3 %"\nquantum = "2 %"\nway_back = "3 %"\n'

RESISTIVE = """
title = "a small passive chip"
[resistive]
inputs = 4
hidden = [4, 4]
outputs = 2
input_gain = "3 V"
output_gain = "500 mV"
amplification = 2.0
conductance_min = "1 uS"
conductance_max = "40 uS"
nudge_conductance = "2 uS"
spread = ["20 uS", "20 uS", "20 uS"]
[resistive.diode]
saturation = "5 pA"
[variability]
diode_saturation = {local = "20 %", distribution = "log-normal"}
diode_offset = "2 mV"
capacitance = "10 %"
"""

AMPLIFIERS = 'amplifier_gain = "2 %"\namplifier_back = "2 %"\n'
CHIPS = {
    "layers": SMALL,
    "layers, ways apart": SMALL + APART,
    "resistive": RESISTIVE,
    "resistive, amplifiers apart": RESISTIVE + AMPLIFIERS,
}


def bench_of(text: str, folder: Path, *overrides: str):
    path = folder / "chip.toml"
    path.write_text(text)
    design = load_design(str(path), overrides)
    system, example = design.draw_example(0)
    return design.bench(system, example, 0.2, path).bench


@pytest.mark.parametrize("name", CHIPS)
def test_own_views_agree(name: str, tmp_path: Path) -> None:
    bench = bench_of(CHIPS[name], tmp_path, "circuit.chip=7")
    assert bench.reciprocal == ("apart" not in name)
    allowed = Tolerances(volts=1e-8, gradient=1e-6)
    for view in (bench.timed, scipy_view(bench)):
        assert compare(view, bench.settled, bench.timed, allowed).failed == ()
    ideal = bench_of(CHIPS[name], tmp_path)
    assert compare(bench.settled, ideal.settled).volts > 2e-4
    other = bench_of(CHIPS[name], tmp_path, "circuit.chip=8")
    assert compare(bench.settled, other.settled).volts > 1e-4


@pytest.mark.parametrize("name", CHIPS)
def test_ngspice_agrees(name: str, tmp_path: Path, ngspice: str) -> None:
    bench = bench_of(CHIPS[name], tmp_path, "circuit.chip=7")
    found = {answer.view.name: answer for answer in Ngspice().views(bench, 120.0)}
    for analysis in (".op", ".tran"):
        view = found[f"ngspice {analysis}"].view
        assert compare(view, bench.settled, bench.timed).failed == ()
    own = found["ngspice dC/dg"]
    off = compare(own.view, own.against).gradient
    if bench.reciprocal:
        assert off < 1e-3
        assert len(own.remarks) == 1
    else:
        assert off > 1e-3
        assert "no energy" in own.remarks[1]


@pytest.mark.parametrize(
    ("layer", "symbol"),
    [
        ("pairs", "vos"),
        ("pairs", "kappa"),
        ("pairs", "sat"),
        ("rails", "gain"),
        ("out", "vos"),
        ("heads", "vos"),
    ],
)
def test_one_wrong_unit_in_the_equations_fails(layer: str, symbol: str, tmp_path: Path) -> None:
    bench = bench_of(SMALL, tmp_path, "circuit.chip=7")
    settled = bench.settled  # of the right chip
    values = bench.circuit.layers[layer]
    wrong = np.array(values.own[symbol])
    wrong[:2] = wrong[1::-1]
    bench.circuit.layers[layer] = replace(values, own={**values.own, symbol: wrong})
    assert "volts" in compare(scipy_view(bench), settled).failed


@pytest.mark.parametrize(("kind", "symbol"), [("tanh", "vos"), ("wta_branch", "rel")])
def test_one_wrong_unit_in_the_netlist_fails(
    kind: str, symbol: str, tmp_path: Path, ngspice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from neuroep.hardware.netlist.deck import Deck

    bench = bench_of(SMALL, tmp_path, "circuit.chip=7")
    add, done = Deck.add, []

    def one_wrong(self, instance: str, cell: str, *nodes: str, **values) -> None:
        if cell == kind and not any(one is self for one in done):
            done.append(self)
            values[symbol] = values[symbol] + 0.01
        add(self, instance, cell, *nodes, **values)

    monkeypatch.setattr(Deck, "add", one_wrong)
    view = next(iter(Ngspice().views(bench, 120.0))).view
    assert "volts" in compare(view, bench.settled, bench.timed).failed


def test_nothing_that_spreads_is_the_ideal_chip_to_the_bit(tmp_path: Path) -> None:
    plain = SMALL[: SMALL.index("[variability]")]
    alike = plain + '[variability]\ngain = "0 %"\noffset = {global = "0 mV"}\n'
    ideal, zero = bench_of(plain, tmp_path), bench_of(alike, tmp_path, "circuit.chip=3")
    for name, volts in ideal.settled.volts.items():
        assert (zero.settled.volts[name] == volts).all()
    assert zero.netlist(0.2).text == ideal.netlist(0.2).text
    ideal, zero = (
        bench_of(RESISTIVE[: RESISTIVE.index("[variability]")], tmp_path),
        bench_of(RESISTIVE, tmp_path),
    )
    for name, volts in ideal.settled.volts.items():
        assert (zero.settled.volts[name] == volts).all()


@pytest.mark.parametrize(("text", "least"), [(SMALL, 1e-4), (RESISTIVE, 1e-4)])
def test_amplifiers_of_finite_gain_are_the_same_in_every_view(
    text: str, least: float, tmp_path: Path, ngspice: str
) -> None:
    ideal = bench_of(text, tmp_path)
    bench = bench_of(text, tmp_path, "circuit.open_loop_gain=200.0")
    assert least < compare(bench.settled, ideal.settled).volts < 5e-2
    assert compare(scipy_view(bench), bench.settled, bench.timed).failed == ()
    view = next(iter(Ngspice().views(bench, 120.0))).view
    assert compare(view, bench.settled, bench.timed).failed == ()


@pytest.mark.parametrize(
    "corner",
    [
        ("circuit.temperature=398.15 K",),
        ("circuit.temperature=233.15 K", "circuit.supply=1.3 V"),
    ],
)
def test_chips_agree_at_corners(corner: tuple[str, ...], tmp_path: Path, ngspice: str) -> None:
    bench = bench_of(SMALL, tmp_path, "circuit.chip=2", *corner)
    view = next(iter(Ngspice().views(bench, 120.0))).view
    assert compare(view, bench.settled, None, Tolerances(volts=1e-4)).failed == ()


WIRES = (
    "circuit.wires.resistance='30 ohm'",
    "circuit.wires.column='50 ohm'",
    "circuit.wires.driver='200 ohm'",
    "circuit.wires.receiver='100 ohm'",
    "circuit.wires.lines=4",
)


@pytest.mark.parametrize("chip", [0, *more(5)])
@pytest.mark.parametrize("name", CHIPS)
def test_chips_with_wires_agree(name: str, chip: int, tmp_path: Path, ngspice: str) -> None:
    """Neither what is drawn nor what the wires take gets lost beside the other."""
    number = f"circuit.chip={chip}"
    bench = bench_of(CHIPS[name], tmp_path, number, *WIRES)
    for other in ((number,), WIRES):
        assert compare(bench.settled, bench_of(CHIPS[name], tmp_path, *other).settled).volts > 1e-4
    held_to_ngspice(bench)
    assert compare(scipy_view(bench), bench.settled, bench.timed, Tolerances(1e-8)).failed == ()


@pytest.mark.parametrize(
    ("text", "corner"),
    [
        (SMALL, ("circuit.temperature=398.15 K",)),
        (SMALL, ("circuit.temperature=233.15 K", "circuit.supply=1.3 V")),
        (RESISTIVE, ("resistive.diode.temperature=398.15 K",)),
        (RESISTIVE, ("circuit.open_loop_gain=200.0",)),
    ],
)
def test_chips_with_wires_agree_at_corners(
    text: str, corner: tuple[str, ...], tmp_path: Path, ngspice: str
) -> None:
    bench = bench_of(text, tmp_path, "circuit.chip=2", *WIRES, *corner)
    view = next(iter(Ngspice().views(bench, 120.0))).view
    assert compare(view, bench.settled, None, Tolerances(volts=1e-4)).failed == ()


@pytest.mark.endurance
@pytest.mark.parametrize("chip", range(10))
@pytest.mark.parametrize("name", ["attention_small", "resistive_small"])
def test_ten_chips_with_wires(name: str, chip: int, ngspice: str) -> None:
    """At 2 ohm a segment; what docs/results/benchmark_wires_chips.json holds of them."""
    ends = ("circuit.wires.driver='20 ohm'", "circuit.wires.receiver='20 ohm'")
    design = load_design(name, (f"circuit.chip={chip}", "circuit.wires.resistance='2 ohm'", *ends))
    held_to_ngspice(design.bench(*design.draw_example(0), 0.5, design_path(name)).bench)


def held_to_ngspice(bench: Bench) -> None:
    """Hold operating points, and the slopes that ngspice finds of its own cost."""
    assert compare(next(ngspice_views(bench)), bench.settled).failed == ()
    own = differences(bench)
    assert own is not None
    assert own.against is not None
    assert (compare(own.view, own.against).gradient < 1e-3) is bench.reciprocal
