"""Settle deep resistive networks: by block sweeps, or exponential diodes by Newton's method."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.resistive.chain import (
    Sources,
    co_content,
    current_balance,
)
from neuroep.core.resistive.newton import settle_exponential
from neuroep.core.resistive.sweep import settle_by_sweeps
from neuroep.core.tables import Floats, Ints, Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.network.parameters import real_numbers
from neuroep.network.resistive.drive import ResistiveDrive, make_resistive_drive
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.settle.resistive.contraction import contraction
from neuroep.settle.resistive.stability import check_stable
from neuroep.settle.result import Status, Stop, Verdicts

CHUNK = 16
"""Examples that sweep together: enough to fill a matrix product."""

FAST = 0.25
"""Contraction of sweeps up to which they settle exponential diodes: outputs that have just moved by
a residual are then within a third of it."""


@dataclass(frozen=True, repr=False)
class ResistiveSettled(Verdicts):
    """The result of a settle of P phases of B examples each.

    Attributes
    ----------
    drive : ResistiveDrive
        What was clamped.
    beta : float64 (P, B)
        Nudging strength.
    volts : tuple of arrays (P, B, n_k)
        Voltages of the free layers 1 ... L + 1.
    steps : int64 (P, B)
        Sweeps, or Newton steps, that each example needed.
    residual : float64 (P, B)
        Largest change of a node's voltage in the last one, V.
    ended : int64 (P, B)
        Members of Status.
    target : (B, outputs), or None
        What the nudged phases were drawn to.
    """

    unit: ClassVar[str] = " V"

    drive: ResistiveDrive
    beta: Reals
    volts: tuple[Floats, ...]
    steps: Ints
    residual: Reals
    ended: Ints
    target: Floats | None
    _job: "_Job"
    _energies: tuple[Reals, Reals]

    @cached_property
    def energy_before(self) -> Reals:
        """Co-content at the start, (P, B), W; see ``energy``."""
        return self._energies[0] + self.drive.line_power

    @cached_property
    def energy(self) -> Reals:
        """Co-content at the end, (P, B), W.

        Half the dissipated power, and with it the integrals of diodes and nudge, behind amplifiers
        times 1 / A^2.
        """
        return self._energies[1] + self.drive.line_power

    def layer(self, k: int) -> Floats:
        """Return the voltages of layer k, (P, B, n_k), the clamped layer 0 included."""
        if k > 0:
            return self.volts[k - 1]
        clamped = self.drive.network.clamp(self.drive.inputs)
        return np.broadcast_to(clamped, (*self.beta.shape, clamped.shape[1]))

    def with_lines(self, change: Callable[[str, Floats], Floats]) -> "ResistiveSettled":
        """Return the same result with other voltages on its nodes.

        ``change(layer, voltages (P * B, n_k))``, in units of a full input's, is what stands there
        instead.
        """
        full = self.volts[0].dtype.type(self.drive.network.input_gain)
        volts = tuple(
            full * change(str(k), v.reshape(-1, v.shape[-1]) / full).reshape(v.shape)
            for k, v in enumerate(self.volts, 1)
        )
        return replace(self, volts=volts)

    @property
    def prediction(self) -> Floats:
        """What the outputs say, (P, B, outputs), in units of a target."""
        return self.drive.network.prediction(self.volts[-1])

    @cached_property
    def balance(self) -> Reals:
        """Kirchhoff's current law: largest |sum of currents| / sum of |currents| of a node, (P, B).

        Computed when asked for, from every single current: ask before the conductances change.
        Settled in float32, it is a few 1e-7.
        """
        job, network = self._job, self.drive.network
        clamped = network.clamp(self.drive.inputs)
        chain, found = self.drive.chain, np.empty(job.count)
        lines = np.asarray(network.effective[0], chain.conductances.dtype)

        def work(first: int, last: int) -> None:
            current_balance(
                chain,
                job.sources,
                lines,
                clamped,
                not network.reciprocal,
                job.volts,
                job.count,
                first,
                last,
                found,
            )

        run_chunks(work, chunks(job.count, CHUNK))
        return found.reshape(self.status.shape)


@dataclass(frozen=True)
class _Job:
    """A batch as kernels read it: P * B examples, phase by phase, referred to the input."""

    sources: Sources
    volts: Floats
    count: int


def settle_resistive(
    network: ResistiveNetwork,
    inputs: ResistiveDrive | Mapping[str, ArrayLike] | ArrayLike,
    *,
    solver: str = "",
    beta: ArrayLike = 0.0,
    target: ArrayLike | None = None,
    start: ResistiveSettled | None = None,
    stop: Stop | None = None,
) -> ResistiveSettled:
    """Let a resistive network settle: what :func:`neuroep.settle.settle` does for one.

    Parameters
    ----------
    inputs : (B, inputs), mapping or ResistiveDrive
        x, by itself or as the only entry, or a batch that is clamped already.
    solver : str
        "sweep" for ideal diodes, "newton" for exponential ones; the diodes decide when it is empty.
    stop : Stop
        ``residual`` in V.

    Raises
    ------
    ValueError
        The arguments do not fit each other; the drive was made from other conductances; a
        floating node; a beta so far below zero that the network has no stable state.
    """
    stop = stop or Stop()
    if start:
        stop = stop.of_nudged()
    if isinstance(inputs, ResistiveDrive):
        drive = inputs
        drive.check(network)
    else:
        drive = make_resistive_drive(network, inputs)
    examples = len(drive.inputs)
    betas = np.atleast_1d(np.asarray(beta, float))
    betas = np.repeat(betas[:, None], examples, axis=1) if betas.ndim == 1 else betas
    if betas.ndim != 2 or betas.shape[1] != examples or not np.isfinite(betas).all():
        raise ValueError("beta: needs one finite number a phase, or one a phase and example")
    count = betas.size
    dtype, scale = drive.current.dtype, drive.chain.scale
    wanted = _check_target(network, target, betas, examples, dtype)
    nudge = betas * network.nudge_conductance
    check_stable(drive, float(betas.min()))
    sources = Sources(
        np.tile(np.arange(examples), len(betas)),
        drive.current,
        drive.power,
        nudge.ravel().astype(dtype),
        wanted * dtype.type(network.output_gain / scale[-1]),
    )
    volts = _start(network, start, examples, count, dtype, scale)
    before, energy = np.empty(count), np.empty(count)
    steps, residual = np.zeros(count, np.int64), np.zeros(count)
    kernel = _kernel_of(drive, solver, nudge)

    def work(first: int, last: int) -> None:
        co_content(drive.chain, sources, volts, count, first, last, before)
        kernel(
            drive.chain,
            sources,
            volts,
            count,
            first,
            last,
            stop.residual,
            stop.steps,
            steps,
            residual,
        )
        co_content(drive.chain, sources, volts, count, first, last, energy)

    run_chunks(work, chunks(count, CHUNK))
    status = np.where(residual <= stop.residual, Status.CONVERGED, Status.STEP_LIMIT)
    status = np.where(np.isfinite(residual) & np.isfinite(energy), status, Status.DIVERGED)
    shape = betas.shape
    ends = count * np.cumsum((0, *network.sizes[1:]))
    volts_of = zip(ends[:-1], ends[1:], scale[1:], strict=True)
    return ResistiveSettled(
        drive=drive,
        beta=betas,
        volts=tuple(
            (volts[a:b] * dtype.type(factor)).reshape(*shape, -1) for a, b, factor in volts_of
        ),
        steps=steps.reshape(shape),
        residual=residual.reshape(shape),
        ended=status.reshape(shape),
        target=wanted if betas.any() else None,
        _job=_Job(sources, volts, count),
        _energies=(before.reshape(shape), energy.reshape(shape)),
    )


def _kernel_of(drive: ResistiveDrive, solver: str, nudge: Reals) -> Callable[..., None]:
    """Return what settles a network with its diodes.

    Sweeps settle ideal diodes, and exponential ones where they are sure to be fast; else Newton's
    method does.
    """
    ideal = drive.network.diode is None
    diodes, fitting = ("ideal", "sweep") if ideal else ("exponential", "newton")
    if solver not in ("", fitting):
        raise ValueError(f"solver {solver!r}: {diodes} diodes settle by {fitting!r}")
    extremes = {float(nudge.min()), float(nudge.max())}
    fast = not solver and all(contraction(drive.chain, n) <= FAST for n in extremes)
    return settle_by_sweeps if ideal or fast else settle_exponential


def _check_target(
    network: ResistiveNetwork,
    target: ArrayLike | None,
    betas: Reals,
    examples: int,
    dtype: np.dtype,
) -> Floats:
    shape = (examples, network.outputs)
    if target is None:
        if betas.any():
            raise ValueError("target: a nudged phase needs one")
        return np.zeros(shape, dtype)
    wanted = real_numbers("target", target, dtype)
    if wanted.shape != shape:
        raise ValueError(f"target: needs shape {shape}, got {wanted.shape}")
    return wanted


def _start(
    network: ResistiveNetwork,
    start: ResistiveSettled | None,
    examples: int,
    count: int,
    dtype: np.dtype,
    scale: Reals,
) -> Floats:
    if start is None:
        return np.zeros(count * sum(network.sizes[1:]), dtype)
    phases = len(start.status)
    if (
        start.drive.network is not network
        or start.status.shape[1] != examples
        or phases * examples not in (examples, count)
    ):
        raise ValueError(
            "start: needs one phase of the same network and examples, or as many phases"
        )
    layers = zip(start.volts, scale[1:], strict=True)
    times = count // (phases * examples)
    return np.concatenate(
        [np.tile(v / dtype.type(factor), (times, 1, 1)).ravel() for v, factor in layers],
        dtype=dtype,
    )
