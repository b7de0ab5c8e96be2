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
"""

import io
import os
from typing import TYPE_CHECKING

from neuroep.traces.files import put

if TYPE_CHECKING:
    from typing_extensions import Buffer

_SUPERBLOCK = b"\x89HDF"
_INDEX = b"TREE"
# Signatures of the "HDF5 File Format Specification Version 3.0" that the v1.8 format can write.
_METADATA = {_SUPERBLOCK, _INDEX, b"OHDR", b"OCHK", b"GCOL", b"SNOD", b"HEAP", b"FRHP", b"FHDB",
             b"FHIB", b"BTHD", b"BTIN", b"BTLF", b"FSHD", b"FSSE", b"SMTB", b"SMLI"}  # fmt: skip


class OrderedFile(io.RawIOBase):
    """The file object for ``h5py.File``; metadata reach the disk in `flush`, in a safe order.

    Raw data are written at once: they go to fresh addresses, or repeat what stands there and add
    to it. The first `OSError` is kept in ``error`` and every later write is dropped, so that HDF5
    can still close its handles while the disk keeps the state of the last flush. A file at ``path``
    is emptied.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.error: OSError | None = None
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o666)
        self._position = 0
        self._size = 0
        self._logical_size = 0
        self._pending: dict[int, bytes] = {}
        self._known: set[int] = set()

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to ``offset``; the end is that of what HDF5 wrote, held back or not."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: "Buffer") -> int:
        """Read what HDF5 wrote, held back or not; bytes never written are zero."""
        view = memoryview(buffer).cast("B")
        start, stop = self._position, self._position + len(view)
        stored = os.pread(self._descriptor, len(view), start)
        view[: len(stored)] = stored
        view[len(stored) :] = bytes(len(view) - len(stored))
        for address, data in self._pending.items():
            low, high = max(start, address), min(stop, address + len(data))
            if low < high:
                view[low - start : high - start] = data[low - address : high - address]
        self._position = stop
        return len(view)

    def write(self, data: "Buffer") -> int:
        """Hold back metadata, and write raw data at once."""
        view = memoryview(data).cast("B")
        if bytes(view[:4]) in _METADATA:
            self._pending[self._position] = bytes(view)
        else:
            self._put(self._position, view)
        self._position += len(view)
        self._size = max(self._size, self._position)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Note the logical size; a file longer than that is valid, so it is cut only in `close`."""
        size = self._position if size is None else size
        self._logical_size = size
        self._size = max(self._size, size)
        return size

    def flush(self) -> None:
        """Write the metadata held back, each piece after the pieces it refers to."""
        self._grow()
        for address in sorted(self._pending, key=self._rank):
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
                os.fsync(self._descriptor)
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

    def _put(self, address: int, data: bytes | memoryview) -> None:
        if self.error is None:
            try:
                put(self._descriptor, data, address)
            except OSError as error:
                self.error = error

    def _grow(self) -> None:
        """Give the file the length that the superblock is about to claim."""
        try:
            if self.error is None and os.fstat(self._descriptor).st_size < self._logical_size:
                os.ftruncate(self._descriptor, self._logical_size)
        except OSError as error:
            self.error = error
