"""Whether a chip of transistors follows its own gradient, drawn several times."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from neuroep.core.tables import Reals
from neuroep.core.threads import chunks, run_chunks
from neuroep.design.design import Design
from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.errors import InputError, named
from neuroep.hardware.views.bench import Bench, Synapse

BETAS = (0.02, 0.1)
LEAST = {0.02: 0.9999, 0.1: 0.999}
"""Cosine between the chip's own estimate and differences of its own cost, by beta."""

MOST = {0.02: 0.05, 0.1: 0.2}
"""Relative distance of the two, which a cosine does not see where all slopes are off alike."""

ENTRIES = 32
"""Most synapses of a coupling whose conductances are changed; of more, drawn ones."""

MOST_DRAWS = 1000


@dataclass(frozen=True)
class Compared:
    """A gradient against the chip's own truth: cosine, and |g - truth| / |truth|."""

    cosine: float
    error: float


@dataclass(frozen=True)
class ChipCheck:
    """One chip.

    ``chip``: which, None the nominal one; ``estimates``: what equilibrium propagation reads from
    its lines, by beta; ``ideal``: the gradient of the network of ideal cells; ``activity``: how
    far the two settle apart; ``settled``: whether all its phases did.
    """

    chip: int | None
    estimates: dict[float, Compared]
    ideal: Compared
    activity: float
    settled: bool

    @property
    def passed(self) -> bool:
        """Whether the chip follows its own gradient."""
        return self.settled and all(
            found.cosine >= LEAST[beta] and found.error <= MOST[beta]
            for beta, found in self.estimates.items()
        )


@dataclass
class ChipReport:
    """All chips of one design; ``synapses``: how many conductances were changed by hand."""

    title: str
    examples: int
    synapses: int = 0
    checks: list[ChipCheck] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every chip follows its own gradient."""
        return all(check.passed for check in self.checks)


def check_chips(
    name: str,
    overrides: tuple[str, ...],
    library: str | None,
    draws: int,
    examples: int,
    progress: Callable[[str], object] = lambda _: None,
) -> ChipReport:
    """Check the nominal chip of a design, and some drawn ones.

    ``library``: of cells, the design's own without it; ``draws``: seeds 1 to so many.

    An InputError: a design that cannot be used, no such library, or no ngspice.
    """
    if not 0 <= draws <= MOST_DRAWS:
        raise InputError(f"--draws {draws}: must be 0 to {MOST_DRAWS}")
    chosen = (*overrides, *([f"circuit.library={library}"] if library else []))
    report = ChipReport(load_design(name, chosen).title, examples)
    for chip in (None, *range(1, draws + 1)):
        own = () if chip is None else (f"circuit.chip={chip}",)
        design = load_design(name, (*chosen, *own))
        with named(design_path(name)):
            benches = [_bench(design, name, number) for number in range(examples)]
        synapses = list(_sample(benches[0], design.seed))
        report.synapses = len(synapses)
        report.checks.append(_check(chip, benches, synapses))
        progress("nominal chip" if chip is None else f"chip {chip}")
    return report


def _bench(design: Design, name: str, number: int) -> Bench:
    system, example = design.draw_example(number)
    bench = design.bench(system, example, BETAS[0], design_path(name)).bench
    if bench.transistors is None:
        raise InputError("--library: its cells hold no transistors, so that no two chips differ")
    return bench


def _sample(bench: Bench, seed: int) -> Iterator[Synapse]:
    rng = np.random.default_rng(seed)
    for coupling in bench.couplings:
        rows, columns = bench.settled.gradient[coupling].shape
        places = rng.permutation(rows * columns)[:ENTRIES]
        yield from ((coupling, int(k) // columns, int(k) % columns) for k in sorted(places))


def _check(chip: int | None, benches: list[Bench], synapses: list[Synapse]) -> ChipCheck:
    def entries(gradient: dict[str, Reals]) -> Reals:
        return np.array([gradient[name][i, j] for name, i, j in synapses])

    truth, ideal = np.zeros((2, len(benches), len(synapses)))
    found = np.zeros((len(BETAS), len(benches), len(synapses)))
    apart, settled = np.zeros(len(benches)), np.zeros(len(benches), bool)

    def work(first: int, last: int) -> None:
        for k in range(first, last):
            chip = benches[k].transistors
            assert chip is not None
            try:
                free = chip.settle(np.zeros(1))
                ours, theirs = chip.activities(free), benches[k].settled.activities
                apart[k] = max(float(np.abs(ours[n][0] - theirs[n][0]).max()) for n in ours)
                settled[k] = free.converged
                ideal[k] = entries(dict(benches[k].settled.gradient))
                for b, beta in enumerate(BETAS):
                    found[b, k] = entries(chip.at_small_beta(beta))
                truth[k] = chip.differences(synapses)
            finally:
                chip.close()

    run_chunks(work, chunks(len(benches), 1))
    mean = truth.mean(axis=0)
    return ChipCheck(
        chip,
        {beta: _compared(found[b].mean(axis=0), mean) for b, beta in enumerate(BETAS)},
        _compared(ideal.mean(axis=0), mean),
        float(apart.max()),
        bool(settled.all()),
    )


def _compared(found: Reals, truth: Reals) -> Compared:
    size = float(np.linalg.norm(truth)) or 1.0
    cosine = float(found @ truth) / ((float(np.linalg.norm(found)) or 1.0) * size)
    return Compared(cosine, float(np.linalg.norm(found - truth)) / size)
