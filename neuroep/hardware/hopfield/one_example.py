"""What other programs say about one example, in the form that neuroep learns from."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core import tables
from neuroep.core.tables import Reals
from neuroep.learning.hopfield.slopes import at_devices, energy_slope
from neuroep.network.hopfield.drive import Drive
from neuroep.network.inputs import Sequences
from neuroep.settle.hopfield.settled import Settled


def clamped_rows(drive: Drive, layer: str, example: int) -> Reals:
    """Return the rows (length, dim) that a clamped layer holds in an example."""
    return np.asarray(drive.rows_of(layer, example), float)


def one_example(drive: Drive, example: int) -> Drive:
    """Return the drive of one of its examples alone; a ValueError where there is none such."""
    if not 0 <= example < drive.count:
        raise ValueError(f"example {example}: the drive holds {drive.count}")
    sequences, values = {}, {}
    for name, packed in drive.sequences.items():
        begin, end = packed.offsets[example], packed.offsets[example + 1]
        sequences[name] = Sequences(packed.rows[begin:end], np.array([0, end - begin]))
        values[name] = np.ascontiguousarray(drive.values[name][begin:end])
    plan = drive.plan
    current = np.concatenate([plan.view(drive.current, name)[example] for name in plan.names])
    return replace(drive, sequences=sequences, values=values, current=current, count=1)


def gradient_from(
    drive: Drive,
    betas: Reals,
    target: ArrayLike,
    potentials: Mapping[str, Reals],
    activities: Mapping[str, Reals],
) -> dict[str, Reals]:
    """Return equilibrium propagation's centered estimate from states that another program found.

    ``betas`` (P,): phases without a nudge do not count; ``target`` (1, outputs); ``potentials`` and
    ``activities`` (P, n): normalised, by layer.
    """
    plan, dtype = drive.plan, drive.current.dtype
    nudged = np.flatnonzero(betas)

    def flat(state: Mapping[str, Reals]) -> tables.Floats:
        layers = [np.asarray(state[name], dtype)[nudged].ravel() for name in plan.names]
        return np.concatenate(layers)

    shape = (len(nudged), 1)
    settled = Settled(
        drive,
        betas[nudged][:, None],
        np.zeros(len(nudged), np.int64),
        tables.State(flat(potentials), flat(activities), np.zeros((len(plan.names), len(nudged)))),
        steps=np.zeros(shape, np.int64),
        residual=np.zeros(shape),
        energy_before=np.zeros(shape),
        energy=np.zeros(shape),
        ended=np.zeros(shape, np.int64),
        trace=np.zeros((1, 0, plan.units), dtype),
        target=np.asarray(target, dtype).reshape(1, -1),
    )
    slope = energy_slope(settled, 1.0 / (len(nudged) * settled.beta))
    at_devices(plan.network, slope)
    return {name: np.asarray(value, float) for name, value in slope.items()}
