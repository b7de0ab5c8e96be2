"""Who measures the points: this process, processes of this machine, or a cluster's."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from neuroep.errors import InputError
from neuroep.studies.sweep.work import Asked, keep_failure, measure_point

Done = Callable[[Asked], object]

TRIES = 3
"""Workers that may die over a point before it counts as failed."""

CONNECT = "20s"
"""How long a scheduler is waited for."""

CONFIG = {
    # One thread a point: points are what runs side by side.
    "distributed.nanny.pre-spawn-environ.NEUROEP_THREADS": 1,
    "distributed.scheduler.allowed-failures": TRIES,
    "distributed.admin.tick.limit": "1h",
}


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
    with _client(min(workers, len(asked)), address) as client:
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


def require_dask() -> Any:
    """Return the module ``distributed``; an InputError says how it is installed."""
    try:
        import distributed
    except ImportError:
        raise InputError(
            "sweeps on several workers need Dask: pip install 'neuroep[sweep]'; --workers 1 does "
            "without"
        ) from None
    return distributed


@contextmanager
def _client(workers: int, address: str | None) -> Iterator[Any]:
    distributed = require_dask()
    from dask import config

    _silence()
    with config.set(CONFIG):
        if address is not None:
            try:
                client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
            except (OSError, ValueError) as error:
                raise InputError(f"--address {address}: no scheduler answers: {error}") from None
            with client:
                yield client
            return
        with (
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                dashboard_address=None,
                silence_logs=logging.CRITICAL,
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            yield client


def _silence() -> None:
    """Keep Dask from telling of connections and workers that end, which are told of here."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
