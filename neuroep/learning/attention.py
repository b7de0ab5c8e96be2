"""What an attention layer looked at, for figures that know no family of networks."""

from dataclasses import dataclass

from neuroep.core.tables import Floats


@dataclass(frozen=True)
class AttentionMap:
    """One example's attention.

    ``stored``: the clamped layer whose patterns are read; ``asking``: the one whose tokens ask,
    empty for learned queries; ``weights`` (rows, patterns).
    """

    stored: str
    asking: str
    weights: Floats
