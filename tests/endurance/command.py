"""What is called to read an input, and how it may end."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from endurance.material import Material
from endurance.mutations import Rng


@dataclass(frozen=True)
class Command:
    """What is called beside an input: arguments, what of the environment is different.

    ``codes``: how it ends where the input will do; ``told``: how lines on standard error begin that
    tell how far it is; ``leaves``: what may be left where the input is refused.
    """

    argv: list[str]
    environment: dict[str, str] = field(default_factory=dict)
    codes: tuple[int, ...] = (0,)
    told: str = ""
    leaves: tuple[str, ...] = ()


Kind = Callable[[Rng, Path, Material], Command]
