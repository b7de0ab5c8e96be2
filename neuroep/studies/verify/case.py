"""What ``neuroep verify`` is asked for, and what stands on its bench."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import Tolerances


@dataclass(frozen=True)
class VerifyOptions:
    """What to verify, and how; see the help of ``neuroep verify``."""

    design: str
    weights: str | None = None
    data: str | None = None
    example: int = 0
    target: int | None = None
    beta: float = 0.5
    overrides: Sequence[str] = ()
    without: Sequence[str] = ()
    timeout: float = 120.0


@dataclass
class Case:
    """One input on one circuit.

    Attributes
    ----------
    title : str
        Of the design.
    bench : Bench
        Nudged towards the input's own label.
    label : int
    tolerances : Tolerances
    notes : list of str
        What a reader must know beforehand.
    slice : str
        What was kept of a chip too large for SPICE; nothing for a whole one.
    """

    title: str
    bench: Bench
    label: int
    tolerances: Tolerances
    notes: list[str] = field(default_factory=list)
    slice: str = ""
