"""Sweeps come nearer to rest by a factor that is told before, and settle diodes if it is small."""

from dataclasses import replace

import numpy as np
import pytest
from reference import resistive as slow
from reference.resistive_case import SILICON

from neuroep.hardware.crossbar import Wires
from neuroep.hardware.resistive.arrays import with_wires
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.contraction import contraction
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive
from neuroep.settle.result import Stop

EXAMPLES = 4
WIRES = Wires(30.0, 50.0, 200.0, 100.0, lines=4)
each_shape = pytest.mark.parametrize(
    ("hidden", "amplification", "wires"),
    [((6,), 1.0, None), ((6, 4), 1.0, None), ((6, 4), 3.0, None), ((6,), 1.0, WIRES)],
)
BETAS = (0.0, 4e-3, -1e-5)  # of outputs that little holds


def loaded(hidden: tuple[int, ...], amplification: float, diode, share: float) -> ResistiveNetwork:
    """Return a network whose conductances fall by a share from layer to layer."""
    net = slow.network(hidden, amplification=amplification, diode=diode)
    for k, g in enumerate(net.conductances):
        g *= share**k
    net.conductance_range = (0.0, net.conductance_range[1])
    return net


def settle(net: ResistiveNetwork, beta: float, steps: int, start=None, **options):
    rng = np.random.default_rng(5)
    x, y = rng.normal(size=(EXAMPLES, net.inputs)), rng.normal(size=(EXAMPLES, net.outputs))
    stop = Stop(1e-13 if steps > 100 else 0.0, steps)
    return settle_resistive(net, x, beta=beta, target=y, stop=stop, start=start, **options)


def bound(settled: ResistiveSettled, beta: float) -> float:
    return contraction(settled.drive.chain, beta * settled.drive.network.nudge_conductance)


def far_from(rest: ResistiveSettled, found: ResistiveSettled) -> float:
    """Return the largest distance of nodes that sweeps start from, referred to the input."""
    scale, every = rest.drive.chain.scale, 1 if rest.drive.chain.beside.size else 2
    layers = zip(rest.volts, found.volts, scale[1:], strict=True)
    return max(np.abs(a - b).max() / one for a, b, one in list(layers)[every - 1 :: every])


@pytest.mark.parametrize("diode", [None, SILICON], ids=["ideal", "exponential"])
@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_no_sweep_brings_less(hidden, amplification, wires, beta, diode) -> None:
    net = with_wires(loaded(hidden, amplification, diode, 0.02), wires)
    rest = settle(net, beta, 500)
    assert rest.converged
    factor = bound(rest, beta)
    assert factor < 0.25
    far, before = None, None
    for _ in range(4):
        far = settle(net, beta, 1, start=far)
        distance = far_from(rest, far)
        if before is not None:
            assert distance <= factor * before + 1e-14
        before = distance


def test_it_is_met_where_every_diode_is_off() -> None:
    """Outputs that are all one volt off come back by exactly that factor, at the slowest."""
    net = loaded((6,), 1.0, ExponentialDiode(1e-30), 0.02)
    x = np.zeros((1, net.inputs))
    rest = settle_resistive(net, x, stop=Stop(1e-14, 500))
    off = settle_resistive(net, x, stop=Stop(0.0, 1))
    off = replace(off, volts=(off.volts[0], rest.volts[1] + 1.0))
    one = settle_resistive(net, x, stop=Stop(0.0, 1), start=off)
    distance = np.abs(one.volts[1] - rest.volts[1]).max()
    assert distance == pytest.approx(bound(rest, 0.0), rel=1e-9)


@pytest.mark.parametrize("beta", BETAS)
@each_shape
def test_both_ways_settle_alike(hidden, amplification, wires, beta) -> None:
    net = with_wires(loaded(hidden, amplification, SILICON, 0.02), wires)
    swept, newton = settle(net, beta, 500), settle(net, beta, 500, solver="newton")
    assert swept.converged
    assert newton.converged
    assert not np.array_equal(swept.steps, newton.steps)
    for ours, theirs in zip(swept.volts, newton.volts, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


def test_outputs_with_wires_hang_on_the_layer_before_them() -> None:
    net = with_wires(loaded((6, 4), 1.0, SILICON, 0.02), WIRES)
    slowly = settle(net, 0.0, 500)
    assert bound(slowly, 0.0) > 0.99
    np.testing.assert_array_equal(slowly.steps, settle(net, 0.0, 500, solver="newton").steps)


def test_layers_that_hang_on_each_other_are_left_to_newton() -> None:
    net = slow.network((4, 6, 2), diode=SILICON)
    slowly = settle(net, 0.0, 500)
    assert bound(slowly, 0.0) > 0.25
    np.testing.assert_array_equal(slowly.steps, settle(net, 0.0, 500, solver="newton").steps)
