"""The one entry point: settle(network, drive, solver=, beta=, target=, start=, stop=, record=)."""

from dataclasses import replace
from typing import Protocol

from numpy.typing import ArrayLike

from neuroep.network.hopfield.drive import Drive
from neuroep.network.hopfield.network import Network
from neuroep.settle.hopfield.prepare import Job, make_job
from neuroep.settle.hopfield.relaxation import Sweep, Synchronous
from neuroep.settle.hopfield.settled import Record, Settled, Stop
from neuroep.settle.hopfield.spiking import Spiking


class Solver(Protocol):
    """How to settle. A new solver is a class with this method, and its line in ``SOLVERS``."""

    def run(self, job: Job, stop: Stop) -> Settled:
        """Settle a job."""
        ...


SOLVERS: dict[str, type[Solver]] = {
    "sweep": Sweep,
    "synchronous": Synchronous,
    "spiking": Spiking,
}


def settle(
    network: Network,
    drive: Drive,
    *,
    solver: str | Solver = "sweep",
    beta: ArrayLike = 0.0,
    target: ArrayLike | None = None,
    start: Settled | None = None,
    stop: Stop | None = None,
    record: Record | None = None,
) -> Settled:
    """Let a network settle on a batch of clamped inputs.

    Parameters
    ----------
    network : Network
    drive : Drive
        The clamped batch of B examples, from :func:`neuroep.network.hopfield.drive.make_drive`.
    solver : str or Solver
        One of ``SOLVERS`` or an instance with options.
    beta : float, (P,) or (P, B)
        Nudging strength; several phases settle together as one batch. 0 is the free phase.
    target : (B, outputs)
        What the cost compares with; one-hot rows for a class. Not needed in the free phase.
    start : Settled
        A free settle to start every phase from. None starts from zero potentials.
    stop : Stop
        Residual and step cap.
    record : Record
        Examples whose potentials (and spikes) are kept at every step.

    Returns
    -------
    Settled
        Never an exception for want of convergence: see its ``status``.

    Raises
    ------
    ValueError
        The arguments do not fit each other.
    """
    if drive.plan.network is not network or network.plan is not drive.plan:
        raise ValueError("the drive was made for another network, or the network has changed since")
    if isinstance(solver, str):
        if solver not in SOLVERS:
            raise ValueError(f"solver {solver!r}: choose one of {', '.join(SOLVERS)}")
        solver = SOLVERS[solver]()
    job = make_job(drive, beta, target, start, record)
    stop = stop or Stop()
    settled = solver.run(job, stop.of_nudged() if start else stop)
    return replace(settled, target=job.nudge.target if job.beta.any() else None)
