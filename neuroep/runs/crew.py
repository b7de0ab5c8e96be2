"""Workers that share the batches of one training, each with a replica of its chip.

Workers pass each other what their shards ask for, as factors, and each grants the sum by itself.
While this process grants a step, the workers are at the next one.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from neuroep import cluster
from neuroep.cluster import connected, require_dask
from neuroep.errors import InputError
from neuroep.learning.shards import Share
from neuroep.learning.trainer import Trainer
from neuroep.runs import replica

LOOK = 1.0
"""Seconds after which it is looked whether workers are still there, and twice as long each time."""

CONFIG = {"distributed.scheduler.allowed-failures": 0}


@dataclass(frozen=True)
class Workers:
    """Who shares a training: ``count`` processes of this machine, or of a cluster's workers.

    ``address``: of the cluster's scheduler; its workers, as many as have shards, where ``count`` is
    None.
    """

    count: int | None = None
    address: str | None = None

    @property
    def several(self) -> bool:
        """Whether there is anybody beside this process."""
        return self.address is not None or (self.count or 1) > 1

    def check(self, shards: int) -> None:
        """Refuse workers that would have nothing to do; an InputError names the design's key."""
        if not self.several:
            return
        require_dask()
        count = self.count or 1
        if shards == 1 or count > shards:
            asked = f"--workers {count}" if self.count else "--address"
            cuts = "one shard" if shards == 1 else f"{shards} shards"
            raise InputError(
                f"{asked}: a batch of this design is {cuts}, each for one worker; "
                f"--set learning.shards={max(2, count)} cuts it, which changes what is random"
            )


class DaskCrew:
    """Settles shards by workers of Dask.

    Parameters
    ----------
    client : distributed.Client
    addresses : sequence of str
        The workers.
    run : Path
        The folder that they take up the training from.
    trainer : Trainer
        Of this process, which grants what they settle.
    """

    def __init__(self, client: Any, addresses: Sequence[str], run: Path, trainer: Trainer) -> None:
        self.client = client
        self.run = run
        self.trainer = trainer
        shards, count = trainer.recipe.shards, len(addresses)
        self.shards = {
            address: range(shards * k // count, shards * (k + 1) // count)
            for k, address in enumerate(addresses)
        }
        self._next: list[Any] = []
        self._ends: list[Any] = []

    def open(self, places: Mapping[str, str | None]) -> None:
        """Let every worker make its replica."""
        self.results(self.hand(replica.open_replica, lambda _: (places,)))

    def shares(self, step: int) -> list[Share]:
        """Return what all shards of a step ask for, in their order; workers go on meanwhile."""
        now = self._next or self._send(step, [])
        if (step + 1) % self.trainer.steps_per_epoch:
            self._next = self._send(step + 1, now)
        else:
            self._next = []
            self._ends = self.hand(replica.end_epoch, lambda _: (step, now))
        return [share for part in self.results(now) for share in part]

    def check(self) -> None:
        """Compare all replicas after an epoch; an InputError where they differ."""
        mine = replica.state_of(self.trainer.parameters)
        for address, theirs in zip(self.shards, self.results(self._ends), strict=True):
            if theirs != mine:
                raise InputError(
                    f"worker {address}: other parameters than here after epoch "
                    f"{self.trainer.epoch}: all need the same processors and libraries; go on "
                    f"without it with --resume {self.run}"
                )

    @property
    def name(self) -> str:
        """What workers know the training by: where its folder is."""
        return str(self.run.resolve())

    def close(self) -> None:
        """Let workers that stay forget their replicas."""
        with suppress(Exception):  # the scheduler may be gone, or this process is about to be
            there = list(self.shards.keys() & self.client.nthreads().keys())
            self.client.run(replica.close_replica, self.name, workers=there, on_error="ignore")

    def _send(self, step: int, before: list[Any]) -> list[Any]:
        observer = self.trainer.observer
        asked = observer.asks(step) if observer else None
        return self.hand(replica.take_step, lambda k: (step, self.shards[k], asked, before))

    def hand(
        self, work: Callable[..., Any], arguments: Callable[[str], tuple[Any, ...]]
    ) -> list[Any]:
        """Hand work to every worker."""
        return [
            self.client.submit(
                work,
                self.name,
                *arguments(address),
                workers=[address],
                allow_other_workers=False,
                pure=False,
            )
            for address in self.shards
        ]

    def results(self, futures: Sequence[Any]) -> list[Any]:
        """Return what workers have made; an InputError where one of them is gone."""
        distributed = require_dask()
        try:
            return [self._result(future) for future in futures]
        except distributed.KilledWorker:
            raise self._gone("a worker died") from None
        except (distributed.comm.CommClosedError, distributed.CancelledError):
            raise self._gone("the scheduler is gone") from None

    def _result(self, future: Any) -> Any:
        patience = LOOK
        while True:
            try:
                return future.result(timeout=patience)
            except TimeoutError:
                if not self.shards.keys() <= self.client.nthreads().keys():
                    raise self._gone("a worker died") from None
                patience *= 2  # what is large takes longer

    def _gone(self, what: str) -> InputError:
        return InputError(f"{what}; go on with --resume {self.run}")


@contextmanager
def open_crew(
    workers: Workers, run: Path, trainer: Trainer, places: Mapping[str, str | None]
) -> Iterator[DaskCrew]:
    """Yield workers that have taken up a run; ``places``: where its data are by now."""
    shards = trainer.recipe.shards
    with connected(workers.count or shards, workers.address, CONFIG) as client:
        if workers.address is not None:
            with suppress(TimeoutError):
                client.wait_for_workers(workers.count or 1, timeout=cluster.CONNECT)
        there = sorted(client.nthreads())[: workers.count or shards]
        if not there or len(there) < (workers.count or 1):
            raise InputError(
                f"--address {workers.address}: {len(there)} of {workers.count or 1} workers there"
            )
        crew = DaskCrew(client, there, run, trainer)
        try:
            crew.open(places)
            yield crew
        finally:
            if workers.address is not None:  # others stay
                crew.close()
