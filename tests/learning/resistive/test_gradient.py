"""Gradients of resistive networks: those of the loss, by local products and by adjoints."""

import numpy as np
import pytest
from reference import resistive as slow

from neuroep.learning.estimate import estimate
from neuroep.learning.resistive.implicit import implicit_gradient
from neuroep.learning.resistive.system import ResistiveSystem
from neuroep.network.parameters import Parameters
from neuroep.network.resistive.drawn import DrawnNodes
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle import Stop
from neuroep.settle.resistive.settling import settle_resistive

TIGHT = Stop(1e-15, 5_000)
SOFT = ExponentialDiode(1e-9)
SCHOTTKY = ExponentialDiode(5e-12, 1.05, rail=0.45)  # of the design resistive_diodes
CHIPS = [
    ((6,), 1.0, None),
    ((6, 4), 3.0, None),
    ((6,), 1.0, SOFT),
    ((4, 6, 4), 2.0, SOFT),
    ((6,), 1.0, SCHOTTKY),
    ((6, 4), 3.0, SCHOTTKY),
]


def problem(net: ResistiveNetwork, count: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    return rng.normal(size=(count, net.inputs)), rng.normal(size=(count, net.outputs))


def find(net: ResistiveNetwork, x, y, rule: str = "centered", stop: Stop = TIGHT, **options):
    system = ResistiveSystem(net, stop)
    return estimate(system, system.clamp({"x": x}), y, rule, **options)


def finite_differences(net: ResistiveNetwork, x: np.ndarray, y: np.ndarray) -> Parameters:
    """Return the slope of the mean cost along every conductance."""

    def cost() -> float:
        volts = settle_resistive(net, x, stop=TIGHT).volts[-1][0]
        return float(net.cost(volts, y).mean())

    found = net.parameters.zeros_like()
    flat = net.parameters.flat
    for i, g in enumerate(flat.copy()):
        ends = []
        for moved in (g + 1e-4 * g, g - 1e-4 * g):
            flat[i] = moved
            ends.append(cost())
        flat[i] = g
        found.flat[i] = (ends[0] - ends[1]) / (2e-4 * g)
    return found


def distance(found: Parameters, wanted: Parameters, name: str) -> float:
    return float(np.linalg.norm(found[name] - wanted[name]) / np.linalg.norm(wanted[name]))


@pytest.mark.parametrize(("hidden", "amplification", "diode"), CHIPS)
def test_the_estimate_is_the_slope_of_the_loss(hidden, amplification, diode) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    x, y = problem(net)
    wanted = finite_differences(net, x, y)
    strong, weak = 4e-2, 4e-3

    def errors(beta: float, rule: str) -> np.ndarray:
        found = find(net, x, y, rule, beta=beta)
        assert max(found.free.balance.max(), found.nudged.balance.max()) < 1e-9
        return np.array([distance(found.gradient, wanted, name) for name in wanted])

    centered = errors(strong, "centered"), errors(weak, "centered")
    assert (centered[1] < 1e-3).all()
    slope = np.log10(centered[0] / centered[1])
    assert ((slope > 1.9) & (slope < 2.1)).all(), slope
    one_sided = errors(strong, "one_sided"), errors(weak, "one_sided")
    slope = np.log10(one_sided[0] / one_sided[1])
    assert ((slope > 0.9) & (slope < 1.1)).all(), slope
    assert (errors(weak, "random_sign") < 0.2).all()


def test_each_synapse_reads_only_the_drop_across_itself() -> None:
    """The gradient of one synapse, written out from the voltages at its two ends."""
    net = slow.network((6, 4), amplification=3.0)
    x, y = problem(net)
    beta = 0.3
    found = find(net, x, y, beta=beta)
    kappa = net.nudge_conductance * net.output_gain**2
    for k, (name, (i, j)) in enumerate(zip(net.parameters, ((2, 3), (1, 2), (3, 0)), strict=True)):
        drops = [
            net.gains[k] * found.nudged.layer(k)[phase, :, i]
            - found.nudged.layer(k + 1)[phase, :, j]
            for phase in (0, 1)
        ]
        behind = net.amplification ** (2 * (len(net.hidden) - k))
        local = behind * (drops[0] ** 2 - drops[1] ** 2).mean() / (4 * beta * kappa)
        assert found.gradient[name][i, j] == pytest.approx(local, rel=1e-9)


def test_single_precision_gives_the_same_gradient() -> None:
    double, single = (slow.network((8, 6), dtype=d, inputs=5) for d in (np.float64, np.float32))
    single.parameters.flat[:] = double.parameters.flat
    x, y = problem(double, 8)
    wanted = find(double, x, y, beta=0.5).gradient
    found = find(single, x, y, beta=0.5, stop=Stop(1e-7, 50)).gradient
    assert found.flat.dtype == np.float32
    for name in wanted:
        assert distance(found, wanted, name) < 1e-3


@pytest.mark.parametrize(("hidden", "amplification", "diode"), CHIPS)
def test_implicit_differentiation_is_the_slope_of_the_loss(hidden, amplification, diode) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    x, y = problem(net)
    exact = find(net, x, y, "implicit")
    assert len(exact.phases) == 1
    wanted = finite_differences(net, x, y)
    if diode is None:
        held = np.concatenate([v.ravel() == 0 for v in exact.free.volts[:-1]])
        assert 0.1 < held.mean() < 0.9, "some diodes hold their node, not all"
    for name in wanted:
        assert distance(exact.gradient, wanted, name) < 1e-6, name


@pytest.mark.parametrize(("hidden", "amplification", "diode"), CHIPS)
def test_the_estimate_comes_to_the_exact_gradient_by_the_square_of_beta(
    hidden, amplification, diode
) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    x, y = problem(net)
    exact = find(net, x, y, "implicit").gradient
    betas = np.array([0.004, 0.01, 0.02])
    for name in exact:
        apart = [distance(find(net, x, y, beta=b).gradient, exact, name) for b in betas]
        assert 1.9 < np.polyfit(np.log(betas), np.log(apart), 1)[0] < 2.1, name


def test_an_exact_gradient_in_single_precision() -> None:
    double, single = (slow.network((8, 6), dtype=d, inputs=5) for d in (np.float64, np.float32))
    single.parameters.flat[:] = double.parameters.flat
    x, y = problem(double, 8)
    wanted = find(double, x, y, "implicit").gradient
    found = find(single, x, y, "implicit", stop=Stop(1e-7, 100)).gradient
    assert found.flat.dtype == np.float32
    for name in wanted:
        assert distance(found, wanted, name) < 1e-4


def test_a_target_that_does_not_fit_is_refused() -> None:
    net = slow.network()
    x, y = problem(net)
    for rule in ("implicit", "centered"):
        with pytest.raises(ValueError, match=r"target: needs shape \(4, 2\), got \(4, 1\)"):
            find(net, x, y[:, :1], rule)


@pytest.mark.parametrize("what", ["gain", "back"])
def test_amplifiers_whose_ways_differ_leave_no_gradient_to_compare_with(what: str) -> None:
    net = slow.network((6, 4), amplification=3.0, diode=SOFT)
    one = tuple(np.ones(size) for size in net.sizes[1:])
    parts = {"saturation": one, "gain": one, "back": one, "capacitance": one}
    net.drawn = DrawnNodes(**parts)
    x, y = problem(net)
    free = settle_resistive(net, x)
    assert np.isfinite(implicit_gradient(free, y).flat).all()
    ResistiveSystem(net).check_reference("implicit")

    net.drawn = DrawnNodes(**parts | {what: (np.full(6, 1.01), *one[1:])})
    with pytest.raises(ValueError, match=r"^amplifiers that do not .* has no energy"):
        ResistiveSystem(net).check_reference("implicit")
    with pytest.raises(ValueError, match="has no energy"):
        find(net, x, y, "implicit")
    with pytest.raises(ValueError, match="has no energy"):
        implicit_gradient(settle_resistive(net, x), y)
    assert np.isfinite(find(net, x, y, "centered").gradient.flat).all()  # it still learns
