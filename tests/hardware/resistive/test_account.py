"""Arrays and diodes of a resistive chip: what becomes heat there is what its sources deliver."""

import numpy as np
import pytest
from resistive_support import SEEDS, draw, random_network

from neuroep.core.tables import Reals
from neuroep.hardware.account import Part
from neuroep.hardware.resistive.account import parts_of
from neuroep.hardware.resistive.branches import Branches, by_layer
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle import Stop
from neuroep.settle.resistive.settling import ResistiveSettled, settle_resistive

BETAS = [0.0, 0.1, -0.1]


def settled(network: ResistiveNetwork) -> tuple[ResistiveSettled, Reals]:
    rng = np.random.default_rng(5)
    x = rng.uniform(-1, 1, (1, network.inputs))
    target = rng.uniform(-1, 1, (1, network.outputs))
    drive = make_resistive_drive(network, x)
    free = settle_resistive(network, drive, stop=Stop(1e-13, 2000))
    every = settle_resistive(
        network, drive, beta=BETAS, target=target, start=free, stop=Stop(1e-13, 2000)
    )
    return every, target


def delivered(network: ResistiveNetwork, every: ResistiveSettled, target: Reals) -> Reals:
    """Return what sources deliver by the circuit's branches, (P,), W."""
    found = []
    for phase, beta in enumerate(BETAS):
        flat = np.concatenate([v[phase, 0] for v in every.volts])
        branches = Branches(network, every.layer(0)[phase, 0], beta, target[0])
        found.append(branches.power(by_layer(network, flat)))
    return np.array(found)


def total(parts: tuple[Part, ...], quantity: str) -> Reals:
    return np.asarray(sum(getattr(part, quantity) for part in parts))


@pytest.mark.parametrize("seed", SEEDS)
def test_heat_is_what_the_branches_are_delivered(seed: int) -> None:
    network = random_network(seed)
    every, target = settled(network)
    parts = parts_of(network, every, target)
    wanted = delivered(network, every, target)
    assert total(parts, "drawn") == pytest.approx(wanted, rel=1e-6)
    assert total(parts, "heat") == pytest.approx(wanted, rel=1e-6)
    assert all((part.heat >= 0).all() for part in parts if part.passive)


@pytest.mark.parametrize("reciprocal", [True, False], ids=["alike", "amplifiers apart"])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_drawn_chip_turns_into_heat_what_it_is_given(seed: int, reciprocal: bool) -> None:
    network = random_network(seed)
    draw(network, reciprocal=reciprocal)
    every, target = settled(network)
    parts = parts_of(network, every, target)
    assert total(parts, "heat") == pytest.approx(total(parts, "drawn"), rel=1e-9)
    assert total(parts, "drawn") == pytest.approx(delivered(network, every, target), rel=1e-9)
    assert all((part.heat >= 0).all() for part in parts if part.passive)


def test_twice_the_conductance_is_twice_the_heat() -> None:
    network = random_network(3, diode=None)
    found = []
    for scale in (1.0, 2.0):
        for g in network.conductances:
            g *= scale
        every, target = settled(network)
        found.append(parts_of(network, every, target))
    once, twice = found
    assert total(twice, "heat")[0] == pytest.approx(2 * total(once, "heat")[0], rel=1e-6)
