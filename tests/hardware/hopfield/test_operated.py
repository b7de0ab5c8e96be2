"""A chip is sized at one temperature and operated at another: it computes another function."""

import re

import numpy as np
import pytest
from circuit_support import BETA, CELLS
from reference.circuit import own_views

from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.operated import operated
from neuroep.hardware.hopfield.views import EXACT, Bench
from neuroep.hardware.programs.brian.view import brian_view
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.spice import ngspice_views
from neuroep.hardware.programs.spikes import compare_spikes, spiking_view
from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh
from neuroep.settle import settle
from neuroep.settle.hopfield.spiking import Spiking

HOT = 398.15
LAYERS = (
    Clamped(3, 4, name="words"),
    PooledAttention("words", queries=2, inverse_temperature=1.5, name="heads"),
    TokenAttention("words", inverse_temperature=0.7, name="tokens"),
    Tanh(4, gain=0.6, name="a"),
    Sigmoid(3, gain=0.5, bias=0.3, name="b"),
    HardSigmoid(3, gain=0.4, bias=0.2, name="c"),
    Linear(2, gain=0.5, name="out"),
)


def make_bench(temperature: float, cost: str = "squared") -> Bench:
    """Return one example on a chip of every kind of layer, operated at a temperature."""
    chip = Chip(temperature=temperature, supply=5.0)  # rails that no membrane meets
    network = Network()
    for layer in LAYERS:
        network.add(operated(layer, chip))
    network.connect("words", "tokens", shared=True)
    for below, above in (("heads", "a"), ("tokens", "b"), ("a", "b"), ("b", "c"), ("c", "out")):
        network.connect(below, above)
    network.set_cost(SquaredError("out") if cost == "squared" else CrossEntropy("out", 2))
    network.initialise(3, np.float64)
    words = np.random.default_rng(3).standard_normal((1, 4, 3))
    drive = make_drive(network, {"words": words})
    return Bench(Circuit(network, chip), drive, np.eye(2)[:1], BETA, cells=CELLS)


def nodesets(bench: Bench, near: dict[str, np.ndarray]) -> str:
    """Return lines that let ngspice look for an operating point near voltages."""
    board = network_netlist(bench.circuit, bench.drive, CELLS).board
    return "\n".join(
        f".nodeset v({unit}_mem)={v!r}"
        for name, values in near.items()
        for unit, v in zip(board.units(name), values[0].tolist(), strict=True)
    )


def volts(bench: Bench) -> dict[str, np.ndarray]:
    settled = settle(bench.circuit.network, bench.drive, stop=EXACT)
    return bench.circuit.volts({k: settled.potential(k)[0] for k in bench.names})


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
def test_a_hot_chip_settles_in_every_view_where_spice_says(cost: str, ngspice: str) -> None:
    bench = make_bench(HOT, cost)
    sweep, *others = own_views(bench)
    for view in (*others, next(ngspice_views(bench))):
        for name, v in sweep.volts.items():
            np.testing.assert_allclose(view.volts[name], v, atol=1e-6, err_msg=view.name)
    times = Spiking(free_duration=30e-6, nudged_duration=20e-6, window=10e-6)
    of = (bench.circuit, bench.drive, bench.target, BETA)
    (_, ours), (_, theirs) = spiking_view("spiking", *of, times), brian_view(*of, times)
    assert compare_spikes(ours.free, theirs.free).matched == 1.0


def test_resistors_stay_as_they_were_sized(ngspice: str) -> None:
    """The deck of the cold chip, at another .temp, is the hot chip: no element follows."""
    cold, hot = make_bench(Chip().design_temperature), make_bench(HOT)
    decks = [
        network_netlist(b.circuit, b.drive, CELLS, target=b.target, analyses=(".op",)).text
        for b in (cold, hot)
    ]
    assert ".temp 27.0\n" in decks[0]
    warmed = decks[0].replace(".temp 27.0\n", ".temp 125.0\n")
    number = r"\d+(?:\.\d+)?(?:e[+-]?\d+)?"
    for ours, theirs in zip(warmed.splitlines(), decks[1].splitlines(), strict=True):
        if ours.startswith("*"):
            continue
        assert re.sub(number, "#", ours) == re.sub(number, "#", theirs)
        found = [[float(x) for x in re.findall(number, line)] for line in (ours, theirs)]
        np.testing.assert_allclose(found[0], found[1], rtol=1e-13)
    before, after = volts(cold), volts(hot)
    # There are other minima: each operating point is looked for near the one that sweeps find.
    (at_design,), (op,) = (
        run_deck(deck.replace("\n.op\n", f"\n{nodesets(hot, near)}\n.op\n"))
        for deck, near in ((decks[0], before), (warmed, after))
    )
    moved = 0.0
    for name in hot.names:
        units = network_netlist(hot.circuit, hot.drive, CELLS).board.units(name)
        for k, unit in enumerate(units):
            assert op.values[f"{unit}_mem"][0] == pytest.approx(after[name][0, k], abs=1e-6)
            assert at_design.values[f"{unit}_mem"][0] == pytest.approx(before[name][0, k], abs=1e-6)
        moved = max(moved, float(np.abs(after[name] - before[name]).max()))
    assert moved > 5e-3  # V: it is another function


def test_sharpness_and_the_gain_of_transistors_fall_as_one_over_t() -> None:
    chip = Chip(temperature=HOT)
    share = 300.15 / HOT
    for layer in LAYERS:
        found = operated(layer, chip)
        assert type(found) is type(layer)
        if layer.stored:
            assert found.inverse_temperature == layer.inverse_temperature * share
        elif isinstance(layer, Tanh | Sigmoid):
            assert found.gain == layer.gain * share
        else:
            assert found is layer
    cooled = operated(LAYERS[3], Chip(temperature=250.0))
    assert cooled.gain == pytest.approx(LAYERS[3].gain * 300.15 / 250.0)
    again = operated(LAYERS[3], Chip(temperature=HOT, design_temperature=HOT))
    assert again is LAYERS[3]


@pytest.mark.parametrize("kelvin", [250.0, 300.15, HOT])
def test_what_is_sized_for_one_temperature_is_the_same_at_all(kelvin: float) -> None:
    here, there = (make_bench(t).circuit for t in (300.15, kelvin))
    for name, values in here.layers.items():
        other = there.layers[name]
        assert other.volts == pytest.approx(values.volts, rel=1e-14)
        assert other.leak == pytest.approx(values.leak, rel=1e-14)
        # An amplifier's gain is its layer's; that of transistors is in the volts.
        assert other.own == pytest.approx(values.own, rel=1e-14)
    for name in ("heads", "tokens"):
        assert there.score_resistance(name) == pytest.approx(here.score_resistance(name), rel=1e-14)


def test_at_the_temperature_of_design_nothing_changes() -> None:
    for layer in LAYERS:
        assert operated(layer, Chip()) is layer
        assert operated(layer, Chip(temperature=350.0, design_temperature=350.0)) is layer


def test_a_neuron_without_a_cell_stays_what_it_is() -> None:
    class Own(Tanh):
        """A neuron that nobody has drawn a circuit of."""

    layer: Neurons = Own(2)
    assert operated(layer, Chip(temperature=HOT)) is layer
