"""Laws: closed forms are single pulses, kernels are the laws, and noise is what the card says."""

import math

import numpy as np
import pytest

from neuroep.core.pulses.device import many_pulsed
from neuroep.devices.device import Device, Spread
from neuroep.devices.laws import LAWS, Law
from neuroep.devices.laws.constant import Constant
from neuroep.devices.laws.exponential import Exponential
from neuroep.devices.laws.linear import Linear
from neuroep.devices.laws.piecewise import Piecewise
from neuroep.devices.laws.power import Power
from neuroep.devices.laws.tabulated import Tabulated
from neuroep.devices.nonlinearity import gamma_of, label_of

EVERY: list[Law] = [
    Constant(),
    Linear(),
    Linear(0.4, 0.7),
    Linear(-0.6, 0.0),
    Exponential(),
    Power(1.5, 0.5),
    Piecewise((1.0, 0.5, 0.2), (0.2, 0.6, 1.0)),
    Tabulated.of(np.full((2, 3), [0.8, 0.6, 0.4]), np.full((2, 3), [0.3, 0.6, 0.9])),
]
STATES = np.linspace(-1.0, 1.0, 9)


def device(law: Law, **options: float) -> Device:
    return Device("x", 1e-6, 4e-5, 0.03, 0.02, law=law, **options)  # type: ignore[arg-type]


def by_kernel(made: Device, states: np.ndarray, count: int, counter: int = 1) -> np.ndarray:
    laws, constants = made.law.table(made.pulse_noise, made.relative)
    found = np.array(states, float)
    which, counts = np.arange(len(found)), np.full(len(found), count)
    many_pulsed(found, which, counts, np.uint64(9), counter, made.kind(), laws, constants)
    return found


def test_every_law_is_tested() -> None:
    assert {type(law) for law in EVERY} == set(LAWS.values())


@pytest.mark.parametrize("law", EVERY, ids=repr)
@pytest.mark.parametrize("pulses", [1, 7, 190, -1, -7, -190])
def test_many_pulses_at_once_are_single_ones(law: Law, pulses: int) -> None:
    step = 0.03 if pulses > 0 else 0.02
    closed = law.after(STATES, pulses, step)
    assert closed == pytest.approx(law.step_by_step(STATES, pulses, step), abs=1e-13)
    assert by_kernel(device(law), STATES, pulses) == pytest.approx(closed, abs=1e-13)


@pytest.mark.parametrize("law", EVERY, ids=repr)
def test_pulses_go_the_way_they_should_and_stay_within_bounds(law: Law) -> None:
    up, down = by_kernel(device(law), STATES, 400), by_kernel(device(law), STATES, -400)
    for states in (up, down):
        assert (np.abs(states) <= 1.0).all()
    assert (up >= STATES - 1e-12).all()
    assert (down <= STATES + 1e-12).all()


def test_soft_bounds_as_a_formula() -> None:
    # w_n = w_b + (w_0 - w_b) (1 - s / w_b)^n, w_b the bound.
    found = Linear().after(np.array([-0.5]), 20, 0.05)
    assert found[0] == pytest.approx(1.0 - 1.5 * 0.95**20, abs=1e-14)


@pytest.mark.parametrize("law", [Linear(), Linear(0.7, 0.9)], ids=repr)
@pytest.mark.parametrize("pulses", [1, 2, 3, -1, -2, -3])
def test_a_pulse_beyond_the_bound_stays_there(law: Law, pulses: int) -> None:
    """So coarse a step, or so near a bound of its own, that one pulse would overshoot it."""
    for step, low, high in ((1.8, -1.0, 1.0), (0.4, -0.2, 0.15)):
        states = STATES[(low <= STATES) & (high >= STATES)]
        wanted = law.step_by_step(states, pulses, step, low, high)
        assert law.after(states, pulses, step, low, high) == pytest.approx(wanted, abs=1e-13)


@pytest.mark.parametrize(("relative", "law"), [(False, Linear(0.5, 0.5)), (True, Linear(0.5, 0.5))])
def test_mean_and_spread_of_noisy_pulses(relative: bool, law: Law) -> None:
    made = Device("x", 1e-6, 4e-5, 0.02, 0.02, law=law, pulse_noise=0.3, relative=relative)
    start, count, many = 0.2, 5, 100_000
    found = by_kernel(made, np.full(many, start), count)
    mean = law.after(np.array([start]), count, 0.02)[0]
    q = 1.0 - 0.5 * 0.02
    if relative:  # each pulse's spread goes with its change
        changes = np.diff([law.after(np.array([start]), n, 0.02)[0] for n in range(count + 1)])
        variance = sum((0.3 * c) ** 2 * q ** (2 * (count - 1 - n)) for n, c in enumerate(changes))
    else:
        variance = (0.02 * 0.3) ** 2 * (1 - q ** (2 * count)) / (1 - q**2)
    assert found.mean() - start == pytest.approx(mean - start, rel=0.01)
    assert found.std() == pytest.approx(math.sqrt(variance), rel=0.01)


