"""How pairs of sentences become two sequences of stored patterns: a design's ``[pairs]``."""

from pydantic import Field

from neuroep.experiment.sections import Section


class PairSection(Section):
    """How pairs of sentences become sequences of stored patterns.

    The table of patterns belongs to ``premise``; the hypothesis layer names it by ``table``.
    """

    premise: str = "premise"
    hypothesis: str = "hypothesis"
    words: int = Field(20_000, ge=1)
    word_min_count: int = Field(2, ge=1)
    ngrams: int = Field(1, ge=1, le=3)
    ngram_rows: int = Field(20_000, ge=0)
    ngram_min_count: int = Field(4, ge=1)
    rare_rows: int = Field(500, ge=1)
    window: int = Field(5, ge=1)
    vector_scale: float = Field(1.0, gt=0)
    word_dropout: float = Field(0.0, ge=0, lt=1)
