"""What a format of exports is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

Content = TypeVar("Content")


@dataclass(frozen=True)
class Format(Generic[Content]):
    """A way to write a recording, or what a run has learned.

    ``endings``: of file names, the first where nobody chose one; ``purpose``: what it is for, in
    few words; ``write``: raises a ValueError that says what the content lacks; ``in_time``: whether
    only what runs in time can be written, as spikes and waveforms do, not what runs over training.
    """

    name: str
    endings: tuple[str, ...]
    purpose: str
    write: Callable[[Content], bytes]
    in_time: bool = False
