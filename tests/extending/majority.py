"""A task of one's own: which value the majority of some bits has."""

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import Field

from neuroep.errors import InputError
from neuroep.tasks.section import TaskSection
from neuroep.tasks.table.task import TableExamples
from neuroep.tasks.task import Asked, Material, Size, Task

LABELS = ("zeros", "ones")
COUNTS = {"train": 400, "validation": 100, "test": 200}
BITS = 7  # of a new design


class MajoritySection(TaskSection):
    """``layer``: takes the bits, as -1 and 1; ``noise``: added to them while training."""

    layer: str = ""
    noise: float = Field(0.0, ge=0)


@dataclass(frozen=True)
class Bits:
    """Bits that are drawn from a seed, an odd number of them."""

    width: int
    seed: int
    name = "drawn bits"
    labels = LABELS
    note = ""

    def split(self, name, limit=None):
        rng = np.random.default_rng([self.seed, *name.encode()])
        return rng.choice([-1.0, 1.0], (COUNTS[name], self.width))[:limit].astype(np.float32)


@dataclass(frozen=True)
class MajorityEncoder:
    """Nothing is fitted: all there is to keep is how many bits there are."""

    layer: str
    width: int
    labels: tuple = LABELS
    tables = {}  # noqa: RUF012 - no clamped layer looks anything up

    def to_arrays(self):
        return {"width": np.array(self.width)}

    def as_examples(self, bits, noise=0.0):
        labels = (bits.sum(axis=1) > 0).astype(np.int64)
        return TableExamples(bits, labels, self.layer, len(LABELS), noise)

    def examples(self, source, split, limit=None):
        return self.as_examples(source.split(split, limit))

    def asked(self, path, options, batch):
        text = sys.stdin.read() if path == "-" else Path(path).read_text(encoding="utf-8")
        for number, line in enumerate(text.split(), 1):
            if len(line) != self.width or set(line) - {"0", "1"}:
                raise InputError(f"{path}: line {number}: must be {self.width} of 0 and 1")
            bits = np.array([[2.0 * int(bit) - 1.0 for bit in line]], np.float32)
            yield [Asked(number, line)], self.as_examples(bits)


class MajorityTask(Task):
    """What is learned, by the table [majority]."""

    key = "majority"
    kind = "majority"
    unit = "word"
    title = "words of bits: what most of them are"
    section = MajoritySection

    def __init__(self, section, shape):
        self.majority, self.shape = section, shape
        self.layer = shape.layer("majority.layer", section.layer)

    @staticmethod
    def measure(options):
        return Size(Bits.name, LABELS, COUNTS["train"], {"width": BITS})

    def open(self, options):
        if options.data:
            raise InputError("--data: bits are drawn, not read")
        return Bits(self.layer.dim, self.shape.seed)

    def fit(self, source, options, stage):
        return MajorityEncoder(self.layer.name, self.layer.dim)

    def load(self, arrays, labels):
        return MajorityEncoder(self.layer.name, int(arrays["width"]), labels)

    def material(self, source, encoder, options, stage, begun):
        return Material(
            encoder.as_examples(source.split("train", options.limit), self.majority.noise),
            encoder.examples(source, "validation", options.limit),
            encoder.examples(source, "test", options.limit),
        )

    def baselines(self, source, material, limit):
        return {}

    def figures(self, view):
        pass
