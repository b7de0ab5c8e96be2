"""How reviews become sequences of stored patterns: a design's ``[text]``."""

from typing import Literal

from pydantic import Field, model_validator

from neuroep.tasks.section import TaskSection


class TextSection(TaskSection):
    """How reviews become sequences of stored patterns.

    ``unknown``: words without a row of their own share ``rare_rows`` rows by their ending, or are
    dropped, with the words that a file of vectors lacks. ``padding``: what a sequence lacks to the
    layer's ``tokens`` is masked, or filled with zeros that are attended to as any other token.
    ``distinct``: whether a row that occurs again in a review is stored once. ``start``: vectors
    from what occurs together, or from how much more often a row occurs with one label than with
    the other.
    """

    layer: str = ""
    words: int = Field(20_000, ge=1)
    word_min_count: int = Field(3, ge=1)
    ngrams: int = Field(1, ge=1, le=3)
    ngram_rows: int = Field(20_000, ge=0)
    ngram_min_count: int = Field(4, ge=1)
    unknown: Literal["ending", "drop"] = "ending"
    rare_rows: int = Field(500, ge=1)
    padding: Literal["masked", "zeros"] = "masked"
    distinct: bool = False
    start: Literal["cooccurrence", "log_ratio"] = "cooccurrence"
    window: int = Field(5, ge=1)
    vector_scale: float = Field(1.0, gt=0)
    word_dropout: float = Field(0.0, ge=0, lt=1)
    validation: float = Field(0.1, gt=0, lt=1)

    @property
    def tables(self) -> tuple[str, ...]:
        """The layer of the words, whose rows the vocabulary decides."""
        return (self.layer,)

    @property
    def buckets(self) -> int:
        """Rows that words without one of their own share, 0 where they are dropped."""
        return self.rare_rows if self.unknown == "ending" else 0

    @model_validator(mode="after")
    def _zeros_have_a_row(self) -> "TextSection":
        if self.padding == "zeros" and self.unknown != "drop":
            raise ValueError('padding: "zeros" needs unknown = "drop", which brings a row of zeros')
        return self
