"""IDX files as they are published, unpacked, laid out by others, and packed together."""

import gzip
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.images import open_images

PIXELS = {"train": np.arange(8 * 12), "t10k": np.arange(4 * 12)[::-1]}
LABELS = {"train": [1, 2, 1, 2, 1, 2, 1, 2], "t10k": [2, 1, 2, 1]}


def idx(array: np.ndarray) -> bytes:
    sizes = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, 8, array.ndim]) + sizes + array.astype(np.uint8).tobytes()


def files(name: Callable[[str], str], train: str = "train", test: str = "t10k") -> dict[str, bytes]:
    found = {}
    for part, called in (("train", train), ("t10k", test)):
        images, labels = PIXELS[part].reshape(-1, 4, 3), np.array(LABELS[part])
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            published = name(f"{called}-{kind}-ubyte")
            packed = published.lower().endswith(".gz")
            found[published] = gzip.compress(idx(array)) if packed else idx(array)
    return found


def write(folder: Path, members: dict[str, bytes]) -> Path:
    for name, data in members.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def write_zip(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


def emnist(part: str) -> dict[str, bytes]:
    return files(lambda name: f"gzip/emnist-{part}-{name}.gz", test="test")


NAMES: dict[str, Callable[[str], str]] = {
    "published": lambda name: f"{name}.gz",
    "unpacked": lambda name: name,
    "dots": lambda name: name.replace("-idx", ".idx"),
    "dots, gzipped": lambda name: f"{name.replace('-idx', '.idx')}.gz",
    "upper case": str.upper,
    "upper case, gzipped": lambda name: f"{name}.gz".upper(),
    "torchvision": lambda name: f"MNIST/raw/{name}",
    "torchvision, Fashion": lambda name: f"FashionMNIST/raw/{name}.gz",
    "below": lambda name: f"a/b/{name}",
    "own folders": lambda name: f"{name}/{name}",
    "own folders of Kaggle": lambda name: f"{name}.gz/{name}",
    "a set's name": lambda name: f"kmnist-{name}.gz",
}


@pytest.mark.parametrize("case", NAMES)
@pytest.mark.parametrize("zipped", [False, True])
def test_every_layout_reads_the_same(tmp_path: Path, case: str, zipped: bool) -> None:
    members = files(NAMES[case])
    junk = {"__MACOSX/._train-images-idx3-ubyte": b"\0", "README.txt": b"about", ".DS_Store": b"\0"}
    if zipped:
        data = open_images(write_zip(tmp_path / "a.zip", junk | members))
    else:
        data = open_images(write(tmp_path, junk | members))
    assert (data.shape, data.labels, data.note) == ((4, 3), ("1", "2"), "")
    np.testing.assert_allclose(data.train.pixels.ravel() * 255, PIXELS["train"], rtol=1e-6)
    np.testing.assert_allclose(data.test.pixels.ravel() * 255, PIXELS["t10k"], rtol=1e-6)
    assert data.test.labels.tolist() == [1, 0, 1, 0]


def test_gzipped_and_unpacked_side_by_side_are_one_set(tmp_path: Path) -> None:
    folder = write(tmp_path, files(NAMES["torchvision"]) | files(NAMES["published"]))
    write(tmp_path / "MNIST" / "raw", files(NAMES["published"]))
    assert len(open_images(folder).train.labels) == 8


@pytest.mark.parametrize("zipped", [False, True])
def test_emnist_is_turned_upright_and_its_labels_are_letters(tmp_path: Path, zipped: bool) -> None:
    members = emnist("letters") | {"gzip/emnist-letters-mapping.txt": b"1 65 97\n"}
    root = write_zip(tmp_path / "gzip.zip", members) if zipped else write(tmp_path, members)
    data = open_images(root)
    assert (data.shape, data.labels) == ((3, 4), ("A", "B"))
    stored = PIXELS["train"].reshape(-1, 4, 3).transpose(0, 2, 1)
    np.testing.assert_allclose(data.train.pixels.ravel() * 255, stored.ravel(), rtol=1e-6)
    assert data.train.labels[:2].tolist() == [0, 1]
    assert data.note == "emnist-letters: images turned upright, labels 1 to 26 named A to Z"


@pytest.mark.parametrize(
    ("part", "labels"),
    [("balanced", ("1", "2")), ("byclass", ("1", "2")), ("mnist", ("1", "2"))],
)
def test_other_sets_of_emnist_begin_with_0(
    tmp_path: Path, part: str, labels: tuple[str, ...]
) -> None:
    assert open_images(write(tmp_path, emnist(part))).labels == labels


def test_labels_that_a_set_of_emnist_has_not(tmp_path: Path) -> None:
    members = emnist("letters")
    name = "gzip/emnist-letters-train-labels-idx1-ubyte.gz"
    members[name] = gzip.compress(idx(np.array([0, 1, 2, 1, 2, 1, 2, 1])))
    with pytest.raises(InputError, match="label 0 is none of emnist-letters's 1 to 26"):
        open_images(write(tmp_path, members))


def test_several_sets_are_listed(tmp_path: Path) -> None:
    path = write_zip(tmp_path / "gzip.zip", emnist("letters") | emnist("digits"))
    with pytest.raises(InputError) as caught:
        open_images(path)
    assert str(caught.value) == (
        f"{path}: several sets of images: emnist-digits, emnist-letters: leave the files of one"
    )
    folder = write(tmp_path / "data", files(NAMES["torchvision"]))
    write(folder, files(NAMES["torchvision, Fashion"]))
    with pytest.raises(InputError, match="sets of images: FashionMNIST/raw, MNIST/raw: leave"):
        open_images(folder)
    assert len(open_images(folder / "MNIST").train.labels) == 8


def test_what_is_missing_or_left_over_is_named(tmp_path: Path) -> None:
    members = emnist("digits")
    del members["gzip/emnist-digits-test-labels-idx1-ubyte.gz"]
    path = write_zip(tmp_path / "a.zip", members)
    with pytest.raises(InputError, match=r"a\.zip: emnist-digits-test-labels-idx1-ubyte\.gz: no"):
        open_images(path)
    members = files(NAMES["unpacked"])
    members["t10k-labels-idx1-ubyte"] += b"\0"
    with pytest.raises(InputError, match="t10k-labels-idx1-ubyte: elements: more instead of the 4"):
        open_images(write_zip(path, members))
    with pytest.raises(InputError, match="train-images-idx3-ubyte"):
        open_images(write_zip(path, {"README": b"about"}))
