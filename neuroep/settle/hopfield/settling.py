"""Settle layered networks, by any solver of the catalogue or one's own."""

from collections.abc import Mapping
from dataclasses import replace

from numpy.typing import ArrayLike

from neuroep.network.hopfield.drive import Drive, make_drive
from neuroep.network.hopfield.network import Network
from neuroep.network.inputs import Input
from neuroep.settle.hopfield.prepare import make_job
from neuroep.settle.hopfield.relaxation import Sweep, Synchronous
from neuroep.settle.hopfield.settled import Settled
from neuroep.settle.hopfield.solver import Solver
from neuroep.settle.hopfield.spiking import Spiking
from neuroep.settle.result import Record, Stop

SOLVERS: dict[str, type[Solver]] = {
    "sweep": Sweep,
    "synchronous": Synchronous,
    "spiking": Spiking,
}


def solver_of(solver: str | Solver) -> Solver:
    """Return the solver of a name, with its default options; a solver as it is."""
    if not isinstance(solver, str):
        return solver
    if solver not in SOLVERS:
        raise ValueError(f"solver {solver!r}: choose one of {', '.join(SOLVERS)}")
    return SOLVERS[solver]()


def settle_hopfield(
    network: Network,
    inputs: Drive | Mapping[str, Input] | Input,
    *,
    solver: str | Solver = "sweep",
    beta: ArrayLike = 0.0,
    target: ArrayLike | None = None,
    start: Settled | None = None,
    stop: Stop | None = None,
    record: Record | None = None,
) -> Settled:
    """Let a layered network settle: what :func:`neuroep.settle.settle` does for one."""
    if isinstance(inputs, Drive):
        drive = inputs
        drive.check(network)
    else:
        drive = make_drive(network, inputs)
    job = make_job(drive, beta, target, start, record)
    stop = stop or Stop()
    settled = solver_of(solver).run(job, stop.of_nudged() if start else stop)
    return replace(settled, target=job.nudge.target if job.beta.any() else None)
