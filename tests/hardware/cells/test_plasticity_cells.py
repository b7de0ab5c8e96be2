"""The physics of the cells that write synapses, beside the parity of their views."""

import numpy as np
import pytest
from scipy.integrate import quad

from neuroep.content import circuits_path
from neuroep.hardware.cells import CELLS, Values, parity
from neuroep.hardware.cells.cell import KERNEL, ODE
from neuroep.hardware.cells.coincidence import drawn, met, trains
from neuroep.hardware.cells.memristor import TRAIN, linear_step, state_slope
from neuroep.hardware.cells.plasticity import decision
from neuroep.hardware.cells.sample_hold import injection

FOLDER = circuits_path() / "cells" / "ideal"


def kernel(name: str, experiment: int = 0, **values: float) -> np.ndarray:
    return parity(CELLS[name], FOLDER, values=values, views=[])[experiment].curves[KERNEL][0]


# The device


@pytest.mark.parametrize("gamma", [1.0, 0.5, -0.4])
@pytest.mark.parametrize("way", [1, -1])
def test_n_pulses_are_a_power(gamma: float, way: int) -> None:
    """w_n = w_b + (w_0 - w_b) (1 - gamma s)^n with w_b = +-1/gamma, for a linear recursion."""
    p = CELLS["memristor"].values(su=0.02, sd=0.02, gammau=gamma, gammad=gamma)
    w, start, bound = np.array(-0.3 * way), -0.3 * way, way / gamma
    for _ in range(25):
        w = linear_step(p, w, np.array(way))
    assert w == pytest.approx(bound + (start - bound) * (1 - gamma * 0.02) ** 25, rel=1e-13)


@pytest.mark.parametrize("values", [{"gammau": 0.0, "gammad": 0.0}, {"gammau": -0.4}, {}])
def test_a_pulse_is_its_equation_whatever_its_shape(values: dict[str, float]) -> None:
    """Only the area of a pulse counts: a triangle of twice the width moves the same."""
    from scipy.integrate import solve_ivp

    p = CELLS["memristor"].values(**values)
    for way in (1.0, -1.0):
        for start in (-0.8, 0.0, 0.7):
            run = solve_ivp(
                lambda t, w, way=way: state_slope(
                    p,
                    w,
                    max(way, 0) * p["vp"] * (1 - abs(t / p["tp"] - 1)),
                    max(-way, 0) * p["vp"] * (1 - abs(t / p["tp"] - 1)),
                ),
                (0.0, 2 * p["tp"]),
                [start],
                "DOP853",
                rtol=1e-11,
                atol=1e-13,
                max_step=p["tp"] / 2,
            )
            step = linear_step(p, np.array(start), np.array(way))
            assert run.y[0, -1] == pytest.approx(float(step), abs=1e-9)


def test_no_state_leaves_its_bounds() -> None:
    p = CELLS["memristor"].values(su=0.3, sd=0.3, gammau=-0.5, gammad=-0.5)
    states = [np.zeros(())]
    for pulse in (*[1.0] * 8, *[-1.0] * 12):
        states.append(linear_step(p, states[-1], np.array(pulse)))
    assert max(states) == 1.0
    assert min(states) == -1.0
    assert states[9] < 1.0


HARD = {"su": 0.2, "sd": 0.1, "gammau": 0.0, "gammad": 0.0}


def test_hard_bounds_hold_in_every_view(ngspice: str) -> None:
    """Constant steps run into the bounds: 190 pulses of a fifth and a tenth of half the range."""
    result = parity(CELLS["memristor"], FOLDER, values=HARD)[0]
    assert np.abs(result.curves[KERNEL]).max() == 1.0
    assert result.failures == []
    assert result.deviations[ODE] < 1e-9


def test_the_device_comes_back_within_a_millionth_of_its_range(ngspice: str) -> None:
    """190 pulses both ways in ngspice, of a range from -1 to 1."""
    for values in ({}, {"gammau": 0.76, "gammad": 0.95, "su": 1 / 32, "sd": 1 / 32}):
        result = parity(CELLS["memristor"], FOLDER, values=values)[0]
        assert result.x.size == TRAIN.size == 190
        assert np.ptp(result.curves[KERNEL]) > 0.8
        assert result.deviations["ngspice"] / 2.0 < 1e-6


# Sampling


def test_injection_is_all_of_the_overlap_where_the_clock_falls_at_once() -> None:
    p = CELLS["sample_hold"].values(cj=2e-15)
    share = p["cj"] / (p["c"] + p["cj"])
    assert injection(p, 1e-15) == pytest.approx(-share, rel=1e-3)


def test_injection_falls_with_the_root_of_the_time_where_it_falls_slowly() -> None:
    p = CELLS["sample_hold"].values()
    assert injection(p, 4e-6) == pytest.approx(0.5 * injection(p, 1e-6), rel=1e-6)


