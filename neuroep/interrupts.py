"""Signals wait while HDF5 or LLVM is at work: neither may be left in the middle of a call."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

HELD = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interrupts_held() -> Iterator[None]:
    """Hold back signals to end that arrive inside the block, and pass them on at its end."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Python delivers signals to the main thread only.
        return
    held: list[int] = []
    # One that is ignored stays so, and one that Python does not handle ends the process at once.
    before = {number: signal.getsignal(number) for number in HELD}
    for number, handler in before.items():
        if callable(handler):
            signal.signal(number, lambda number, _: held.append(number))
    try:
        yield
    finally:
        for number, handler in before.items():
            if callable(handler):
                signal.signal(number, handler)
        if held:
            signal.raise_signal(held[0])
