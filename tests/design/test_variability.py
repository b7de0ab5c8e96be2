"""``[variability]`` of a design: amounts, tables and corners, and what does not fit."""

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.hardware.variability import Spread

SMALL = """
title = "a small chip"
seed = 5
[layers.x]
type = "clamped"
dim = 3
[layers.hidden]
type = "tanh"
size = 4
[layers.out]
type = "hard_sigmoid"
size = 2
bias = 0.5
[[couplings]]
between = ["x", "hidden"]
[[couplings]]
between = ["hidden", "out"]
[cost]
type = "squared_error"
layer = "out"
"""


def made(folder, section: str, *overrides: str):
    path = folder / "chip.toml"
    path.write_text(f"{SMALL}\n[variability]\n{section}\n")
    return load_design(str(path), overrides)


@pytest.mark.parametrize(
    ("section", "spread"),
    [
        ('gain = "5 %"', {"gain": Spread(0.05)}),
        ("gain = 0.05", {"gain": Spread(0.05)}),
        ('gain = {local = "1 %", global = "2 %"}', {"gain": Spread(0.01, 0.02)}),
        ('offset = "2 mV"', {"offset": Spread(2e-3, absolute=True)}),
        ('tail_current = "5 nA"', {"tail_current": Spread(5e-9, absolute=True)}),
        (
            'leak = {local = "3 %", distribution = "log-normal"}',
            {"leak": Spread(0.03, log_normal=True)},
        ),
        ('gain = {gradient = ["1 %", "-2 %"]}', {"gain": Spread(gradient=(0.01, -0.02))}),
        (
            'threshold = {pelgrom = "3.5 mV um", area = "0.25 um^2"}',
            {"threshold": Spread(7e-3 / 2**0.5, absolute=True)},
        ),
        ('gain = {pelgrom = "2 % um", area = "4 um2"}', {"gain": Spread(0.01 / 2**0.5)}),
    ],
)
def test_spreads(section: str, spread: dict[str, Spread], tmp_path) -> None:
    found = made(tmp_path, section).made_chip.variability
    assert found.seed == 5
    for name, wanted in spread.items():
        one = found.spreads[name]
        assert one.local == pytest.approx(wanted.local, rel=1e-12)
        assert (one.die, one.gradient) == (wanted.die, wanted.gradient)
        assert (one.log_normal, one.absolute) == (wanted.log_normal, wanted.absolute)


@pytest.mark.parametrize(
    ("section", "what"),
    [
        ('gian = "5 %"', "variability.gian: unknown key; did you mean gain"),
        ('gain = "5 mV"', "gain: must be a share"),
        ('gain = "5 furlongs"', "neither a share"),
        ("gain = true", "neither a share"),
        ("gain = -0.1", "gain.local: must not be negative"),
        ('offset = "5 %"', "offset: must be in V"),
        ('offset = {local = "1 mV", distribution = "log-normal"}', "offset has either sign"),
        ('gain = {locl = "5 %"}', "locl: unknown key; did you mean local"),
        ('gain = {local = "5 %", global = "1 mV"}', "all shares, or all in one unit"),
        ('gain = {pelgrom = "2 % um"}', "needs both"),
        ('gain = {pelgrom = "2 %", area = "1 um^2"}', "no coefficient"),
        ('gain = {pelgrom = "2 % um", area = "1 um"}', "no area"),
        ("gain = {local = 0.1, pelgrom = '2 % um', area = '1 um^2'}", "say it already"),
        ("corners = {fast = {gian = 1.1}}", "corners.fast.gian: no factor"),
        ("corners = {fast = {gain = 0.0}}", "must be positive"),
    ],
)
def test_what_does_not_fit(section: str, what: str, tmp_path) -> None:
    with pytest.raises(InputError, match=what):
        made(tmp_path, section)


