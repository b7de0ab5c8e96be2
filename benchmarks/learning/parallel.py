"""A training step shared by workers: what it sends, what it takes, and what more workers would.

    python -m benchmarks.learning.parallel [--json FILE] [--write]     minutes on 2 idle cores

Seconds of settling and of the update are processor time of one thread. Exchange is measured by
steps that settle nothing: every worker sends what its shards once asked for to all others and to
the process that keeps checkpoints, in which the scheduler is, too. Its processor time is what a
step costs beside the workers' own; wall time holds the waits for a busy machine as well. From these
follows what a number of workers would take per step, of which each has at least one shard:

    T(w) = settle / w + exchange(w) + update,  exchange(w) = w * handling + bytes / rate

handling: of a step without any bytes, per worker. What a network adds is not in it.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.cases import MEAN_LENGTH, MEDIAN_LENGTH
from benchmarks.measure import RESULTS, run, table
from neuroep.core.threads import one_blas_thread
from neuroep.design.load import load_design
from neuroep.files import read_json
from neuroep.learning.shards import Share
from neuroep.runs import replica
from neuroep.runs.crew import DaskCrew, Workers, open_crew
from neuroep.runs.folder import RunFolder
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.runs.run import Job, reopened, train

DESIGN = """
title = "reviews in shards"
solver = "sweep"
[text]
words = 2000
word_min_count = 1
[layers.words]
type = "clamped"
tokens = 64
dim = 64
[layers.heads]
type = "token_attention"
patterns = "words"
inverse_temperature = 0.125
[layers.hidden]
type = "hard_sigmoid"
size = 512
bias = 0.5
[[couplings]]
between = ["words", "heads"]
shared = true
[[couplings]]
between = ["heads", "hidden"]
[cost]
type = "cross_entropy"
layer = "hidden"
classes = 2
[settle]
residual = 1e-4
steps = 30
[learning]
epochs = 1
batch = 100
shards = 4
decay = "none"
[learning.rates]
"*" = 1e-4
"""
WORKERS, ESTIMATED, ROUNDS, STEPS = (1, 2), (4, 16, 100), 7, 40
MB = 1e6
PAPER = "benchmark_paper_imdb.json"


def main() -> None:
    """Measure and print."""
    os.environ["NEUROEP_THREADS"] = "1"  # as workers have
    run("parallel", "A training step shared by workers.", measure, headline="bytes")


def measure() -> tuple[dict[str, Any], str]:
    """Return bytes and seconds of a step by workers, an estimate for more, and both as tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = begun(Path(name))
        job = reopened(folder, Progress(), {})
        found = alone(job)
        for workers in WORKERS:
            with open_crew(Workers(workers), folder.path, job.trainer, {}) as crew:
                found[f"exchange_wall_{workers}"], found[f"exchange_{workers}"] = paced(crew, True)
                found[f"handling_{workers}"] = paced(crew, False)[1] / workers
    return figures_of(found, bytes_of(job), paper())


def begun(folder: Path) -> RunFolder:
    """Return a run of the design on built-in reviews."""
    path = folder / "design.toml"
    path.write_text(DESIGN, encoding="utf-8")
    options = TrainOptions(design=str(path), limit=500, no_baselines=True, no_figures=True)
    return train(options, str(folder / "run"))


def alone(job: Job) -> dict[str, float]:
    """Return the processor time of settling a batch, and of granting it."""
    settles, updates, trainer = [], [], job.trainer
    for _ in range(ROUNDS):
        step, chosen, _ = next(trainer.batches(trainer.epoch))
        with one_blas_thread():
            begin = time.process_time()
            shares = trainer.settle(step, chosen)
            middle = time.process_time()
            trainer.grant_all(step, shares)
            updates.append(time.process_time() - middle)
            settles.append(middle - begin)
    return {"settle": statistics.median(settles), "update": statistics.median(updates)}


def bytes_of(job: Job) -> dict[str, float]:
    """Return what one batch's shards send, and what they would as dense arrays."""
    step, chosen, _ = next(job.trainer.batches(job.trainer.epoch))
    shares = job.trainer.settle(step, chosen)
    factors = sum(part.nbytes for share in shares for part in share.gradient.parts)
    return {
        "sent": sum(share.gradient.nbytes for share in shares),
        "factors": factors,
        "dense": len(shares) * job.system.parameters.flat.nbytes,
        "parameters": job.system.parameters.flat.nbytes,
        "shards": len(shares),
    }


def resend(
    name: str, only: Sequence[int], full: bool, before: Sequence[Sequence[Share]]
) -> list[Share]:
    """Settle some shards once, and send what they asked for, or nothing."""
    own = replica.REPLICAS[name]
    if not hasattr(own, "kept"):
        own.kept = own.settle(0, only, None)  # type: ignore[attr-defined]
    return list(own.kept) if full else []


def paced(crew: DaskCrew, full: bool) -> tuple[float, float]:
    """Return wall and processor time of a step that settles and grants nothing."""
    wall: list[float] = []
    before: list[Any] = []
    for number in range(STEPS + 1):
        if number == 1:  # the first one settles once
            used = time.process_time()
        begin = time.perf_counter()
        held = before
        before = crew.hand(resend, lambda k, held=held: (crew.shards[k], full, held))
        crew.results(before)
        wall.append(time.perf_counter() - begin)
    return statistics.median(wall[1:]), (time.process_time() - used) / STEPS


