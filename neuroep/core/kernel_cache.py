"""Machine code of kernels on disk: checked before it is used, and never a reason to fail.

Numba's own cache trusts its files: an empty or cut one is an exception at every start, and one with
a wrong byte is run. Here each file ends in a checksum. A file that does not match is set aside and
its kernel compiled anew; where nothing can be written, machine code stays in memory.
"""

import contextlib
import hashlib
import inspect
import io
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from numba.core.caching import (
    Cache,
    CompileResultCacheImpl,
    IndexDataCacheFile,
    UserProvidedCacheLocator,
)

ASIDE = ".damaged"
"""What the name of a file that was set aside ends in."""


class _Locator(UserProvidedCacheLocator):  # type: ignore[misc]
    def __init__(self, function: Callable[..., Any], file: str, folder: str) -> None:
        self._py_file = file
        self._lineno = function.__code__.co_firstlineno
        self._cache_path = os.path.join(folder, self.get_suitable_cache_subpath(file))  # noqa: PTH118


class _Compiled(CompileResultCacheImpl):  # type: ignore[misc]
    """Numba's, in a folder that is given instead of looked for."""

    def __init__(self, function: Callable[..., Any], folder: str) -> None:
        file = inspect.getfile(function)
        self._lineno = function.__code__.co_firstlineno
        self._locator = _Locator(function, file, folder)
        name = f"{Path(file).stem}.{function.__qualname__}"
        self._filename_base = self.get_filename_base(name, sys.abiflags)


class _CheckedFiles(IndexDataCacheFile):  # type: ignore[misc]
    """Numba's files, each with a checksum behind it, which reading what comes before ignores."""

    def _load_index(self) -> dict[Any, str]:
        if not self._whole(self._index_path):
            return {}
        found: dict[Any, str] = super()._load_index()
        return found

    def _load_data(self, name: str) -> Any:
        if not self._whole(self._data_path(name)):
            raise OSError("damaged")  # numba takes it for a file that is gone
        return super()._load_data(name)

    @contextlib.contextmanager
    def _open_for_write(self, path: str) -> Iterator[io.BytesIO]:
        content = io.BytesIO()
        yield content
        data = content.getvalue()
        with super()._open_for_write(path) as file:
            file.write(data + hashlib.sha256(data).digest())

    @staticmethod
    def _whole(path: str) -> bool:
        """Return whether a file is as it was written; set it aside where it is not."""
        try:
            content = Path(path).read_bytes()
        except FileNotFoundError:
            return False
        except OSError:  # a folder, or not ours to read
            content = b""
        data, checksum = content[:-32], content[-32:]
        if data and hashlib.sha256(data).digest() == checksum:
            return True
        with contextlib.suppress(OSError):
            Path(path).replace(f"{path}{ASIDE}")
        return False


class KernelCache(Cache):  # type: ignore[misc]
    """The cache of one kernel below a folder."""

    def __init__(self, function: Callable[..., Any], folder: str) -> None:
        self._name = repr(function)
        self._py_func = function
        self._impl = _Compiled(function, folder)
        self._cache_path = self._impl.locator.get_cache_path()
        self._cache_file = _CheckedFiles(
            self._cache_path, self._impl.filename_base, self._impl.locator.get_source_stamp()
        )
        self.enable()

    def save_overload(self, signature: Any, data: Any) -> None:
        """Keep machine code, if the disk takes it."""
        with contextlib.suppress(OSError):
            super().save_overload(signature, data)
