"""Without an energy a settle may go round in circles, and says so."""

import numpy as np
import pytest

from neuroep.core.tables import Floats, Ints
from neuroep.learning.estimate import estimate
from neuroep.learning.evaluation import evaluate
from neuroep.learning.hopfield.system import HopfieldSystem
from neuroep.network.hopfield.attention import PooledAttention
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import HardSigmoid, Tanh
from neuroep.settle import Status, Stop, settle
from neuroep.settle.hopfield.cycles import Onward
from neuroep.settle.result import SettleError


def two_units(back: float) -> Network:
    """Return two units whose ways are 3 and ``back`` times 3."""
    network = Network()
    x = network.add(Clamped(1), "x")
    a, b = network.add(Tanh(1), "a"), network.add(Tanh(1), "b")
    network.connect(x, a)
    network.connect(a, b)
    network.set_cost(SquaredError("b"))
    network.initialise(0, np.float64)
    network.parameters["a-b"][:] = 3.0
    network.parameters["x-a"][:] = 0.3
    network.draw({}, {"a-b": np.array([[back]])})
    return network


class Two:
    """Two examples of the two units."""

    def __len__(self) -> int:
        return 2

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[dict[str, Floats], Floats]:
        """Return some of them."""
        return {"x": np.array([[1.0], [-1.0]])[indices]}, np.zeros((len(indices), 1))


@pytest.mark.parametrize("back", [-1.0, -0.8])
def test_ways_that_oppose_each_other_cycle(back: float) -> None:
    network = two_units(back)
    drive = make_drive(network, {"x": np.array([[1.0], [-1.0]])})
    found = settle(network, drive, stop=Stop(1e-6, 200))
    assert (found.status == Status.CYCLES).all()
    assert not found.converged
    with pytest.raises(SettleError, match="without an energy they may cycle"):
        found.require_converged()
    assert "2 cycles" in repr(found)
    longer = settle(network, drive, stop=Stop(1e-6, 202))
    np.testing.assert_allclose(longer.state.potential, found.state.potential, atol=1e-9)


@pytest.mark.parametrize(("reach", "wanted"), [(0.5, Status.CYCLES), (1e3, Status.CONVERGED)])
def test_queries_that_stand_at_a_rail_can_cycle(reach: float, wanted: Status) -> None:
    """Where none does, the same sweeps go down in energy."""
    network = Network()
    x = network.add(Clamped(3, 4), "x")
    heads = network.add(PooledAttention(x, inverse_temperature=3.0), "heads")
    out = network.add(Tanh(4), "out")
    network.connect(heads, out)
    network.initialise(38, np.float64)
    rng = np.random.default_rng(38)
    network.parameters["heads-out"][:] = rng.normal(0, 3, (3, 4))
    network.limit({"heads": reach})
    found = settle(network, {"x": rng.normal(size=(8, 4, 3))}, stop=Stop(1e-9, 2000))
    assert found.status.max() == wanted


def test_ways_that_help_each_other_settle() -> None:
    network = two_units(0.9)
    found = settle(network, make_drive(network, {"x": np.array([[1.0]])}), stop=Stop(1e-9, 200))
    assert found.converged


def test_what_is_only_slow_does_not_cycle() -> None:
    network = two_units(0.9)
    network.parameters["a-b"][:] = 0.999
    drive = make_drive(network, {"x": np.array([[1.0], [0.0]])})
    short = settle(network, drive, stop=Stop(1e-12, 3))
    assert short.status[0].tolist() == [Status.STEP_LIMIT, Status.CONVERGED]
    assert settle(network, drive, stop=Stop(1e-12, 1000)).converged


def test_steep_and_slow_does_not_cycle() -> None:
    """Potentials that move by less than the tolerance can move activities by more."""
    network = Network()
    x = network.add(Clamped(1), "x")
    a, b = network.add(HardSigmoid(1, gain=200.0), "a"), network.add(HardSigmoid(1), "b")
    network.connect(x, a)
    network.connect(a, b)
    network.initialise(0, np.float64)
    network.parameters["a-b"][:] = (0.99 / 200 / 0.999) ** 0.5
    network.parameters["x-a"][:] = 1e-5
    network.draw({}, {"a-b": np.array([[0.999]])})
    drive = make_drive(network, {"x": np.ones((1, 1))})
    assert (settle(network, drive, stop=Stop(1e-6, 700)).status == Status.STEP_LIMIT).all()
    assert settle(network, drive, stop=Stop(1e-6, 1000)).converged


def test_learning_does_not_look_for_cycles_and_who_asks_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    network = two_units(-1.0)
    sought: list[int] = []
    coming_back = Onward.coming_back

    def counted(self: Onward, examples: Ints) -> Ints:
        sought.append(len(examples))
        return coming_back(self, examples)

    monkeypatch.setattr(Onward, "coming_back", counted)
    system = HopfieldSystem(network, stop=Stop(1e-6, 200))
    inputs, target = Two().batch(np.arange(2))
    free = estimate(system, system.clamp(inputs), target).free
    assert evaluate(system, Two()).not_converged == free.missed == 2
    assert not free.converged
    assert not sought
    for _ in range(2):
        assert (free.status == Status.CYCLES).all()
    assert sought == [2]


def test_cycles_of_parameters_that_are_no_more_are_not_told() -> None:
    network = two_units(-1.0)
    found = settle(network, {"x": np.array([[1.0]])}, stop=Stop(1e-6, 200))
    network.parameters["a-b"][:] = 0.5
    assert (found.status == Status.STEP_LIMIT).all()
