"""A chip whose ways back have devices of their own, in every view, after some training."""

from pathlib import Path

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.hardware.hopfield.account import parts_of
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.view import Brian2Program
from neuroep.hardware.programs.scipy import scipy_view
from neuroep.hardware.programs.spice import Ngspice
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import Tolerances, compare
from neuroep.learning.rules.centered import Centered
from neuroep.learning.trainer import update_rng

NEURONS = """
title = "a small chip that learns"
solver = "spiking"
[layers.words]
type = "clamped"
dim = 3
[layers.hidden]
type = "tanh"
size = 3
[layers.out]
type = "sigmoid"
size = 2
gain = 0.5
bias = 0.5
[[couplings]]
between = ["words", "hidden"]
[[couplings]]
between = ["hidden", "out"]
[cost]
type = "squared_error"
layer = "out"
[learning]
update = "pulses"
scheme = "accumulate"
[devices]
card = "reram_om"
directions = "own"
[devices.full_scale]
"*" = 2.0
"""

HEADS = NEURONS.replace("dim = 3", "dim = 2\ntokens = 3").replace(
    """
[layers.hidden]""",
    """
[layers.heads]
type = "pooled_attention"
patterns = "words"
[layers.hidden]""",
)
HEADS = HEADS.replace('["words", "hidden"]', '["heads", "hidden"]').replace("spiking", "sweep")
WIRES = '[circuit.wires]\nresistance = "30 ohm"\ndriver = "200 ohm"\nlines = 4\n'
SPREAD = '[variability]\nway_back = "3 %"\n'
CHIPS = {
    "neurons": NEURONS,
    "attention": HEADS,
    "wires": HEADS + WIRES,
    "drawn apart": HEADS + SPREAD + "[circuit]\nchip = 2\n",
    "drawn apart, wires": HEADS + SPREAD + "[circuit]\nchip = 2\n" + WIRES,
}


def trained(text: str, folder: Path, apart: bool = True) -> Bench:
    """Return the bench of a chip after some pulses; ``apart``: or with the ways back as there."""
    path = folder / "chip.toml"
    path.write_text(text)
    design = load_design(str(path))
    system, example = design.draw_example(0)
    updater = design.recipe.update.make(system.parameters, system.limits, update_rng(0))
    rates = {name: 10.0 if "heads" in name else 0.5 for name in system.parameters}
    learner = design.settled_by(system, "sweep")

    def grant(found: object) -> None:
        updater.apply(system.parameters, found.gradient, rates)  # type: ignore[attr-defined]
        system.parameters.changes += 1

    target = np.eye(2)[[example.label]]
    inputs = {name: values[None] for name, values in example.inputs.items()}
    for step in range(20):
        drive = learner.clamp(inputs)
        Centered(beta=0.5).step(learner, drive, target, grant, np.random.default_rng(step))
    if not apart:
        system.network.start_ways_back()
    system.parameters.changes += 1
    bench = design.bench(system, example, 0.5, path).bench
    return bench.towards(target[0, ::-1])  # of its own class it has learned


@pytest.mark.parametrize("name", CHIPS)
def test_equations_go_back_through_them(name: str, tmp_path: Path) -> None:
    bench = trained(CHIPS[name], tmp_path)
    assert not bench.reciprocal
    parameters = bench.circuit.network.parameters
    assert np.abs(parameters["hidden-out.back"] - parameters["hidden-out"]).max() > 0.1
    allowed = Tolerances(volts=1e-8, gradient=1e-6)
    for view in (bench.timed, scipy_view(bench)):
        assert compare(view, bench.settled, bench.timed, allowed).failed == ()
    alike = trained(CHIPS[name], tmp_path, apart=False)
    assert compare(bench.settled, alike.settled).volts > 2e-4


@pytest.mark.parametrize("name", ["neurons", "wires", "drawn apart"])
def test_netlists_go_back_through_them(name: str, tmp_path: Path, ngspice: str) -> None:
    bench = trained(CHIPS[name], tmp_path)
    found = {answer.view.name: answer for answer in Ngspice().views(bench, 120.0)}
    for analysis in (".op", ".tran"):
        view = found[f"ngspice {analysis}"].view
        assert compare(view, bench.settled, bench.timed).failed == ()
    assert "no energy" in found["ngspice dC/dg"].remarks[1]
    if name == "neurons":
        assert found["ngspice spikes"].failed == ()


def test_spikes_go_back_through_them_in_brian(tmp_path: Path) -> None:
    pytest.importorskip("brian2")
    bench = trained(NEURONS, tmp_path)
    answer = next(iter(Brian2Program().views(bench, 120.0)))
    assert answer.failed == ()
    allowed = Tolerances(**{"volts": 1e-4, **answer.tolerances})
    assert compare(answer.view, answer.against, None, allowed).failed == ()


def test_the_ledger_takes_them_for_devices(tmp_path: Path) -> None:
    """What lines deliver into wires depends on what devices hold: on the way back, on theirs."""
    found = []
    for apart in (True, False):
        bench = trained(CHIPS["wires"], tmp_path, apart)
        volts = np.full(bench.drive.plan.units, 0.05)
        parts = parts_of(bench.circuit, [bench.free.sweep], bench.target, {})
        heat = next(part for part in parts if part.name == "out -> hidden")
        found.append((bench.equations(0.0).nodes(volts).power, heat.passed))
    assert found[0][0] != pytest.approx(found[1][0], rel=1e-9)
    assert found[0][1] != pytest.approx(found[1][1], rel=1e-9)


def test_weights_beyond_devices_are_named_on_the_way_back(tmp_path: Path) -> None:
    bench = trained(NEURONS, tmp_path)
    network = bench.circuit.network
    network.parameters["hidden-out.back"][0, 1] = 1e3
    with pytest.raises(ValueError, match=r"hidden-out, way back\[0, 1\]"):
        Circuit(network, bench.circuit.chip).check_weights()
