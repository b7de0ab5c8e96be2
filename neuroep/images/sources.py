"""Labelled images in their splits, as numbers in [0, 1]."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.files import resolved
from neuroep.images import emnist
from neuroep.images.digits import draw_digits
from neuroep.images.folders import has_images, read_image_folder
from neuroep.images.idx import KINDS, IdxSet, find_idx, has_idx, read_idx
from neuroep.tables.arrays import ARRAY_ENDINGS, labelled_arrays, read_arrays
from neuroep.tables.files import list_files
from neuroep.tables.parts import Part, code_labels, put_together
from neuroep.tables.split import Split, first_of, own_files


class Images(NamedTuple):
    """``pixels`` (n, height * width) float32 in [0, 1], row by row; ``labels`` (n,) int64."""

    pixels: NDArray[np.float32]
    labels: NDArray[np.int64]

    def take(self, chosen: NDArray[np.int64] | slice) -> "Images":
        """Return some of the images."""
        return Images(self.pixels[chosen], self.labels[chosen])

    def first(self, limit: int) -> "Images":
        """Return the first images, see :func:`neuroep.tables.split.first_of`."""
        return self.take(first_of(self.labels, limit))

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
    """A data set: its name, the images' (height, width), the classes' names, the splits.

    ``note`` says how the splits were made, "" where they are the data's own; ``scale`` is what the
    numbers of the files were divided by.
    """

    name: str
    shape: tuple[int, int]
    labels: tuple[str, ...]
    train: Images
    test: Images
    validation: Images | None = None
    note: str = ""
    scale: float = 255.0

    @property
    def classes(self) -> int:
        """Number of classes."""
        return len(self.labels)

    def limited(self, count: int | None) -> "ImageData":
        """Return the first ``count`` images of each split, all without one."""
        if count is None:
            return self
        validation = self.validation.first(count) if self.validation else None
        return replace(
            self, train=self.train.first(count), test=self.test.first(count), validation=validation
        )


def open_images(
    path: str | Path | None,
    *,
    validation: str | Path | None = None,
    test: str | Path | None = None,
    share: float = 0.2,
    seed: int = 0,
) -> ImageData:
    """Read MNIST and its kin, arrays of images, or folders of image files.

    Parameters
    ----------
    path : path or None
        A folder or a ``.zip`` with {train,t10k}-{images-idx3,labels-idx1}-ubyte, each gzipped
        (.gz) or not, or with a dot for the last hyphen but one, at its top or below it, as
        torchvision's ``MNIST/raw/``; of EMNIST, whose images are turned upright, one set of six;
        ``.npz`` or ``.h5`` with ``x_train``, ``y_train``, ``x_test``, ``y_test``, or ``images``
        and ``labels``, and the like; a folder with a folder of ``.png`` or ``.jpg`` a class, or
        with such folders in ``train/`` and ``test/``, read as grey levels. None draws the
        built-in digits.
    validation, test : path, optional
        The same for these splits.
    share, seed : float, int
        Where there is no test split, this share of the images of each class is held out by the
        seed, and ``note`` says so.

    Returns
    -------
    ImageData
        Bytes are divided by 255; other numbers above 1 by the largest of the file that is trained
        on, or as :func:`scale_of` says where that holds bytes.

    Raises
    ------
    InputError
        A file is missing, damaged or not what it should be, or does not fit another; one line
        that names it and the field.
    """
    given = own_files(validation, test)
    if path is None:
        for option, file in given.items():
            raise InputError(f"--{option}: {file}: the built-in digits have their own splits")
        train, tested = (Images(*draw_digits(split)) for split in ("train", "test"))
        return ImageData("built-in digits", (28, 28), tuple("0123456789"), train, tested)
    root = Path(path)
    parts, done = _read(root)
    for split, file in given.items():
        own, _ = _read(Path(file))
        parts[split] = own.get(split) or own["train"]
    shape = parts["train"].values.shape[1:]
    for part in parts.values():
        if part.values.shape[1:] != shape:
            raise InputError(f"{part.where}: sizes: {part.values.shape[1:]}, but {shape} to train")
    name = resolved(root).name
    labelled = put_together(parts, name, share, seed)
    # Of all images of the file, also those that are held out of it, whichever the seed takes.
    scale = _scale(parts["train"].values, str(root))
    images = {
        split: Images(
            to_pixels(values, scale_of(values, scale), parts.get(split, parts["train"]).where),
            labels,
        )
        for split, (values, labels) in labelled.parts.items()
    }
    return ImageData(
        name,
        (shape[0], shape[1]),
        labelled.labels,
        images["train"],
        images["test"],
        images.get("validation"),
        "; ".join(filter(None, (done, labelled.note))),
        scale,
    )


def _read(path: Path) -> tuple[dict[Split, Part], str]:
    """Return the parts, and what was done to them that is not in the files."""
    if path.suffix.lower() in ARRAY_ENDINGS:
        return _read_arrays(path), ""
    files = list_files(path)
    if not has_idx(files):
        if path.is_dir() and has_images(path):
            return read_image_folder(path), ""
        if not path.is_dir() and len(files) == 1 and not files[0].member:
            endings = ", ".join(sorted(ARRAY_ENDINGS))
            raise InputError(f"{path}: not a folder or an archive, nor one of {endings}")
    found = find_idx(path, files)
    return _read_idx(found), emnist.note(found.name) if found.name in emnist.SPLITS else ""


def _read_idx(found: IdxSet) -> dict[Split, Part]:
    parts: dict[Split, Part] = {}
    for split in ("train", "test"):
        of_images, of_labels = (found.files[split, kind] for kind in KINDS)
        images, labels = read_idx(of_images, 3), read_idx(of_labels, 1)
        if len(labels) != len(images):
            raise InputError(f"{of_labels.where}: {len(labels)} labels for {len(images)} images")
        named: NDArray[Any] = labels
        if found.name in emnist.SPLITS:
            images = emnist.upright(images)
            named = emnist.characters(labels, found.name, of_labels.where)
        if "train" in parts and images.shape[1:] != parts["train"].values.shape[1:]:
            sizes = parts["train"].values.shape[1:]
            raise InputError(f"{of_images.where}: sizes: {images.shape[1:]}, but {sizes} to train")
        parts[split] = Part(images, *code_labels(named, of_labels.where), of_labels.where)
    return parts


def _read_arrays(path: Path) -> dict[Split, Part]:
    found: dict[Split, Part] = {}
    for split, (data, labels) in labelled_arrays(read_arrays(path), str(path)).items():
        where = f"{path}: {split}"
        data = one_channel(data)
        if data.ndim != 3 or data.dtype.kind not in "fiub":
            raise InputError(f"{where}: {data.dtype} {data.shape} is not images x height x width")
        found[split] = Part(data, *code_labels(labels, where), where)
    return found


def one_channel(data: NDArray[Any]) -> NDArray[Any]:
    """Return images without an axis of one channel, behind their sides or, as of torch, before."""
    if data.ndim == 4 and 1 in (data.shape[3], data.shape[1]):
        return data[..., 0] if data.shape[3] == 1 else data[:, 0]
    return data


def _scale(train: NDArray[Any], where: str) -> float:
    largest = float(train.max(initial=0))
    if train.dtype == np.uint8 and largest > 1:
        return 255.0
    if not np.isfinite(largest):
        raise InputError(f"{where}: a pixel is not finite")
    return max(largest, 1.0)


def scale_of(values: NDArray[Any], trained: float) -> float:
    """Return what divides images into [0, 1], as those that were trained on.

    Bytes by 255, but black and white as 0 and 1 beside such; other numbers by what divided the
    others (``trained``), but beside bytes: there numbers of which none is above 1 are shares.
    """
    shares = values.max(initial=0) <= 1
    if values.dtype == np.uint8:
        return 1.0 if trained == 1 and shares else 255.0
    return 1.0 if trained == 255 and shares else trained


def to_pixels(values: NDArray[Any], scale: float, where: str) -> NDArray[np.float32]:
    """Return images as rows of float32 in [0, 1], divided by ``scale``."""
    if not values.size:
        raise InputError(f"{where}: no image in it")
    pixels = values.reshape(len(values), -1).astype(np.float32) / np.float32(scale)
    if not (pixels.min() >= 0 and pixels.max() <= 1):  # false for NaN, too
        raise InputError(f"{where}: pixels are not finite, negative, or above {scale:g}")
    return pixels
