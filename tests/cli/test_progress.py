"""Progress bars and interrupts."""

import signal
from collections.abc import Iterator
from typing import Any

import pytest
import tqdm as tqdm_module

from neuroep.cli.progress import Terminal


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Let SIGINT raise, which a job in the background of a shell would ignore."""
    previous = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, previous)


def test_an_interrupt_while_a_bar_is_made_leaves_no_half_made_bar(
    monkeypatch: pytest.MonkeyPatch, ctrl_c: None
) -> None:
    """Half-made, it would print a traceback of its own when it is collected."""
    whole = []

    class Interrupted(tqdm_module.tqdm):  # type: ignore[type-arg]
        def __init__(self, *args: Any, **options: Any) -> None:
            signal.raise_signal(signal.SIGINT)
            super().__init__(*args, **options)
            whole.append(self)

    monkeypatch.setattr("tqdm.auto.tqdm", Interrupted)
    with pytest.raises(KeyboardInterrupt), Terminal().bar("training", 3, "text"):
        pytest.fail("the interrupt must come before the work")
    assert len(whole) == 1
    whole[0].close()
