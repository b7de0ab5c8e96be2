"""How columns are usually called, and how missing cells are written."""

import re
import unicodedata

TEXT_NAMES = (
    "text",
    "review",
    "sentence",
    "content",
    "comment",
    "question",
    "tweet",
    "message",
    "document",
    "body",
    "utterance",
)
LABEL_NAMES = (
    "label",
    "labels",
    "gold_label",
    "sentiment",
    "class",
    "category",
    "target",
    "topic",
    "intent",
    "emotion",
    "entailment_label",
    "entailment_judgment",
    "is_duplicate",
    "species",
    "y",
)
ID_NAMES = (
    "id",
    "pairid",
    "pair_id",
    "guid",
    "uid",
    "uuid",
    "idx",
    "index",
    "text_id",
    "review_id",
)
"""How columns are called whose values name the records."""
UNNAMED = ("", "unnamed:_0")
"""How R and pandas call the column of their rows' names, once :func:`plain`."""

SPLIT_NAMES = ("split", "set", "subset", "partition", "semeval_set")

KNOWN = frozenset((*TEXT_NAMES, *LABEL_NAMES, *ID_NAMES, *SPLIT_NAMES))
MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


def plain(name: str) -> str:
    """Return a name as it is compared: letter case does not matter, nor blanks nor hyphens.

    Nor whether an accent stands apart from its letter (Unicode's NFC).
    """
    return re.sub(r"[\s\-]+", "_", unicodedata.normalize("NFC", name).strip().lower())
