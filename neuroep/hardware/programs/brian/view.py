"""Spiking views of a circuit: free, +beta and -beta phases, and how well two programs agree."""

import time
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Reals
from neuroep.hardware.hopfield.circuit import Circuit
from neuroep.hardware.programs.brian.solver import Brian2
from neuroep.hardware.views.view import View, Waveform
from neuroep.learning.estimate import estimate
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.rule import Estimate
from neuroep.network.hopfield.drive import Drive
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Record


@dataclass(frozen=True)
class SpikeAgreement:
    """How the spikes of two programs agree over a phase.

    Attributes
    ----------
    spikes : int
        Spikes of the first program.
    matched : float
        Share of all spikes that both sent from the same neuron, at the same step, of the same sign;
        1 where there is none.
    count_difference : int
        Largest distance, ever, between the running (signed) counts of a neuron.
    activity_difference : float
        Largest distance of an averaged activity (normalised).
    """

    spikes: int
    matched: float
    count_difference: int
    activity_difference: float


def compare_spikes(ours: Settled, theirs: Settled) -> SpikeAgreement:
    """Compare two settles of the same examples, both recorded.

    Raises
    ------
    ValueError
        One of them has no raster, or they are not of the same phases.
    """
    a, b = ours.raster, theirs.raster
    if a is None or b is None or a.shape != b.shape or not a.size:
        raise ValueError("both settles must record the spikes of the same examples and steps")
    both, either = int(((a == b) & (a != 0)).sum()), int(((a != 0) | (b != 0)).sum())
    apart = np.cumsum(a, axis=0, dtype=np.int64) - np.cumsum(b, axis=0, dtype=np.int64)
    return SpikeAgreement(
        int(np.count_nonzero(a)),
        both / either if either else 1.0,
        int(np.abs(apart).max()),
        float(np.abs(ours.state.activity - theirs.state.activity).max()),
    )


def spiking_view(
    name: str, circuit: Circuit, drive: Drive, target: ArrayLike, beta: float, solver: Spiking
) -> tuple[View, Estimate]:
    """Settle one input by spikes in the phases 0, +beta, -beta.

    Parameters
    ----------
    name : str
        Of the view.
    circuit : Circuit
        Gives the volts of a membrane.
    drive : Drive
        One example.
    target : (1, outputs)
    beta : float
    solver : Spiking
        Any solver by spikes; the chip of a :class:`Brian2` should be the circuit's.

    Returns
    -------
    view : View
        Potentials averaged over the window, as membrane voltages; a receiver's potential is the
        current it receives, so no node has an imbalance.
    found : Estimate
        With the spikes of all three phases, for :func:`compare_spikes`.

    Raises
    ------
    ValueError
        The drive has more than one example.
    """
    if drive.count != 1:
        raise ValueError(f"a view shows one input, not {drive.count}")
    network = circuit.network
    begin = time.perf_counter()
    found = estimate(network, drive, target, Centered(beta), solver=solver, record=Record((0,)))
    seconds = time.perf_counter() - begin

    def phases(quantity: str) -> dict[str, Reals]:
        return {
            layer: np.concatenate(
                [getattr(x, quantity)(layer)[:, 0] for x in (found.free, found.nudged)]
            ).astype(float)
            for layer in network.settling
        }

    view = View(
        name,
        np.array([0.0, beta, -beta]),
        circuit.volts(phases("potential")),
        {key: np.asarray(slope, float) for key, slope in found.gradient.items()},
        0.0,
        seconds,
        phases("activity"),
        (
            _waveform(circuit, found.free, 0, solver),
            *(_waveform(circuit, found.nudged, slot, solver) for slot in range(2)),
        ),
    )
    return view, found


def brian_view(
    circuit: Circuit, drive: Drive, target: ArrayLike, beta: float, options: Spiking | None = None
) -> tuple[View, Estimate]:
    """Settle one input in Brian2, with the times and ranges of ``options``.

    See :func:`spiking_view`, which makes neuroep's own view from the same ``options``.
    """
    given = options or Spiking()
    times = {f.name: getattr(given, f.name) for f in fields(Spiking)}
    solver = Brian2(**times, chip=circuit.chip)
    return spiking_view("Brian2", circuit, drive, target, beta, solver)


def _waveform(circuit: Circuit, settled: Settled, slot: int, solver: Spiking) -> Waveform:
    plan, trace = settled.drive.plan, settled.trace[:, slot]
    times: Reals = np.arange(len(trace), dtype=float) * solver.time_step
    parts = {
        name: trace[:, begin : begin + size]
        for name, begin, size in zip(plan.names, plan.offsets, plan.sizes, strict=False)
    }
    return Waveform(times, circuit.volts(parts))
