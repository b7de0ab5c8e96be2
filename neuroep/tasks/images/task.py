"""The task of a design with ``[images]``: labelled images."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike

from neuroep.core.tables import Floats
from neuroep.errors import InputError
from neuroep.images import ImageData, Images, open_images, read_images
from neuroep.images.sources import to_pixels
from neuroep.network.parameters import real_numbers
from neuroep.tasks.images.examples import ImageExamples
from neuroep.tasks.images.section import ImageSection
from neuroep.tasks.section import TaskSection
from neuroep.tasks.task import Asked, DataOptions, Material, Shape, Size, Stage


class ImageEncoder:
    """Nothing is fitted to images: their pixels are clamped as they are.

    Parameters
    ----------
    layer : str
        The clamped layer.
    size : (height, width)
    labels : tuple of str
        Names of the classes.
    scale : float
        What numbers other than bytes were divided by.
    """

    tables: Mapping[str, int] = {}

    def __init__(
        self, layer: str, size: tuple[int, int], labels: tuple[str, ...], scale: float
    ) -> None:
        self.layer, self.size, self.labels, self.scale = layer, size, labels, scale

    def to_arrays(self) -> dict[str, np.ndarray]:
        """Return what is saved with the weights."""
        return {"size": np.array(self.size), "scale": np.array(self.scale)}

    def as_examples(self, images: Images, shift: int = 0) -> ImageExamples:
        """Return images as the network takes them; ``shift`` moves them while training."""
        return ImageExamples(images, self.size, self.layer, len(self.labels), shift)

    def examples(self, source: ImageData, split: str, limit: int | None = None) -> ImageExamples:
        """Return a split of an open source as examples.

        Raises
        ------
        InputError
            Images of another size.
        """
        if source.shape != self.size:
            raise InputError(f"{source.name}: images of {source.shape}, not of {self.size}")
        return self.as_examples(getattr(source.limited(limit), split))

    def encode(self, given: ArrayLike) -> ImageExamples:
        """Return images (n, height, width) or (n, height * width) as the network takes them."""
        images = np.asarray(given)
        scale = 255.0 if images.dtype == np.uint8 else self.scale
        pixels = to_pixels(real_numbers("images", images, np.float32), scale, "images")
        if pixels.shape[1] != self.size[0] * self.size[1]:
            raise ValueError(f"images: shape {images.shape} is not that of images of {self.size}")
        return self.as_examples(Images(pixels, np.zeros(len(pixels), np.int64)))

    def asked(
        self, path: str, options: DataOptions, batch: int
    ) -> Iterator[tuple[list[Asked], ImageExamples]]:
        """Read a user's own images, a batch at a time: a file, or a folder of them."""
        own = read_images(path, self.size, self.scale)
        last = min(len(own.names), options.limit or len(own.names))
        for first in range(0, last, batch):
            part = slice(first, min(first + batch, last))
            asked = [Asked(first + i, name) for i, name in enumerate(own.names[part], 1)]
            images = Images(own.pixels[part], np.zeros(len(asked), np.int64))
            yield asked, self.as_examples(images)


class ImagesTask:
    """Labelled images."""

    key: ClassVar[str] = "images"
    kind: ClassVar[str] = "images"
    unit: ClassVar[str] = "image"
    title: ClassVar[str] = "labelled images: digits, clothes"
    section: ClassVar[type[TaskSection]] = ImageSection

    def __init__(self, section: ImageSection, shape: Shape) -> None:
        self.images = section
        self.shape = shape
        self.layer = shape.layer("images.layer", section.layer).name

    @staticmethod
    def measure(options: DataOptions) -> Size:
        """Count images and their pixels."""
        data = open_images(options.data, validation=options.validation, test=options.test)
        width = data.shape[0] * data.shape[1]
        return Size(data.name, data.labels, len(data.train.labels), {"width": width})

    def open(self, options: DataOptions) -> ImageData:
        """Read labelled images; the built-in digits without a path."""
        options.asked()
        data = open_images(
            options.data,
            validation=options.validation,
            test=options.test,
            seed=self.shape.seed,
        )
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
        """Take the splits; a share of the training images chooses the epoch.

        Raises
        ------
        InputError
            Too few images.
        """
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
        """Return none: a linear model of pixels is no line to be held against."""
        return {}

    def figures(self, view: Any) -> None:
        """Draw nothing beside what every run draws."""
