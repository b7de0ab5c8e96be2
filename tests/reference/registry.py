"""Which test compares which kernel with its reference; a kernel without one fails a test."""

from collections.abc import Callable
from typing import Any

CHECKED: dict[Any, list[str]] = {}


def compares(*kernels: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a test as the comparison of these kernels with a slow reference."""

    def mark(test: Callable[..., Any]) -> Callable[..., Any]:
        for kernel in kernels:
            CHECKED.setdefault(kernel, []).append(f"{test.__module__}.{test.__qualname__}")
        return test

    return mark
