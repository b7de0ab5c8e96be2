"""Couplings whose way back has weights, and devices, of its own."""

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.devices.chip import DeviceChip
from neuroep.devices.device import Device, Spread
from neuroep.devices.schemes import Scheme
from neuroep.devices.schemes.accumulate import Accumulate
from neuroep.devices.schemes.coincidence import Coincidence
from neuroep.devices.schemes.stochastic import Stochastic
from neuroep.devices.update import Pulses, PulseUpdater
from neuroep.errors import InputError
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.learning.rules.centered import Centered
from neuroep.learning.trainer import update_rng
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Sigmoid
from neuroep.settle import Stop
from neuroep.settle.hopfield.spiking import Spiking

IDEAL = Device("x", 1e-6, 4e-5, 0.01, 0.01)
REAL = Device("x", 1e-6, 4e-5, 0.01, 0.01, pulse_noise=0.5, spread=Spread(step=0.3))
TIGHT = Stop(1e-13, 1000)
WAY, BACK = "hidden-out", "hidden-out.back"


def network(own_back: bool) -> Network:
    net = Network()
    net.add(Clamped(dim=5), name="x")
    net.add(Sigmoid(6), name="hidden")
    net.add(Sigmoid(3), name="out")
    net.connect("x", "hidden", own_back=own_back)
    net.connect("hidden", "out", own_back=own_back, gain=0.5)
    net.set_cost(SquaredError("out"))
    net.initialise(1, np.float64)
    return net


def inputs(examples: int = 4) -> dict[str, np.ndarray]:
    return {"x": np.random.default_rng(2).uniform(-1, 1, (examples, 5))}


def apart(net: Network, by: float) -> np.ndarray:
    """Put some distance between the ways of the inner coupling; return the way back."""
    back = net.parameters[BACK]
    back += by * np.random.default_rng(3).standard_normal(back.shape)
    net.parameters.changes += 1
    return back


def test_only_couplings_between_settling_layers_have_a_way_back() -> None:
    net = network(own_back=True)
    assert [c.back for c in net.couplings] == ["x-hidden", BACK]
    assert np.array_equal(net.parameters[BACK], net.parameters[WAY])
    assert BACK not in network(own_back=False).parameters
    assert "for the way back" in repr(net)


@pytest.mark.parametrize("solver", ["sweep", "synchronous"])
def test_currents_flow_back_through_weights_of_their_own(solver: str) -> None:
    net = network(own_back=True)
    back = apart(net, 0.3)
    system = HopfieldSystem(net, solver, TIGHT)
    found = system.settle(system.clamp(inputs()))
    p, sigma = net.parameters, Sigmoid.activity
    hidden, out = (found.activity(name)[0] for name in ("hidden", "out"))
    constants = np.array([1.0, 0.0, 0.0, 0.0])
    activity = np.vectorize(lambda u: sigma(u, constants))
    asked = activity(inputs()["x"] @ p["x-hidden"] + out @ back.T + p["hidden.bias"])
    np.testing.assert_allclose(hidden, asked, atol=1e-11)
    np.testing.assert_allclose(out, activity(hidden @ p[WAY] + p["out.bias"]), atol=1e-11)


def test_spikes_go_back_through_them_too() -> None:
    net = network(own_back=True)
    apart(net, 0.5)
    exact = HopfieldSystem(net, "sweep", TIGHT)
    spikes = HopfieldSystem(net, Spiking(free_duration=4e-3, nudged_duration=4e-3, window=3e-3))
    drive = exact.clamp(inputs())
    wanted, found = exact.settle(drive).activity("hidden"), spikes.settle(drive).activity("hidden")
    np.testing.assert_allclose(found, wanted, atol=2e-3)
    net.start_ways_back()
    net.parameters.changes += 1
    other = exact.settle(exact.clamp(inputs())).activity("hidden")
    assert np.abs(other - wanted).max() > 0.02  # the ways back matter


