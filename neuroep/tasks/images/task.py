"""The task of a design with ``[images]``: labelled images."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from pydantic import Field

from neuroep.core.tables import Floats, Ints
from neuroep.errors import InputError
from neuroep.images import ImageData, Images, open_images, read_images
from neuroep.images.sources import scale_of, to_pixels
from neuroep.network.inputs import Input
from neuroep.network.parameters import real_numbers
from neuroep.tasks.section import TaskSection
from neuroep.tasks.task import Asked, DataOptions, Material, Shape, Size, Stage, Task, one_hot


class ImageSection(TaskSection):
    """How images are clamped."""

    layer: str = ""
    """The clamped layer, the only one without a name, that takes the pixels, 0 to 1."""
    validation: float = Field(0.1, gt=0, lt=1)
    """Share of the training images that chooses the epoch."""
    shift: int = Field(0, ge=0, le=64)
    """Pixels by which a training image is moved each way, anew every time."""


@dataclass(frozen=True)
class ImageExamples:
    """Images as :class:`neuroep.learning.evaluation.Examples`.

    ``shape``: (height, width); ``layer``: the clamped one that takes the pixels; ``shift``: while
    training, pixels that an image may be moved by, each way; what enters is empty.
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
        return {self.layer: pixels}, one_hot(self.images.labels[indices], self.classes)

    def _moved(self, pixels: Floats, rng: np.random.Generator) -> Floats:
        height, width = self.shape
        border = (self.shift, self.shift)
        framed = np.pad(pixels.reshape(-1, height, width), ((0, 0), border, border))
        top, left = rng.integers(0, 2 * self.shift + 1, (2, len(pixels), 1, 1))
        image = np.arange(len(pixels))[:, None, None]
        rows, columns = np.arange(height)[:, None], np.arange(width)
        moved: Floats = framed[image, top + rows, left + columns].reshape(pixels.shape)
        return moved


@dataclass
class ImageEncoder:
    """Nothing is fitted to images: their pixels are clamped as they are.

    ``layer``: the clamped one; ``size``: (height, width); ``labels``: names of the classes;
    ``scale``: what the images to train on were divided by.
    """

    layer: str
    size: tuple[int, int]
    labels: tuple[str, ...]
    scale: float
    tables: Mapping[str, int] = field(default_factory=dict)

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""
        return {"size": np.array(self.size), "scale": np.array(self.scale)}

    def as_examples(self, images: Images, shift: int = 0) -> ImageExamples:
        """Return images as the network takes them; ``shift`` moves them while training."""
        return ImageExamples(images, self.size, self.layer, len(self.labels), shift)

    def examples(self, source: ImageData, split: str, limit: int | None = None) -> ImageExamples:
        """Return a split of an open source as examples."""
        if source.shape != self.size:
            raise InputError(f"{source.name}: images of {source.shape}, not of {self.size}")
        images: Images = getattr(source.limited(limit), split)
        if source.scale not in (255.0, self.scale):  # numbers whose own largest is another
            numbers = images.pixels * np.float32(source.scale)
            pixels = to_pixels(numbers, scale_of(numbers, self.scale), source.name)
            images = images._replace(pixels=pixels)
        return self.as_examples(images)

    def encode(self, given: ArrayLike) -> ImageExamples:
        """Return images (n, height, width) or (n, height * width) as the network takes them."""
        images = np.asarray(given)
        numbers = real_numbers("images", images, np.float32)
        scale = scale_of(images if images.dtype == np.uint8 else numbers, self.scale)
        pixels = to_pixels(numbers, scale, "images")
        if pixels.shape[1] != self.size[0] * self.size[1]:
            raise ValueError(f"images: shape {images.shape} is not that of images of {self.size}")
        return self.as_examples(Images(pixels, np.zeros(len(pixels), np.int64)))

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], ImageExamples]]:
        """Read a user's own images, a batch at a time: a file, or a folder of them."""
        own = read_images(path, self.size, self.scale)
        for part in options.batches(len(own.names), batch):
            asked = [Asked(part.start + i, name) for i, name in enumerate(own.names[part], 1)]
            images = Images(own.pixels[part], np.zeros(len(asked), np.int64))
            yield asked, self.as_examples(images)


class ImagesTask(Task):
    """Labelled images."""

    key = "images"
    kind = "images"
    unit = "image"
    title = "labelled images: digits, clothes"
    section = ImageSection

    def __init__(self, section: ImageSection, shape: Shape) -> None:
        self.images = section
        self.shape = shape
        self.layer = shape.layer("images.layer", section.layer).name

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Count images and their pixels."""
        options.asked()
        data = open_images(options.data, validation=options.validation, test=options.test)
        width = data.shape[0] * data.shape[1]
        return Size(data.name, data.labels, len(data.train.labels), {"width": width})

    def open(self, options: DataOptions) -> ImageData:
        """Read labelled images; the built-in digits without a path."""
        data = open_images(options.data, **options.opening(self.shape.seed))
        what = f"images of {data.name}"
        self.shape.check_width("images.layer", self.layer, data.shape[0] * data.shape[1], what)
        return data

    def fit(self, source: ImageData, options: DataOptions, stage: Stage) -> ImageEncoder:
        """Return the encoder: nothing is fitted."""
        return ImageEncoder(self.layer, source.shape, source.labels, source.scale)

    def load(self, arrays: Mapping[str, np.ndarray], labels: tuple[str, ...]) -> ImageEncoder:
        """Return a saved encoder."""
        height, width = (int(n) for n in arrays["size"])
        return ImageEncoder(self.layer, (height, width), labels, float(arrays["scale"]))

    def material(
        self,
        source: ImageData,
        encoder: ImageEncoder,
        options: DataOptions,
        stage: Stage,
        begun: Mapping[str, Floats],
    ) -> Material:
        """Take the splits; a share of the training images chooses the epoch."""
        data = source.limited(options.limit)
        train, validation = data.train, data.validation
        if validation is None:
            try:
                train, validation = train.held_out(self.images.validation, self.shape.seed)
            except ValueError as error:
                where = f"{self.shape.where}: images.validation"
                raise InputError(f"{where}: {error}") from None
        return Material(
            encoder.as_examples(train, self.images.shift),
            encoder.as_examples(validation),
            encoder.as_examples(data.test),
            facts={"inputs_spike": False},
        )

    def baselines(self, source: ImageData, material: Material, limit: int | None) -> dict[str, Any]:
        """Train digital networks on the same images: without a hidden layer, and as large."""
        from neuroep.tasks.relu import backpropagated, relu_network

        pixels = backpropagated("pixels", (), self.shape, material, self.layer)
        return {"pixels": pixels, **relu_network(self.shape, material, self.layer)}
