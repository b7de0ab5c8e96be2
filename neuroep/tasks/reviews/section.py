"""How reviews become sequences of stored patterns: a design's ``[text]``."""

from typing import Literal

from pydantic import Field

from neuroep.tasks.words import WordsSection


class TextSection(WordsSection):
    """How reviews become sequences of stored patterns, beside what all words ask.

    ``distinct``: whether a row that occurs again in a review is stored once. ``start``: vectors
    from what occurs together, or from how much more often a row occurs with one label than with
    the other.
    """

    layer: str = ""
    distinct: bool = False
    start: Literal["cooccurrence", "log_ratio"] = "cooccurrence"
    validation: float = Field(0.1, gt=0, lt=1)

    @property
    def tables(self) -> tuple[str, ...]:
        """The layer of the words, whose rows the vocabulary decides."""
        return (self.layer,)
