"""Dask: processes of this machine, or the cluster at an address, as what work is handed to."""

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from neuroep.errors import InputError

CONNECT = "20s"
"""How long a scheduler is waited for."""

THREADS = "NEUROEP_THREADS"

CONFIG = {
    # One thread a worker: workers are what runs side by side.
    f"distributed.nanny.pre-spawn-environ.{THREADS}": 1,
    "distributed.admin.tick.limit": "1h",
}


def require_dask() -> Any:
    """Return the module ``distributed``; an InputError says how it is installed."""
    try:
        import distributed
    except ImportError:
        raise InputError(
            "several workers need Dask: pip install 'neuroep[sweep]'; --workers 1 does without"
        ) from None
    return distributed


@contextmanager
def connected(workers: int, address: str | None, settings: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the client of ``workers`` local processes, or of the cluster at an address.

    ``settings``: of Dask, beside those that all work needs. An InputError: no Dask, no scheduler.
    """
    distributed = require_dask()
    from dask import config

    _silence()
    with config.set(CONFIG | dict(settings)):
        if address is not None:
            try:
                with ThreadPoolExecutor(1) as aside:  # a notebook has a loop in this thread
                    aside.submit(asyncio.run, _reach(distributed, address)).result()
                client = distributed.Client(address, timeout=CONNECT, set_as_default=False)
            except (OSError, ValueError, TypeError, MemoryError) as error:
                # TypeError: a protocol that is not set up; MemoryError: no frame of Dask's.
                raise InputError(f"--address {address}: no scheduler answers: {error}") from None
            with client:
                yield client
            return
        own = os.environ.get(THREADS)
        with (
            distributed.LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                memory_limit=0,
                # Its server has to be somewhere: a port that is free, also beside other clusters.
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                silence_logs=logging.CRITICAL,
            ) as cluster,
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            # What is set before workers are spawned stays set in this process as well.
            if own is None:
                os.environ.pop(THREADS, None)
            else:
                os.environ[THREADS] = own
            yield client


async def _reach(distributed: Any, address: str) -> None:
    """Connect once: a client that cannot begin, as with no port, waits 40 s for its own end."""
    secured = distributed.Security().get_connection_args("client")
    comm = await distributed.comm.connect(address, timeout=CONNECT, **secured)
    await comm.close()


def _silence() -> None:
    """Keep Dask from telling of connections and workers that end, which are told of here."""
    for name in list(logging.root.manager.loggerDict):
        if name.partition(".")[0] == "distributed":
            logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("asyncio").addFilter(_not_of_dask)


def _not_of_dask(record: logging.LogRecord) -> bool:
    """Whether asyncio tells of something else than a task that a client of Dask has left alone."""
    return "distributed" not in record.getMessage()
