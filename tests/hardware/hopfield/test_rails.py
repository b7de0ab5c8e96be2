"""What of a chip leaves its rails, at any time."""

import numpy as np
import pytest
from circuit_support import random_bench

from neuroep.hardware.chip import Chip
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.hopfield.views import Bench
from neuroep.network.hopfield.clamped import Clamped
from neuroep.network.hopfield.costs import SquaredError
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.hopfield.neurons import Linear


def pulled_back(supply: float) -> Bench:
    """Return a chip whose neuron rises to 3, until a slow one pulls it back to 2."""
    network = Network()
    network.add(Clamped(1, 1), "x")
    network.add(Linear(1), "quick")
    network.add(Linear(1), "slow")
    network.connect("x", "quick")
    network.connect("x", "slow")
    network.connect("quick", "slow")
    network.set_cost(SquaredError("slow"))
    parameters = network.initialise(0, np.float64)
    parameters.flat[:] = 0.0
    parameters["x-quick"][:] = 3.0
    parameters["x-slow"][:] = 3.0
    parameters["quick-slow"][:] = -0.5
    chip = Chip(
        supply=supply,
        membrane_volts={"quick": 0.1, "slow": 0.1},
        capacitances={"slow": 50e-12},
    )
    drive = make_drive(network, {"x": np.ones((1, 1))})
    return Bench(Circuit(network, chip), drive, np.zeros((1, 1)), 0.1)


def test_a_line_that_is_beyond_its_rails_only_on_the_way_is_said() -> None:
    bench = pulled_back(supply=1.3)
    ends = [np.abs(v).max() * bench.circuit.chip.signal for v in bench.timed.activities.values()]
    assert max(ends) < 1.3
    (line,) = bench.beyond_supply()
    assert line.startswith("lines of quick reach 1.4")
    assert pulled_back(supply=1.6).beyond_supply() == []


@pytest.mark.parametrize("kind", ["pooled", "token", "plain"])
def test_lines_over_time_are_those_of_every_moment(kind: str) -> None:
    bench = random_bench(kind, 3)
    equations = bench.equations(0.0)
    (wave,) = bench.timed.waveforms[:1]
    for k in (0, 3, len(wave.time) - 1):
        moment = bench.join({name: v[k] for name, v in wave.volts.items()})
        lines, _ = equations.lines(equations.split(moment))
        for name, volts in wave.volts.items():
            found = equations.line_waves(name, volts)[k]
            np.testing.assert_allclose(found, lines[name].ravel()[: found.size], atol=1e-15)
            assert not lines[name].ravel()[found.size :].any()  # padding
