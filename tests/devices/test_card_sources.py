"""Built-in cards say what their sources say: presets of aihwkit, labels of NeuroSim."""

import json
import math
from typing import Any

import numpy as np
import pytest

from benchmarks.devices.aihwkit import KEPT
from neuroep.core.pulses.device import HIGH, LOW, fabricated
from neuroep.devices.array import DeviceArray
from neuroep.devices.card import built_in_cards, read_card, read_content
from neuroep.devices.device import Device
from neuroep.devices.laws import Law
from neuroep.devices.laws.linear import Linear
from neuroep.devices.laws.piecewise import Piecewise
from neuroep.devices.laws.power import Power
from neuroep.devices.laws.tabulated import Tabulated
from neuroep.devices.nonlinearity import gamma_of, step_of

SURE = ("measured", "published fit", "loose published fit", "specification", "assumed", "no real")

PRESETS = {
    "li_ecram": "EcRam",
    "mo_ecram": "EcRamMO",
    "capacitor": "Capacitor",
    "reram_hfo2": "ReRamArrayHfO2",
    "reram_om": "ReRamArrayOM",
    "pcm": "PCM",
}


@pytest.fixture(scope="module")
def presets() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8"))["presets"]
    return found


def change(law: Law, w: float, up: bool) -> float:
    """Return a noise-free change, in steps."""
    return abs(float(law.after(np.array([w]), 1 if up else -1, 1e-6)[0]) - w) / 1e-6


def theirs(preset: dict[str, Any], w: float, up: bool) -> float:
    """Return the change that aihwkit's law has at its own weight w."""
    sign = 1.0 if up else -1.0
    if "A_up" in preset:
        z = 2.0 * w / (preset["w_max"] - preset["w_min"]) * preset["a"] + preset["b"]
        a, gamma = (preset["A_up" if up else "A_down"], preset["gamma_up" if up else "gamma_down"])
        return float(preset["dw_min"] * max(1.0 - a * np.exp(sign * gamma * z), 0.0))
    gamma = preset.get("gamma_up" if up else "gamma_down", 1.0)  # soft bounds have none
    return float(preset["dw_min"] * (1.0 - gamma * w / preset["w_max" if up else "w_min"]))


@pytest.mark.parametrize(("card", "name"), PRESETS.items())
def test_a_card_is_the_preset_that_it_cites(card: str, name: str, presets: dict[str, Any]) -> None:
    device, preset = read_card(card), presets[name]
    assert name in device.sources["law"]
    half = 0.5 * (preset["w_max"] - preset["w_min"])
    centre = 0.5 * (preset["w_max"] + preset["w_min"])
    for w in np.linspace(-0.99, 0.99, 7):
        for up, step in ((True, device.step_up), (False, device.step_down)):
            wanted = theirs(preset, centre + half * w, up) / half
            assert step * change(device.law, w, up) == pytest.approx(wanted, rel=1e-5)
    assert device.pulse_noise == pytest.approx(preset["dw_min_std"])
    assert device.relative == preset.get("mult_noise", True)
    written = preset["write_noise_std"] * preset["dw_min"] / half
    assert device.write_noise == pytest.approx(written, rel=1e-3)
    spread = device.spread
    assert spread.step == preset["dw_min_dtod"]
    assert spread.log_normal == preset["dw_min_dtod_log_normal"]
    assert spread.asymmetry == preset["up_down_dtod"]
    lower = spread.bounds if spread.lower is None else spread.lower
    assert spread.bounds == pytest.approx(preset["w_max_dtod"] * preset["w_max"] / half, rel=1e-3)
    assert lower == pytest.approx(-preset["w_min_dtod"] * preset["w_min"] / half, rel=1e-3)


def test_a_capacitor_forgets_as_its_preset(presets: dict[str, Any]) -> None:
    # Theirs keeps 1 - 1 / lifetime of a weight from one mini-batch to the next, of 10 us each.
    kept = math.exp(-10e-6 / read_card("capacitor").ageing.retention)
    assert 1.0 - kept == pytest.approx(1.0 / presets["Capacitor"]["lifetime"], rel=1e-6)


def test_phase_change_scatters_as_its_preset(presets: dict[str, Any]) -> None:
    device, preset = read_card("pcm"), presets["PCM"]
    found = vars(device.law)
    for w in (0.0, 0.7, 2.0):  # aihwkit's weight
        wanted = preset["dw_min_std_add"] + preset["dw_min_std_slope"] * w
        own = found["noise_floor"] + found["noise_slope"] * abs((w - 1.0) - found["noise_from"])
        assert own * device.step_up == pytest.approx(wanted, rel=1e-12)


