"""How pairs of sentences become two sequences of stored patterns: a design's ``[pairs]``."""

from typing import Literal

from pydantic import Field, model_validator

from neuroep.tasks.section import TaskSection


class PairSection(TaskSection):
    """How pairs of sentences become sequences of stored patterns.

    The table of patterns belongs to the layer ``premise``; the layer ``hypothesis`` names it by
    ``table``. Any other clamped layer with a table is a memory: all its rows are clamped for every
    pair, and what it stores is learned. ``unknown`` and ``padding`` are those of a design's
    ``[text]``. ``validation``: at most so many pairs of the validation split choose the epoch.
    """

    premise: str = "premise"
    hypothesis: str = "hypothesis"
    words: int = Field(20_000, ge=1)
    word_min_count: int = Field(2, ge=1)
    ngrams: int = Field(1, ge=1, le=3)
    ngram_rows: int = Field(20_000, ge=0)
    ngram_min_count: int = Field(4, ge=1)
    unknown: Literal["ending", "drop"] = "ending"
    rare_rows: int = Field(500, ge=1)
    padding: Literal["masked", "zeros"] = "masked"
    window: int = Field(5, ge=1)
    vector_scale: float = Field(1.0, gt=0)
    word_dropout: float = Field(0.0, ge=0, lt=1)
    validation: int = Field(10_000, ge=1)

    @property
    def tables(self) -> tuple[str, ...]:
        """The layer of the words, whose rows the vocabulary decides."""
        return (self.premise,)

    @property
    def buckets(self) -> int:
        """Rows that words without one of their own share, 0 where they are dropped."""
        return self.rare_rows if self.unknown == "ending" else 0

    @model_validator(mode="after")
    def _zeros_have_a_row(self) -> "PairSection":
        if self.padding == "zeros" and self.unknown != "drop":
            raise ValueError('padding: "zeros" needs unknown = "drop", which brings a row of zeros')
        return self
