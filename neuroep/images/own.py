"""The user's own images for prediction."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.images.folders import ENDINGS, read_image


def read_images(path: Path, size: tuple[int, int]) -> Iterator[tuple[str, NDArray[np.float32]]]:
    """Yield name and pixels (height * width,) float32 in [0, 1] of each image.

    Parameters
    ----------
    path : Path
        An image, or a folder of them, in the order of their names.
    size : (height, width)
        That they must have.

    Raises
    ------
    InputError
        No image there, a damaged one, or one of another size.
    """
    files = [path]
    if path.is_dir():
        files = sorted(file for file in path.iterdir() if file.suffix.lower() in ENDINGS)
    if not files or not path.exists():
        raise InputError(f"{path}: no image there")
    for file in files:
        image = read_image(file)
        if image.shape != size:
            raise InputError(f"{file}: size {image.shape}, the network takes {size}")
        yield file.name, image.ravel().astype(np.float32) / np.float32(255)