def test_neurosim_s_devices_have_its_labels_and_pulses() -> None:
    for card, labels, pulses, share in (
        ("fefet", (1.75, 1.46), (32, 32), 0.003),
        ("ag_asi", (2.4, 4.88), (97, 100), 0.035),
    ):
        device = read_card(card)
        law = Linear(*map(gamma_of, labels))
        assert vars(device.law) == pytest.approx(vars(law), abs=1e-12)
        steps = [step_of(g, n) for g, n in zip(vars(law).values(), pulses, strict=True)]
        assert (device.step_up, device.step_down) == pytest.approx(steps, rel=1e-12)
        assert device.pulse_noise * device.step == pytest.approx(2 * share, rel=1e-3)
        # so many pulses go once through the range, and no fewer do
        ends = device.noise_free(pulses[0]), device.noise_free(-400)
        assert ends[0][-1] == pytest.approx(device.g_max, rel=1e-9)
        assert ends[0][-2] < device.g_max * (1 - 1e-4)


@pytest.mark.parametrize(("gamma", "pulses"), [(0.0, 10), (0.3, 17), (-0.4, 60), (0.999, 5)])
def test_so_many_pulses_go_through_the_range(gamma: float, pulses: int) -> None:
    found = Linear(gamma, gamma).after(np.array([-1.0]), pulses, step_of(gamma, pulses))
    assert found[0] == pytest.approx(1.0, abs=1e-12)
    short = Linear(gamma, gamma).after(np.array([-1.0]), pulses, step_of(gamma, pulses + 1))
    assert found[0] - short[0] > 1e-4
    with pytest.raises(ValueError, match="gamma"):
        step_of(1.0, pulses)


@pytest.mark.parametrize("name", built_in_cards())
def test_every_source_says_how_sure_it_is(name: str) -> None:
    for table, text in read_content(name)["sources"].items():
        assert text.startswith(SURE), f"{name}: {table}"


def test_lower_bounds_differ_on_their_own_and_hold_a_conductance() -> None:
    device = read_card("reram_hfo2")
    bounds, made = np.empty((4000, 2)), np.empty(4)
    for number in range(4000):
        fabricated(np.uint64(5), number, device.kind(), made)
        bounds[number] = made[LOW], made[HIGH]
    assert bounds[:, 1].std() == pytest.approx(0.4295, rel=0.05)
    assert (device.conductance(bounds[:, 0]) >= -1e-20).all()
    # no bound is at the centre, where a law would divide by it
    assert (bounds[:, 0] <= -device.spread.least).all()
    assert (bounds[:, 1] >= device.spread.least).all()
    assert (bounds == (-device.spread.least, device.spread.least)).any(axis=0).all()
    held = bounds[:, 0] == -device.centre
    assert held.mean() == pytest.approx(0.466, abs=0.03)  # beyond 0.051 / 0.599 of a spread


def test_a_request_is_a_pulse_at_the_centre_whatever_the_law() -> None:
    skewed = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [4.0, 8.0, 4.0]])  # median: 0
    for law, wanted in (
        (Power(2.0, 1.0), (0.25, 0.5)),
        (Linear(0.4, -0.3), (1.0, 1.0)),
        (Piecewise((2.0, 0.0, 0.0), (0.0, 3.0, 0.0)), (0.0, 3.0)),
        (Tabulated.of(skewed, np.full((3, 3), 0.7)), (2.0, 0.7)),
    ):
        assert (law.at_centre(True), law.at_centre(False)) == pytest.approx(wanted)
    device = Device("x", 1e-6, 2e-6, 0.1, 0.2, law=Power(2.0, 1.0))
    assert device.step == pytest.approx(0.5 * (0.025 + 0.1))
    pair = DeviceArray(device, np.zeros(2), "pair", -1.0, 1.0, np.uint64(1))
    assert pair.pulse == pytest.approx(0.5 * 2 * device.step)
    alone = DeviceArray(device, np.zeros(2), "one_sided", -1.0, 1.0, np.uint64(1))
    assert alone.pulse == pytest.approx(0.5 * 0.025)  # pulsed up only
    with pytest.raises(ValueError, match="law: a pulse up moves nothing"):
        Device("x", 1e-6, 2e-6, 0.1, 0.2, law=Piecewise((2.0, 0.0, 0.0), (0.0, 3.0, 0.0)))
