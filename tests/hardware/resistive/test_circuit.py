"""A resistive network's equations, its branches, and the physics they must obey."""

import re
import subprocess
from pathlib import Path

import numpy as np
import pytest
from resistive_support import BETA, CELLS, SEEDS, random_bench, random_network

from neuroep.core.resistive.stiff import node_currents, supply_power
from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.resistive.branches import by_layer, joined, layer_names
from neuroep.hardware.resistive.circuit import diode_circuit, settling_duration
from neuroep.hardware.resistive.netlist import resistive_netlist
from neuroep.hardware.resistive.views import make_resistive_bench
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import Stop


def random_volts(bench, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0.0, 0.2, sum(bench.network.sizes[1:]))


@pytest.mark.parametrize("beta", [0.0, BETA, -BETA])
@pytest.mark.parametrize("seed", SEEDS)
def test_equations_say_what_the_branches_say(seed: int, beta: float) -> None:
    bench = random_bench(seed)
    circuit = diode_circuit(bench.network, bench.clamped, beta, bench.target)
    v = random_volts(bench)
    current, slope, power_slope = np.empty((3, v.size))
    node_currents(circuit, v, current, slope)
    branches = bench.branches(beta)
    volts = by_layer(bench.network, v)
    wanted = joined(bench.network, {k: total for k, (total, _) in branches.currents(volts).items()})
    np.testing.assert_allclose(current, wanted, rtol=1e-9, atol=1e-12 * np.abs(wanted).max())
    assert supply_power(circuit, v, power_slope) == pytest.approx(branches.power(volts), rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_power_goes_into_synapses_diodes_and_capacitors(seed: int) -> None:
    """Tellegen: nothing of what the sources deliver is lost, whatever the voltages are."""
    bench = random_bench(seed)
    network, branches = bench.network, bench.branches(BETA)
    volts = by_layer(network, random_volts(bench))
    lines = [bench.clamped, *(volts[name] for name in layer_names(network)[1:])]
    into = 0.0
    for k, g in enumerate(network.conductances):
        drop = network.gains[k] * lines[k][:, None] - lines[k + 1][None, :]
        into += float((g * drop**2).sum())
    assert network.diode is not None
    for k in range(1, len(lines) - 1):
        forward = network.diode.rail - network.polarity(k) * lines[k]
        current = network.diode.saturation * np.expm1(forward / network.diode.slope_voltage)
        into += float(forward @ current)
    for name, (total, _) in branches.currents(volts).items():
        into += float(volts[name] @ total)
    assert branches.power(volts) == pytest.approx(into, rel=1e-12)


@pytest.mark.parametrize("seed", SEEDS)
def test_gradient_of_drops_is_the_slope_of_the_cost(seed: int) -> None:
    bench = random_bench(seed)
    network = bench.network
    small = make_resistive_bench(network, bench.x, bench.target, 1e-3)
    gradient = small.settled.gradient

    def cost() -> float:
        settled = settle_resistive(network, bench.x[None], stop=Stop(1e-14, 200))
        return float(network.cost(settled.volts[-1][0, 0], bench.target))

    for name, g in network.parameters.items():
        for place in ((0, 0), (-1, -1), (1, g.shape[1] // 2)):
            kept = g[place]
            costs = []
            for factor in (1.001, 0.999):
                g[place] = factor * kept
                costs.append(cost())
            g[place] = kept
            slope = (costs[0] - costs[1]) / (0.002 * kept)
            assert gradient[name][place] == pytest.approx(
                slope, rel=1e-4, abs=1e-6 * np.abs(gradient[name]).max()
            )


def test_a_view_judges_its_own_voltages() -> None:
    bench = random_bench(1)
    newton = bench.settled
    assert newton.balance < 1e-12
    ends = [joined(bench.network, {k: v[p] for k, v in newton.volts.items()}) for p in range(3)]
    ends[1][2] += 1e-6
    assert bench.view("off by a microvolt", ends, 0.0).balance > 1e-8


def test_what_has_no_circuit_is_refused() -> None:
    network = random_network(1)
    x, target = np.zeros(network.inputs), np.zeros(2)
    with pytest.raises(ValueError, match="diode: ideal"):
        make_resistive_bench(random_network(1, diode=None), x, target, BETA)
    with pytest.raises(ValueError, match=r"beta: a nudge of -0\.5 takes more"):
        make_resistive_bench(random_network(1, nudge_conductance=1e-2), x, target, BETA)
    with pytest.raises(ValueError, match="beta: must be finite and not 0"):
        make_resistive_bench(network, x, target, 0.0)
    with pytest.raises(ValueError, match="inputs: one example has"):
        make_resistive_bench(network, x[1:], target, BETA)
    with pytest.raises(ValueError, match="target: one example has 2"):
        make_resistive_bench(network, x, target[1:], BETA)
    with pytest.raises(ValueError, match="duration: must be positive"):
        make_resistive_bench(network, x, target, BETA, -1e-6)
    network.conductances[1][2, 3] = 1.0
    with pytest.raises(ValueError, match=r"conductance 1-2 \[2, 3\]: 1 S is outside"):
        make_resistive_bench(network, x, target, BETA)


def test_a_run_by_hand_measures_inputs_and_outputs(tmp_path: Path, ngspice: str) -> None:
    bench = random_bench(1)
    note = "a slice of a larger chip"
    deck = resistive_netlist(
        bench.network, bench.x, CELLS, duration=bench.duration, target=bench.target, note=note
    ).text
    assert deck.splitlines()[1] == f"* {note}"
    assert not re.search(r"^\.tran .*\d{13}", deck, re.MULTILINE)
    (tmp_path / "chip.cir").write_text(deck)
    done = subprocess.run(
        [ngspice, "-n", "-b", "chip.cir"], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    measured = {
        words[0]: float(words[2])
        for line in done.stdout.splitlines()
        if len(words := line.split()) > 2 and words[1] == "="
    }
    plot = run_deck(deck)[1].values
    time = run_deck(deck)[1].time
    for k, volts in enumerate(bench.clamped):
        energy = volts * np.trapezoid(plot[f"i(v_in_{k})"], time)
        assert measured[f"energy_in_{k}"] == pytest.approx(energy, rel=1e-3, abs=1e-24)
    for k in range(2 * bench.network.outputs):
        assert measured[f"final_out_{k}"] == pytest.approx(plot[f"out_{k}"][-1], rel=1e-4)


def test_synapses_of_a_deck_scale_together(ngspice: str) -> None:
    """Half the conductance everywhere is the network of halved conductances."""
    bench = random_bench(3)
    deck = resistive_netlist(bench.network, bench.x, CELLS, duration=1e-6, analyses=(".op",)).text
    halved = run_deck(deck.replace(".param gscale=1\n", ".param gscale=0.5\n"))[0].values
    bench.network.parameters.flat[:] *= 0.5
    deck = resistive_netlist(bench.network, bench.x, CELLS, duration=1e-6, analyses=(".op",)).text
    (op,) = run_deck(deck)
    for name, volts in op.values.items():
        np.testing.assert_allclose(halved[name], volts, atol=1e-9, err_msg=name)


def test_settling_takes_as_long_as_the_slowest_node() -> None:
    network = random_network(1, capacitance=1e-12)
    longer = random_network(1, capacitance=3e-12)
    assert settling_duration(longer) == pytest.approx(3 * settling_duration(network))
