"""Energy of an example on a chip of layers, against the bench and the circuit's own power."""

import numpy as np
import pytest
from circuit_support import random_bench

from neuroep.hardware.hopfield.energy import energies
from neuroep.settle import Stop, settle

FARADS = 100e-15


@pytest.mark.parametrize("kind", ["pooled", "plain"])
def test_energy_is_what_the_bench_integrates(kind: str) -> None:
    bench = random_bench(kind, 1)
    duration = float(bench.time[-1])
    found = energies(
        bench.circuit, bench.drive, bench.target, bench.beta, (duration, duration), FARADS
    )
    assert bench.timed.energy is not None
    free, plus, minus = bench.timed.energy
    assert found.free == pytest.approx(free, rel=1e-4)
    assert found.nudged == pytest.approx(plus + minus, rel=1e-4)
    assert f"{duration:.3g} s" in found.how


def test_a_longer_phase_draws_the_power_at_rest() -> None:
    bench = random_bench("pooled", 2)
    duration = float(bench.time[-1])
    short, long = (
        energies(bench.circuit, bench.drive, bench.target, bench.beta, (t, duration), FARADS)
        for t in (duration, 3 * duration)
    )
    rest = bench.equations(0.0).nodes(bench.join({k: v[0] for k, v in bench.timed.volts.items()}))
    assert long.free - short.free == pytest.approx(2 * duration * rest.power, rel=1e-5)
    assert long.nudged == pytest.approx(short.nudged, rel=1e-5)


def test_samples_cost_c_v_squared_of_every_line() -> None:
    bench = random_bench("plain", 1)
    found = energies(bench.circuit, bench.drive, bench.target, bench.beta, (0.0, 0.0), FARADS)
    network, stop = bench.circuit.network, Stop(1e-12, 5000)
    free = settle(network, bench.drive, stop=stop)
    nudged = settle(
        network,
        bench.drive,
        beta=[bench.beta, -bench.beta],
        target=bench.target,
        start=free,
        stop=stop,
    )
    joules = 0.0
    for name in network.settling:
        for phase in range(2):
            for activity in np.ravel(nudged.activity(name)[phase]):
                joules += FARADS * (bench.circuit.chip.signal * float(activity)) ** 2
    assert found.sampled == pytest.approx(joules, rel=1e-4)
