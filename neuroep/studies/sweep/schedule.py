"""Who measures the points: this process, processes of this machine, or a cluster's."""

from collections.abc import Callable, Sequence

from neuroep.cluster import connected, require_dask
from neuroep.errors import InputError
from neuroep.studies.sweep.work import Asked, keep_failure, measure_point

Done = Callable[[Asked], object]

TRIES = 3
"""Workers that may die over a point before it counts as failed."""

CONFIG = {"distributed.scheduler.allowed-failures": TRIES}


def serial(asked: Sequence[Asked], done: Done) -> None:
    """Measure one point after the other in this process."""
    for one in asked:
        measure_point(one)
        done(one)


def on_dask(asked: Sequence[Asked], done: Done, workers: int, address: str | None) -> None:
    """Measure points side by side, by ``workers`` local processes or the cluster at an address.

    A worker that dies is started again, and its point begun again from its last checkpoint.
    """
    distributed = require_dask()
    by_name = {one.name: one for one in asked}
    with connected(min(workers, len(asked)), address, CONFIG) as client:
        futures = client.map(measure_point, asked, key=list(by_name), pure=False)
        for future in distributed.as_completed(futures, loop=client.loop):
            one = by_name[future.key]
            error = future.exception() if future.status == "error" else None
            if isinstance(error, distributed.KilledWorker):
                keep_failure(one, f"the worker died over it {TRIES + 1} times")
            elif error is not None:
                raise InputError(f"{one.label}: {error}")
            elif future.status != "finished":
                break
            done(one)
    if left := sum(not one.finished for one in asked):
        raise InputError(f"the scheduler is gone, {left} points are left; the same command goes on")
