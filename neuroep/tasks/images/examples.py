"""Labelled images as a network takes them: pixels clamped, one-hot targets."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from neuroep.core.tables import Floats, Ints
from neuroep.images import Images
from neuroep.network.inputs import Input


@dataclass(frozen=True)
class ImageExamples:
    """Images as :class:`neuroep.learning.evaluation.Examples`.

    Parameters
    ----------
    images : Images
    shape : (height, width)
    layer : str
        The clamped layer that takes the pixels.
    classes : int
    shift : int
        Where training: pixels that an image may be moved by, each way; what enters is empty.
    """

    images: Images
    shape: tuple[int, int]
    layer: str
    classes: int
    shift: int = 0

    def __len__(self) -> int:
        return len(self.images.labels)

    def batch(
        self, indices: Ints, rng: np.random.Generator | None = None
    ) -> tuple[Mapping[str, Input], Floats]:
        """Return pixels (B, height * width) float32 and one-hot targets (B, classes)."""
        pixels = self.images.pixels[indices]
        if rng is not None and self.shift:
            pixels = self._moved(pixels, rng)
        target = np.eye(self.classes, dtype=np.float32)[self.images.labels[indices]]
        return {self.layer: pixels}, target

    def _moved(self, pixels: Floats, rng: np.random.Generator) -> Floats:
        height, width = self.shape
        border = (self.shift, self.shift)
        framed = np.pad(pixels.reshape(-1, height, width), ((0, 0), border, border))
        top, left = rng.integers(0, 2 * self.shift + 1, (2, len(pixels), 1, 1))
        image = np.arange(len(pixels))[:, None, None]
        rows, columns = np.arange(height)[:, None], np.arange(width)
        moved: Floats = framed[image, top + rows, left + columns].reshape(pixels.shape)
        return moved
