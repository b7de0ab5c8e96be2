"""Resistive networks settle: Kirchhoff, energy, diodes, amplifiers, and refusals."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import resistive as slow
from resistive_support import draw

from neuroep.hardware.crossbar import Wires
from neuroep.hardware.resistive.arrays import with_wires
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle.resistive.settling import settle_resistive
from neuroep.settle.result import SettleError, Status, Stop

SILICON = ExponentialDiode(1e-14)
TIGHT = Stop(1e-14, 10_000)
DIODES = pytest.mark.parametrize("diode", [None, SILICON], ids=["ideal", "exponential"])
SHAPES = pytest.mark.parametrize(
    ("hidden", "amplification"), [((6,), 1.0), ((8,), 4.0), ((6, 4), 1.0), ((4, 6, 4), 3.0)]
)


def data(net: ResistiveNetwork, count: int = 20) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.normal(size=(count, net.inputs)), rng.normal(size=(count, net.outputs))


@DIODES
@SHAPES
def test_kirchhoff_holds_at_every_node_of_every_phase(hidden, amplification, diode) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    x, y = data(net)
    free = settle_resistive(net, x, stop=TIGHT).require_converged()
    nudged = settle_resistive(
        net, free.drive, beta=[0.5, -0.02], target=y, start=free, stop=TIGHT
    ).require_converged()
    assert free.balance.shape == (1, 20)
    assert max(free.balance.max(), nudged.balance.max()) < 1e-9
    for phase, beta in enumerate((0.5, -0.02)):
        volts = [nudged.layer(k)[phase, 3] for k in range(len(net.sizes))]
        every = slow.nodes(net, volts, beta, y[3])
        assert max(n.balance(diode is None) for layer in every for n in layer) < 1e-9


@DIODES
@pytest.mark.parametrize("wires", [None, Wires(80.0, 120.0, 900.0, 400.0)])
def test_kirchhoff_holds_where_amplifiers_differ(wires: Wires | None, diode) -> None:
    net = slow.network((8, 4), amplification=4.0, diode=diode)
    draw(net)
    with_wires(net, wires)
    assert not net.reciprocal
    x, y = data(net, 3)
    settled = settle_resistive(net, x, beta=0.5, target=y, stop=TIGHT).require_converged()
    assert settled.balance.max() < 1e-9
    moved = replace(settled)  # the balance is found once a result
    moved._job.volts[:] *= 1.01
    assert moved.balance.min() > 1e-4


def test_a_settle_from_another_has_steps_of_its_own() -> None:
    net = slow.network((6, 4))
    x, y = data(net)
    stop = Stop(0.0, 9, nudged_steps=2)
    free = settle_resistive(net, x, stop=stop)
    nudged = settle_resistive(net, free.drive, beta=0.5, target=y, start=free, stop=stop)
    assert (free.steps.max(), nudged.steps.max()) == (9, 2)


@DIODES
@SHAPES
def test_diodes_hold_each_half_on_its_side(hidden, amplification, diode) -> None:
    net = slow.network(hidden, amplification=amplification, diode=diode)
    settled = settle_resistive(net, data(net)[0], stop=TIGHT)
    for k, size in enumerate(hidden, start=1):
        up = settled.layer(k)[..., : size // 2]
        down = settled.layer(k)[..., size // 2 :]
        drop = 0.0 if diode is None else 1.0  # what a conducting diode needs, at most
        assert up.min() >= -drop
        assert down.max() <= drop
        assert up.max() > 0 > down.min()
        np.testing.assert_array_equal(net.polarity(k), np.repeat([1.0, -1.0], size // 2))
    assert settled.layer(len(hidden) + 1).min() < 0 < settled.layer(len(hidden) + 1).max()


@SHAPES
@pytest.mark.parametrize("beta", [0.0, 0.3, -0.02])
def test_energy_falls_at_every_sweep(hidden, amplification, beta) -> None:
    net = slow.network(hidden, amplification=amplification)
    x, y = data(net)
    end = settle_resistive(net, x, beta=beta, target=y, stop=TIGHT)
    before = end.energy_before
    for sweeps in range(1, 30):
        found = settle_resistive(net, x, beta=beta, target=y, stop=Stop(0.0, sweeps))
        rounding = 1e-14 * np.abs(before)
        assert (found.energy <= before + rounding).all()
        moving = found.residual > 1e-4  # beyond rounding, behind amplifiers too
        assert (found.energy < before)[moving].all()
        before = found.energy
    assert (end.energy <= before + rounding).all()


@DIODES
def test_settled_is_the_least_energy(diode) -> None:
    net = slow.network((6, 4), amplification=2.0, diode=diode)
    x, y = data(net, 1)
    settled = settle_resistive(net, x, beta=0.3, target=y, stop=TIGHT)
    volts = [settled.layer(k)[0, 0] for k in range(len(net.sizes))]
    least = slow.co_content(net, volts, 0.3, y[0])
    assert settled.energy[0, 0] == pytest.approx(least, rel=1e-12)
    rng = np.random.default_rng(0)
    for _ in range(200):
        moved = [volts[0], *(v + 1e-3 * rng.normal(size=v.shape) for v in volts[1:])]
        for k in (1, 2):
            if diode is None:
                moved[k] = net.polarity(k) * np.maximum(net.polarity(k) * moved[k], 0)
        assert slow.co_content(net, moved, 0.3, y[0]) > least


def test_amplifiers_with_ideal_diodes_only_scale_voltages() -> None:
    """Ideal diodes know no volts: A leaves a smaller nudge and larger voltages."""
    plain, amplified = slow.network((6, 4)), slow.network((6, 4), amplification=3.0)
    x, _ = data(plain)
    one, other = (settle_resistive(net, x, stop=TIGHT) for net in (plain, amplified))
    for k, factor in ((1, 1.0), (2, 3.0), (3, 9.0)):
        np.testing.assert_allclose(other.layer(k), factor * one.layer(k), atol=1e-12)
    assert (one.prediction * 9).ravel() == pytest.approx(other.prediction.ravel())


def test_scaling_all_conductances_leaves_the_voltages() -> None:
    net = slow.network((6, 4))
    x, _ = data(net)
    volts = settle_resistive(net, x, stop=TIGHT).prediction
    net.parameters.flat[:] *= 0.5
    np.testing.assert_allclose(settle_resistive(net, x, stop=TIGHT).prediction, volts, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_phases_chunks_and_precision(dtype) -> None:
    net = slow.network((6, 4), amplification=2.0, dtype=dtype)
    x, y = data(net, 50)
    stop = TIGHT if dtype is np.float64 else Stop(1e-5, 100)
    betas = np.array([0.0, 0.4, -0.02])
    together = settle_resistive(net, x, beta=betas, target=y, stop=stop)
    assert together.volts[0].dtype == dtype
    assert together.beta.shape == (3, 50)
    tolerance = 1e-12 if dtype is np.float64 else 1e-4
    for phase, beta in enumerate(betas):
        for example in (0, 17, 49):
            alone = settle_resistive(
                net, x[example : example + 1], beta=beta, target=y[example : example + 1], stop=stop
            )
            for ours, theirs in zip(together.volts, alone.volts, strict=True):
                np.testing.assert_allclose(ours[phase, example], theirs[0, 0], atol=tolerance)
    signs = np.where(np.arange(50) % 2, 0.4, -0.02)[None]
    mixed = settle_resistive(net, x, beta=signs, target=y, stop=stop)
    for example, phase in ((3, 1), (4, 2)):
        found, wanted = mixed.prediction[0, example], together.prediction[phase, example]
        np.testing.assert_allclose(found, wanted, atol=tolerance)


@DIODES
def test_a_start_at_the_end_needs_no_more_than_a_look(diode) -> None:
    net = slow.network((6, 4), amplification=2.0, diode=diode)
    x, y = data(net)
    free = settle_resistive(net, x, stop=TIGHT)
    again = settle_resistive(net, free.drive, start=free, stop=Stop(1e-12))
    assert again.steps.max() == 1
    np.testing.assert_allclose(again.energy_before, free.energy, rtol=1e-12)
    warm = settle_resistive(net, x, beta=[0.1, -0.02], target=y, start=free, stop=Stop(1e-9))
    cold = settle_resistive(net, x, beta=[0.1, -0.02], target=y, stop=Stop(1e-9))
    np.testing.assert_allclose(warm.prediction, cold.prediction, atol=1e-7)
    assert warm.steps.mean() < cold.steps.mean()


def test_a_step_limit_is_a_status_not_an_exception() -> None:
    net = slow.network((6, 4), diode=SILICON)
    found = settle_resistive(net, data(net)[0], stop=Stop(1e-14, 2))
    assert (found.status == Status.STEP_LIMIT).all()
    assert not found.converged
    with pytest.raises(SettleError, match=r"20 of 20.*step limit"):
        found.require_converged()


@given(
    hidden=st.lists(st.integers(1, 5).map(lambda n: 2 * n), min_size=1, max_size=3),
    amplification=st.floats(1.0, 5.0),
    saturation=st.floats(-18, -6),
    ideality=st.floats(1.0, 2.0),
    gain=st.floats(-2, 3),
    ratio=st.floats(0.5, 4),
    seed=st.integers(0, 99),
)
def test_newton_converges_on_any_chip(
    hidden, amplification, saturation, ideality, gain, ratio, seed
) -> None:
    net = ResistiveNetwork(
        3,
        hidden,
        2,
        input_gain=10**gain,
        amplification=amplification,
        conductance_range=(1e-4 / 10**ratio, 1e-4),
        nudge_conductance=1e-5,
        diode=ExponentialDiode(10**saturation, ideality),
    )
    net.initialise(seed, 0.5e-4)
    x, y = data(net, 2)
    stop = Stop(1e-13 * 10**gain, 100)  # V: small inputs make small voltages
    settled = settle_resistive(net, x, beta=[0.0, 0.5], target=y, stop=stop)
    assert settled.converged
    assert settled.steps.max() < 40
    # Where all nodes stand at one voltage to many digits, next to no current flows, and what does
    # is the rounding of voltages.
    drops = min(
        (np.abs(gain * v[..., :, None] - w[..., None, :]).max(axis=-2) / np.abs(w).max()).min()
        for gain, v, w in zip(net.gains[1:], settled.volts[:-1], settled.volts[1:], strict=True)
    )
    assert settled.balance.max() < max(1e-9, 1e-15 / drops)


def refuse(match: str, net: ResistiveNetwork, x: Any, **options: Any) -> None:
    with pytest.raises(ValueError, match=match) as error:
        settle_resistive(net, x, **options)
    assert "\n" not in str(error.value)


def test_what_does_not_fit_is_refused_in_one_line() -> None:
    net = slow.network((6, 4))
    x, y = data(net)
    other = slow.network((6, 4))
    free = settle_resistive(net, x)
    refuse("inputs: needs shape", net, x[:, :2])
    refuse("inputs: not all finite", net, np.full((1, 3), np.nan))
    refuse("target: a nudged phase needs one", net, x, beta=0.1)
    refuse("target: needs shape", net, x, beta=0.1, target=y[:3])
    refuse("target: not all finite", net, x, beta=0.1, target=y * np.inf)
    refuse("beta: needs one finite", net, x, beta=np.nan, target=y)
    refuse("beta: needs one finite", net, x, beta=np.ones((2, 3)), target=y)
    refuse("another network", net, make_resistive_drive(other, x))
    refuse("start: needs one phase", net, x, start=settle_resistive(other, x))
    refuse("start: needs one phase", net, x[:3], start=free)
    refuse("start: needs one phase", net, x, start=settle_resistive(net, x, beta=[0, 0]))


def test_a_drive_of_other_wires_or_nodes_is_refused() -> None:
    net = slow.network((6, 4))
    for change in (lambda: with_wires(net, Wires(80.0, 120.0)), lambda: draw(net)):
        drive = make_resistive_drive(net, data(net)[0])
        settle_resistive(net, drive)
        change()
        refuse("the network has changed since", net, drive)


@pytest.mark.parametrize("diode", [None, SILICON])
def test_a_beta_beyond_what_the_outputs_hold_is_refused(diode) -> None:
    net = slow.network((6,), diode=diode)
    x, y = data(net)
    refuse(r"beta: -50 draws more from output \d", net, x, beta=-50.0, target=y)
    # Hidden nodes that stand still would hold this much; they move, and bring the outputs along.
    g = net.conductances[1].sum(axis=0).reshape(-1, 2)
    least = -(g.prod(axis=1) / g.sum(axis=1)).min() / net.nudge_conductance
    refuse("must be above", net, x, beta=0.999 * least, target=y)


def test_a_floating_node_is_named() -> None:
    net = slow.network((6, 4))
    net.conductances[0][:, 2] = 0.0
    net.conductances[1][2] = 0.0
    refuse("layer 1, node 2: floats", net, data(net)[0])
    net = slow.network((6, 4))
    net.conductances[2][:, 3] = 0.0
    refuse("layer 3, node 3: floats", net, data(net)[0])


def test_exponential_diodes_settle_in_double_precision_whatever_the_conductances() -> None:
    net = slow.network((6,), diode=SILICON, dtype=np.float32)
    settled = settle_resistive(net, data(net)[0], stop=Stop(1e-13))
    assert settled.volts[0].dtype == np.float64
    assert settled.converged
    assert settled.balance.max() < 1e-9


def test_a_colder_or_steeper_diode_holds_closer_to_ideal() -> None:
    ideal = slow.network((6,))
    x, _ = data(ideal)
    wanted = settle_resistive(ideal, x, stop=TIGHT).prediction
    errors = []
    for ideality in (2.0, 1.0, 0.1, 0.01):
        net = slow.network((6,), diode=replace(SILICON, ideality=ideality, saturation=1e-9))
        errors.append(np.abs(settle_resistive(net, x, stop=TIGHT).prediction - wanted).max())
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 0.01 * np.abs(wanted).max()
