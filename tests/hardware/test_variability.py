"""Spreads of parameters: chip 17 is chip 17, units spread as asked, and corners move all."""

import numpy as np
import pytest

from neuroep.hardware.variability import DrawnChip, Spread, Variability


def chip(number: int = 17, seed: int = 1, **spreads: Spread) -> DrawnChip:
    found = Variability(spreads, seed).chip(number)
    assert found is not None
    return found


def test_a_chip_is_the_same_whatever_else_is_drawn() -> None:
    gain = Spread(0.05)
    alone = chip(gain=gain).factors("gain", "hidden", (1, 8))
    beside = chip(leak=Spread(0.1, 0.1), gain=gain)
    beside.factors("leak", "hidden", (1, 8))
    assert (beside.factors("gain", "hidden", (1, 8)) == alone).all()
    longer = beside.factors("gain", "hidden", (1, 20))
    assert (longer[:8] == alone).all()
    rows = beside.factors("gain", "hidden", (3, 8)).reshape(3, 8)
    assert (rows[0] == alone).all()
    assert (rows[1] != alone).all()


@pytest.mark.parametrize(
    ("number", "seed", "parameter", "place"),
    [
        (18, 1, "gain", "hidden"),
        (17, 2, "gain", "hidden"),
        (17, 1, "leak", "hidden"),
        (17, 1, "gain", "out"),
    ],
)
def test_everything_that_names_a_unit_counts(
    number: int, seed: int, parameter: str, place: str
) -> None:
    spreads = {"gain": Spread(0.05), "leak": Spread(0.05)}
    one = chip(**spreads).factors("gain", "hidden", (1, 8))
    other = chip(number, seed, **spreads).factors(parameter, place, (1, 8))
    assert (one != other).all()


def test_units_spread_as_asked() -> None:
    local = chip(gain=Spread(0.05)).factors("gain", "x", (1, 40_000))
    assert local.mean() == pytest.approx(1.0, abs=1e-3)
    assert local.std() == pytest.approx(0.05, rel=0.02)
    logs = chip(gain=Spread(0.3, log_normal=True)).factors("gain", "x", (1, 40_000))
    assert logs.mean() == pytest.approx(1.0, abs=5e-3)
    assert np.log(logs).std() == pytest.approx(0.3, rel=0.02)


def test_a_die_spreads_as_a_whole() -> None:
    dies = [chip(n, gain=Spread(die=0.04)).factors("gain", "x", (1, 3)) for n in range(4000)]
    assert all((die == die[0]).all() for die in dies[:10])
    found = np.array([die[0] for die in dies])
    assert found.std() == pytest.approx(0.04, rel=0.05)
    same = chip(3, gain=Spread(die=0.04))
    assert same.factors("gain", "x", (1, 1)) == same.factors("gain", "y", (1, 1))


def test_absolute_spreads_are_divided_by_the_value() -> None:
    spread = {"tail_current": Spread(5e-9, absolute=True)}
    relative = chip(tail_current=Spread(0.05)).factors("tail_current", "x", (1, 9))
    absolute = chip(**spread).factors("tail_current", "x", (1, 9), nominal=100e-9)
    np.testing.assert_allclose(absolute, relative, rtol=1e-14)
    volts = chip(offset=Spread(2e-3, absolute=True)).volts("offset", "x", (1, 40_000))
    assert volts.std() == pytest.approx(2e-3, rel=0.02)


def test_a_gradient_runs_across_the_die() -> None:
    found = chip(gain=Spread(gradient=(0.1, 0.02)))
    middle = found.factors("gain", "x", (1, 4))
    np.testing.assert_allclose(middle, 1 + 0.02 * np.array([-0.375, -0.125, 0.125, 0.375]))
    right = found.factors("gain", "x", (1, 4), 0.5)
    np.testing.assert_allclose(right - middle, 0.05)


def test_what_does_not_spread_is_no_chip() -> None:
    assert Variability({"gain": Spread()}).chip(3) is None
    assert Variability({"gain": Spread(0.1)}).chip(None) is None
    typical = Variability({"gain": Spread(0.1)}, corner={"leak": 1.2}).chip(None)
    assert typical is not None
    assert (typical.factors("leak", "x", (1, 3)) == 1.2).all()
    assert (typical.factors("gain", "x", (1, 3)) == 1.0).all()


def test_a_factor_that_is_not_positive_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match=r"variability.gain: unit \d+ of hidden on chip 17"):
        chip(gain=Spread(0.5)).factors("gain", "hidden", (1, 1000))
    with pytest.raises(ValueError, match="local: must not be negative"):
        Spread(-0.1)
