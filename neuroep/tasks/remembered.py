"""Texts that are read from their files once, however often a run goes through them."""

from collections.abc import Iterator
from typing import Any


class Remembered:
    """A source whose streams are kept after the first reading.

    The films of IMDB, all 50,000 of them, take 130 MB; reading them from their archive again takes
    ten seconds each time, and a run goes through them for vocabulary, encoding, controls, baselines
    and figures.

    Parameters
    ----------
    source : object
        Has ``stream(split, limit)``; everything else is passed on.
    """

    def __init__(self, source: Any) -> None:
        self.source = source
        self._kept: dict[tuple[str, int | None], list[Any]] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self.source, name)

    def stream(self, split: str, limit: int | None = None) -> Iterator[Any]:
        """Return the examples of a split in a fixed order."""
        key = split, limit
        if key not in self._kept:
            self._kept[key] = list(self.source.stream(split, limit))
        return iter(self._kept[key])
