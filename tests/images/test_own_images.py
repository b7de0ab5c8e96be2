"""Images as arrays and in folders: classes by name, splits, what cannot be read."""

import os
import shutil
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from neuroep.errors import InputError
from neuroep.images import open_images, read_images
from neuroep.tasks.images.task import ImageEncoder

RNG = np.random.default_rng(5)
PIXELS = RNG.integers(0, 256, (20, 4, 3), np.uint8)
CLASSES = ("cat", "dog")
LABELS = np.arange(20) % 2


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def write_folder(path: Path, ending: str = "png") -> Path:
    for number, (pixels, label) in enumerate(zip(PIXELS, LABELS, strict=True)):
        folder = path / CLASSES[label]
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(pixels).save(folder / f"{number:02}.{ending}")
    return path


def test_a_folder_of_png_a_class(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "pets")
    (path / "cat" / "Thumbs.db").write_bytes(b"\0")
    (path / "cat" / "._01.png").write_bytes(b"\0")
    data = open_images(path)
    assert (data.name, data.shape, data.labels, data.classes) == ("pets", (4, 3), CLASSES, 2)
    assert data.note == "no test split in pets: 20 % held out by seed 0"
    assert np.bincount(data.test.labels).tolist() == [2, 2]
    read = {
        (CLASSES[label], *(pixels * 255).round().astype(int).tolist())
        for part in (data.train, data.test)
        for pixels, label in zip(part.pixels, part.labels, strict=True)
    }
    assert read == {(CLASSES[k], *p.ravel().tolist()) for p, k in zip(PIXELS, LABELS, strict=True)}


def test_sixteen_bits_a_pixel_are_not_cut_at_255(tmp_path: Path) -> None:
    values = PIXELS[0].astype(np.uint16) * 257
    Image.fromarray(values).save(tmp_path / "a.png")
    own = read_images(tmp_path / "a.png", (4, 3))
    np.testing.assert_allclose(own.pixels[0] * 255, PIXELS[0].ravel(), rtol=1e-6)
    Image.fromarray(PIXELS[0].astype(np.float32)).save(tmp_path / "a.tiff")
    with pytest.raises(InputError, match=r"a\.tiff: F: neither 8 nor 16 bits a pixel"):
        read_images(tmp_path / "a.tiff", (4, 3))


def test_ink_on_a_transparent_ground_is_seen(tmp_path: Path) -> None:
    ink = PIXELS[0] > 127
    image = np.zeros((4, 3, 4), np.uint8)
    image[..., 3] = 255 * ink  # black all over, and opaque where it is drawn
    Image.fromarray(image).save(tmp_path / "a.png")
    grey = Image.fromarray(np.where(ink, 0, 255).astype(np.uint8))
    grey.save(tmp_path / "b.png")
    Image.fromarray(255 * ink.astype(np.uint8)).save(tmp_path / "c.png", transparency=0)
    Image.merge("RGBA", [grey] * 3 + [Image.new("L", grey.size, 255)]).save(tmp_path / "d.png")
    for name, white in (("a", ~ink), ("b", ~ink), ("c", ink | ~ink), ("d", ~ink)):
        found = read_images(tmp_path / f"{name}.png", (4, 3)).pixels
        np.testing.assert_array_equal(found.reshape(4, 3), white)


