"""Sweeps on several workers: whoever is killed on the way, every number is a serial run's."""

import gc
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
from experiment_support import more
from sweep_support import SETTLE, TRAIN, die_over_point_1, refused, rows, sweep, write_plan

from neuroep import cluster
from neuroep.studies.sweep import schedule
from neuroep.studies.sweep.work import RESULT

distributed = pytest.importorskip(
    "distributed", reason="Dask is not installed (pip install 'neuroep[sweep]')"
)

LONG = 120.0
"""Seconds that something is waited for which happens in a few."""


class Running:
    """A sweep on two workers, in a process of its own."""

    def __init__(self, plan: Path) -> None:
        self.folder = plan.with_suffix("")
        words = ["sweep", str(plan), "--out", str(self.folder), "--workers", "2"]
        environment = {name: v for name, v in os.environ.items() if name != "NEUROEP_THREADS"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "neuroep", *words],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, points: int) -> None:
        """Wait until so many points are measured, while the sweep goes on."""
        end = time.monotonic() + LONG
        while len(list(self.folder.rglob(RESULT))) < points:
            assert self.process.poll() is None, self.process.communicate()[0]
            assert time.monotonic() < end
            time.sleep(0.02)

    def kill_worker(self) -> None:
        """Kill one of the workers, as where memory runs out.

        They are children of the sweep; what a worker starts itself carries its command line until
        it runs a program of its own.
        """
        import psutil

        workers = [
            child
            for child in psutil.Process(self.process.pid).children()
            if any("spawn_main" in word for word in child.cmdline())
        ]
        assert len(workers) == 2
        workers[0].kill()

    def kill(self) -> None:
        """Kill the sweep with its scheduler, as where a machine goes down."""
        self.process.send_signal(signal.SIGKILL)
        self.process.communicate()

    def end(self) -> str:
        """Return what it says until it has ended well."""
        out, _ = self.process.communicate(timeout=10 * LONG)
        assert self.process.returncode == 0, out
        return out


@pytest.mark.parametrize(("seeds", "kills"), [(5, (1, 2)), *more((24, (4, 9)))])
def test_killed_workers_and_schedulers_change_no_number(
    tmp_path: Path, seeds: int, kills: tuple[int, int]
) -> None:
    """A worker is killed, then the scheduler; the same command goes on to a serial run's end."""
    text = TRAIN.replace('solver = "sweep"', 'solver = "sweep", learning.epochs = 6')
    plan = write_plan(tmp_path, f"{text}seeds = {seeds}")
    running = Running(plan)
    running.until(kills[0])
    running.kill_worker()
    running.until(kills[1])
    running.kill()
    found = len(list(running.folder.rglob(RESULT)))
    assert kills[1] <= found < seeds
    Running(plan).end()
    alone = write_plan(tmp_path, plan.read_text(), "alone.toml")
    assert sweep(alone) == 0
    assert rows(plan) == rows(alone)
    assert (plan.with_suffix("") / "summary.csv").read_bytes() == (
        alone.with_suffix("") / "summary.csv"
    ).read_bytes()
    for path in running.folder.rglob("metrics.json"):
        assert json.loads(path.read_text())["threads"] == 1


def test_a_cluster_at_an_address_measures_as_well(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, SETTLE + "seeds = 5")
    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
    ) as started:
        assert sweep(plan, "--address", started.scheduler_address) == 0
    alone = write_plan(tmp_path, plan.read_text(), "alone.toml")
    assert sweep(alone) == 0
    assert rows(plan) == rows(alone)


def answering(text: bytes) -> str:
    """Return the address of a server, of one visitor, that is no scheduler."""
    server = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        with server, server.accept()[0] as visitor:
            visitor.sendall(text)
            visitor.recv(1 << 16)

    threading.Thread(target=answer, daemon=True).start()
    return f"tcp://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "address", ["tcp://127.0.0.1:9", "junk", "junk://x", "tls://127.0.0.1:9", "\udcff:1", "HTTP"]
)
def test_an_address_where_nobody_answers_is_refused(
    address: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(cluster, "CONNECT", "1s")
    plan = write_plan(tmp_path, SETTLE + "seeds = 2")
    where = answering(b"HTTP/1.1 400 Bad Request\r\n\r\n") if address == "HTTP" else address
    line = refused(plan, capsys, "--address", where)
    gc.collect()  # nothing is left that waits for its own end
    assert f"--address {where}: no scheduler answers" in line.replace("\\udcff", "\udcff")


def test_without_dask_several_workers_are_refused_and_one_is_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    plan = write_plan(tmp_path, SETTLE + "seeds = 2")
    assert "pip install 'neuroep[sweep]'" in refused(plan, capsys, "--workers", 2)
    assert sweep(plan) == 0
    capsys.readouterr()


def test_a_point_that_kills_its_workers_is_a_row_that_failed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schedule, "measure_point", die_over_point_1)
    monkeypatch.setitem(schedule.CONFIG, "distributed.scheduler.allowed-failures", 0)
    plan = write_plan(tmp_path, SETTLE + "seeds = 2")
    assert sweep(plan, "--workers", 2) == 0
    assert [row["state"] for row in rows(plan)] == ["measured", "failed"]
    assert "the worker died over it" in rows(plan)[1]["error"]
    assert "1 of 2 points failed" in capsys.readouterr().out
