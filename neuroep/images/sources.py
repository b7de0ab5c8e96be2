"""Labelled images in their official split, as numbers in [0, 1]."""

from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.images.digits import draw_digits
from neuroep.images.idx import read_idx

FILES = {"train": "train", "test": "t10k"}


class Images(NamedTuple):
    """``pixels`` (n, height * width) float32 in [0, 1], row by row; ``labels`` (n,) int64."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64] | slice) -> "Images":
        """Return some of the images."""
        return Images(self.pixels[chosen], self.labels[chosen])

    def held_out(self, share: float, seed: int) -> tuple["Images", "Images"]:
        """Return (the others, a random share of the images), as validation needs it.

        Raises
        ------
        ValueError
            One of the two would be empty.
        """
        count = round(share * len(self.labels))
        if not 0 < count < len(self.labels):
            raise ValueError(f"{share:g} of {len(self.labels)} images leaves a part empty")
        order = np.random.default_rng([seed, count]).permutation(len(self.labels))
        return self.take(np.sort(order[count:])), self.take(np.sort(order[:count]))


@dataclass(frozen=True)
class ImageData:
    """A data set: its name, the images' shape (height, width), the number of classes, the split."""

    name: str
    shape: tuple[int, int]
    classes: int
    train: Images
    test: Images

    def limited(self, count: int | None) -> "ImageData":
        """Return the first ``count`` images of each split, all without one."""
        if count is None:
            return self
        first = slice(count)
        return ImageData(
            self.name, self.shape, self.classes, self.train.take(first), self.test.take(first)
        )


def open_images(folder: str | Path | None) -> ImageData:
    """Read MNIST, Fashion-MNIST or another data set in their four IDX files.

    Parameters
    ----------
    folder : path-like or None
        Holds {train,t10k}-{images-idx3,labels-idx1}-ubyte, each gzipped (.gz) or not. None draws
        the built-in digits.

    Raises
    ------
    InputError
        A file is missing, damaged or not what it should be, or does not fit another; one line
        that names it and the field.
    """
    if folder is None:
        splits = [Images(*draw_digits(split)) for split in ("train", "test")]
        return ImageData("built-in digits", (28, 28), 10, *splits)
    root = Path(folder)
    if not root.is_dir():
        raise InputError(f"{root}: not a folder")
    found: dict[str, Images] = {}
    shapes: dict[str, tuple[int, int]] = {}
    for split, prefix in FILES.items():
        of_images = _file(root, f"{prefix}-images-idx3-ubyte")
        images = read_idx(of_images, 3)
        of_labels = _file(root, f"{prefix}-labels-idx1-ubyte")
        labels = read_idx(of_labels, 1)
        if len(labels) != len(images):
            raise InputError(f"{of_labels}: {len(labels)} labels for {len(images)} images")
        shapes[split] = (images.shape[1], images.shape[2])
        if shapes[split] != shapes["train"]:
            raise InputError(f"{of_images}: sizes: {shapes[split]}, but {shapes['train']} to train")
        pixels = images.reshape(len(images), -1).astype(np.float32) / np.float32(255)
        found[split] = Images(pixels, labels.astype(np.int64))
    classes = 1 + int(found["train"].labels.max())
    if found["test"].labels.max() >= classes:
        raise InputError(f"{of_labels}: label {found['test'].labels.max()} is in no training image")
    return ImageData(root.resolve().name, shapes["train"], classes, found["train"], found["test"])


def _file(root: Path, name: str) -> Path:
    packed = root / f"{name}.gz"
    plain = root / name
    for path in (packed, plain):
        if path.is_file():
            return path
    raise InputError(f"{packed}: no such file")
