"""How pairs of sentences become two sequences of stored patterns: a design's ``[pairs]``."""

from pydantic import Field

from neuroep.tasks.words import WordsSection


class PairSection(WordsSection):
    """How pairs of sentences become sequences of stored patterns, beside what all words ask.

    The table of patterns belongs to the layer ``premise``; the layer ``hypothesis`` names it by
    ``table``. Any other clamped layer with a table is a memory: all its rows are clamped for every
    pair, and what it stores is learned. ``validation``: at most so many pairs of the validation
    split choose the epoch.
    """

    premise: str = "premise"
    hypothesis: str = "hypothesis"
    word_min_count: int = Field(2, ge=1)
    validation: int = Field(10_000, ge=1)

    @property
    def tables(self) -> tuple[str, ...]:
        """The layer of the words, whose rows the vocabulary decides."""
        return (self.premise,)