def test_injection_is_the_integral_of_what_the_switch_no_longer_takes() -> None:
    """Sheu & Hu 1984, equation 5, by quadrature."""
    p = CELLS["sample_hold"].values(cj=1e-15)
    tau, fall = p["ron"] * (p["c"] + p["cj"]), 3e-9
    left = quad(lambda t: np.exp(-((fall - t) ** 2) / (2 * tau * fall)) / fall, 0, fall)[0]
    assert injection(p, fall) == pytest.approx(-left * p["cj"] / (p["c"] + p["cj"]), rel=1e-9)


# The circuit of a synapse


@pytest.mark.parametrize("offset", [10e-9, -40e-9])
def test_an_offset_of_the_multiplier_cancels_between_equal_windows(offset: float) -> None:
    """Hundreds of millivolts in each window, and nothing behind both."""
    for experiment in (0, 1):
        ideal, real = (kernel("plasticity", experiment, ios=value) for value in (0.0, offset))
        np.testing.assert_allclose(real, ideal, atol=1e-12)
    assert np.abs(kernel("plasticity", 1)).sum() > 5


def test_what_is_asked_is_written_or_kept() -> None:
    """Charge is conserved: windows less packets is what stands on the capacitor."""
    volts, pulses = kernel("plasticity", 0), kernel("plasticity", 1)
    halved = kernel("plasticity", 0, vth=0.2, c=50e-15), kernel("plasticity", 1, vth=0.2, c=50e-15)
    # Half the capacitance and twice the threshold: the same charge a pulse, twice the volts.
    np.testing.assert_allclose(halved[0], 2.0 * volts, atol=1e-12)
    np.testing.assert_array_equal(halved[1], pulses)


def test_a_leak_forgets() -> None:
    """Of a leak that is faster than a window little is left; in the limit of none, everything."""
    ideal = kernel("plasticity", 0, vth=50.0)
    np.testing.assert_allclose(kernel("plasticity", 0, vth=50.0, gl=1e-18), ideal, rtol=1e-5)
    assert np.abs(kernel("plasticity", 0, vth=50.0, gl=1e-8)).max() < 0.5 * np.abs(ideal).max()


def test_decisions_are_symmetric_but_for_the_offset() -> None:
    p = CELLS["plasticity"].values(vth=0.1, vos=0.01)
    asked = np.array([-0.2, -0.11, -0.1099, 0.0, 0.1099, 0.11, 0.2])
    assert decision(p, asked).tolist() == [-1, -1, 0, 0, 0, 1, 1]


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("memristor", {"gmin": 50e-6}, "gmin = 5e-05 S must lie below gmax = 4e-05 S"),
        ("memristor", {"su": 0.9, "gammau": -0.5}, "one pulse crosses the range"),
        ("memristor", {"sd": 1.0, "gammad": 1.0}, "sd = 1 with gammad = 1: one pulse crosses"),
        ("memristor", {"gammad": 1e-9}, "too small to tell from 0"),
        ("memristor", {"gammau": 1.5}, "gammau = 1.5 is outside what is physical"),
        ("plasticity", {"vos": -0.2}, "takes the threshold of 0.1 V away"),
        ("plasticity", {"gl": -1.0}, "gl = -1 S is outside"),
    ],
)
def test_values_that_no_circuit_has(name: str, given: Values, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CELLS[name].values(**given)


# Coincidence


def test_two_products_of_rank_one_are_the_contrast(rng: np.random.Generator) -> None:
    """s_i+ s_j+ - s_i- s_j- = m_i d_j + d_i m_j, exactly, for every pair of lines."""
    plus, minus = rng.uniform(-1, 1, (2, 7))
    mean, difference = trains(plus, minus)
    made = np.outer(mean, difference) + np.outer(difference, mean)
    np.testing.assert_allclose(made, np.outer(plus, plus) - np.outer(minus, minus), atol=1e-15)


def test_pulses_that_meet_are_the_contrast_on_average(rng: np.random.Generator) -> None:
    plus, minus = np.array([0.9, 0.3, -0.5]), np.array([0.4, 0.8, 0.2])
    slots, sent = 40_000, trains(plus, minus)
    rows = drawn(sent[:, None, :], rng.random((2, slots, 3)))
    columns = drawn(sent[::-1, None, :], rng.random((2, slots, 3)))
    found = met(rows[..., :, None], columns[..., None, :]).sum(axis=0).mean(axis=0)
    wanted = np.outer(plus, plus) - np.outer(minus, minus)
    # A slot of two trains has a variance of at most 2.
    np.testing.assert_allclose(found, wanted, atol=5.0 * np.sqrt(2.0 / slots))
    assert np.abs(wanted).max() > 0.3
