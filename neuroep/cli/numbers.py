"""Types for argparse: numbers in their range."""

from argparse import ArgumentTypeError
from collections.abc import Callable

LARGEST = 1e9
"""Of a number that is no count: what is larger is no nudge and no time that anybody waits."""

MOST = 10_000
"""Of what takes memory or time by its count: examples, steps, drawn chips."""


def whole(least: int, most: int = 2**63 - 1) -> Callable[[str], int]:
    """Return what parses a whole number from ``least`` to ``most``."""

    def parse(text: str) -> int:
        try:
            number = int(text)
        except ValueError:  # or of more digits than Python reads
            raise ArgumentTypeError(f"must be a whole number, got {text!r}") from None
        if not least <= number <= most:
            bound = f"at least {least}" if number < least else f"at most {most:,}"
            raise ArgumentTypeError(f"must be {bound}, got {text}")
        return number

    return parse


natural, positive = whole(0), whole(1)


def finite(text: str) -> float:
    """Parse a number that is neither infinite nor anywhere near it."""
    try:
        number = float(text)
    except ValueError:
        raise ArgumentTypeError(f"must be a number, got {text!r}") from None
    if not abs(number) <= LARGEST:
        raise ArgumentTypeError(f"must be finite, {LARGEST:g} at most, got {text}")
    return number


def nonzero(text: str) -> float:
    """Parse a finite number other than 0."""
    number = finite(text)
    if number == 0:
        raise ArgumentTypeError(f"must not be zero, got {text}")
    return number


def seconds(text: str) -> float:
    """Parse a positive time."""
    number = finite(text)
    if number <= 0:
        raise ArgumentTypeError(f"must be positive, got {text}")
    return number
