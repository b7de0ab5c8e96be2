"""Images in folders: one folder a class, one .png or .jpg an image."""

import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neuroep.errors import InputError
from neuroep.files import open_regular, remark
from neuroep.tables.archives import is_plain
from neuroep.tables.files import split_folders, subfolders
from neuroep.tables.parts import Part
from neuroep.tables.split import Split
from neuroep.tables.unpacking import damage

ENDINGS = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".pgm", ".tif", ".tiff"})
# Pillow knows more, of which some start other programs.
_FORMATS = ("PNG", "JPEG", "BMP", "GIF", "PPM", "TIFF")
MOST_PIXELS = 1 << 30
"""Pixels that all images of a folder may have together."""


def read_image_folder(path: Path) -> dict[Split, Part]:
    """Read ``CLASS/*.png``, or ``{train,val,test}/CLASS/*.png``, as grey levels.

    uint8 values (n, height, width) by split, "train" where the folder has no splits. Files that
    are no images by their ending and hidden ones are passed by.
    """
    splits = split_folders(path, _images)
    if splits and "train" not in splits:
        raise InputError(f"{path}: no folder train in it")
    return {split: _read(folder) for split, folder in (splits or {"train": path}).items()}


def has_images(path: Path) -> bool:
    """Whether there are images in the folders below, or in theirs."""
    return any(
        _images(folder) or any(map(_images, subfolders(folder))) for folder in subfolders(path)
    )


def _images(folder: Path) -> list[Path]:
    with damage(str(folder)), os.scandir(folder) as entries:
        # What is no regular file is refused when it is opened, not passed by.
        names = [
            entry.name
            for entry in entries
            if Path(entry.name).suffix.lower() in ENDINGS
            and is_plain((entry.name,))
            and not entry.is_dir()
        ]
    return [folder / name for name in sorted(names)]


def list_images(path: Path) -> tuple[list[Path], list[str]]:
    """The images of a folder ("" for their class) and of the folders of classes below it."""
    found = [(file, "") for file in _images(path)]
    found += [(file, folder.name) for folder in subfolders(path) for file in _images(folder)]
    return [file for file, _ in found], [name for _, name in found]


def _read(path: Path) -> Part:
    classes = {folder.name: files for folder in subfolders(path) if (files := _images(folder))}
    files = [file for found in classes.values() for file in found]
    codes = np.repeat(np.arange(len(classes)), [len(found) for found in classes.values()])
    if not files:
        raise InputError(f"{path}: no folder of images in it")
    first = read_image(files[0])
    if len(files) * first.size > MOST_PIXELS:
        raise InputError(f"{path}: {len(files)} images of {first.shape} are too many pixels")
    values = np.empty((len(files), *first.shape), np.uint8)
    for number, file in enumerate(files):
        image = read_image(file)
        if image.shape != first.shape:
            raise InputError(f"{file}: size {image.shape}, but {files[0].name} has {first.shape}")
        values[number] = image
    return Part(values, list(classes), codes.astype(np.int64), str(path))


def read_image(file: Path) -> NDArray[np.uint8]:
    """Return the grey levels (height, width) of an image, on white where it is transparent."""
    import warnings

    from PIL import Image

    try:
        with warnings.catch_warnings(), open_regular(file) as opened:
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(opened, formats=_FORMATS) as image:
                return _grey(image, file)
    except InputError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InputError(f"{file}: too many pixels") from None
    except (
        *(OSError, ValueError, SyntaxError, EOFError, TypeError, IndexError, KeyError),
        *(AttributeError, RuntimeError, OverflowError, struct.error, zlib.error, MemoryError),
    ) as error:
        raise InputError(f"{file}: not an image, or damaged{remark(error)}") from None


def _grey(image: Any, file: Path) -> NDArray[np.uint8]:
    if image.mode.startswith("I;16"):  # which convert would cut at 255
        return (np.asarray(image).astype(np.uint16) >> 8).astype(np.uint8)
    if image.mode in ("I", "F"):
        raise InputError(f"{file}: {image.mode}: neither 8 nor 16 bits a pixel; save it as 8")
    if "A" in image.getbands() or "transparency" in image.info:
        # As on a page: the colour of what nobody sees would hide black ink on black.
        from PIL import Image

        page = Image.new("RGBA", image.size, "white")
        image = Image.alpha_composite(page, image.convert("RGBA"))
    return np.array(image.convert("L"))
