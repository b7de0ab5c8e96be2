"""How a training on images was asked for, whatever learns from them."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ImageOptions:
    """Kept in the run folder.

    ``design``: file or built-in name; ``data``: the folder of the four IDX files, None for the
    built-in digits; ``limit``: images of each split, None for all; ``overrides``: of the design.
    """

    design: str
    data: str | None = None
    limit: int | None = None
    overrides: Sequence[str] = field(default_factory=list)