def test_a_chip_needs_something_that_differs(tmp_path) -> None:
    with pytest.raises(InputError, match=r"circuit.corner: 'slow': .* tt, fast"):
        made(tmp_path, "corners = {fast = {gain = 1.1}}", "circuit.corner=slow")
    with pytest.raises(InputError, match=r"variability: transistors of sky130"):
        load_design("transistors_small", ["variability.gain=5 %"])
    with pytest.raises(InputError, match=r"circuit.chip: ideal cells have none"):
        load_design("mnist_spiking", ["circuit.chip=3"])
    with pytest.raises(InputError, match=r"circuit.chip: ideal cells have none"):
        load_design("resistive_mnist", ["circuit.chip=3"])
    with pytest.raises(InputError, match=r"variability.amplifier_gain: .* builds no amplifiers"):
        load_design("resistive_mnist", ["variability.amplifier_gain=5 %"])
    with pytest.raises(InputError, match=r"corners.odd.amplifier_back: .* builds no amplifiers"):
        load_design("resistive_mnist", ["variability.corners.odd.amplifier_back=1.1"])
    for entry in ("diode_offset=5 mV", "diode_saturation=10 %", "corners.hot.diode_saturation=2"):
        key = entry.partition("=")[0]
        with pytest.raises(InputError, match=rf"variability.{key}: .* diodes are ideal, and all"):
            load_design("resistive_mnist", [f"variability.{entry}", "circuit.chip=3"])
    # Hard sigmoids alone have neither pairs nor a softmax, attention has; linear ones have no end.
    linear = ["layers.hidden.type=linear", "layers.out.type=linear"]
    with pytest.raises(InputError, match=r"variability.saturation: nothing"):
        load_design("mnist_spiking", [*linear, "variability.saturation=5 %"])
    load_design("mnist_spiking", ["variability.saturation=5 %"])
    for entry in ("readout=5 %", "threshold=3 mV", "corners.hot.tail_current=2"):
        with pytest.raises(InputError, match=rf"variability.{entry.partition('=')[0]}: nothing"):
            load_design("mnist_spiking", [f"variability.{entry}"])
        load_design("snli_paper", [f"variability.{entry}"])


def test_the_resolved_design_says_the_same(tmp_path) -> None:
    import tomli_w

    section = """
    gain = {local = "1 %", global = "2 %", gradient = ["1 %", "0 %"]}
    offset = {local = "2 mV", global = "1 mV"}
    threshold = {pelgrom = "3.5 mV um", area = "0.25 um^2"}
    corners = {fast = {leak = 1.25}}
    """
    one = made(tmp_path, section, "circuit.chip=4", "circuit.corner=fast")
    path = tmp_path / "again.toml"
    path.write_text(tomli_w.dumps(one.resolved()))
    again = load_design(str(path), [])
    assert again.made_chip.number == 4
    first, second = (d.made_chip.drawn for d in (one, again))
    for name in ("gain", "leak"):
        np.testing.assert_allclose(
            first.factors(name, "x", (1, 5), 0.3),
            second.factors(name, "x", (1, 5), 0.3),
            rtol=1e-14,
        )
    np.testing.assert_allclose(
        first.volts("threshold", "x", (1, 5)), second.volts("threshold", "x", (1, 5)), rtol=1e-14
    )


def test_corners_move_every_chip(tmp_path) -> None:
    design = made(tmp_path, "corners = {fast = {gain = 1.25}}", "circuit.corner=fast")
    network = design.make_system().network
    assert (network.drawn["hidden"].gain == 1.25).all()
    typical = made(tmp_path, "corners = {fast = {gain = 1.25}}").make_system().network
    assert typical.drawn == {}


def test_pairs_have_two_thresholds(tmp_path) -> None:
    design = made(tmp_path, 'threshold = "4 mV"', "circuit.chip=1", "layers.hidden.size=20000")
    network = design.make_system().network
    volts = design.made_chip.volts_per_fold * 2.0  # of a unit of potential of this tanh
    assert network.drawn["hidden"].offset.std() * volts == pytest.approx(4e-3 * 2**0.5, rel=0.03)
    assert "out" not in network.drawn  # no pair of transistors there
