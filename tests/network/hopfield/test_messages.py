"""What the caller did wrong is said in one line that names the layer or the field."""

from collections.abc import Callable

import numpy as np
import pytest
from reference.problems import WIRINGS

from neuroep.learning.estimate import estimate, make_rule
from neuroep.learning.hopfield.backprop.reference import backprop_gradient
from neuroep.learning.recipe import Recipe
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.one_sided import OneSided
from neuroep.learning.trainer import Trainer
from neuroep.learning.updates import rates_by_name
from neuroep.learning.updates.adam import Adam
from neuroep.learning.updates.sgd import SGD
from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Linear
from neuroep.network.hopfield.wiring import plan_of
from neuroep.network.inputs import Sequences
from neuroep.settle import Record, SettleError, Stop, settle
from neuroep.settle.hopfield.spiking import Spiking


def raises(action: Callable[[], object], *words: str, error: type[Exception] = ValueError) -> None:
    with pytest.raises(error) as caught:
        action()
    message = str(caught.value)
    assert "\n" not in message
    for word in words:
        assert word in message, f"{word!r} is not in {message!r}"


def network() -> Network:
    net = Network()
    words = net.add(Clamped(3, 4, vocabulary=5), "words")
    x = net.add(Clamped(2), "x")
    heads, hidden, out = (
        net.add(PooledAttention(words, queries=2), "heads"),
        net.add(HardSigmoid(4), "hidden"),
        net.add(HardSigmoid(3), "out"),
    )
    net.connect(heads, hidden)
    net.connect(x, hidden)
    net.connect(hidden, out)
    net.set_cost(SquaredError(out))
    return net


NAN, INF = float("nan"), float("inf")

VALUES: dict[str, tuple[object, ...]] = {
    "clamped dim": (lambda: Clamped(0), "dim", "0"),
    "clamped tokens": (lambda: Clamped(2, 0), "tokens", "0"),
    "clamped vocabulary": (lambda: Clamped(2, vocabulary=-1), "vocabulary", "-1"),
    "clamped position": (lambda: Clamped(2, position="rotary"), "position", "rotary"),
    "neurons size": (lambda: HardSigmoid(0), "size", "0"),
    "neurons gain": (lambda: HardSigmoid(2, gain=0.0), "gain", "0"),
    "neurons gain nan": (lambda: HardSigmoid(2, gain=NAN, name="h1"), "'h1'", "gain", "nan"),
    "neurons gain infinite": (lambda: HardSigmoid(2, gain=INF, name="h1"), "'h1'", "gain", "inf"),
    "neurons bias": (lambda: HardSigmoid(2, bias=NAN, name="h1"), "'h1'", "bias", "nan"),
    "neurons spread": (lambda: HardSigmoid(2, bias_spread=INF), "bias_spread", "inf"),
    "neurons spread beyond float32": (lambda: HardSigmoid(2, bias_spread=1e308), "bias_spread"),
    "linear limit": (lambda: Linear(2, limit=NAN, name="h1"), "'h1'", "limit", "nan"),
    "clamped position scale": (lambda: Clamped(2, position_scale=NAN), "position_scale", "nan"),
    "attention query scale": (lambda: PooledAttention("words", query_scale=INF), "query_scale"),
    "attention c nan": (
        lambda: TokenAttention("words", inverse_temperature=NAN, name="heads"),
        "'heads'",
        "inverse_temperature",
    ),
    "attention queries": (lambda: PooledAttention("words", queries=0), "queries", "0"),
    "attention c": (
        lambda: TokenAttention("words", inverse_temperature=-1.0),
        "inverse_temperature",
        "-1",
    ),
    "cost classes": (lambda: CrossEntropy("out", 1), "classes", "1"),
    "stop residual": (lambda: Stop(residual=-1), "residual", "-1"),
    "stop steps": (lambda: Stop(steps=0), "steps", "0"),
    "spiking time step": (lambda: Spiking(time_step=0.0), "time_step", "0"),
    "spiking stride": (lambda: Spiking(attention_stride=0), "attention_stride", "0"),
    "spiking range": (lambda: Spiking(attention_range=0), "attention_range", "0"),
    "spiking window": (lambda: Spiking(window=1.0), "window", "1 s"),
    "recipe epochs": (lambda: Recipe(epochs=0), "epochs", "0"),
    "recipe batch": (lambda: Recipe(batch=0), "batch", "0"),
    "recipe patience": (lambda: Recipe(patience=-1), "patience", "-1"),
    "rule": (lambda: make_rule("two_sided"), "rule", "two_sided", "centered"),
    "rule beta": (lambda: Centered(0.0), "beta", "0"),
    "rule beta nan": (lambda: OneSided(NAN), "beta", "nan"),
    "update decay": (lambda: Adam(first_decay=1.0), "first_decay", "1"),
    "update momentum": (lambda: SGD(momentum=-0.5), "momentum", "-0.5"),
}


