"""One drawn chip of the digits design, and three ways to bring weights into it.

A chip of spread s is off in everything at once that weights trained elsewhere cannot know. What a
cause is at s stands in :data:`CAUSES`, in lines of a design: every chip is an ordinary design with
``[variability]``, ``[devices]``, ``[sensing]`` and ``[circuit.wires]``, by its number.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from neuroep.core.tables import Floats
from neuroep.design.design import Design
from neuroep.design.load import load_design
from neuroep.images.digits import SIDE, draw_digits
from neuroep.images.sources import Images
from neuroep.learning.evaluation import evaluate
from neuroep.learning.system import System, as_system
from neuroep.learning.trainer import Diverged, Trainer
from neuroep.network.parameters import Parameters
from neuroep.tasks.images.task import ImageExamples

DESIGN = Path(__file__).with_name("digits.toml")
BLOCK = 3
"""Pixels of a built-in digit, each way, that become one."""

UNSEEN = 20241
"""Seed of the images to test with. Those that the library draws for tests were looked at while
settings were chosen, and nothing may be chosen by what it is then measured with."""

FLOATS = ("learning={epochs=30, batch=16, beta=0.5, update='adam', rates={'*'=5e-3}}",)
"""How weights are trained on the ideal chip: by numbers, as long as they become better."""

AFTER = ("learning.epochs=1", "learning.rates={'*'=5e-3}")
"""Of a programmed chip: 57 updates in place, and their rate."""

PROGRAMMED = 0.25
"""Error of a programmed conductance, relative to it, per spread: 2.5 % of it at 10 %."""

SHARE = "{{local={0:g}, distribution='log-normal'}}"


def _neurons(s: float) -> tuple[str, ...]:
    return tuple(f"variability.{p}={SHARE.format(s)}" for p in ("gain", "saturation", "leak"))


def _offsets(s: float) -> tuple[str, ...]:
    volts = 100e-3 * s  # a unit of activity is 500 mV
    return f"variability.offset='{volts:g} V'", f"sensing.offset={0.2 * s:g}"


def _devices(s: float) -> tuple[str, ...]:
    # Bounds do not differ: no pair may reach beyond what the full scale says.
    return tuple(f"devices.card.spread.{p}" for p in (f"step={s:g}", "bounds=0", "lower=0"))


def _wires(s: float) -> tuple[str, ...]:
    given = {"resistance": 10.0 * s, "driver": 200.0 * s, "receiver": 200.0 * s}
    lines = tuple(f"circuit.wires.{name}='{ohm:g} ohm'" for name, ohm in given.items())
    return lines if s else ()


CAUSES: Mapping[str, Callable[[float], tuple[str, ...]]] = {
    "neurons": _neurons,
    "offsets": _offsets,
    "ways back": lambda s: (f"variability.way_back={SHARE.format(s)}",),
    "devices": _devices,
    "wires": _wires,
}
"""What a chip is off in at a spread s, as overrides of the design.

Neurons: gain, saturation and leak of each by s. Offsets: s times 100 mV of each neuron and of each
sampler by which learning reads it. Ways back: every W_ji by s against its W_ij. Devices: each
conductance is programmed to s/4 of itself, and steps of devices differ by s. Wires: s
times 10 ohm a segment, 200 ohm of each driver and receiver. All by a standard deviation, but wires.
"""

ALL = "all"


def overrides(chip: int, spread: float, cause: str = ALL) -> tuple[str, ...]:
    """Return what makes the design that of one chip, off by one cause or by all."""
    lines = [f"circuit.chip={chip}", f"devices.fabrication={chip}", f"sensing.fabrication={chip}"]
    for name, told in CAUSES.items():
        lines += told(spread if cause in (ALL, name) else 0.0)
    return tuple(lines)


@dataclass(frozen=True)
class Digits:
    """The built-in digits, in small: those to train on, to choose by, and to test."""

    train: ImageExamples
    validation: ImageExamples
    test: ImageExamples


@cache
def digits(limit: int | None = None) -> Digits:
    """Return them; ``limit``: only so many of each split."""
    train, validation = _small("train", limit).held_out(0.1, seed=0)
    return Digits(*map(_examples, (train, validation, _small("test", limit))))


def _small(split: str, limit: int | None) -> Images:
    pixels, labels = draw_digits(split, UNSEEN) if split == "test" else draw_digits(split)
    side = SIDE // BLOCK
    cut = pixels.reshape(-1, SIDE, SIDE)[:limit, : side * BLOCK, : side * BLOCK]
    blocks = cut.reshape(-1, side, BLOCK, side, BLOCK).mean(axis=(2, 4))
    return Images(blocks.reshape(-1, side * side).astype(np.float32), labels[:limit])


def _examples(images: Images) -> ImageExamples:
    return ImageExamples(images, (SIDE // BLOCK, SIDE // BLOCK), "pixels", 10)


@dataclass(frozen=True)
class Score:
    """What a chip answers: shares of right ones, and of test settles that did not converge."""

    validation: float
    test: float
    not_converged: float


@dataclass(frozen=True)
class Failure:
    """Why a chip could not be trained or asked, in one line."""

    failed: str


def score(system: System, data: Digits) -> Score:
    """Return how good a chip is as it stands."""
    test = evaluate(system, data.test)
    validation = evaluate(system, data.validation)
    missed = test.not_converged / len(data.test)
    return Score(validation.accuracy, test.accuracy, missed)


def trained(design: Design, system: System, data: Digits) -> System:
    """Train a system in place, and leave it as validation chose; its devices are programmed first.

    What is chosen by is the chip's own answers, so a user of it could do the same.
    """
    trainer = Trainer(
        system,
        data.train,
        data.validation,
        design.recipe,
        seed=design.seed,
        updater=design.make_updater(system),
    )
    while not trainer.finished:
        trainer.run_epoch()
    system.parameters.take(trainer.best.flat)
    return system


@cache
def ideal_weights(limit: int | None = None) -> Parameters:
    """Return weights that were trained on the ideal chip, as numbers within its devices' range."""
    design = load_design(str(DESIGN), FLOATS)
    system = design.make_system()
    return trained(design, as_system(system, limits=ranges(system)), digits(limit)).parameters


