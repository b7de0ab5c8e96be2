"""What stands at each learned array is what the gradient is made of, for every wiring and cost."""

import numpy as np
import pytest
from reference.problems import WIRINGS
from resistive_support import random_network

from neuroep.learning.estimate import estimate
from neuroep.learning.hopfield.probes import probe, watch
from neuroep.learning.resistive.probes import probe as resistive_probe
from neuroep.network.resistive.drive import make_resistive_drive
from neuroep.settle import Stop

BETA = 0.3


@pytest.mark.parametrize("cost", ["squared", "cross_entropy"])
@pytest.mark.parametrize("wiring", WIRINGS)
def test_the_difference_of_what_is_seen_is_the_gradient(wiring: str, cost: str) -> None:
    """-(seen(+beta) - seen(-beta)) / 2 beta; the read-out is nudged itself: half the sum."""
    problem = WIRINGS[wiring](cost, np.float64)
    found = estimate(problem.network, problem.drive, problem.target, beta=BETA, stop=Stop(1e-6, 40))
    watched = watch(problem.network)
    assert set(watched.probes) == set(problem.network.parameters)
    for name, shape in problem.network.parameters.shapes.items():
        block = tuple(slice(size // 3, None) for size in shape)
        seen = watched.probes[name]
        assert len(seen.axes) == len(seen.shape) == len(block)
        plus, minus = (seen.read(found.nudged, phase, block) for phase in (0, 1))
        expected = found.gradient[name][block]
        if name.startswith("readout."):
            gradient = 0.5 * (plus + minus)
            assert np.isnan(seen.read(found.free, 0, block)).all()
        else:
            gradient = -(plus - minus) / (2 * BETA)
        np.testing.assert_allclose(gradient, expected, rtol=1e-9, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_conductance_sees_its_squared_voltage_drop(seed: int) -> None:
    network = random_network(seed)
    rng = np.random.default_rng(seed)
    inputs = rng.uniform(-1, 1, (3, network.inputs))
    target = rng.uniform(-1, 1, (3, network.outputs))
    drive = make_resistive_drive(network, inputs)
    found = estimate(network, drive, target, beta=0.1, stop=Stop(1e-12, 500))
    for k, name in enumerate(network.parameters):
        pre, post = slice(1, None), slice(0, 2)
        seen = resistive_probe(network, name).read(found.nudged, 1, (pre, post))
        before = network.gains[k] * found.nudged.layer(k)[1][:, pre, None]
        after = found.nudged.layer(k + 1)[1][:, None, post]
        np.testing.assert_allclose(seen, ((before - after) ** 2).mean(axis=0), atol=1e-12)


def test_an_unknown_array_is_refused_with_those_known() -> None:
    with pytest.raises(ValueError, match=r"'nothing'.*hidden-out"):
        probe(WIRINGS["pooled"]("squared", np.float64).network, "nothing")
    with pytest.raises(ValueError, match=r"'nothing'.*0-1"):
        resistive_probe(random_network(1), "nothing")
