"""A file whose HDF5 structure is whole after every single write, whenever the process dies.

HDF5 flushes its metadata in the order of their addresses: object headers (which say how long a
dataset is) before the chunk index (which says where its rows are) before the superblock (which
says where the file ends). A process killed between two of these writes leaves rows that cannot be
read, old ones included when an index node was being split. h5py can write through a Python file
object; this one holds metadata back until HDF5 flushes, and then writes it in the order in which
each piece refers only to pieces already on disk:

1. metadata at new addresses, which nothing refers to yet (raw data went there before);
2. the superblock: the file ends later than before;
3. chunk index nodes, top down: while a node is split, the old half stays reachable by both ways;
4. everything else, object headers above all: now the datasets are longer.

What is overwritten in steps 2 to 4 stands in a journal before, behind the end of the file: a write
of which only a part has reached the disk is made good from there (:mod:`neuroep.traces.journal`).
"""

import contextlib
import os
from typing import TYPE_CHECKING

from neuroep.traces.disk import DiskFile
from neuroep.traces.files import durable
from neuroep.traces.journal import hold, packed

if TYPE_CHECKING:
    from typing_extensions import Buffer

_SUPERBLOCK = b"\x89HDF"
_INDEX = b"TREE"
# Signatures of the "HDF5 File Format Specification Version 3.0" that the v1.8 format can write.
_METADATA = {_SUPERBLOCK, _INDEX, b"OHDR", b"OCHK", b"GCOL", b"SNOD", b"HEAP", b"FRHP", b"FHDB",
             b"FHIB", b"BTHD", b"BTIN", b"BTLF", b"FSHD", b"FSSE", b"SMTB", b"SMLI"}  # fmt: skip


class OrderedFile(DiskFile):
    """The file object for ``h5py.File``; metadata reach the disk in `flush`, in a safe order.

    Raw data are written at once: they go to fresh addresses, or repeat what stands there and add
    to it. After an error the disk keeps the state of the last flush. A file at ``path`` is emptied.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        super().__init__(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o666))
        with contextlib.suppress(OSError):  # a file system without locks
            hold(self._descriptor)
        self._logical_size = 0
        self._pending: dict[int, bytes] = {}
        self._known: set[int] = set()
        self._has_journal = False
        self._claimed = 0  # by the superblock on disk

    def readinto(self, buffer: "Buffer") -> int:
        """Read what HDF5 wrote, held back or not; bytes never written are zero."""
        view, start = memoryview(buffer).cast("B"), self._position
        super().readinto(view)
        stop = self._position
        for address, data in self._pending.items():
            low, high = max(start, address), min(stop, address + len(data))
            if low < high:
                view[low - start : high - start] = data[low - address : high - address]
        return len(view)

    def write(self, data: "Buffer") -> int:
        """Hold back metadata, and write raw data at once."""
        view = memoryview(data).cast("B")
        if bytes(view[:4]) in _METADATA:
            self._pending[self._position] = bytes(view)
            self._position += len(view)
            self._size = max(self._size, self._position)
            return len(view)
        if self._has_journal:  # it stands where rows may come
            self._set_size()
        return super().write(view)

    def truncate(self, size: int | None = None) -> int:
        """Note the logical size; a file longer than that is valid, so it is cut only in `close`."""
        size = self._position if size is None else size
        self._logical_size = size
        self._size = max(self._size, size)
        return size

    def flush(self) -> None:
        """Write the metadata held back, each piece after the pieces it refers to."""
        if self._pending:
            self._set_size(self._logical_size)
        ordered = sorted(self._pending, key=self._rank)
        known = [address for address in ordered if address in self._known]
        for address in ordered:
            if known and address == known[0]:
                journal = packed((address, self._pending[address]) for address in known)
                self._put(self._logical_size, journal)
                self._has_journal = True
            self._put(address, self._pending[address])
        self._known.update(self._pending)
        self._pending.clear()

    def close(self) -> None:
        """Write what is held back, make it durable, and close the descriptor."""
        if self.closed:
            return
        super().close()  # flushes
        try:
            if self.error is None:
                os.ftruncate(self._descriptor, self._logical_size)
                durable(self._descriptor)
        except OSError as error:
            self.error = error
        os.close(self._descriptor)

    def _rank(self, address: int) -> tuple[int, int, int]:
        data = self._pending[address]
        if address not in self._known:
            # The superblock of a new file comes last: until then it is no HDF5 file at all.
            return (4 if address == 0 else 0), 0, address
        if data[:4] == _SUPERBLOCK:
            return 1, 0, address
        if data[:4] == _INDEX:
            return 2, -data[5], address
        return 3, 0, address

    def _set_size(self, size: int | None = None) -> None:
        """Give the file the length that the superblock claims, or is about to, and no journal."""
        self._has_journal = False
        if size is None:
            size = self._claimed
        self._claimed = size
        try:
            if self.error is None:
                os.ftruncate(self._descriptor, size)
        except OSError as error:
            self.error = error