def ranges(system: System) -> dict[str, tuple[float, float]]:
    """Return what the pairs of each parameter hold: ``devices.full_scale`` of the design."""
    devices = load_design(str(DESIGN)).devices
    assert devices is not None
    chip = devices.chip(0.0)
    arrays = chip.arrays(system.parameters.copy(), list(system.parameters), system.limits)
    return {name: (float(a.ends[0]), float(a.ends[1])) for name, a in arrays.items()}


def score_of_ideal(limit: int | None = None) -> Score:
    """Return how good these weights are where they were trained."""
    system = load_design(str(DESIGN), FLOATS).make_system()
    system.parameters.take(ideal_weights(limit).flat)
    return score(system, digits(limit))


def misprogrammed(values: Floats, share: float, centre: float, rng: np.random.Generator) -> Floats:
    """Return what weights become whose devices are each programmed to a share of themselves.

    Parameters
    ----------
    values : array
        Weights, each half the difference of the two conductances centre + w and centre - w.
    share : float
        Standard deviation of a conductance, relative to it.
    centre : float
        Conductance of both devices of a weight of 0, in the same unit.
    rng : Generator
    """
    conductances = centre + np.stack([values, -values])
    off = share * conductances * rng.standard_normal(conductances.shape)
    found: Floats = (values + 0.5 * (off[0] - off[1])).astype(values.dtype)
    return found


def program(design: Design, system: System, flat: Floats, share: float, chip: int) -> None:
    """Write weights into a chip, once and without a look at what came of it."""
    circuit = design.made_chip
    middle = 0.5 * (circuit.conductance_min + circuit.conductance_max)
    centre = middle / (0.5 * circuit.unit_conductance)
    system.parameters.take(misprogrammed(flat, share, centre, np.random.default_rng([chip, 13])))
    for name, (low, high) in ranges(system).items():
        np.clip(system.parameters[name], low, high, out=system.parameters[name])


WAYS = ("programmed", "programmed, then in place", "in place")


def three_ways(
    chip: int,
    spread: float,
    cause: str = ALL,
    ways: Sequence[str] = WAYS,
    limit: int | None = None,
    more: Sequence[str] = (),
) -> dict[str, Score | Failure]:
    """Return what becomes of one chip by each way.

    ``limit``: images of each split at most; ``more``: overrides of the design.
    """
    data, lines = digits(limit), (*overrides(chip, spread, cause), *more)
    share = PROGRAMMED * spread if cause in (ALL, "devices") else 0.0
    found: dict[str, Score | Failure] = {}
    for way in ways:
        design = load_design(str(DESIGN), lines + (AFTER if way == WAYS[1] else ()))
        system = design.make_system()
        start = system.parameters if way == WAYS[2] else ideal_weights(limit)
        program(design, system, start.flat, share, chip)
        try:
            if way != WAYS[0]:
                trained(design, system, data)
            found[way] = score(system, data)
        except (Diverged, ValueError) as error:  # a way back that its devices do not hold
            found[way] = Failure(str(error))
    return found
