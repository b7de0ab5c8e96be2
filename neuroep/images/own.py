"""The user's own images for prediction: one file, a folder, or arrays."""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.images.folders import list_images, read_image
from neuroep.images.sources import one_channel, scale_of, to_pixels
from neuroep.tables.arrays import ARRAY_ENDINGS, read_arrays
from neuroep.tables.parts import code_labels


class OwnImages(NamedTuple):
    """``pixels`` (n, height * width) float32 in [0, 1], as ``open_images`` has them.

    ``names`` are the files (of arrays, "1", "2", ...) and ``labels`` the classes ("" for none).
    """

    pixels: NDArray[np.float32]
    names: tuple[str, ...]
    labels: tuple[str, ...]


def read_images(path: str | Path, shape: tuple[int, int], scale: float = 255.0) -> OwnImages:
    """Read images to be predicted.

    Parameters
    ----------
    path : path
        A ``.png`` or ``.jpg``, a folder of them, or of a folder a class; ``.npy`` with images, or
        ``.npz`` or ``.h5`` with one array of them, or with that and one of labels.
    shape : (int, int)
        Height and width that the network was trained on.
    scale : float
        ``ImageData.scale`` of the training, see :func:`neuroep.images.sources.scale_of`.

    Raises
    ------
    InputError
        No image, a damaged one, or one of another size; names the file.
    """
    path = Path(path)
    if path.suffix.lower() in ARRAY_ENDINGS:
        return _read_arrays(path, shape, scale)
    files, classes = [path], [""]
    if path.is_dir():
        files, classes = list_images(path)
    if not files:
        raise InputError(f"{path}: no image in it")
    values = []
    for file in files:
        image = read_image(file)
        if image.shape != shape:
            raise InputError(f"{file}: size {image.shape}, but the network reads {shape}")
        values.append(image.ravel())
    pixels = to_pixels(np.array(values), 255.0, str(path))
    names = tuple(str(file.relative_to(path)) if file != path else file.name for file in files)
    return OwnImages(pixels, names, tuple(classes))


def _read_arrays(path: Path, shape: tuple[int, int], scale: float) -> OwnImages:
    arrays = {name: one_channel(array) for name, array in read_arrays(path).items()}
    images = [array for array in arrays.values() if array.shape[1:3] == shape]
    labels = [array for array in arrays.values() if array.ndim == 1]
    if len(images) != 1 or images[0].size != len(images[0]) * shape[0] * shape[1]:
        shown = ", ".join(f"{name[:40]} {array.shape}" for name, array in arrays.items())
        raise InputError(f"{path}: not one array of images of {shape}: it has {shown[:200]}")
    if images[0].dtype.kind not in "fiub":
        raise InputError(f"{path}: {images[0].dtype} is no type of pixels")
    pixels = to_pixels(images[0], scale_of(images[0], scale), str(path))
    classes = [""] * len(pixels)
    if len(labels) == 1 and len(labels[0]) == len(pixels):
        names, codes = code_labels(labels[0], str(path))
        classes = [names[code] for code in codes]
    return OwnImages(pixels, tuple(str(n + 1) for n in range(len(pixels))), tuple(classes))
