"""What a worker holds of a training that it shares: the run's chip, data and updater once more.

A replica takes up the run from its folder, as ``--resume`` does, and grants every step the same sum
of shards as all others, so that it stays what they are to the last bit.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from neuroep.core.digest import digest
from neuroep.core.tables import Ints
from neuroep.core.threads import one_blas_thread
from neuroep.learning.shards import Share
from neuroep.learning.trainer import Trainer
from neuroep.network.parameters import Parameters
from neuroep.runs.folder import RunFolder
from neuroep.runs.progress import Progress
from neuroep.runs.run import load_kernels, reopened
from neuroep.traces.lens import Lens

REPLICAS: dict[str, "Replica"] = {}
"""Those of this process, by the folder of the run that they are of: one process works on it."""


class Replica:
    """A chip that learns beside others."""

    def __init__(self, trainer: Trainer, lens: Lens) -> None:
        self.trainer = trainer
        self.lens = lens
        self._order = lru_cache(maxsize=1)(self._batches)

    @classmethod
    def of(cls, run: str, places: Mapping[str, str | None]) -> "Replica":
        """Take up a run where its folder left it; an InputError where that cannot be."""
        job = reopened(RunFolder.open(run), Progress(), places)
        load_kernels(job)
        job.trainer.best = job.trainer.parameters  # it chooses no epoch, and keeps none
        choice = job.design.traces.choice(job.task.row_names(job.encoder))
        watched = job.design.watch(job.system)
        lens = Lens(watched, choice.blocks, choice.units, choice.examples)
        return cls(job.trainer, lens)

    def _batches(self, epoch: int) -> list[Ints]:
        return [chosen for _, chosen, _ in self.trainer.batches(epoch)]

    def settle(self, step: int, only: Sequence[int], asked: Any) -> list[Share]:
        """Settle some shards of a step."""
        epoch, number = divmod(step, self.trainer.steps_per_epoch)
        chosen = self._order(epoch)[number]
        with one_blas_thread():
            return self.trainer.settle(step, chosen, asked, self.lens, only)

    def grant(self, step: int, parts: Sequence[Sequence[Share]]) -> None:
        """Grant what all shards of a step ask for."""
        with one_blas_thread():
            self.trainer.grant_all(step, [share for part in parts for share in part])


def state_of(parameters: Parameters) -> int:
    """Return a number that is another one for other parameters."""
    return int(digest(parameters.flat.view("u4")))


def open_replica(run: str, places: Mapping[str, str | None]) -> None:
    """Make the replica of a training in this process."""
    REPLICAS.pop(run, None)  # what a killed training has left
    REPLICAS[run] = Replica.of(run, places)


def take_step(
    run: str, step: int, only: Sequence[int], asked: Any, before: Sequence[Sequence[Share]]
) -> list[Share]:
    """Grant the step before, where there is one, and settle some shards of this one.

    ``before``: what the shards of the step before ask for, by worker, in their order.
    """
    replica = REPLICAS[run]
    if before:
        replica.grant(step - 1, before)
    return replica.settle(step, only, asked)


def end_epoch(run: str, step: int, last: Sequence[Sequence[Share]]) -> int:
    """Grant the last step of an epoch; return what tells the parameters from others."""
    replica = REPLICAS[run]
    replica.grant(step, last)
    return state_of(replica.trainer.parameters)


def close_replica(run: str) -> None:
    """Forget the replica of a training."""
    REPLICAS.pop(run, None)
