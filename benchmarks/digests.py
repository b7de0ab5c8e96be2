"""Digests of what trainings end with: whether the numbers are still those they were.

    python -m benchmarks.digests [NAME ...] [--quick] [--resume] [--write]     about 10 minutes

Every shipped design trains for 2 epochs on 200 built-in examples of each split, a few of them in
more than one way; the digest is of the learned parameters, bit for bit. They are compared with
``tests/digests/digests.json``, whose entries hold in one environment each: numpy, numba and scipy
are of the same version, and so is the processor as numba and OpenBLAS see it. ``--quick`` trains
three of them for less, in seconds; ``--resume`` interrupts each training in its second epoch and
goes on from the checkpoint. ``--write`` keeps what was found for this environment; that is for a
change which is meant to change numbers, or for a machine that has no entry yet; entries of other
environments say nothing after such a change, and are removed by hand.
"""

import argparse
import contextlib
import hashlib
import json
import platform
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numba
import numpy as np
import scipy
from llvmlite import binding
from threadpoolctl import threadpool_info

from neuroep.cli.parser import Parser
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Bar, Progress
from neuroep.runs.run import resume, train

REPO = Path(__file__).resolve().parent.parent
KEPT = REPO / "tests" / "digests" / "digests.json"
VECTORS = REPO.parent / "shared/data/vectors/word2vec-googlenews-300d-subset.npz"


@dataclass(frozen=True)
class Training:
    """Two epochs of a design with overrides, on so many examples of each split."""

    design: str
    overrides: tuple[str, ...] = ()
    vectors: tuple[Path, ...] = ()
    limit: int = 200

    @property
    def possible(self) -> bool:
        """Whether the files that it needs are here."""
        return all(path.is_file() for path in self.vectors)

    def run(self, folder: Path, *, interrupted: bool = False) -> str:
        """Train in a folder and return the digest."""
        options = TrainOptions(
            design=self.design,
            overrides=[*self.overrides, "learning.epochs=2"],
            limit=self.limit,
            vectors=[str(path) for path in self.vectors],
            no_baselines=True,
            no_figures=True,
        )
        if interrupted:
            with contextlib.suppress(KeyboardInterrupt):
                train(options, str(folder), Interrupting())
            resume(str(folder))
        else:
            train(options, str(folder))
        return digest(folder / "trained.h5")


class Interrupting(Progress):
    """Ctrl-C, in the second epoch."""

    @contextlib.contextmanager
    def _bar(self, name: str, total: int, unit: str) -> Iterator[Bar]:
        if name == "epoch 2/2":
            raise KeyboardInterrupt
        yield Bar()


SMALL_DIODES = ('diode.saturation="5 pA"', "hidden=[32]")
FULL = {
    "attention_small": Training("attention_small"),
    "bptt": Training("imdb_pooled", ("solver=sweep", "learning.rule=bptt")),
    "imdb_best": Training("imdb_best"),
    "imdb_paper": Training("imdb_paper"),
    "imdb_pooled": Training("imdb_pooled"),
    "imdb_pooled_sweep": Training("imdb_pooled", ("solver=sweep",)),
    "imdb_pooled_synchronous": Training("imdb_pooled", ("solver=synchronous",)),
    "mnist_spiking": Training("mnist_spiking"),
    "mnist_spiking_sweep": Training("mnist_spiking", ("solver=sweep",)),
    "onchip_mnist": Training("onchip_mnist"),
    "resistive_diodes": Training("resistive_diodes"),
    "resistive_mnist": Training("resistive_mnist"),
    "resistive_newton": Training(
        "resistive_mnist",
        (*(f"resistive.{entry}" for entry in SMALL_DIODES), "learning.beta=0.02"),
    ),
    "snli_paper": Training("snli_paper", vectors=(VECTORS,)),
    "snli_pooled": Training("snli_pooled"),
    "snli_pooled_sweep": Training("snli_pooled", ("solver=sweep",)),
}
QUICK = {
    "imdb_pooled": Training("imdb_pooled", limit=60),
    "mnist_spiking": Training("mnist_spiking", limit=100),
    "resistive_mnist": Training("resistive_mnist", limit=100),
}
SETS = {"full": FULL, "quick": QUICK}


def digest(path: Path) -> str:
    """Return the digest of the parameters in a file of trained ones: names, types and bytes."""
    found = hashlib.sha256()
    with h5py.File(path) as file:
        parameters = file["parameters"]
        names: list[str] = []
        parameters.visititems(
            lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
        )
        for name in sorted(names):
            array = parameters[name][()]
            found.update(f"/{name}{array.dtype}".encode())
            found.update(array.tobytes())
    return found.hexdigest()[:16]


def environment() -> dict[str, str]:
    """Return what bits depend on beside the code."""
    features = binding.get_host_cpu_features().flatten()
    kernels = {info["architecture"] for info in threadpool_info() if info["user_api"] == "blas"}
    return {
        "numpy": np.__version__,
        "numba": numba.__version__,
        "scipy": scipy.__version__,
        "machine": platform.machine(),
        "processor": binding.get_host_cpu_name(),
        "features": hashlib.sha256(features.encode()).hexdigest()[:16],
        "openblas": " ".join(sorted(kernels)),
    }


@dataclass
class Kept:
    """Digests by set and name that hold in one environment."""

    environment: dict[str, str]
    full: dict[str, str] = field(default_factory=dict)
    quick: dict[str, str] = field(default_factory=dict)


def read() -> list[Kept]:
    """Return what is kept, an entry for each environment."""
    return [Kept(**entry) for entry in json.loads(KEPT.read_text(encoding="utf-8"))]


def kept_here() -> Kept | None:
    """Return the entry of this environment."""
    here = environment()
    return next((kept for kept in read() if kept.environment == here), None)


def verdict(found: str, expected: str | None) -> str:
    """Say how a digest compares."""
    if expected is None:
        return "not kept for this environment"
    return "as it was" if found == expected else f"was {expected}"


def write(which: str, found: dict[str, str]) -> None:
    """Keep digests for this environment beside those of others."""
    entries = read()
    here = next((kept for kept in entries if kept.environment == environment()), None)
    if here is None:
        here = Kept(environment())
        entries.append(here)
    getattr(here, which).update(found)
    KEPT.write_text(json.dumps([vars(kept) for kept in entries], indent=2) + "\n", encoding="utf-8")


def main() -> int:
    """Make the digests and compare; return 1 where one differs from what is kept."""
    parser = Parser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", metavar="NAME", nargs="*", help="of a training; all without")
    parser.add_argument("--quick", action="store_true", help="three small trainings")
    parser.add_argument("--resume", action="store_true", help="interrupt and resume each")
    parser.add_argument("--write", action="store_true", help="keep what was found")
    given = parser.parse_args()
    which = "quick" if given.quick else "full"
    kept = kept_here()
    expected = getattr(kept, which) if kept else {}
    found = {}
    for name in given.names or SETS[which]:
        training = SETS[which][name]
        if not training.possible:
            print(f"{name:<26}left out: {', '.join(map(str, training.vectors))} is not here")
            continue
        with tempfile.TemporaryDirectory() as folder:
            found[name] = training.run(Path(folder) / "run", interrupted=given.resume)
        print(f"{name:<26}{found[name]}  {verdict(found[name], expected.get(name))}", flush=True)
    differing = [name for name in found if found[name] != expected.get(name)]
    if differing and given.write:
        write(which, found)
        return 0
    return int(any(name in expected for name in differing))


if __name__ == "__main__":
    sys.exit(main())