@pytest.mark.parametrize("case", VALUES)
def test_value_out_of_range(case: str) -> None:
    action, *words = VALUES[case]
    assert callable(action)
    raises(action, *words)


WIRING: dict[str, tuple[Callable[[Network], object], tuple[str, ...]]] = {
    "taken": (lambda n: n.add(HardSigmoid(2), "hidden"), ("hidden", "taken")),
    "reserved": (lambda n: n.add(HardSigmoid(2), "readout"), ("readout",)),
    "separator": (lambda n: n.add(HardSigmoid(2), "a.b"), ("a.b",)),
    "stored unknown": (lambda n: n.add(PooledAttention("verbs"), "h2"), ("h2", "verbs")),
    "stored not clamped": (lambda n: n.add(PooledAttention("out"), "h2"), ("h2", "out")),
    "asking not clamped": (
        lambda n: n.add(TokenAttention("words", queries_from="out"), "h2"),
        ("h2", "queries_from", "out"),
    ),
    "unknown layer": (lambda n: n.connect("hidden", "exit"), ("exit",)),
    "both clamped": (lambda n: n.connect("words", "x"), ("words", "x", "clamped")),
    "itself": (lambda n: n.connect("out", "out"), ("out", "itself")),
    "gain not finite": (
        lambda n: n.connect("heads", "out", gain=NAN),
        ("heads-out", "gain", "nan"),
    ),
    "gain beyond float32": (
        lambda n: n.connect("heads", "out", gain=-1e308),
        ("heads-out", "gain", "-1e+308"),
    ),
    "twice": (lambda n: n.connect("out", "hidden"), ("out", "hidden", "already")),
    "unequal rows": (
        lambda n: n.connect("words", "heads", shared=True),
        ("words", "heads", "4", "2"),
    ),
    "name of a coupling taken": (
        lambda n: n.connect("heads", "out", name="hidden-out"),
        ("hidden-out", "taken"),
    ),
    "name of a bias taken": (
        lambda n: n.connect("heads", "out", name="out.bias"),
        ("out.bias", "taken"),
    ),
    "cost elsewhere": (lambda n: n.set_cost(SquaredError("exit")), ("exit",)),
    "cost on attention": (lambda n: n.set_cost(SquaredError("heads")), ("heads",)),
    "cost on input": (lambda n: n.set_cost(CrossEntropy("x", 2)), ("x",)),
}


@pytest.mark.parametrize("case", WIRING)
def test_wiring(case: str) -> None:
    action, words = WIRING[case]
    net = network()
    before = (dict(net.layers), list(net.couplings), net.cost)
    raises(lambda: action(net), *words)
    assert (net.layers, net.couplings, net.cost) == before, "nothing was changed"


def test_a_network_without_layers_or_cost() -> None:
    net = Network()
    net.add(Clamped(2), "x")
    raises(lambda: plan_of(net), "settles")
    raises(lambda: net.outputs, "cost")


IDS = np.zeros((2, 4), int)
X = np.zeros((2, 2))
INPUTS: dict[str, tuple[object, tuple[str, ...]]] = {
    "missing": ({"words": IDS}, ("x",)),
    "unknown": ({"words": IDS, "x": X, "y": X}, ("y",)),
    "ids of the wrong rank": ({"words": IDS[0], "x": X}, ("words", "(4,)")),
    "vector of the wrong width": ({"words": IDS, "x": np.zeros((2, 5))}, ("x", "5", "2")),
    "vector of the wrong rank": ({"words": IDS, "x": np.zeros(2)}, ("x", "(2,)")),
    "too many words": ({"words": np.zeros((2, 6), int), "x": X}, ("words", "6", "4")),
    "id too large": ({"words": IDS + 5, "x": X}, ("words", "0..4")),
    "id negative": ({"words": IDS - 1, "x": X}, ("words", "0..4")),
    "ids that are no integers": ({"words": IDS + 0.5, "x": X}, ("words", "integers")),
    "offsets": (
        {"words": Sequences(np.zeros(3, int), np.array([0, 2, 4])), "x": X},
        ("words", "offsets"),
    ),
    "offsets that fall": (
        {"words": Sequences(np.zeros(3, int), np.array([0, 4, 3])), "x": X},
        ("words", "offsets"),
    ),
    "not a number": ({"words": IDS, "x": X * NAN}, ("'x'", "finite")),
    "infinite": ({"words": IDS, "x": X + INF}, ("'x'", "finite")),
    "beyond float32": ({"words": IDS, "x": X + 1e39}, ("'x'", "finite")),
    "text": ({"words": IDS, "x": X.astype(str)}, ("'x'", "real numbers", "<U")),
    "complex": ({"words": IDS, "x": X + 1j}, ("'x'", "real numbers", "complex128")),
    "ids as flags": ({"words": IDS > 0, "x": X}, ("'words'", "integers")),
    "no mapping": (X, ("words, x",)),
    "unequal batches": ({"words": IDS[:1], "x": X}, ("[1, 2]",)),
}


