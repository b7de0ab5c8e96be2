"""How reviews become sequences of stored patterns: a design's ``[text]``."""

from pydantic import Field

from neuroep.experiment.sections import Section


class TextSection(Section):
    """How reviews become sequences of stored patterns."""

    layer: str = "words"
    words: int = Field(20_000, ge=1)
    word_min_count: int = Field(3, ge=1)
    ngrams: int = Field(1, ge=1, le=3)
    ngram_rows: int = Field(20_000, ge=0)
    ngram_min_count: int = Field(4, ge=1)
    rare_rows: int = Field(500, ge=1)
    window: int = Field(5, ge=1)
    vector_scale: float = Field(1.0, gt=0)
    word_dropout: float = Field(0.0, ge=0, lt=1)
    validation: float = Field(0.1, gt=0, lt=1)