def trained(own_back: bool, device: Device, scheme: Scheme) -> tuple[Network, PulseUpdater]:
    net = network(own_back)
    products = scheme.products
    system = HopfieldSystem(net, "sweep", Stop(1e-9, 200), factored=products)
    pulses = Pulses(DeviceChip(device, full_scale={"*": 2.0}), scheme)
    updater = pulses.make(net.parameters, {}, update_rng(0))
    rates = dict.fromkeys(net.parameters, 0.5)
    target = np.eye(3)[[0, 1, 2, 0]]

    def grant(found: object) -> None:
        updater.apply(net.parameters, found.gradient, rates)  # type: ignore[attr-defined]
        net.parameters.changes += 1

    for step in range(40):
        drive = system.clamp(inputs())
        rule = Centered(beta=0.1)
        rule.step(system, drive, target, grant, np.random.default_rng(step))
    return net, updater


SCHEMES = pytest.mark.parametrize(
    "scheme", [Accumulate(), Stochastic(), Coincidence()], ids=lambda s: type(s).__name__
)


@SCHEMES
def test_ideal_devices_keep_both_ways_alike(scheme: Scheme) -> None:
    one, _ = trained(False, IDEAL, scheme)
    own, updater = trained(True, IDEAL, scheme)
    assert updater.arrays[WAY].given.sum() > 20
    for name in one.parameters:
        assert np.array_equal(one.parameters[name], own.parameters[name]), name
    assert np.array_equal(own.parameters[BACK], own.parameters[WAY])


@SCHEMES
def test_the_same_pulses_move_real_devices_apart(scheme: Scheme) -> None:
    net, updater = trained(True, REAL, scheme)
    assert np.array_equal(updater.arrays[WAY].given, updater.arrays[BACK].given)
    assert updater.pulses[WAY] == updater.pulses[BACK] > 20
    way, back = (net.parameters[name] for name in (WAY, BACK))
    start = network(True).parameters[WAY]
    assert 0.05 < np.abs(back - way).max() / np.abs(way - start).max() < 1.0


def test_both_ways_ask_for_the_same_also_as_factors() -> None:
    net = network(own_back=True)
    apart(net, 0.1)
    gradients = []
    for factored in (False, True):
        system = HopfieldSystem(net, "sweep", TIGHT, factored=factored)
        target = np.eye(3)[[0, 1, 2, 0]]
        rng = np.random.default_rng(0)
        found = Centered(beta=0.1).step(
            system, system.clamp(inputs()), target, lambda found: None, rng
        )
        gradients.append(found.gradient)
        assert np.array_equal(found.gradient[BACK], found.gradient[WAY])
    np.testing.assert_allclose(gradients[0][BACK], gradients[1][BACK], atol=1e-14)


def test_a_design_says_so_and_patterns_name_the_way_there() -> None:
    own = ("devices.directions=own", "learning.batch=4", "images.shift=0")
    design = load_design(
        "onchip_mnist",
        [*own, 'devices.full_scale={"hidden-out"=0.8}', 'learning.rates={"hidden-out"=1}'],
    )
    system = design.make_system()
    assert np.array_equal(system.parameters[BACK], system.parameters[WAY])
    updater = design.recipe.update.make(system.parameters, system.limits, update_rng(0))
    assert isinstance(updater, PulseUpdater)
    assert updater.arrays[BACK].ends == pytest.approx([-0.8, 0.8])
    with pytest.raises(InputError, match=r"devices\.directions"):
        load_design("resistive_small", ["devices.card=soft_64", "devices.directions=own"])


def test_there_is_no_gradient_to_compare_with() -> None:
    system = HopfieldSystem(network(own_back=True), "sweep", TIGHT)
    drive, target = system.clamp(inputs()), np.eye(3)[[0, 1, 2, 0]]
    with pytest.raises(ValueError, match="has no energy"):
        system.reference(drive, target, "implicit")
    with pytest.raises(ValueError, match="has no energy"):
        system.through_time(drive, target, None, None)
