"""Labelled sentence pairs: built-in, SNLI, MultiNLI, SICK, and files of the user's own."""

from functools import partial
from pathlib import Path

from neuroep.errors import InputError
from neuroep.tables.columns import find_column, listed
from neuroep.tables.files import list_files
from neuroep.tables.records import Records
from neuroep.tables.split import own_files
from neuroep.text.labelled import NO_CONSENSUS, Labelled, refuse_own
from neuroep.text.pairs.baselines import pair_baselines, pair_rows
from neuroep.text.pairs.corpus import PairCorpus, encode_pairs
from neuroep.text.pairs.source import LABELS, Pair, PairSource, take_balanced

__all__ = [
    "LABELS",
    "Pair",
    "PairCorpus",
    "PairSource",
    "encode_pairs",
    "find_sentences",
    "open_pairs",
    "pair_baselines",
    "pair_rows",
]

# How the columns of first and second sentences are called together.
_NAMES = (
    ("premise", "hypothesis"),
    ("sentence1", "sentence2"),
    ("sentence_A", "sentence_B"),
    ("text1", "text2"),
    ("text_a", "text_b"),
    ("question1", "question2"),
    ("question", "sentence"),
    ("query", "passage"),
    ("claim", "evidence"),
)


def open_pairs(
    path: str | Path | None,
    *,
    premise: str | None = None,
    hypothesis: str | None = None,
    label: str | None = None,
    validation: str | Path | None = None,
    test: str | Path | None = None,
    share: float = 0.2,
    seed: int = 0,
) -> PairSource:
    """Open labelled sentence pairs with a train and a test split.

    Parameters
    ----------
    path : path or None
        The official ``snli_1.0.zip`` or ``multinli_1.0.zip`` (read without unpacking) or a folder
        with their ``.jsonl`` or ``.jsonl.gz``; SNLI's dev is the validation split, MultiNLI's
        dev_matched the validation and dev_mismatched the test split, as the labels of its test
        sets are not published. ``SICK.zip`` or ``SICK.txt``, or a folder with its train, trial
        and test files. Any ``.csv``, ``.tsv``, ``.jsonl``, ``.json`` or ``.parquet`` with two
        columns of sentences and one of labels, or a folder or ``.zip`` with one a split. None: the
        built-in pairs.
    premise, hypothesis, label : str, optional
        The columns; without them those that are called so.
    validation, test : path, optional
        Files of these splits.
    share, seed : float, int
        Where there is no test split, this share of the pairs of each class is held out by the
        seed, and the source's ``note`` says so.

    Raises
    ------
    InputError
        The path does not exist, a split is missing, no column fits, or, now or while streaming,
        something in it is not as it should be.
    """
    own = own_files(validation, test)
    if path is None:
        from neuroep.text.pairs.generator import GeneratedPairs

        refuse_own(own, "the built-in pairs")
        return GeneratedPairs()
    from neuroep.text.pairs.files import OfficialPairs, is_official

    path = Path(path)
    files = list_files(path)
    if is_official(files) and (path.is_dir() or files[0].member):
        refuse_own(own, str(path))
        return OfficialPairs(path, files)
    find = partial(_find_sentences, premise, hypothesis)
    return Labelled(path, own, find, label, Pair, take_balanced, share, seed, NO_CONSENSUS)


def _find_sentences(
    premise: str | None, hypothesis: str | None, records: Records, known: tuple[str, ...]
) -> tuple[str, ...]:
    if known and set(known) <= set(records.columns):
        return known
    return find_sentences(records, premise, hypothesis)


def find_sentences(
    records: Records, premise: str | None = None, hypothesis: str | None = None
) -> tuple[str, str]:
    """The columns of the two sentences, as asked for or by the names they usually have."""
    for first, second in _NAMES:
        found = (
            find_column(records, premise, (first,), "--premise-column"),
            find_column(records, hypothesis, (second,), "--hypothesis-column"),
        )
        if all(found):
            return found
    raise InputError(
        f"{records.where}: which columns are the two sentences? {listed(records)}; name them by "
        "--premise-column and --hypothesis-column"
    )
