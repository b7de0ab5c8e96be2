"""A small network in transistors: its own curves, its own gradient, and what must break it."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.hardware.hopfield.netlist.network import network_netlist
from neuroep.hardware.hopfield.transistors import Transistors
from neuroep.hardware.programs.session import Session
from neuroep.settle import settle
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.result import Stop

BETAS = np.array([0.0, 0.2, -0.2])


def small(*overrides: str) -> Transistors:
    """Return one drawn example on the shipped 4-4-2."""
    design = load_design("transistors_small", overrides)
    system, example = design.draw_example(0)
    chip = design.bench(system, example, 0.2, design_path("transistors_small")).bench.transistors
    assert chip is not None
    return chip


@pytest.fixture
def nominal(process: str) -> Iterator[Transistors]:
    chip = small()
    yield chip
    chip.close()


@pytest.fixture
def drawn(process: str) -> Iterator[Transistors]:
    chip = small("circuit.chip=1")
    yield chip
    chip.close()


def apart(a: dict[str, np.ndarray], b: dict[str, np.ndarray]) -> float:
    return max(float(np.abs(a[name] - b[name]).max()) for name in a)


def free(chip: Transistors, settled: Settled) -> dict[str, np.ndarray]:
    """Return the activities of the phase without a nudge."""
    return {name: v[:1] for name, v in chip.activities(settled).items()}


def test_a_nominal_chip_is_what_its_curves_say(nominal: Transistors) -> None:
    found, twin = nominal.settle(BETAS), nominal.settle(BETAS, by=nominal.on_curves)
    assert found.converged
    assert apart(free(nominal, found), free(nominal, twin)) < 5e-3
    assert not nominal.broken()
    ideal = settle(nominal.circuit.network, nominal.drive)
    assert apart(free(nominal, found), nominal.activities(ideal)) > 0.01


def test_a_drawn_chip_is_what_its_own_curves_say(drawn: Transistors, nominal: Transistors) -> None:
    mine = free(drawn, drawn.settle(BETAS))
    assert apart(mine, free(drawn, drawn.settle(BETAS, by=drawn.on_curves))) < 1e-2
    # Curves of another chip do not do.
    other = nominal.settle(BETAS, by=nominal.on_curves)
    assert apart(mine, free(nominal, other)) > 3e-2


def test_a_drawn_chip_follows_its_own_gradient(drawn: Transistors) -> None:
    chosen = [("hidden-out", i, j) for i in range(4) for j in range(2)]
    truth = drawn.differences(chosen)
    estimate = drawn.at_small_beta(0.02)
    found = np.array([estimate[name][i, j] for name, i, j in chosen])
    cosine = found @ truth / np.linalg.norm(found) / np.linalg.norm(truth)
    assert cosine > 0.9995
    assert np.linalg.norm(found - truth) < 0.03 * np.linalg.norm(truth)


def test_energy_is_drawn_from_the_rails(nominal: Transistors) -> None:
    found = nominal.settle(BETAS)
    assert found.drawn is not None
    # 22 amplifiers of 6 uA and more at 1.8 V, for tens of microseconds.
    power = found.drawn / (found.steps * nominal.running.quantum)
    assert (power > 22 * 6e-6 * 1.8 * 0.8).all()
    assert (power < 2e-3).all()


def test_coarse_phases_end_where_fine_ones_do(process: str) -> None:
    design = load_design("transistors_small", ["circuit.chip=1"])
    lines = []
    for residual in (1e-5, 3e-6):  # 3 uV and 0.9 uV: the coarse options, and the fine ones
        chip = design.settled_by(design.make_system(), "ngspice")
        drive = chip.clamp({"inputs": np.array([[0.8, -0.8, 0.8, 0.3]], np.float32)})
        settled = settle(chip.network, drive, solver=chip.solver, stop=Stop(residual))
        lines.append(0.3 * np.concatenate([settled.activity(n).ravel() for n in ("hidden", "out")]))
        chip.solver.close()
    np.testing.assert_allclose(lines[0], lines[1], atol=1e-5)
    assert not np.array_equal(lines[0], lines[1])


def test_half_the_rails_do_not_carry_it(process: str) -> None:
    chip = small("circuit.supply=0.45 V")
    try:
        lines = chip.broken()
        assert len(lines) == 2
        assert "at a supply of 0.45 V" in lines[0]
    finally:
        chip.close()


def test_without_rails_nothing_settles(nominal: Transistors) -> None:
    deck = network_netlist(
        nominal.circuit, nominal.drive, nominal.cells, target=nominal.target, analyses=()
    )
    for rail in ("vdd", "vss"):
        assert f"\n{rail} {rail} 0 " in deck.text
    text = deck.text.replace("\nvdd vdd 0 {vdd}", "\nvdd vdd 0 0").replace(
        "\nvss vss 0 {-vdd}", "\nvss vss 0 0"
    )
    nodes = [f"{unit}_{side}" for unit in deck.units for side in ("p", "n")]
    with Session(text, nodes, quantum=10e-6) as session:
        volts, _, _ = session.settle(1e-5, 500e-6)
    signal = nominal.circuit.chip.signal
    found = 0.5 * (volts[::2] - volts[1::2]) / signal
    wanted = np.concatenate(
        [v[0] for v in nominal.activities(nominal.settle(np.zeros(1))).values()]
    )
    assert np.abs(found).max() < 0.1
    assert np.abs(wanted).max() > 0.3


def test_a_wrong_device_is_seen(nominal: Transistors) -> None:
    """A conductance that is not the one the twin knows moves activities beyond the tolerance."""
    network = nominal.circuit.network
    twin = nominal.activities(nominal.settle(np.zeros(1), by=nominal.on_curves))
    kept = network.parameters["inputs-hidden"].copy()
    strongest = np.unravel_index(np.abs(nominal.drive.values["inputs"]).argmax(), (4, 1))[0]
    network.parameters["inputs-hidden"][strongest, 0] += 0.4
    changed = nominal.settle(np.zeros(1), drive=nominal.reclamped())
    network.parameters["inputs-hidden"][:] = kept
    assert apart(nominal.activities(changed), twin) > 5e-3


ATTENTION = """
title = "two rows of attention over four patterns"
[text]
layer = "words"
[layers.words]
type = "clamped"
tokens = 4
dim = 2
[layers.heads]
type = "pooled_attention"
patterns = "words"
queries = 2
inverse_temperature = 1.0
[layers.out]
type = "tanh"
size = 2
[[couplings]]
between = ["heads", "out"]
gain = 0.7
[cost]
type = "squared_error"
layer = "out"
[circuit]
library = "sky130"
"""


@pytest.mark.parametrize(("draw", "within"), [("", 5e-3), ("chip = 2", 1e-2)])
def test_attention_is_what_its_own_rows_say(
    draw: str, within: float, process: str, tmp_path: Path
) -> None:
    path = tmp_path / "attention.toml"
    path.write_text(f"{ATTENTION}{draw}\n")
    design = load_design(str(path))
    system, example = design.draw_example(0)
    chip = design.bench(system, example, 0.2, path).bench.transistors
    assert chip is not None
    try:
        found = chip.settle(np.zeros(1))
        assert found.converged
        twin = chip.settle(np.zeros(1), by=chip.on_curves)
        assert apart(chip.activities(found), chip.activities(twin)) < within
        ideal = settle(chip.circuit.network, chip.drive)
        assert apart(chip.activities(found), chip.activities(ideal)) > 2 * within
    finally:
        chip.close()
