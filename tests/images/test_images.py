"""Labelled images: IDX files good and bad, the official split, the built-in digits."""

import contextlib
import gzip
import hashlib
import os
import struct
import tomllib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroep.content import datasets_path
from neuroep.errors import InputError
from neuroep.images import ImageData, open_images
from neuroep.images.digits import FONT, glyph
from neuroep.images.idx import read_idx
from neuroep.tables.files import DataFile

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = NAMES = [
    f"{split}-{kind}-ubyte.gz"
    for split in ("train", "t10k")
    for kind in ("images-idx3", "labels-idx1")
]


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(1)
    for name, count in ((NAMES[:2], 20), (NAMES[2:], 10)):
        pixels = rng.integers(0, 256, (count, 4, 3))
        pixels[0, 0, :2] = 0, 255
        for file, array in zip(name, (pixels, np.arange(count) % 10), strict=True):
            (tmp_path / file).write_bytes(gzip.compress(idx(array)))
    return tmp_path


def test_pixels_are_between_0_and_1_row_by_row(folder: Path) -> None:
    data = open_images(folder)
    assert (data.shape, data.classes, data.name) == ((4, 3), 10, folder.name)
    pixels, labels = data.train
    raw = read_idx(DataFile(folder / TRAIN_IMAGES), 3)
    assert pixels.dtype == np.float32
    assert pixels.shape == (20, 12)
    assert (pixels[0, 0], pixels[0, 1]) == (0, 1)
    np.testing.assert_array_equal(pixels[7] * 255, raw[7].ravel())
    np.testing.assert_array_equal(labels, np.arange(20) % 10)
    assert len(data.test.labels) == 10