def test_what_is_no_picture_by_its_content_is_not_opened(tmp_path: Path) -> None:
    """Of a page in PostScript a picture is made by another program, which runs what it says."""
    path = write_folder(tmp_path) / "cat" / "99.png"
    path.write_bytes(b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 3 4\nshowpage\n")
    with pytest.raises(InputError, match=r"99\.png: not an image"):
        open_images(tmp_path)
    path.unlink()
    os.mkfifo(path)
    with pytest.raises(InputError, match=r"99\.png: is no regular file"):
        open_images(tmp_path)


def test_folders_with_splits_of_their_own_or_by_option(tmp_path: Path) -> None:
    for part in ("train", "test", "val"):
        write_folder(tmp_path / "own" / part)
    (tmp_path / "own" / "test" / "dog" / "19.png").unlink()
    data = open_images(tmp_path / "own")
    assert data.note == ""
    assert data.validation is not None
    assert [len(part.labels) for part in (data.train, data.validation, data.test)] == [20, 20, 19]
    few = data.limited(3)
    assert few.validation is not None
    assert len(few.validation.labels) == 3
    parts = tmp_path / "own"
    given = open_images(parts / "train", validation=parts / "val", test=parts / "test")
    np.testing.assert_array_equal(given.test.pixels, data.test.pixels)
    assert given.note == ""


def test_colours_become_grey_levels_and_photographs_are_read(tmp_path: Path) -> None:
    for label in CLASSES:
        (tmp_path / label).mkdir()
        for number in range(5):
            colour = (255, 255, 255) if label == "dog" else (255, 0, 0)
            Image.new("RGB", (8, 6), colour).save(tmp_path / label / f"{number}.jpg")
    data = open_images(tmp_path)
    assert data.shape == (6, 8)
    means = [data.train.pixels[data.train.labels == k].mean() for k in (0, 1)]
    assert means == pytest.approx([0.299, 1.0], abs=0.01)


@pytest.mark.parametrize(
    "names", [("x_train", "y_train", "x_test", "y_test"), ("train_images", "train_labels")]
)
def test_arrays_as_keras_and_others_save_them(tmp_path: Path, names: tuple[str, ...]) -> None:
    arrays: list[Any] = [PIXELS[:12], LABELS[:12], PIXELS[12:], LABELS[12:]]
    np.savez(tmp_path / "mnist.npz", **dict(zip(names, arrays[: len(names)], strict=True)))
    data = open_images(tmp_path / "mnist.npz")
    assert (data.name, data.shape, data.labels) == ("mnist.npz", (4, 3), ("0", "1"))
    assert (data.note == "") == (len(names) == 4)
    if len(names) == 4:
        np.testing.assert_array_equal(data.test.pixels * 255, PIXELS[12:].reshape(8, 12))
        np.testing.assert_array_equal(data.train.labels, LABELS[:12])


@pytest.mark.parametrize("shape", [(-1, 1, 4, 3), (-1, 4, 3, 1)])
def test_one_channel_may_stand_before_or_behind(tmp_path: Path, shape: tuple[int, ...]) -> None:
    np.savez(tmp_path / "a.npz", x=PIXELS.reshape(shape), y=LABELS)
    data = open_images(tmp_path / "a.npz", share=1)
    np.testing.assert_array_equal(data.test.pixels * 255, PIXELS.reshape(20, 12))
    np.save(tmp_path / "b.npy", PIXELS.reshape(shape))
    read = read_images(tmp_path / "b.npy", (4, 3))
    np.testing.assert_array_equal(read.pixels * 255, PIXELS.reshape(20, 12))


@pytest.mark.parametrize(("largest", "divisor"), [(1.0, 1.0), (16.0, 16.0), (0.5, 1.0)])
def test_other_numbers_are_divided_by_the_largest(
    tmp_path: Path, largest: float, divisor: float
) -> None:
    pixels = RNG.uniform(0, 1, (20, 4, 4, 1))
    pixels *= largest / pixels.max()
    np.savez(tmp_path / "a.npz", images=pixels, labels=np.array(CLASSES)[LABELS])
    data = open_images(tmp_path / "a.npz", share=0.1)
    assert data.labels == CLASSES
    top = max(part.pixels.max() for part in (data.train, data.test))
    assert top <= 1
    assert top == pytest.approx(largest / divisor, rel=0.05)


def test_whichever_images_are_held_out_none_is_too_bright(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=RNG.uniform(0, 16, PIXELS.shape), labels=LABELS)
    found = [open_images(tmp_path / "a.npz", seed=seed) for seed in range(20)]
    assert len({data.scale for data in found}) == 1


def test_shares_beside_bytes_are_grey_levels(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", images=PIXELS, labels=LABELS)
    np.savez(tmp_path / "b.npz", images=PIXELS / 255, labels=LABELS)
    shares = PIXELS.reshape(20, 12) / 255
    data = open_images(tmp_path / "a.npz", test=tmp_path / "b.npz")
    np.testing.assert_allclose(data.test.pixels, shares, rtol=1e-6)
    other = open_images(tmp_path / "b.npz", test=tmp_path / "a.npz")
    np.testing.assert_allclose(other.test.pixels, shares, rtol=1e-6)
    read = read_images(tmp_path / "b.npz", (4, 3), data.scale)
    np.testing.assert_allclose(read.pixels, shares, rtol=1e-6)
    encoder = ImageEncoder("x", data.shape, data.labels, data.scale)
    np.testing.assert_allclose(encoder.encode(PIXELS / 255).images.pixels, shares, rtol=1e-6)


def test_black_and_white_is_0_and_1_however_it_is_stored(tmp_path: Path) -> None:
    """Bytes of 0 and 1 were divided by 255, so that the network saw next to nothing."""
    ink = PIXELS > 100
    for name, images in (("a", ink), ("b", ink.astype(np.uint8)), ("c", ink * 255.0)):
        np.savez(tmp_path / f"{name}.npz", images=images, labels=LABELS)
        data = open_images(tmp_path / f"{name}.npz", share=1.0)
        np.testing.assert_array_equal(data.test.pixels, ink.reshape(20, 12))
    for name in "ab":
        read = read_images(tmp_path / f"{name}.npz", (4, 3), 1.0)
        np.testing.assert_array_equal(read.pixels, ink.reshape(20, 12))
    dark = read_images(tmp_path / "b.npz", (4, 3), 255.0)  # what was trained on were 255 greys
    np.testing.assert_allclose(dark.pixels * 255, ink.reshape(20, 12), rtol=1e-6)


@pytest.mark.parametrize("largest", [0.5, 12.0])
def test_images_to_test_on_are_divided_as_those_to_predict(tmp_path: Path, largest: float) -> None:
    numbers = PIXELS / 255 * largest
    np.savez(tmp_path / "a.npz", images=numbers, labels=LABELS)
    source = open_images(tmp_path / "a.npz", share=1.0)
    encoder = ImageEncoder("x", source.shape, source.labels, 16.0)
    tested = encoder.examples(source, "test").images.pixels
    np.testing.assert_allclose(tested, encoder.encode(numbers).images.pixels, rtol=1e-6)


def test_idx_as_unpacked_and_below_torchvision_s_folder(tmp_path: Path) -> None:
    raw = tmp_path / "MNIST" / "raw"
    raw.mkdir(parents=True)
    for prefix in ("train", "t10k"):
        (raw / f"{prefix}-images-idx3-ubyte").write_bytes(idx(PIXELS))
        (raw / f"{prefix}-labels-idx1-ubyte").write_bytes(idx(LABELS))
    data = open_images(tmp_path)
    assert len(data.test.labels) == 20
    dotted = tmp_path / "dotted"
    dotted.mkdir()
    for file in raw.iterdir():
        shutil.copy(file, dotted / file.name.replace("-idx", ".idx"))
    np.testing.assert_array_equal(open_images(dotted).train.pixels, data.train.pixels)


def _another_size(path: Path) -> None:
    write_folder(path)
    Image.new("L", (5, 5)).save(path / "dog" / "big.png")


def _damaged(path: Path) -> None:
    file = write_folder(path) / "dog" / "01.png"
    file.write_bytes(file.read_bytes()[:40])


def _one_class(path: Path) -> None:
    shutil.rmtree(write_folder(path) / "dog")


def _no_train(path: Path) -> None:
    write_folder(path / "test")


BAD: dict[str, tuple[str, Any, str]] = {
    "size": ("a", _another_size, "big.png: size (5, 5), but 00.png has (4, 3)"),
    "damaged": ("a", _damaged, "01.png: not an image, or damaged\n"),
    "one class": ("a", _one_class, "only 'cat': two classes"),
    "no train": ("a", _no_train, "no folder train in it"),
    "flat": ("a.npz", lambda p: np.savez(p, x=PIXELS[:, 0], y=LABELS), "is not images x height"),
    "no pixel": ("a.npz", lambda p: np.savez(p, x=PIXELS[:, :0], y=LABELS), "no image in it"),
    "NaN": ("a.npz", lambda p: np.savez(p, x=PIXELS * np.nan, y=LABELS), "not finite"),
    "negative": ("a.npz", lambda p: np.savez(p, x=PIXELS * -1.0, y=LABELS), "negative"),
    "file": ("a.txt", lambda p: p.write_text("x"), "not a folder or an archive, nor one of"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, case: str) -> None:
    name, write, message = BAD[case]
    write(tmp_path / name)
    with pytest.raises(InputError) as caught:
        open_images(tmp_path / name)
    assert str(tmp_path / name) in str(caught.value)
    assert message in f"{caught.value}\n"
    assert "\n" not in str(caught.value)


def test_an_image_of_too_many_pixels_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 11)
    with pytest.raises(InputError, match=r"00\.png: too many pixels"):
        open_images(tmp_path)


def test_images_to_be_predicted_are_read_as_those_to_train_on(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "pets")
    read = read_images(folder, (4, 3))
    assert read.labels == ("cat",) * 10 + ("dog",) * 10
    assert read.names[0] == "cat/00.png"
    np.testing.assert_array_equal(read.pixels[0] * 255, PIXELS[0].ravel())
    one = read_images(folder / "cat" / "00.png", (4, 3))
    assert (one.names, one.labels) == (("00.png",), ("",))
    np.testing.assert_array_equal(one.pixels, read.pixels[:1])
    assert read_images(folder / "dog", (4, 3)).labels == ("",) * 10
    with pytest.raises(InputError, match=r"00\.png: size \(4, 3\), but the network reads"):
        read_images(folder, (5, 5))
    with pytest.raises(InputError, match="no image in it"):
        read_images(tmp_path, (4, 3))
    np.savez(tmp_path / "none.npz", images=PIXELS[:0])
    with pytest.raises(InputError, match=r"none\.npz: no image in it"):
        read_images(tmp_path / "none.npz", (4, 3))


def test_arrays_to_be_predicted_are_divided_as_those_to_train_on(tmp_path: Path) -> None:
    pixels = PIXELS / 16.0
    np.savez(tmp_path / "a.npz", images=pixels, labels=LABELS)
    data = open_images(tmp_path / "a.npz")
    assert data.scale > 1
    few = pixels[:2] / 2
    np.savez(tmp_path / "b.npz", images=few, labels=np.array(CLASSES))
    read = read_images(tmp_path / "b.npz", (4, 3), data.scale)
    np.testing.assert_allclose(read.pixels * data.scale, few.reshape(2, 12), rtol=1e-6)
    assert (read.names, read.labels) == (("1", "2"), CLASSES)
    np.save(tmp_path / "a.npy", PIXELS)
    np.testing.assert_array_equal(
        read_images(tmp_path / "a.npy", (4, 3)).pixels * 255, PIXELS.reshape(20, 12)
    )
    with pytest.raises(InputError, match=r"a\.npy: not one array of images of \(5, 5\)"):
        read_images(tmp_path / "a.npy", (5, 5))
