"""Labelled sentence pairs: the built-in ones, the SNLI archive, an unpacked folder."""

from pathlib import Path

from neuroep.errors import InputError
from neuroep.text.pairs.baselines import pair_baselines
from neuroep.text.pairs.corpus import PairCorpus, encode_pairs
from neuroep.text.pairs.source import LABELS, Pair, PairSource, PairSplit

__all__ = [
    "LABELS",
    "Pair",
    "PairCorpus",
    "PairSource",
    "PairSplit",
    "encode_pairs",
    "open_pairs",
    "pair_baselines",
]


def open_pairs(path: str | Path | None) -> PairSource:
    """Open labelled sentence pairs with a train, a validation and a test split.

    Parameters
    ----------
    path : path or None
        The official ``snli_1.0.zip`` (read without unpacking), a folder with
        ``snli_1.0_{train,dev,test}.jsonl`` or ``.jsonl.gz`` (with or without ``snli_1.0/`` on
        top; dev is the validation split), or None for the built-in generated pairs.

    Raises
    ------
    InputError
        The path does not exist or a split is missing, or, while streaming, something in it is
        not as it should be.
    """
    if path is None:
        from neuroep.text.pairs.generator import GeneratedPairs

        return GeneratedPairs()
    from neuroep.text.pairs.files import ArchivePairs, FolderPairs

    path = Path(path)
    if path.is_dir():
        return FolderPairs(path)
    if path.is_file():
        return ArchivePairs(path)
    raise InputError(f"{path}: no such file or folder")
