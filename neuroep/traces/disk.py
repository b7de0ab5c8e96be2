"""A file on disk for h5py, which keeps the first error instead of leaving HDF5 in the middle."""

import io
import os
from typing import TYPE_CHECKING

from neuroep.traces.files import put

if TYPE_CHECKING:
    from typing_extensions import Buffer


class DiskFile(io.RawIOBase):
    """The file object for ``h5py.File`` on an open descriptor, which stays open.

    The first `OSError` is kept in ``error`` and every later write is dropped, so that HDF5 can
    still close its handles.
    """

    def __init__(self, descriptor: int) -> None:
        self.error: OSError | None = None
        self._descriptor = descriptor
        self._position = 0
        self._size = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to ``offset``."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        """Return the position."""
        return self._position

    def readinto(self, buffer: "Buffer") -> int:
        """Read what HDF5 wrote; bytes never written are zero."""
        view = memoryview(buffer).cast("B")
        stored = os.preadv(self._descriptor, [view], self._position)
        view[stored:] = bytes(len(view) - stored)
        self._position += len(view)
        return len(view)

    def write(self, data: "Buffer") -> int:
        """Write all of ``data``."""
        view = memoryview(data).cast("B")
        self._put(self._position, view)
        self._position += len(view)
        self._size = max(self._size, self._position)
        return len(view)

    def truncate(self, size: int | None = None) -> int:
        """Set the size."""
        self._size = self._position if size is None else size
        if self.error is None:
            try:
                os.ftruncate(self._descriptor, self._size)
            except OSError as error:
                self.error = error
        return self._size

    def _put(self, address: int, data: bytes | memoryview) -> None:
        if self.error is None:
            try:
                put(self._descriptor, data, address)
            except OSError as error:
                self.error = error
