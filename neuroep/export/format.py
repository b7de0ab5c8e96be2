"""What a format of exports is."""

from collections.abc import Callable
from dataclasses import dataclass

from neuroep.export.recording import Recording


@dataclass(frozen=True)
class Format:
    """A way to write a recording.

    ``endings``: of file names, the first where nobody chose one; ``purpose``: what it is for, in
    few words; ``write``: raises a ValueError that says what a recording lacks; ``in_time``: whether
    only what runs in time can be written, as spikes and waveforms do, not what runs over training.
    """

    name: str
    endings: tuple[str, ...]
    purpose: str
    write: Callable[[Recording], bytes]
    in_time: bool = False
