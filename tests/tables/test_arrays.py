"""Files of arrays that were made to do harm: one line, and no memory for what is not there."""

import io
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from neuroep import hdf5
from neuroep.errors import InputError
from neuroep.tables import arrays
from neuroep.tables.arrays import read_arrays

X = np.arange(6.0).reshape(3, 2)
HUGE = (1 << 38,)  # 2 TiB of float64


def h5(write: Callable[[Any], object]) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        with h5py.File(folder / "a.h5", "w") as file:
            write(file)
        return folder / "a.h5"

    return made


def external(file: Any) -> None:
    here = Path(file.filename).parent / "raw"
    here.write_bytes(bytes(48))
    file.create_dataset("x", (3, 2), float, external=[(str(here), 0, 48)])


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((3, 2), float)
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (3, 2))
    file.create_virtual_dataset("x", layout)


def big_chunk(file: Any) -> None:
    size = {"chunks": (1 << 16, 1 << 8), "maxshape": (None, None)}
    file.create_dataset("x", data=X, compression=9, **size)


def one_text_often(file: Any) -> None:
    file.create_dataset("y", data=["x" * 5000] * 3, dtype=h5py.string_dtype())


def many_groups(file: Any) -> None:
    for number in range(7):
        file.create_group(str(number))


def npz(**members: bytes) -> Callable[[Path], Path]:
    def made(folder: Path) -> Path:
        with zipfile.ZipFile(folder / "a.npz", "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in members.items():
                archive.writestr(f"{name}.npy", data)
        return folder / "a.npz"

    return made


def npy(descr: str = "<f8", shape: str = "(3, 2)", data: bytes = X.tobytes()) -> bytes:
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    return b"\x93NUMPY\1\0" + len(header).to_bytes(2, "little") + header + data


def pickled() -> bytes:
    file = io.BytesIO()
    np.save(file, np.array([{}], object))
    return file.getvalue()


def fifo(folder: Path) -> Path:
    os.mkfifo(folder / "a.h5")
    return folder / "a.h5"


HOSTILE: dict[str, tuple[Callable[[Path], Path], str]] = {
    "fill value": (h5(lambda file: file.create_dataset("x", HUGE, float)), "x: 0 bytes unpack"),
    "chunked fill value": (
        h5(lambda file: file.create_dataset("x", HUGE, float, chunks=(1 << 20,))),
        "x: 0 bytes unpack to 2,199,023,255,552",
    ),
    "zeros": (
        h5(lambda f: f.create_dataset("x", data=np.zeros(9 << 20), compression=9)),
        "bytes unpack to 75,497,472",
    ),
    "chunks": (h5(big_chunk), "x: chunks: "),
    "external storage": (h5(external), "x: kept in other files"),
    "virtual": (h5(virtual), "x: kept in other files"),
    "groups in groups": (
        h5(lambda file: file.create_group("g/" * 30)),
        "or 20 groups in each other: refused",
    ),
    "long texts": (h5(one_text_often), "y: a text of more than 1,000 characters"),
    "npz of zeros": (npz(x=npy(shape=f"({9 << 20},)", data=bytes(72 << 20))), "bytes unpack to"),
    "object": (npz(x=pickled()), "Object arrays cannot be loaded"),
    "more than is there": (npz(x=npy(shape=str(HUGE))), "x.npy: shape (274877906944,) is more"),
    "negative": (npz(x=npy(shape="(-1, 2)")), "x.npy: shape (-1, 2)"),
    "nothing, often": (npz(x=npy(descr="<U0", shape=str(HUGE))), "is none"),
    "nested header": (npz(x=npy(shape="(" * 3000 + ")" * 3000)), "cannot be read as arrays"),
    "call": (npz(x=npy(shape="f()")), "cannot be read as arrays\n"),
    "open": (npz(x=npy(shape="(" * 40)), "cannot be read as arrays\n"),
    "long header": (npz(x=npy(shape=" " * 20_000 + "(3, 2)")), "cannot be read as arrays"),
    "open header": (npz(x=npy(shape="(3, 2")), "cannot be read as arrays"),
    "cut": (npz(x=npy()[:-1]), "cannot be read as arrays (EOF"),
    "no array": (npz(x=b"text"), "cannot be read as arrays"),
    "pipe": (fifo, "is no regular file"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_arrays_are_one_line(tmp_path: Path, case: str) -> None:
    write, message = HOSTILE[case]
    path = write(tmp_path)
    with pytest.raises(InputError) as caught:
        read_arrays(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert message in f"{caught.value}\n"
    assert "\n" not in str(caught.value)


def test_caps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "LARGEST", 40)
    np.save(tmp_path / "a.npy", X)
    for path in (
        h5(lambda file: file.create_dataset("x", data=X))(tmp_path),
        npz(x=npy())(tmp_path),
        tmp_path / "a.npy",
    ):
        with pytest.raises(InputError, match=r"too large \(40 at most\)"):
            read_arrays(path)
    monkeypatch.setattr(arrays, "_MOST_OBJECTS", 5)
    with pytest.raises(InputError, match="more than 5 objects, or 20 groups"):
        read_arrays(h5(many_groups)(tmp_path))


def test_links_lead_nowhere(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["z"] = X

    def linked(file: Any) -> None:
        file["x"] = X
        file["elsewhere"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "z")
        file["round"] = h5py.SoftLink("/")

    assert list(read_arrays(h5(linked)(tmp_path))) == ["x"]


def test_a_h5_that_is_read_without_end_ends_the_fork_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["a", "b", "c"]
    path = h5(lambda file: file.create_dataset("y", data=names, dtype=h5py.string_dtype()))(
        tmp_path
    )
    data = bytearray(path.read_bytes())
    data[data.index(b"GCOL") + 24] = 255  # of the heap of texts: how long the first one is
    path.write_bytes(data)
    monkeypatch.setattr(hdf5, "SECONDS", 1)
    with pytest.raises(InputError, match=r"a\.h5: damaged: HDF5 does not survive reading it"):
        read_arrays(path)


def test_what_macs_leave_in_a_zip_is_no_array(tmp_path: Path) -> None:
    path = npz(x=npy(), **{"__MACOSX/._x": b"\0"})(tmp_path)
    assert list(read_arrays(path)) == ["x"]
    np.testing.assert_array_equal(read_arrays(path)["x"], X)


@pytest.mark.filterwarnings("error")
def test_what_python_2_wrote_is_read(tmp_path: Path) -> None:
    np.testing.assert_array_equal(read_arrays(npz(x=npy(shape="(3L, 2L)"))(tmp_path))["x"], X)


def test_texts_of_a_h5_are_read_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arrays, "_TEXT_PIECE", 1)
    names = ["a", "bc", "é"]
    path = h5(lambda file: file.create_dataset("y", data=names, dtype=h5py.string_dtype()))
    assert read_arrays(path(tmp_path))["y"].tolist() == names
