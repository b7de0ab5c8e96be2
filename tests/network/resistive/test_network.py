"""What a resistive network is made of, and what it refuses."""

import numpy as np
import pytest

from neuroep.core.constants import thermal_voltage
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork

GOOD = {
    "inputs": 3,
    "hidden": (4, 2),
    "outputs": 2,
    "input_gain": 2.0,
    "output_gain": 0.5,
    "amplification": 4.0,
    "conductance_range": (1e-6, 1e-4),
    "nudge_conductance": 1e-5,
    "capacitance": 1e-12,
}


def test_layers_and_synapses() -> None:
    net = ResistiveNetwork(**GOOD)
    assert net.sizes == (8, 4, 2, 4)
    assert list(net.parameters) == ["0-1", "1-2", "2-3"]
    assert [g.shape for g in net.conductances] == [(8, 4), (4, 2), (2, 4)]
    net.conductances[1][2, 1] = 5e-5
    assert net.parameters["1-2"][2, 1] == 5e-5
    assert net.gains == (1.0, 4.0, 4.0)
    assert net.weights == (1.0, 1 / 16, 1 / 256)


def test_every_input_comes_with_its_inverse_and_a_pair_of_constants() -> None:
    net = ResistiveNetwork(**GOOD)
    np.testing.assert_array_equal(net.clamp([[0.5, -1, 0]]), [[1, -2, 0, -1, 2, 0, 2, -2]])


def test_predictions_and_cost_are_in_units_of_the_target() -> None:
    net = ResistiveNetwork(**GOOD)
    volts = np.array([[1.0, 0.0, -0.5, 0.25]])
    np.testing.assert_array_equal(net.prediction(volts), [[2.0, -1.5]])
    np.testing.assert_allclose(net.cost(volts, [[1.0, 0.0]]), [0.5 * (1 + 2.25)])


def test_initial_conductances_come_from_the_seed_and_the_device_holds_them() -> None:
    nets = [ResistiveNetwork(**GOOD) for _ in range(3)]
    for net, seed in zip(nets, (1, 1, 2), strict=True):
        net.initialise(seed, (2e-5, 4e-5, 9e-5))
        net.check_conductances()
    one, same, other = (net.parameters.flat for net in nets)
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
    for g, spread in zip(nets[0].conductances, (2e-5, 4e-5, 9e-5), strict=True):
        assert g.min() == 1e-6
        assert 1e-6 < g.max() <= 1e-6 + spread
    wide = ResistiveNetwork(**GOOD | {"hidden": (400,), "dtype": np.float32})
    wide.initialise(0, 2e-5)
    g = wide.conductances[0]
    assert g.dtype == np.float32
    assert 0.4 < (g == np.float32(1e-6)).mean() < 0.6
    wide.initialise(0, 2e-5, (0.1, 1.0))
    first, second = wide.conductances
    assert (first > np.float32(1e-6)).mean() == pytest.approx(0.1, abs=0.02)
    assert (second > np.float32(1e-6)).mean() > 0.99
    assert 2e-5 < first.max() <= np.float32(2.1e-5)


def test_limits() -> None:
    net = ResistiveNetwork(**GOOD)
    net.initialise(0, 2e-5)
    net.conductances[2][1, 3] = 2e-4
    with pytest.raises(ValueError, match=r"conductance 2-3 \[1, 3\]: 0.0002 S is outside"):
        net.check_conductances()
    net.limit()
    net.check_conductances()
    assert net.conductances[2][1, 3] == 1e-4
    net.conductances[0][0, 0] = np.nan
    with pytest.raises(ValueError, match=r"conductance 0-1 \[0, 0\]"):
        net.check_conductances()


def test_devices_with_bounds_of_their_own_hold_what_lies_beyond_the_range() -> None:
    net = ResistiveNetwork(**GOOD, own_bounds=True)
    net.conductances[2][1, 3] = 2e-4
    net.check_conductances()
    for wrong in (-1e-9, np.inf, np.nan):
        net.conductances[0][0, 0] = wrong
        with pytest.raises(ValueError, match=r"conductance 0-1 \[0, 0\]: \S+ S is outside"):
            net.check_conductances()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("inputs", 0),
        ("outputs", 0),
        ("hidden", ()),
        ("hidden", (3,)),
        ("hidden", (4, 0)),
        ("input_gain", 0.0),
        ("output_gain", -1.0),
        ("amplification", 0.0),
        ("amplification", np.inf),
        ("nudge_conductance", -1e-6),
        ("capacitance", -1e-12),
        ("capacitance", 0.0),
        ("capacitance", np.nan),
        ("conductance_range", (-1e-6, 1e-4)),
        ("conductance_range", (1e-4, 1e-4)),
        ("conductance_range", (1e-6, np.inf)),
        ("conductance_range", (1e-6, np.nan)),
        ("dtype", np.float16),
    ],
)
def test_an_unphysical_parameter_is_named_in_one_line(name, value) -> None:
    with pytest.raises(ValueError, match=f"^{name}: ") as error:
        ResistiveNetwork(**GOOD | {name: value})
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["saturation", "ideality", "temperature"])
@pytest.mark.parametrize("value", [0.0, -1.0, np.nan, np.inf])
def test_an_unphysical_diode_is_named(name, value) -> None:
    good = {"saturation": 1e-14, "ideality": 1.0, "temperature": 300.0}
    with pytest.raises(ValueError, match=f"^diode.{name}: must be positive"):
        ExponentialDiode(**good | {name: value})


@pytest.mark.parametrize("volts", [np.nan, np.inf])
def test_a_rail_without_a_voltage_is_named(volts) -> None:
    with pytest.raises(ValueError, match=r"^diode.rail: must be finite"):
        ExponentialDiode(1e-14, rail=volts)


def test_slope_voltage() -> None:
    assert ExponentialDiode(1e-14, 1.5, 310.0).slope_voltage == 1.5 * thermal_voltage(310.0)


@pytest.mark.parametrize(
    ("spread", "says"),
    [
        (0.0, "spread of 0-1: must be positive"),
        (-1e-6, "spread of 0-1"),
        ((1e-6, 1e-6), "spread: needs 3 values"),
        ((1e-6, 1e-6, 1e-4), "spread of 2-3: 0.000101 S is beyond"),
    ],
)
def test_an_impossible_spread_is_named(spread, says) -> None:
    with pytest.raises(ValueError, match=says):
        ResistiveNetwork(**GOOD).initialise(0, spread)


@pytest.mark.parametrize("share", [0.0, -0.1, 1.1, np.nan, (0.5, 0.5)])
def test_an_impossible_share_is_named(share) -> None:
    with pytest.raises(ValueError, match=r"^filled(: needs 3 values| of 0-1: must be above 0)"):
        ResistiveNetwork(**GOOD).initialise(0, 2e-5, share)


def test_limits_in_single_precision_are_no_way_out_of_the_range() -> None:
    """What was trained in float32 and stands at a limit is looked at in float64."""
    net = ResistiveNetwork(**GOOD | {"conductance_range": (1e-6, 1.3e-4)})
    low, high = np.float32(1e-6).item(), np.float32(1.3e-4).item()
    assert low < 1e-6
    assert high > 1.3e-4
    net.conductances[0][0, :2] = low, high
    net.check_conductances()
    net.conductances[0][0, 0] = 0.999999 * 1e-6
    with pytest.raises(ValueError, match=r"conductance 0-1 \[0, 0\]: 9.99999e-07 S is outside"):
        net.check_conductances()
