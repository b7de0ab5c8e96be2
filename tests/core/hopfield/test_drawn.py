"""Units that differ, as those of a fabricated chip: activities, energies and ways back."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
from reference import drawn as slow
from reference.crossed import crossed
from reference.kernels import both_dtypes, close, random_job, scratch
from reference.problems import WIRINGS, Problem, hard, vector
from reference.registry import compares

from neuroep.core import tables
from neuroep.core.hopfield.energy import total_energy
from neuroep.core.hopfield.layers import (
    neuron_activity,
    neuron_slope,
    query_lines,
    read_lines,
    row_values,
    within_reach,
)
from neuroep.core.hopfield.relax import activate
from neuroep.errors import Unheld
from neuroep.learning.hopfield.slopes import energy_slope
from neuroep.network.hopfield.drawn import DrawnUnits
from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Sigmoid, Tanh
from neuroep.settle import Stop, settle
from neuroep.settle.hopfield.inspect import attention_of

NAMES = ("pooled", "token", "stacked", "triangle")
EXACT = Stop(1e-14, 5000)


def problem_of(name: str, dtype: type = np.float64, reciprocal: bool = True) -> Problem:
    return slow.drawn(WIRINGS[name]("squared", dtype), reciprocal=reciprocal)


@compares(activate)
@both_dtypes
@pytest.mark.parametrize("reciprocal", [True, False])
@pytest.mark.parametrize("name", NAMES)
def test_activities_are_those_of_the_cells(name: str, reciprocal: bool, dtype: type) -> None:
    problem = problem_of(name, dtype, reciprocal)
    network, job = problem.network, random_job(problem)
    plan = job.drive.plan
    activate(plan.sweep, job.inputs, job.state, job.batch, 0, job.batch, scratch(job))
    for e in problem.example:
        v, s = (e.read(plan, flat) for flat in (job.state.potential, job.state.activity))
        for layer_name in plan.names:
            layer, units = network.layers[layer_name], network.drawn[layer_name]
            if layer.stored:
                x = e.patterns[layer.stored]
                wanted = slow.attention(layer.inverse_temperature, units, v[layer_name], x)[1]
            else:
                wanted = slow.neuron(layer, units, v[layer_name])
            close(s[layer_name], wanted, dtype, 10)


def test_attention_is_shown_as_it_is_read() -> None:
    """Of a drawn chip, within the reach of its lines; an empty sequence shows nothing."""
    problem = crossed("squared", np.float64)
    network, reach = problem.network, 0.1
    slow.draw(network)
    network.limit(dict.fromkeys(("first_second", "second_first", "first_first"), reach))
    settled = settle(network, problem.drive)
    for e in problem.example:
        s = e.read(settled.drive.plan, settled.state.activity)
        for name in network.reach:
            shown, layer, units = (
                attention_of(settled, name, e.index),
                network.layers[name],
                network.drawn[name],
            )
            x = e.patterns[layer.stored]
            assert shown.shape == (e.shape(name)[0], len(x))
            if shown.size:
                gain = (units.gain * units.line)[0]
                np.testing.assert_allclose(gain * shown @ x, s[name], atol=1e-12)
    with pytest.raises(ValueError, match="'out' is not one of attention"):
        attention_of(settled, "out", 0)


@compares(neuron_activity, neuron_slope)
@pytest.mark.parametrize("kind", [HardSigmoid, Linear, Sigmoid, Tanh])
def test_slopes_are_those_of_activities(kind: type) -> None:
    problem = slow.drawn(vector("squared", np.float64, kind))
    plan, network = problem.drive.plan, problem.network
    wiring = plan.sweep
    for k, name in enumerate(plan.names):
        row, units, layer = wiring.layers[k], network.drawn[name], network.layers[name]
        for unit in range(plan.sizes[k]):
            of_unit = partial(neuron_activity, row, wiring.constants, unit)
            for v in (-0.9, 0.1, 0.31, 0.8, 2.5):
                all_alike = slow.neuron(layer, units, np.full(plan.sizes[k], v))
                assert of_unit(v) == pytest.approx(all_alike[unit], abs=1e-15)
                h = 1e-6
                step = of_unit(v + h) - of_unit(v - h)
                slope = neuron_slope(row, wiring.constants, unit, v)
                assert slope == pytest.approx(step / (2 * h), abs=1e-8)


@compares(query_lines, read_lines, row_values, within_reach)
def test_lines_of_attention() -> None:
    row = np.zeros(tables.LAYER_COLUMNS, np.int64)
    row[[tables.SIZE, tables.TOKENS]] = 2, 1
    v, lines = np.array([0.5, -3.0]), np.zeros(2)
    assert query_lines(row, np.array([1.0, np.inf]), v, lines) is not lines
    close(query_lines(row, np.array([1.0, np.inf]), v, lines), v, np.float64)
    close(query_lines(row, np.array([1.0, 2.0]), v, lines), [0.5, -2.0], np.float64)
    row[tables.DRAWN] = 1
    own = np.array([1.0, 2.0, 4.0, 1.0, 0.5, 0.1, 3.0, 2.0, 0.2, 0.5])
    close(query_lines(row, own, v, lines), [0.35, -2.0], np.float64)
    reading = np.array([1.0, 4.0])
    read_lines(row, own, reading)
    close(reading, [3.0, 2.0], np.float64)
    assert row_values(row, own) == (10, 11)
    assert (within_reach(3.0, 2.0), within_reach(-3.0, 2.0), within_reach(1.0, 2.0)) == (2, -2, 1)
    assert np.isnan(within_reach(np.nan, 2.0))


@pytest.mark.parametrize("name", NAMES)
def test_energy_falls_as_units_settle(name: str) -> None:
    problem = problem_of(name)
    found = settle(problem.network, problem.drive, stop=EXACT)
    assert found.converged
    assert (found.energy <= found.energy_before + 1e-12).all()
    short = [settle(problem.network, problem.drive, stop=Stop(0.0, n)) for n in range(1, 8)]
    for before, after in pairwise(short):
        assert (after.energy <= before.energy + 1e-12).all()


@pytest.mark.parametrize("name", NAMES)
def test_energy_stands_still_where_units_have_settled(name: str) -> None:
    problem = problem_of(name)
    job = random_job(problem)
    plan, found = job.drive.plan, settle(problem.network, problem.drive, stop=EXACT)
    rest = found.state.potential

    def energy(potential: np.ndarray) -> float:
        job.state.potential[:] = potential
        activate(plan.sweep, job.inputs, job.state, job.batch, 0, job.batch, scratch(job))
        each = np.zeros(job.batch)
        total_energy(job.problem(plan.sweep), 0, job.batch, scratch(job), each)
        return float(each.sum())

    assert energy(rest) == pytest.approx(found.energy.sum(), abs=1e-12)
    rng, h = np.random.default_rng(4), 1e-5
    for layer in plan.names:
        used = plan.view(np.where(found.state.activity != 0, 1.0, 0.0), layer)
        for _ in range(3):
            step = np.zeros_like(rest)
            plan.view(step, layer)[:] = h * used * rng.normal(size=used.shape)
            slope = (energy(rest + step) - energy(rest - step)) / (2 * h)
            assert slope == pytest.approx(0.0, abs=1e-8), layer


@pytest.mark.parametrize("name", NAMES)
def test_the_energy_of_a_settled_state_has_the_slope_of_its_synapses(name: str) -> None:
    """At a minimum only the parameter itself counts: dE/dw by settling again beside it."""
    problem = problem_of(name)
    network = problem.network
    assert network.reciprocal
    slope = energy_slope(settle(network, problem.drive, stop=EXACT), 1.0)
    rng = np.random.default_rng(2)
    for parameter, array in network.parameters.items():
        places = tuple(rng.integers(n, size=3) for n in array.shape)
        for place in zip(*places, strict=True):
            kept, h = array[place], 1e-5
            energies = []
            for step in (h, -h):
                array[place] = kept + step
                energies.append(settle(network, problem.drive, stop=EXACT).energy.sum())
            array[place] = kept
            measured = (energies[0] - energies[1]) / (2 * h)
            assert slope[parameter][place] == pytest.approx(measured, rel=1e-6, abs=1e-8), parameter


@pytest.mark.parametrize("name", NAMES)
def test_estimates_are_the_slope_of_the_drawn_chips_own_cost(name: str) -> None:
    problem = problem_of(name)
    network, target = problem.network, problem.target
    free = settle(network, problem.drive, stop=EXACT)
    beta = 3e-4  # the bias goes with its square
    phases = [
        settle(network, problem.drive, beta=b, target=target, start=free, stop=EXACT)
        for b in (beta, -beta)
    ]
    slopes = [energy_slope(p, s / (2 * beta)) for p, s in zip(phases, (1.0, -1.0), strict=True)]

    def cost() -> float:
        settled = settle(network, problem.drive, stop=EXACT)
        out = settled.activity(str(network.cost.layer))[0]
        return 0.5 * float(np.square(out - target).sum())

    rng = np.random.default_rng(1)
    for parameter, array in network.parameters.items():
        estimate = slopes[0][parameter] + slopes[1][parameter]
        place = tuple(rng.integers(n) for n in array.shape)
        kept, h = array[place], 1e-5
        costs = []
        for step in (h, -h):
            array[place] = kept + step
            costs.append(cost())
        array[place] = kept
        assert estimate[place] == pytest.approx((costs[0] - costs[1]) / (2 * h), rel=1e-4, abs=1e-8)


def test_units_that_are_alike_settle_to_the_same_activities() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    network = problem.network
    ideal = settle(network, problem.drive, stop=EXACT)
    units = {}
    for name in network.settling:
        rows, tokens = (2, 6) if network.layers[name].stored else (0, 0)
        units[name] = DrawnUnits.alike(network.size(name), rows, tokens)
    network.draw(units, {})
    again = settle(network, problem.drive, stop=EXACT)
    for name in network.settling:
        close(again.activity(name), ideal.activity(name), np.float64)
    network.draw({}, {})
    plain = settle(network, problem.drive, stop=EXACT)
    assert (plain.state.potential == ideal.state.potential).all()


def test_corners_of_hard_neurons_stand_where_their_units_say() -> None:
    problem = slow.drawn(hard("squared", np.float64))
    found = settle(problem.network, problem.drive, stop=EXACT)
    assert found.converged
    for name, units in problem.network.drawn.items():
        v, s = found.potential(name)[0], found.activity(name)[0]
        layer = problem.network.layers[name]
        close(s, slow.neuron(layer, units, v), np.float64)


@pytest.mark.parametrize("kind", [HardSigmoid, Linear, Tanh])
def test_a_negative_nudge_is_held_by_the_steepest_unit(kind: type) -> None:
    problem = slow.drawn(vector("squared", np.float64, kind))
    name = str(problem.network.cost.layer)  # type: ignore[union-attr]
    layer, units = problem.network.layers[name], problem.network.drawn[name]
    centre = -units.leak * units.offset
    limit = -1e-9 / (slow.neuron(layer, units, centre + 1e-9)).max()
    settle(problem.network, problem.drive, beta=0.999 * limit, target=problem.target)
    with pytest.raises(Unheld, match="must stay above -1/gain = "):
        settle(problem.network, problem.drive, beta=1.001 * limit, target=problem.target)


def test_ways_back_that_differ_have_no_energy() -> None:
    problem = problem_of("triangle", reciprocal=False)
    network = problem.network
    assert not network.reciprocal
    found = settle(network, problem.drive, stop=EXACT)
    s = {name: found.activity(name)[0] for name in network.settling}
    for c in network.couplings:
        if c.source not in network.settling:
            continue
        factors = network.back_factors[c.name]
        assert network.way_back(c) == pytest.approx(network.parameters[c.name] * factors)
    # What a settled layer stands at is what both ways bring.
    into = np.zeros_like(s["a"])
    into += network.parameters["a.bias"]
    for c in network.couplings:
        if c.target == "a":
            into += s[c.source] @ network.parameters[c.name]
        elif c.source == "a":
            into += s[c.target] @ network.way_back(c).T
    close(found.potential("a")[0], into, np.float64)