def test_files_need_not_be_gzipped(folder: Path) -> None:
    wanted = open_images(folder)
    for name in NAMES:
        packed = folder / name
        (folder / name.removesuffix(".gz")).write_bytes(gzip.decompress(packed.read_bytes()))
        packed.unlink()
    for ours, theirs in zip(open_images(folder).train, wanted.train, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def header(*sizes: int, kind: int = 8) -> bytes:
    return bytes([0, 0, kind, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        (TRAIN_LABELS, b"", "magic number"),
        (TRAIN_LABELS, b"\0\0", "magic number"),
        (TRAIN_LABELS, b"<html>404</html>", "magic number"),
        (TRAIN_LABELS, header(20, kind=13) + bytes(80), "type"),
        (TRAIN_LABELS, header(4, 5) + bytes(20), "dimensions"),
        (TRAIN_LABELS, header(20)[:6], "sizes"),
        (TRAIN_LABELS, header(0), "sizes"),
        (TRAIN_LABELS, header(21) + bytes(20), "elements"),
        (TRAIN_LABELS, header(19) + bytes(20), "elements"),
        (TRAIN_LABELS, header(19) + bytes(19), "19 labels for 20 images"),
        (TEST_LABELS, header(10) + bytes([9] * 9 + [77]), "label '77'"),
        (TRAIN_IMAGES, header(2**31, 2**31, 2**31), "sizes"),
        (TRAIN_IMAGES, header(60_000, 28, 28) + bytes(100), "elements"),
        (TEST_IMAGES, header(10, 3, 4) + bytes(120), "sizes"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_damaged_files_are_named_in_one_line(
    folder: Path, name: str, content: bytes, says: str, packed: bool
) -> None:
    (folder / name).write_bytes(gzip.compress(content) if packed else content)
    with pytest.raises(InputError, match=says) as error:
        open_images(folder)
    assert name.removesuffix(".gz") in str(error.value)
    assert "\n" not in str(error.value)


def test_damaged_gzip(folder: Path) -> None:
    whole = (folder / TRAIN_IMAGES).read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2] ^= 0xFF
    for content in (whole[: len(whole) // 2], whole[:-6], bytes(damaged), whole[:3]):
        (folder / TRAIN_IMAGES).write_bytes(content)
        with pytest.raises(InputError, match=TRAIN_IMAGES):
            open_images(folder)


def test_a_gzip_bomb_does_not_fill_the_memory(folder: Path) -> None:
    (folder / TRAIN_LABELS).write_bytes(gzip.compress(header(20) + bytes(200_000_000), 1))
    with pytest.raises(InputError, match="more instead of the 20"):
        open_images(folder)


@given(st.binary(max_size=64), st.integers(1, 3))
def test_any_bytes_are_an_array_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, dimensions: int
) -> None:
    path = tmp_path_factory.mktemp("idx") / "file"
    path.write_bytes(content)
    with contextlib.suppress(InputError):
        assert read_idx(DataFile(path), dimensions).ndim == dimensions


def test_missing(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nowhere: no such file or folder"):
        open_images(tmp_path / "nowhere")
    (folder / TEST_LABELS).unlink()
    with pytest.raises(InputError, match=f"{TEST_LABELS}.*no such file"):
        open_images(folder)
    os.mkfifo(folder / TEST_LABELS)  # reading it would never end
    with pytest.raises(InputError, match=f"{TEST_LABELS}: is no regular file"):
        open_images(folder)


def test_validation_is_carved_from_training_images_by_seed(folder: Path) -> None:
    train = open_images(folder).train
    rest, held = train.held_out(0.25, seed=3)
    assert (len(rest.labels), len(held.labels)) == (15, 5)
    both = np.vstack([rest.pixels, held.pixels])
    assert {tuple(image) for image in both} == {tuple(image) for image in train.pixels}
    again = train.held_out(0.25, seed=3)[1]
    np.testing.assert_array_equal(again.pixels, held.pixels)
    assert not np.array_equal(train.held_out(0.25, seed=4)[1].pixels, held.pixels)
    for share in (0.0, 1.0):
        with pytest.raises(ValueError, match="empty"):
            train.held_out(share, seed=0)


def test_limit_keeps_the_first_images_of_each_split(folder: Path) -> None:
    data = open_images(folder)
    few = data.limited(5)
    assert isinstance(few, ImageData)
    for ours, all_of_them in ((few.train, data.train), (few.test, data.test)):
        np.testing.assert_array_equal(ours.pixels, all_of_them.pixels[:5])
    assert data.limited(None) is data


def test_built_in_digits_are_the_same_everywhere_and_look_like_their_label() -> None:
    data, again = open_images(None), open_images(None)
    np.testing.assert_array_equal(data.test.pixels, again.test.pixels)
    assert data.shape == (28, 28)
    for images, count in ((data.train, 4000), (data.test, 1000)):
        assert images.pixels.shape == (count, 784)
        assert 0 <= images.pixels.min() < images.pixels.max() <= 1
        np.testing.assert_array_equal(np.bincount(images.labels), [count // 10] * 10)
    assert len({tuple(glyph(digit).ravel()) for digit in FONT}) == 10
    # The nearest training image tells most digits, so the labels are those of the images.
    train, test = data.train, data.test.take(slice(200))
    distance = (train.pixels**2).sum(axis=1) - 2 * test.pixels @ train.pixels.T
    nearest = train.labels[distance.argmin(axis=1)]
    assert (nearest == test.labels).mean() > 0.7


@pytest.mark.data
@pytest.mark.parametrize("card_name", ["mnist", "fashion_mnist"])
def test_the_card_describes_the_official_files(data_dir: Path, card_name: str) -> None:
    folder = data_dir / card_name.replace("_", "-")
    if not folder.is_dir():
        pytest.skip(f"no {folder}")
    card = tomllib.loads((datasets_path() / f"{card_name}.toml").read_text())
    for name, wanted in card["checked_copy"]["sha256"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == wanted
    data = open_images(folder)
    assert (data.shape, data.classes) == ((28, 28), 10)
    for split, images in (("train", data.train), ("test", data.test)):
        assert images.pixels.shape == (card["split"][split], 784)
        assert (images.pixels.min(), images.pixels.max()) == (0, 1)