def paper() -> dict[str, float]:
    """Return the bytes of a step of the paper's network, from its design and reviews' lengths."""
    design = load_design("imdb_paper", [])
    network = design.make_system({"words": 1}).network
    tokens, dim = network.shape("words")
    spread = np.sqrt(2 * np.log(MEAN_LENGTH / MEDIAN_LENGTH))
    rng = np.random.default_rng(0)
    lengths = np.exp(rng.normal(np.log(MEDIAN_LENGTH), spread, 100_000)).clip(10, tokens)
    sizes = {
        n: int(np.prod(s)) for n, s in network.parameters.shapes.items() if n != "words.patterns"
    }
    width = network.size("hidden")
    batch, phases = design.recipe.batch, 2
    factors = 4 * batch * phases * (lengths.mean() * dim + width)
    measured = read_json(RESULTS / PAPER)
    threads = measured["machine"]["threads_of_each_side"]
    seconds = measured["states"]["after training"]["neuroep"]["seconds"]
    update = seconds.pop("gradient and update")
    return {
        "settle": threads * sum(seconds.values()),  # of one thread, as workers have
        "update": threads * update,
        "batch": batch,
        "factors": factors,
        "rest": 4 * (sum(sizes.values()) - sizes["attention-hidden"]),
        "dense": 4 * sum(sizes.values()),
    }


def figures_of(
    seconds: Mapping[str, float], sent: Mapping[str, float], paper: Mapping[str, float]
) -> tuple[dict[str, Any], str]:
    """Return what was measured and estimated, as figures and as text."""
    settle, update = seconds["settle"], seconds["update"]
    handling = seconds["handling_2"]
    rate = sent["sent"] / max(seconds["exchange_2"] - 2 * handling, 1e-9)
    rest = (sent["sent"] - sent["factors"]) / sent["shards"]  # of each shard

    def exchange(workers: int) -> float:
        shards = max(workers, int(sent["shards"]))
        return workers * handling + (sent["factors"] + shards * rest) / rate

    steps = {w: (settle / w, seconds[f"exchange_{w}"], False) for w in WORKERS} | {
        w: (settle / w, exchange(w), True) for w in ESTIMATED
    }
    alone = settle + update
    rows, times = [["none", f"{settle:.3f}", "", f"{update:.3f}", f"{alone:.3f}", "1.0", "no"]], {}
    for workers, (own, passed, estimated) in steps.items():
        whole = own + passed + update
        times[str(workers)] = {
            "settle": own, "exchange": passed, "update": update, "step": whole,
            "speed_up": alone / whole, "estimated": estimated,
        }  # fmt: skip
        cells = [f"{x:.3f}" for x in (own, passed, update, whole)]
        how = "yes" if estimated else "of its parts"
        rows.append([str(workers), *cells, f"{alone / whole:.1f}", how])
    header = [
        "workers",
        "settle, s",
        "exchange, s",
        "update, s",
        "step, s",
        "speed-up",
        "estimated",
    ]
    of_paper = {}
    for shards in ESTIMATED:  # one a worker
        whole = paper["factors"] + shards * paper["rest"]
        step = paper["settle"] / shards + shards * handling + whole / rate + paper["update"]
        of_paper[str(shards)] = {
            "sent": whole,
            "dense": shards * paper["dense"],
            "step": step,
            "speed_up": (paper["settle"] + paper["update"]) / step,
        }
    text = table(header, rows)
    text += (
        f"\n\nA batch of 100 reviews in {sent['shards']:.0f} shards, {sent['parameters'] / MB:.1f} "
        f"MB of parameters, the largest coupling 4096 x 512. A step sends "
        f"{sent['sent'] / MB:.2f} MB, dense gradients would be {sent['dense'] / MB:.1f} MB: "
        f"{sent['dense'] / sent['sent']:.0f} times as much. Handling {1e3 * handling:.1f} ms per "
        f"worker and step, {rate / MB:.0f} MB/s; by the clock an exchange took "
        f"{seconds['exchange_wall_1']:.3f} s with one worker and {seconds['exchange_wall_2']:.3f} "
        f"s with two, on a machine that others used, too.\n\nThe paper's network on reviews, "
        "computed from its design and the lengths of reviews:\n\n"
    )
    text += table(
        ["shards", "sent a step, MB", "dense, MB", "ratio", "step, s", "speed-up"],
        [
            [
                n,
                f"{x['sent'] / MB:.0f}",
                f"{x['dense'] / MB:,.0f}",
                f"{x['dense'] / x['sent']:.0f}",
                f"{x['step']:.2f}",
                f"{x['speed_up']:.1f}",
            ]
            for n, x in of_paper.items()
        ],
    )
    text += (
        "\n\nSeconds are estimated by the same formula, one shard and one thread a worker, from "
        f"what `{PAPER}` says of a trained network: {paper['settle']:.1f} s of a thread to settle, "
        f"{paper['update']:.2f} s for the gradient and its update, which no worker is spared."
    )
    figures = {
        "seconds": dict(seconds),
        "bytes": dict(sent),
        "bytes_per_second": rate,
        "steps": times,
        "paper": of_paper,
    }
    return figures, text


if __name__ == "__main__":
    main()
