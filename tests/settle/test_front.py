"""One settle for both families: it clamps what is not clamped, and refuses a drive gone stale."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from reference import resistive
from reference.problems import WIRINGS

from neuroep.hardware.hopfield.one_example import one_example
from neuroep.learning.hopfield.backprop.reference import backprop_gradient
from neuroep.learning.recipe import Recipe
from neuroep.learning.system import as_system
from neuroep.learning.trainer import Trainer
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Tanh
from neuroep.network.parameters import SAMPLE
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
from neuroep.settle import SOLVERS, settle

STALE = "the drive was made from other parameters; clamp the inputs again"


def pixels(net: ResistiveNetwork) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(5, net.inputs))


def test_inputs_are_clamped_on_the_way() -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    wanted = settle(problem.network, problem.drive).activity("out")
    for given in (problem.inputs, problem.inputs["x"], problem.inputs["x"].tolist()):
        np.testing.assert_array_equal(settle(problem.network, given).activity("out"), wanted)
    net = resistive.network((6, 4))
    x = pixels(net)
    predicted = settle(net, make_resistive_drive(net, x)).prediction
    for same in (x, {"pixels": x}, {"inputs": x}):
        np.testing.assert_array_equal(settle(net, same).prediction, predicted)
    with pytest.raises(ValueError, match="inputs: needs one entry, got a, b"):
        settle(net, {"a": x, "b": x})


@pytest.mark.parametrize("name", SOLVERS)
def test_what_a_solver_can_do_is_said_by_its_class(name: str) -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    settled = settle(problem.network, problem.drive, solver=name)
    assert (settled.spikes is not None) == SOLVERS[name].spikes

    def go_back() -> None:
        backprop_gradient(problem.network, problem.drive, problem.target, solver=name)

    if SOLVERS[name].differentiable:
        go_back()
    else:
        with pytest.raises(ValueError, match="goes back through sweep or synchronous steps"):
            go_back()


@pytest.mark.parametrize(
    ("diode", "fitting", "other"),
    [(None, "sweep", "newton"), (ExponentialDiode(1e-14), "newton", "sweep")],
)
def test_diodes_decide_how_a_resistive_network_settles(
    diode: ExponentialDiode | None, fitting: str, other: str
) -> None:
    net = resistive.network((6,), diode=diode)
    x = pixels(net)
    np.testing.assert_array_equal(
        settle(net, x).prediction, settle(net, x, solver=fitting).prediction
    )
    with pytest.raises(ValueError, match=f"{other}.*settle by '{fitting}'"):
        settle(net, x, solver=other)


CHANGES: dict[str, tuple[str, Callable[[Any], None]]] = {
    "one bias": ("token", lambda p: p["out.bias"].__setitem__(1, 0.3)),
    "biases exchanged": ("token", lambda p: p["hidden.bias"].__setitem__([0, 1], [9.0, 8.0])),
    "a query": ("pooled", lambda p: p["heads.queries"].__iadd__(1e-6)),
    "a shared projection": ("token", lambda p: p["words-heads"].__imul__(1.01)),
    "its sign": ("vector", lambda p: p["x-hidden"].__imul__(-1.0)),
    "its rows": ("vector", lambda p: p["x-hidden"].__setitem__([0, 1], p["x-hidden"][[1, 0]])),
    "its columns": (
        "vector",
        lambda p: p["x-hidden"].__setitem__((slice(None), [0, 1]), p["x-hidden"][:, [1, 0]]),
    ),
    "the flat buffer": ("vector", lambda p: p.flat.__imul__(0.9)),
    "to infinity": ("vector", lambda p: p["x-hidden"].__setitem__((0, 0), np.inf)),
}


@pytest.mark.parametrize("case", CHANGES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_drive_made_from_other_parameters_is_refused(case: str, dtype: type) -> None:
    wiring, change = CHANGES[case]
    problem = WIRINGS[wiring]("squared", dtype)
    drive, kept = problem.drive, problem.network.parameters.copy()
    one = one_example(drive, 2)
    settle(problem.network, drive)
    change(problem.network.parameters)
    for stale in (drive, one):
        with pytest.raises(ValueError, match=STALE):
            settle(problem.network, stale)
    with pytest.raises(ValueError, match=STALE):
        backprop_gradient(problem.network, drive, problem.target)
    settle(problem.network, problem.drive)
    problem.network.parameters.flat[:] = kept.flat  # what it was is what it is
    settle(problem.network, drive)
    settle(problem.network, one)


def test_taken_parameters_are_noticed_where_a_sample_would_not_tell() -> None:
    net = resistive.network((200, 100))
    system = as_system(net)
    drive = system.clamp({"x": pixels(net)})
    values = net.parameters.flat.copy()
    values[1] *= 1.5  # one of thousands
    net.parameters.take(values)
    assert net.parameters.flat[1] == values[1]
    with pytest.raises(ValueError, match=STALE):
        system.settle(drive)


def test_only_what_went_into_the_drive_counts() -> None:
    """Couplings that settle, a read-out and patterns that no example holds may change."""
    net = Network()
    words = net.add(Clamped(3, 2, vocabulary=6), "words")
    again = net.add(Clamped(3, 2, table="words"), "again")
    hidden, out = net.add(Tanh(4), "hidden"), net.add(Tanh(2), "out")
    for a, b in ((words, hidden), (again, out), (hidden, out)):
        net.connect(a, b)
    drive = make_drive(net, {"words": [[0, 1], [1, 1]], "again": [[1, 3], [3, 1]]})
    before = settle(net, drive).activity("out").copy()
    net.parameters["hidden-out"][:] *= 2.0
    net.parameters["words.patterns"][[2, 4, 5]] += 1.0
    assert np.abs(settle(net, drive).activity("out") - before).max() > 1e-3
    for row in (0, 1, 3):
        net.parameters["words.patterns"][row, 1] += 0.5
        with pytest.raises(ValueError, match=STALE):
            settle(net, drive)
        net.parameters["words.patterns"][row, 1] -= 0.5
    net.initialise(7)
    with pytest.raises(ValueError, match=STALE):
        settle(net, drive)


@pytest.mark.parametrize("diode", [None, ExponentialDiode(1e-14)])
def test_a_drive_made_from_other_conductances_is_refused(diode: ExponentialDiode | None) -> None:
    net = resistive.network((6, 4), diode=diode, dtype=np.float32)
    drive = make_resistive_drive(net, pixels(net))
    free = settle(net, drive)
    settle(net, drive, start=free)
    for name in net.parameters:
        net.parameters[name][1, 1] *= 1.5
        with pytest.raises(ValueError, match=STALE):
            settle(net, drive, start=free)
        net.parameters[name][1, 1] /= 1.5
    net.initialise(3, 1e-5)
    with pytest.raises(ValueError, match=STALE):
        settle(net, drive)


def test_results_and_drives_say_what_they_are() -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    free = settle(problem.network, problem.drive)
    nudged = settle(
        problem.network, problem.drive, beta=[0.5, -0.5], target=problem.target, start=free
    )
    said = repr(nudged)
    assert said.startswith("Settled(2 phases of 4 examples: 8 converged; ")
    assert f"{nudged.steps.min()} to {nudged.steps.max()} steps" in said
    assert f"largest residual {nudged.residual.max():.2g})" in said
    nudged.ended[0, 1:3] = 1
    assert "6 converged, 2 step limit;" in repr(nudged)
    assert repr(problem.drive) == "Drive(4 examples: x 4 rows; float64)"
    net = resistive.network((6, 4))
    settled = settle(net, pixels(net))
    assert repr(settled).startswith("ResistiveSettled(1 phase of 5 examples: 5 converged; ")
    assert repr(settled).endswith(" V)")
    assert repr(settled.drive) == "ResistiveDrive(5 examples of 3 inputs; float64)"


def large() -> ResistiveNetwork:
    """Return a network with an array that is too large to be read at every settle."""
    net = ResistiveNetwork(
        40,
        (128,),
        3,
        input_gain=0.3,
        conductance_range=(1e-6, 1e-4),
        nudge_conductance=1e-5,
        dtype=np.float32,
    )
    net.initialise(0, 2e-5)
    assert net.parameters["0-1"].size > 2 * SAMPLE
    return net


def test_a_single_conductance_among_many_counts(rng: np.random.Generator) -> None:
    net = large()
    x = rng.uniform(-1, 1, (2, net.inputs))
    drive = make_resistive_drive(net, x)
    flat = net.parameters.flat
    for i in rng.integers(0, flat.size, 40):
        kept = flat[i]
        flat[i] = np.nextafter(kept, np.float32(1.0))
        with pytest.raises(ValueError, match=STALE):
            settle(net, drive)
        flat[i] = kept
    settle(net, drive)


@pytest.mark.parametrize("factor", [1.001, -1.0])
def test_what_learning_clamps_notices_an_update(factor: float, rng: np.random.Generator) -> None:
    net = large()
    system = as_system(net)
    drive = system.clamp({"x": rng.uniform(-1, 1, (2, net.inputs))})
    system.settle(drive)
    for name in net.parameters:
        kept = net.parameters[name].copy()
        net.parameters[name][:] *= factor
        with pytest.raises(ValueError, match=STALE):
            system.settle(drive)
        net.parameters[name][:] = kept
        system.settle(drive)
    net.parameters["1-2"][3, 1] *= 2.0  # small enough to be read whole
    with pytest.raises(ValueError, match=STALE):
        system.settle(drive)
    system.settle(system.reclamp(drive))


@pytest.mark.parametrize("family", ["layers", "nodes"])
def test_a_drive_is_out_of_date_after_a_grant_whatever_it_moved(
    family: str, rng: np.random.Generator
) -> None:
    """Counted, so that a rule which moves a few entries of many cannot settle on by mistake."""
    if family == "layers":
        problem = WIRINGS["vector"]("squared", np.float32)
        net, inputs, target = problem.network, problem.inputs, problem.target
    else:
        net = large()
        inputs, target = {"x": rng.uniform(-1, 1, (4, net.inputs))}, rng.normal(size=(4, 3))

    class Data:
        def __len__(self) -> int:
            return len(target)

        def batch(self, indices: Any, rng: Any = None) -> Any:
            return inputs, target

    recipe = Recipe(batch=len(target), rates={"*": 1e-30})
    trainer = Trainer(net, Data(), Data(), recipe)
    kept = net.parameters.copy()
    drive = trainer.system.clamp(inputs)
    trainer.learn(0, np.arange(len(target)), rng)
    np.testing.assert_array_equal(net.parameters.flat, kept.flat)
    with pytest.raises(ValueError, match=STALE):
        trainer.system.settle(drive)
    trainer.system.settle(trainer.system.reclamp(drive))
