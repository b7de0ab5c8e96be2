"""One input of a resistive network on the bench."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from neuroep.design.bench import Example, Stand
from neuroep.hardware.resistive.views import make_resistive_bench
from neuroep.hardware.views.compare import Tolerances
from neuroep.network.resistive.network import ResistiveNetwork


def put_on_bench(
    network: ResistiveNetwork,
    example: Example,
    beta: float,
    *,
    cells: Mapping[str, Path],
    duration: float | None,
) -> Stand:
    """Put one input on the bench.

    Raises
    ------
    ValueError
        Ideal diodes, an input of another width, or values that the chip's devices cannot hold.
    """
    (x,) = example.inputs.values()
    target = np.eye(network.outputs)[example.label]
    values = np.asarray(x, float).ravel()
    if values.size != network.inputs:
        raise ValueError(f"resistive.inputs: {network.inputs}, the example has {values.size}")
    bench = make_resistive_bench(network, values, target, beta, duration, cells)
    return Stand(bench, Tolerances(gradient=1e-6))
