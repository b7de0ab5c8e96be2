"""A network on a chip: the mapping to SI values, what it refuses, and the physics of its ODE."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from reference.circuit import BETA, circuit_of, own_views
from reference.problems import WIRINGS, Problem, hard

from neuroep.core.constants import thermal_voltage
from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.one_example import one_example
from neuroep.hardware.hopfield.transient import Transient
from neuroep.hardware.hopfield.views import Bench
from neuroep.hardware.views.compare import Tolerances, compare
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Neurons
from neuroep.settle import Record, Status, Stop, settle

BAD_CHIPS: dict[str, tuple[dict[str, Any], str]] = {
    "negative capacitance": ({"capacitance": -1e-12}, "capacitance must be positive"),
    "no capacitance": ({"capacitances": {"out": 0.0}}, "capacitances.out must be positive"),
    "not a number": ({"signal": float("nan")}, "signal must be positive"),
    "absolute zero": ({"temperature": 0.0}, "temperature must lie in 173 to 473 K, got 0"),
    "degrees Celsius": ({"temperature": 27}, r"temperature must lie .* got 27 \(kelvins"),
    "designed in Celsius": ({"design_temperature": 85.0}, "design_temperature must lie in 173"),
    "a furnace": ({"temperature": 600.0}, "temperature must lie in 173 to 473 K, got 600"),
    "no temperature": ({"temperature": float("nan")}, "temperature must lie in"),
    "a farad": ({"capacitance": 1.0}, "capacitance must be at most 1e-06 F, got 1"),
    "siemens without a prefix": ({"unit_conductance": 4.0}, "unit_conductance must be at most"),
    "a mains supply": ({"supply": 230.0}, "supply must be at most 100 V"),
    "a device that never ends": ({"conductance_max": float("inf")}, "conductance_max must be at"),
    "a device of no number": ({"conductance_min": float("nan")}, "conductance_min must not be"),
    "text": ({"supply": "1.8 V"}, "supply must be a number, got '1.8 V'"),
    "no range": ({"conductance_min": 4e-5}, "conductance_min"),
    "signal beyond the supply": ({"signal": 2.0}, "beyond the supply"),
    "gate beyond the channel": ({"slope_factor": 1.5}, "slope_factor"),
    "negative quiescent current": ({"quiescent_current": -1.0}, "quiescent_current"),
}


@pytest.mark.parametrize(("values", "message"), BAD_CHIPS.values(), ids=BAD_CHIPS)
def test_a_chip_that_cannot_be_is_refused(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Chip(**values)


def test_thermal_voltage_is_that_of_room_temperature() -> None:
    assert Chip().thermal_voltage == thermal_voltage(300.15)
    assert thermal_voltage(300.15) == pytest.approx(25.865e-3, rel=1e-4)


def test_a_weight_is_the_difference_of_two_conductances_in_the_range(
    rng: np.random.Generator,
) -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    circuit = circuit_of(problem)
    weights = rng.uniform(-9, 9, (5, 6))
    plus, minus = circuit.pair(weights)
    np.testing.assert_allclose((plus - minus) / circuit.chip.unit_conductance, weights)
    np.testing.assert_allclose(plus + minus, 2 * circuit.chip.middle_conductance)
    for devices in (plus, minus):
        assert devices.min() >= circuit.chip.conductance_min
        assert devices.max() <= circuit.chip.conductance_max


def test_a_weight_beyond_the_range_is_named() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    problem.network.parameters["heads-out"][3, 1] = -9.76
    with pytest.raises(ValueError, match=r"heads-out\[3, 1\]: -9.76 is beyond"):
        circuit_of(problem).check(problem.drive)


def test_a_pattern_beyond_the_range_is_named() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    problem.network.parameters["words.patterns"][:, 2] = 12.0
    with pytest.raises(ValueError, match=r"words\[0, 2\]: 12"):
        settle(problem.network, problem.drive, solver=Transient(circuit_of(problem)))


def test_what_limits_grant_can_be_programmed_and_no_more() -> None:
    for wiring, cost, dtype in (
        ("pooled", "cross_entropy", np.float32),
        ("token", "squared", float),
    ):
        problem = WIRINGS[wiring](cost, dtype)
        network, parameters = problem.network, problem.network.parameters
        circuit = Circuit(network, Chip(conductance_max=7.3e-6, pattern_conductance=3e-6))
        limits = circuit.limits()
        held = {c.name for c in network.couplings} | {"words.patterns"}
        assert set(limits) == held | ({"readout.weight"} if cost == "cross_entropy" else set())
        assert limits[network.couplings[0].name] == pytest.approx((-6.3 / 4, 6.3 / 4))
        parameters.flat[:] = np.random.default_rng(1).choice([-99.0, 99.0], parameters.flat.size)
        for name, (low, high) in limits.items():
            np.clip(parameters[name], low, high, out=parameters[name])
        circuit.check(problem.drive)  # position code and single precision included
        for name, (_, high) in limits.items():
            kept = parameters[name].copy()
            parameters[name].flat[:] = high * 1.001
            if name == "words.patterns" and network.layers["words"].position == "none":
                with pytest.raises(ValueError, match="words"):
                    circuit.check(problem.drive)
            elif name != "words.patterns":
                with pytest.raises(ValueError, match=name):
                    circuit.check_weights()
            parameters[name][:] = kept


@pytest.mark.parametrize("scale", [0.5, -0.5])
def test_patterns_leave_room_for_their_position_code(scale: float) -> None:
    network = Network()
    words = Clamped(3, 5, vocabulary=4, position="sinusoidal", position_scale=scale)
    network.add(PooledAttention(network.add(words, "words"), queries=1), "heads")
    largest = 39.0 / 4.0
    assert Circuit(network, Chip()).limits() == {
        "words.patterns": pytest.approx((0.5 - largest, largest - 0.5))
    }


def test_transistors_set_their_own_volts() -> None:
    network = WIRINGS["triangle"]("squared", np.float64).network
    circuit = Circuit(network, Chip(membrane_volts={"heads": 0.1}))
    per_fold = circuit.chip.thermal_voltage / 0.7
    assert circuit.layers["a"].volts == pytest.approx(2 * 0.8 * per_fold)
    assert circuit.layers["b"].volts == pytest.approx(4 * per_fold)
    assert circuit.layers["heads"].volts == 0.1
    with pytest.raises(ValueError, match=r"membrane_volts.a: set by kappa"):
        Circuit(network, Chip(membrane_volts={"a": 0.1}))


def test_a_membrane_without_a_time_constant_is_refused() -> None:
    network = WIRINGS["pooled"]("squared", np.float64).network
    for values in ({"signal": 1e-320}, {"unit_conductance": 1e-322}):
        with pytest.raises(ValueError, match=r"layer '\w+': a leak of .* makes no time constant"):
            Circuit(network, Chip(**values))


def test_a_layer_that_is_not_there_and_one_without_a_cell() -> None:
    network = WIRINGS["triangle"]("squared", np.float64).network
    with pytest.raises(ValueError, match="'nowhere' does not settle"):
        Circuit(network, Chip(capacitances={"nowhere": 1e-12}))

    class Own(HardSigmoid):
        """A neuron that nobody has drawn a circuit of."""

    other = Network()
    other.add(Own(2), "own")
    with pytest.raises(
        ValueError, match=r"layer 'own': no cell realises Own; a chip needs one \(docs/ext"
    ):
        Circuit(other, Chip())
    assert issubclass(Own, Neurons)


@pytest.mark.parametrize("cost", ["squared", "cross"])
@pytest.mark.parametrize("wiring", ["pooled", "token", "triangle", "two_inputs"])
def test_the_energy_falls_all_the_way_down(wiring: str, cost: str) -> None:
    problem = WIRINGS[wiring](cost, np.float64)
    record = Record(tuple(range(problem.count)))
    solver = Transient(circuit_of(problem), points=200)
    settled = settle(problem.network, problem.drive, solver=solver, stop=Stop(1e-7), record=record)
    for e, example in enumerate(problem.example):
        energies = []
        for row in settled.trace[:, e]:
            flat = np.zeros(problem.count * row.size)
            for name in problem.network.settling:
                k = problem.drive.plan.index[name]
                begin, end = problem.drive.plan.offsets[k], problem.drive.plan.offsets[k + 1]
                problem.drive.plan.view(flat, name)[e] = row[begin:end]
            v = example.read(problem.drive.plan, flat)
            energies.append(example.energy(v, example.activities(v)))
        assert np.diff(energies).max() <= 1e-9
        assert energies[0] - energies[-1] > 1e-3


@pytest.mark.parametrize("beta", [0.0, BETA, -BETA])
def test_the_circuit_settles_where_sweeps_do(beta: float) -> None:
    for problem in (WIRINGS["token"]("cross", np.float64), hard("squared", np.float64)):
        target = problem.target if beta else None
        free = settle(problem.network, problem.drive, stop=Stop(1e-13, 5000))
        ends = [
            settle(
                problem.network,
                problem.drive,
                solver=solver,
                beta=beta,
                target=target,
                start=free,
                stop=stop,
            )
            for solver, stop in (
                ("sweep", Stop(1e-13, 5000)),
                (Transient(circuit_of(problem)), Stop(1e-8)),
            )
        ]
        assert (ends[1].status == Status.CONVERGED).all()
        for name in problem.network.settling:
            np.testing.assert_allclose(ends[1].activity(name), ends[0].activity(name), atol=1e-8)
        np.testing.assert_allclose(ends[1].energy, ends[0].energy, atol=1e-10)


def test_current_balances_at_every_node() -> None:
    for wiring in WIRINGS:
        problem = WIRINGS[wiring]("squared", np.float64)
        circuit = Circuit(problem.network, Chip())
        bench = Bench(circuit, one_example(problem.drive, 1), problem.target[1:2], BETA, 4e-5)
        for view in own_views(bench):
            assert view.balance < 1e-9, (wiring, view.name)


def test_a_slower_membrane_takes_longer_and_ends_at_the_same_place() -> None:
    problem: Problem = WIRINGS["pooled"]("squared", np.float64)
    ends, times = [], []
    for factor in (1.0, 3.0):
        chip = Chip(capacitance=factor * 1e-12)
        solver = Transient(Circuit(problem.network, chip), duration=factor * 2e-5)
        found = settle(problem.network, problem.drive, solver=solver, record=Record((0,)))
        ends.append(found.activity("out"))
        far = np.abs(found.trace[:, 0] - found.trace[-1, 0]).max(axis=1)
        times.append(solver.time[np.flatnonzero(far > 1e-3)[-1]])
    np.testing.assert_allclose(ends[0], ends[1], atol=1e-8)
    assert times[1] == pytest.approx(3.0 * times[0], rel=1e-2)


def test_views_of_a_chip_with_several_minima_start_from_where_the_chip_ends() -> None:
    network = Network()
    network.add(Clamped(3), "x")
    for name in ("a", "b"):
        network.add(HardSigmoid(4, gain=3.0), name)
        network.connect("x", name)
    network.connect("a", "b", gain=2.0)
    network.set_cost(SquaredError("b"))
    network.initialise(7, np.float64)
    x = np.random.default_rng(7).standard_normal((1, 3))
    circuit = Circuit(network, Chip())
    bench = Bench(circuit, make_drive(network, {"x": x}), np.eye(4)[:1], 0.1, 1e-4)
    assert bench.free.apart > 0.5  # sweeps from zero find another minimum
    sweep, *others = own_views(bench)
    for view in others:
        assert compare(view, sweep, tolerances=Tolerances(cosine=0.999)).passed
    cold = settle(network, bench.drive, stop=Stop(1e-13, 1000))
    lost = {
        name: np.concatenate([cold.potential(name)[:, 0] * circuit.layers[name].volts, v[1:]])
        for name, v in sweep.volts.items()
    }
    # The state is in balance; only where another settle stays beside it is it a basin of its own.
    balanced = replace(sweep, volts=lost)
    found = compare(balanced, sweep, second_start=bench.second_start)
    assert found.failed[:2] == ("another basin", "volts")
    nowhere = {name: v + 0.1 for name, v in lost.items()}
    found = compare(replace(sweep, volts=nowhere), sweep, second_start=bench.second_start)
    assert "another basin" not in found.failed