def test_a_table_draws_its_steps() -> None:
    rng = np.random.default_rng(0)
    steps = rng.gamma(2.0, 0.5, 5000)
    quantiles = np.quantile(steps, np.linspace(0, 1, 65))
    law = Tabulated.of(np.tile(quantiles[:, None], (1, 3)), np.ones((65, 3)))
    found = by_kernel(Device("x", 1e-6, 4e-5, 0.01, 0.01, law=law), np.zeros(50_000), 1) / 0.01
    assert found.mean() == pytest.approx(steps.mean(), rel=0.02)
    assert np.quantile(found, [0.1, 0.5, 0.9]) == pytest.approx(
        np.quantile(steps, [0.1, 0.5, 0.9]), rel=0.03
    )


@pytest.mark.parametrize("log_normal", [False, True])
def test_devices_differ_as_much_as_the_card_says(log_normal: bool) -> None:
    spread = Spread(step=0.3, log_normal=log_normal, asymmetry=0.05, bounds=0.1, least=1e-6)
    made = Device("x", 1e-6, 4e-5, 0.001, 0.001, law=Constant(), spread=spread)
    many = 40_000
    up = by_kernel(made, np.zeros(many), 1) / 0.001
    down = -by_kernel(made, np.zeros(many), -1) / 0.001
    assert up.mean() == pytest.approx(1.0, abs=0.01)
    gain, lean = 0.5 * (up + down), 0.5 * (up - down)
    wanted = math.sqrt(math.exp(0.3**2) - 1) if log_normal else 0.3
    assert gain.std() == pytest.approx(wanted, rel=0.03)
    assert lean.std() == pytest.approx(0.05, rel=0.03)
    highest = by_kernel(made, np.full(2000, 5.0), 1)  # held at each one's own bound
    assert highest.std() == pytest.approx(0.1, rel=0.06)
    assert np.array_equal(up, by_kernel(made, np.zeros(many), 1, counter=7) / 0.001)  # born once


def test_stuck_devices_do_not_move() -> None:
    found = by_kernel(device(Constant(), stuck=0.2), np.zeros(20_000), 3)
    assert (found == 0.0).mean() == pytest.approx(0.2, abs=0.01)


def test_a_drawn_device_begins_where_it_can_stand() -> None:
    """No first pulse goes further than a step, whatever a device's least conductance is."""
    spread, step = Spread(bounds=0.3), 0.02
    device = Device("d", 1e-6, 4e-5, step, step, law=Constant(), spread=spread)
    ramps = np.array([device.drawn(20, number) for number in range(16)])
    moved = np.abs(np.diff(ramps)) / (0.5 * 39e-6)
    assert moved.max() <= step * (1 + 1e-9)
    np.testing.assert_allclose(ramps[:, -1], ramps[:, 0])  # as many down lead back
    assert np.ptp(ramps[:, 0]) > 5e-6
    stuck = Device("d", 1e-6, 4e-5, step, step, stuck=1.0)
    assert np.unique([stuck.drawn(3, number)[0] for number in range(8)]).size == 8


@pytest.mark.parametrize("label", [0.01, 0.5, 1.0, 1.75, 2.4, 4.0, 4.88, 6.0])
def test_the_label_of_nonlinearity_comes_back(label: float) -> None:
    assert label_of(gamma_of(label)) == pytest.approx(label, abs=1e-9)


def test_the_label_is_the_distance_from_a_line() -> None:
    # NeuroSim's own curve, drawn: 1 is a distance of 0.099 of the range.
    gamma = gamma_of(2.4)
    a = 0.5 / math.atanh(gamma)
    pulses = np.linspace(0.0, 1.0, 100_001)
    curve = (1 - np.exp(-pulses / a)) / (1 - math.exp(-1 / a))
    assert (curve - pulses).max() / 0.099 == pytest.approx(2.4, rel=1e-6)
    # and a pulse of it is a linear step: its fall over the range is that of gamma
    slope = np.exp(-pulses / a)
    assert slope[-1] / slope[0] == pytest.approx((1 - gamma) / (1 + gamma), rel=1e-9)
    with pytest.raises(ValueError, match="nonlinearity"):
        gamma_of(11.0)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Linear(1.5), "gamma_up"),
        (lambda: Linear(float("nan")), "gamma_up"),
        (lambda: Power(-1.0), "gamma_up"),
        (lambda: Piecewise((1.0,), (1.0,)), "nodes_down"),
        (lambda: Piecewise((1.0, 1.0), (1.0, 1.0, 1.0)), "nodes_down"),
        (lambda: Tabulated(((1.0, 1.0), (1.0, 1.0)), ((1.0,), (1.0,))), "rows"),
    ],
)
def test_impossible_laws_are_refused(make: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        make()  # type: ignore[operator]


def test_the_memristor_of_a_netlist_steps_by_the_linear_law() -> None:
    from neuroep.hardware.cells.memristor import linear_step

    values = {"su": 0.03, "sd": 0.02, "gammau": 0.4, "gammad": 0.7}
    law = Linear(0.4, 0.7)
    for pulse, step in ((1, 0.03), (-1, 0.02)):
        cell = linear_step(values, STATES, np.full(len(STATES), float(pulse)))
        assert cell == pytest.approx(law.after(STATES, pulse, step), abs=1e-15)