@pytest.mark.parametrize("case", INPUTS)
def test_inputs(case: str) -> None:
    inputs, words = INPUTS[case]
    raises(lambda: make_drive(network(), inputs), *words)


Y = np.zeros((2, 3))
SETTLES: dict[str, tuple[dict, tuple[str, ...]]] = {
    "solver": ({"solver": "jacobi"}, ("jacobi", "sweep")),
    "no target": ({"beta": 0.5}, ("target",)),
    "target shape": ({"beta": 0.5, "target": np.zeros((2, 4))}, ("target", "(2, 4)", "(2, 3)")),
    "target not a number": ({"beta": 0.5, "target": Y * NAN}, ("target", "finite")),
    "target of text": ({"beta": 0.5, "target": Y.astype(str)}, ("target", "real numbers", "<U")),
    "beta not a number": ({"beta": NAN, "target": Y}, ("beta", "finite")),
    "beta shape": ({"beta": np.zeros((2, 3)), "target": Y}, ("beta", "(2, 3)")),
    "beta too negative": ({"beta": -1.0, "target": Y}, ("beta", "-1", "out")),
    "record": ({"record": Record((2,))}, ("record", "2")),
    "recorded twice": ({"record": Record((1, 0, 1))}, ("record", "1", "twice")),
}


@pytest.mark.parametrize("case", SETTLES)
def test_settle(case: str) -> None:
    options, words = SETTLES[case]
    net = network()
    drive = make_drive(net, {"words": IDS, "x": X})
    raises(lambda: settle(net, drive, **options), *words)


def test_settle_refuses_what_belongs_to_another_network() -> None:
    net = network()
    drive = make_drive(net, {"words": IDS, "x": X})
    raises(lambda: settle(network(), drive), "drive", "network")
    one = settle(net, make_drive(net, {"words": IDS[:1], "x": X[:1]}))
    raises(lambda: settle(net, drive, start=one), "start")
    net.add(HardSigmoid(2), "late")
    raises(lambda: settle(net, drive), "drive", "changed")


def test_references_refuse_what_settles_refuse() -> None:
    net = network()
    drive = make_drive(net, {"words": IDS, "x": X})
    raises(lambda: backprop_gradient(net, drive, Y * NAN), "target", "finite")
    raises(lambda: backprop_gradient(net, drive, Y, solver="jacobi"), "jacobi", "synchronous")
    raises(
        lambda: backprop_gradient(net, drive, Y, solver="spiking"),
        "sweep or synchronous",
        "spiking",
    )


def test_neither_family() -> None:
    raises(lambda: settle(X, X), "ndarray", "Network, ResistiveNetwork")  # type: ignore[call-overload]


def test_a_nudge_without_a_cost() -> None:
    net = Network()
    x, out = net.add(Clamped(2), "x"), net.add(HardSigmoid(3), "out")
    net.connect(x, out)
    drive = make_drive(net, {"x": X})
    assert settle(net, drive).converged
    raises(lambda: settle(net, drive, beta=0.5, target=Y), "cost")


def test_learning() -> None:
    problem = WIRINGS["vector"]("squared", np.float64)
    net, drive = problem.network, problem.drive
    raises(lambda: estimate(net, drive, problem.target, beta=0.0), "beta")
    raises(lambda: estimate(net, drive, problem.target, "both"), "both", "centered")
    raises(lambda: rates_by_name(net.parameters, {"attention.*": 0.1}), "attention.*", "out.bias")
    for rate in (-0.1, float("nan"), float("inf")):
        raises(lambda rate=rate: rates_by_name(net.parameters, {"*.bias": rate}), "*.bias")
    raises(lambda: Trainer(net, range(3), range(3), Recipe(batch=4)), "batch", "4", "3")  # type: ignore[arg-type]


def test_want_of_convergence_is_a_status_until_someone_needs_it() -> None:
    problem = WIRINGS["pooled"]("squared", np.float64)
    short = settle(problem.network, problem.drive, stop=Stop(1e-12, 2))
    assert not short.converged
    raises(short.require_converged, "4 of 4", "step limit", error=SettleError)
    problem.network.parameters["out.bias"][0] = np.nan
    diverged = settle(problem.network, problem.drive)
    raises(diverged.require_converged, "not a number", error=SettleError)
    raises(lambda: short.spike_counts("out"), "spikes")
