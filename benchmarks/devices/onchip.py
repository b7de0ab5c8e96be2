"""What breaks learning on devices, and what heals it: one table.

    python -m benchmarks.devices.onchip [--data FOLDER] [--only PATTERN] [--full] [--seeds N]

Rows of the design ``onchip_mnist`` (784-128-10, one example at a time), each with what it changes:
floats and Adam to compare with, schemes and numbers of states, device cards and measured tables of
steps, samplers, capacitors, devices that forget, differ or are stuck, a way back of its own.
20,000 images and 3 epochs a row, a minute of one core each; ``--full`` takes all
60,000, which the rows of the first table are measured with. Every row that is done is kept in
docs/results/onchip_mnist.json, so that a run that is broken off goes on with the next.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from fnmatch import fnmatchcase
from pathlib import Path

os.environ.setdefault("NEUROEP_THREADS", "1")  # rows run beside each other

from benchmarks.measure import RESULTS
from neuroep.cli.parser import Parser
from neuroep.design.load import load_design
from neuroep.devices.card import built_in_cards, write_card
from neuroep.devices.update import PulseUpdater
from neuroep.learning.evaluation import evaluate
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import prepare
from neuroep.studies.fit.jump_tables import read_jump_tables
from neuroep.traces.files import atomic_write

REPO = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("NEUROEP_DATA") or REPO.parent / "shared" / "data") / "mnist"
RESULT = RESULTS / "onchip_mnist.json"
LIMIT = 22_222  # a tenth of them chooses the epoch

ADAM = ("learning.update=adam", "learning.batch=64", 'learning.rates={"*"=1e-3}')
STOCHASTIC = ("learning.scheme=stochastic",)
EVERYTHING = (
    "sensing.offset=0.01", "sensing.noise=0.002", "devices.stuck=0.02", "learning.keep=0.9999",
    "devices.directions=own",
)  # fmt: skip
DOUBLED = 'learning.rates={"pixels-hidden"=0.06,"hidden.bias"=0.06,"*"=0.02}'
OWN = ("devices.directions=own",)
PCM = ("devices.card=pcm", "devices.arrangement=one_sided")
TABLES = DATA.parent / "devices"
PART_OF_OM = ("devices.card=reram_om", "devices.stuck=0", "devices.card.noise.write=0",
    "devices.card.spread.bounds=0", "devices.card.spread.lower=0",
)  # fmt: skip


def rows() -> dict[str, tuple[str, ...]]:
    """Return the overrides of every row by its name."""
    found: dict[str, tuple[str, ...]] = {
        "floats, SGD": ("learning.update=sgd",),
        "floats, Adam": ADAM,
        "accumulate": (),
        "stochastic": STOCHASTIC,
    }
    for states in (16, 32, 100, 400, 1000):
        one = (f"devices.states={states}",)
        found[f"accumulate, {states} states"] = one
        found[f"stochastic, {states} states"] = (*one, *STOCHASTIC)
    found["nearest, 1000 states"] = ("devices.states=1000", "learning.scheme=nearest")
    found["sign, 1000 states"] = (
        "devices.states=1000", "learning.scheme=sign", "learning.dead_zone=0.05",
        "learning.chance=0.1",
    )  # fmt: skip
    for card in built_in_cards():
        one = (f"devices.card={card}",)
        if card == "pcm":
            one = PCM
        found[f"card {card}, accumulate"] = one
        found[f"card {card}, stochastic"] = (*one, *STOCHASTIC)
    found["card pcm, accumulate, no refresh"] = (*PCM, "devices.refresh_every=0")
    found["card pcm, stochastic, no refresh"] = (*PCM, *STOCHASTIC, "devices.refresh_every=0")
    found["card pcm, accumulate, 1 s an example"] = (*PCM, 'devices.example_time="1 s"')
    for retention in ("10 s", "1 s", "300 ms", "100 ms", "30 ms"):
        found[f"capacitor device keeps {retention}, examples take 100 us"] = (
            "devices.card=capacitor", f'devices.card.ageing.retention="{retention}"',
            'devices.example_time="100 us"',
        )  # fmt: skip
    # What is left of that card once devices differ in their steps alone.
    found["card reram_om, steps alone, accumulate"] = PART_OF_OM
    found["card reram_om, steps alone, stochastic"] = (*PART_OF_OM, *STOCHASTIC)
    for table in ("enode", "taox20"):
        one = (f"devices.card={table_card(table)}",)
        found[f"table {table}, accumulate"] = one
        found[f"table {table}, stochastic"] = (*one, *STOCHASTIC)
    for noise in (1.0, 2.0, 5.0):
        found[f"pulse noise of {noise:g} steps"] = (f"devices.card.noise.pulse={noise}",)
    for spread in (0.6, 1.0):
        found[f"steps that spread by {spread:.0%}"] = (f"devices.card.spread.step={spread}",)
    found["bounds that spread by 30%"] = ("devices.card.spread.bounds=0.3",)
    found["devices of its own for the way back"] = OWN
    found["devices of its own for the way back, pulse noise of 2 steps"] = (
        *OWN, "devices.card.noise.pulse=2.0",
    )  # fmt: skip
    for offset in (0.005, 0.01, 0.02):
        for chop in ("false", "true"):
            name = f"offset {offset:.1%}, {'chopped' if chop == 'true' else 'unchopped'}"
            found[name] = (f"sensing.offset={offset}", f"sensing.chop={chop}")
    for noise in (0.002, 0.01, 0.03):
        found[f"sampling noise {noise:.1%}"] = (f"sensing.noise={noise}",)
    for keep in (0.9999, 0.999, 0.99):
        found[f"capacitor keeps {keep}"] = (f"learning.keep={keep}",)
    for swap in (0, 64):
        plates = f"plates swapped every {swap}" if swap else "plates as they are"
        name = f"charge injection 0.1% of a pulse, {plates}"
        found[name] = ("learning.injection=0.001", f"learning.swap={swap}")
    for stuck in (0.01, 0.05, 0.1):
        found[f"stuck {stuck:.0%}"] = (f"devices.stuck={stuck}",)
    found["everything at once"] = EVERYTHING
    found["everything at once, rates doubled"] = (*EVERYTHING, DOUBLED)
    return found


def table_card(name: str) -> Path:
    """Return the card of a measured table of steps, made where it is not there yet."""
    path = Path(tempfile.gettempdir()) / f"neuroep_{name}.toml"
    files = [TABLES / f"{name}_dG_{way}.txt.gz" for way in ("increasing", "decreasing")]
    if files[0].exists() and not path.exists():
        write_card(read_jump_tables(*map(str, files), name), path)
    return path


def run(name: str, overrides: tuple[str, ...], data: str, limit: int | None, seed: int) -> dict:
    """Train a row and return what came out."""
    overrides = (f"seed={seed}", f"devices.fabrication={seed}", *overrides)
    options = TrainOptions(design="onchip_mnist", data=data, limit=limit, overrides=list(overrides))
    begun = time.perf_counter()
    job = prepare(load_design("onchip_mnist", overrides), options, "onchip_mnist")
    while not job.trainer.finished:
        job.trainer.run_epoch()
    job.system.parameters.take(job.trainer.best.flat)
    found = {
        "name": name,
        "overrides": list(overrides),
        "seed": seed,
        "images": job.trainer.examples,
        "epochs": job.trainer.recipe.epochs,
        "test_accuracy": evaluate(job.system, job.material.test).accuracy,
        "validation_accuracy": job.trainer.history[job.trainer.best_epoch]["validation_accuracy"],
        "seconds": time.perf_counter() - begun,
    }
    updater = job.trainer.updater
    if isinstance(updater, PulseUpdater):
        devices = sum(a.plus.size + a.minus.size for a in updater.arrays.values())
        examples = job.trainer.examples * job.trainer.recipe.epochs
        found["pulses_per_device_and_example"] = sum(updater.pulses.values()) / devices / examples
        found["joules_per_example"] = updater.joules / examples
    return found


def main() -> int:
    """Run the rows that are asked for and not there yet."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default=str(DATA), help="folder of MNIST's IDX files")
    parser.add_argument("--only", default="*", metavar="PATTERN", help="rows of such names")
    parser.add_argument("--full", action="store_true", help="all images")
    parser.add_argument("--limit", type=int, default=LIMIT, help="images (default 22,222)")
    parser.add_argument("--seeds", type=int, default=1, metavar="N")
    parser.add_argument("--jobs", type=int, default=2, metavar="N", help="rows side by side")
    parser.add_argument("--results", default=str(RESULT), metavar="FILE")
    given = parser.parse_args()
    limit = None if given.full else given.limit
    path = Path(given.results)
    kept = json.loads(path.read_text()) if path.exists() else []
    done = {(row["name"], row["seed"], row["images"] > LIMIT) for row in kept}
    wanted = [
        (name, overrides, given.data, limit, seed)
        for name, overrides in rows().items()
        for seed in range(given.seeds)
        if fnmatchcase(name, given.only) and (name, seed, given.full) not in done
    ]
    with ProcessPoolExecutor(given.jobs) as pool:
        for found in pool.map(run, *zip(*wanted, strict=True)) if wanted else ():
            kept.append(found)
            atomic_write(path, (json.dumps(kept, indent=1) + "\n").encode())
            print(
                f"{found['name']}, seed {found['seed']}: {found['test_accuracy']:.2%}", flush=True
            )
    print(table(kept))
    return 0


def table(kept: list[dict]) -> str:
    """Return the rows as Markdown, seeds together."""
    lines = ["| row | images | test accuracy | pulses a device and example |", "|---|---|---|---|"]
    groups: dict[tuple[str, int], list[dict]] = {}
    for row in kept:
        groups.setdefault((row["name"], row["images"]), []).append(row)
    for (name, images), group in groups.items():
        accuracies = [100 * row["test_accuracy"] for row in group]
        spread = f" +- {statistics.stdev(accuracies):.2f}" if len(group) > 1 else ""
        pulses = [row.get("pulses_per_device_and_example") for row in group]
        said = f"{statistics.mean(pulses):.1e}" if pulses[0] is not None else ""
        lines.append(
            f"| {name} | {images:,} | {statistics.mean(accuracies):.2f}{spread} | {said} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
