"""HDF5 files of somebody else's: read when as neuroep writes them, refused in one line when not."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pytest

from neuroep import hdf5
from neuroep.errors import InputError


def plain(file: h5py.File) -> None:
    file["group/weights"] = np.arange(6.0).reshape(2, 3)
    file["group"].attrs["units"] = "S"
    file["names"] = np.array(["a", "b"], dtype=h5py.string_dtype())


def external_link(file: h5py.File) -> None:
    file["there"] = h5py.ExternalLink("/etc/passwd", "/")


def external_storage(file: h5py.File) -> None:
    file.create_dataset("there", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((4,), "f8")
    layout[:] = h5py.VirtualSource("other.h5", "x", (4,))
    file.create_virtual_dataset("there", layout)


def twice(file: h5py.File) -> None:
    plain(file)
    file["group/itself"] = file["group"]


def packed(file: h5py.File) -> None:
    file.create_dataset("zeros", (1000, 1000), "f8", compression="gzip")


def nothing_stored(file: h5py.File) -> None:
    """Two tebibytes of a fill value, in a file of some kilobytes."""
    file.create_dataset("fill", (1 << 20, 1 << 18), "f8", chunks=(1, 1 << 10), fillvalue=1.0)


def deep(file: h5py.File) -> None:
    file.create_group("/".join("g" * 40))


def reference(file: h5py.File) -> None:
    file["refers"] = np.array([file.ref], dtype=h5py.ref_dtype)


@pytest.mark.parametrize(
    ("write", "said"),
    [
        (external_link, "'there': a link, which is not followed"),
        (external_storage, "'/there': its values are in another file"),
        (virtual, "'/there': its values are in another file"),
        (twice, "'/group/itself': is there twice"),
        (packed, "'/zeros': is packed"),
        (nothing_stored, "'/fill': says it holds more than the file"),
        (deep, "more groups and arrays than neuroep writes"),
        (reference, "'/refers': no array of numbers or text"),
    ],
)
def test_what_neuroep_does_not_write_is_refused(
    tmp_path: Path, write: Callable[[h5py.File], None], said: str
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        write(file)
    with pytest.raises(InputError) as caught, hdf5.open_hdf5(tmp_path / "a.h5"):
        pass
    assert str(caught.value).startswith(f"{tmp_path / 'a.h5'}: {said}")


def test_a_plain_file_is_read(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plain(file)
    with hdf5.open_hdf5(tmp_path / "a.h5") as file:
        assert file["group/weights"][1, 2] == 5.0
        assert file["names"].asstr()[:].tolist() == ["a", "b"]


@pytest.mark.parametrize("content", [b"", b"no HDF5", b"\x89HDF\r\n\x1a\n" + bytes(100)])
def test_what_is_no_such_file_is_one_line(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.h5").write_bytes(content)
    with pytest.raises(InputError, match=r"a\.h5: ") as caught, hdf5.open_hdf5(tmp_path / "a.h5"):
        pass
    assert "\n" not in str(caught.value)


def test_half_a_file_is_damaged(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plain(file)
    data = (tmp_path / "a.h5").read_bytes()
    (tmp_path / "a.h5").write_bytes(data[: len(data) // 2])
    with pytest.raises(InputError, match=r"a\.h5: "), hdf5.open_hdf5(tmp_path / "a.h5"):
        pass


def test_a_file_that_ends_whoever_reads_it_ends_the_fork_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plain(file)
    here = os.getpid()

    def fatal(*_: object) -> None:
        assert os.getpid() != here
        os.kill(os.getpid(), signal.SIGSEGV)

    monkeypatch.setattr(hdf5, "_walk", fatal)
    with pytest.raises(InputError, match="damaged: HDF5 does not survive reading it"):
        hdf5.opened(str(tmp_path / "a.h5"))


def test_a_signal_while_the_fork_looks_leaves_no_fork(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plain(file)

    def wait(*_: object) -> None:
        (tmp_path / "fork").write_text(str(os.getpid()))
        os.kill(os.getppid(), signal.SIGINT)
        signal.pause()

    with pytest.raises(KeyboardInterrupt), hdf5.open_hdf5(tmp_path / "a.h5", wait):
        pass
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "fork").read_text()), 0)


def test_what_is_missing_while_it_is_read_is_damage(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        plain(file)
    with (
        pytest.raises(InputError, match=r"a\.h5: damaged"),
        hdf5.open_hdf5(tmp_path / "a.h5") as file,
    ):
        file["group/biases"]
