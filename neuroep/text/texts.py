"""Open labelled texts of any number of classes, wherever they stand."""

from functools import partial
from pathlib import Path

from neuroep.errors import InputError
from neuroep.tables.archives import is_tar, is_zip
from neuroep.tables.columns import find_column, listed, only_label, only_text
from neuroep.tables.names import ID_NAMES, LABEL_NAMES, TEXT_NAMES
from neuroep.tables.records import Records
from neuroep.tables.split import own_files
from neuroep.text.class_folders import FolderTexts, is_class_folder
from neuroep.text.labelled import Labelled, refuse_own
from neuroep.text.reviews.source import Review, TextSource, take_balanced


def open_texts(
    path: str | Path | None,
    *,
    text: str | None = None,
    label: str | None = None,
    validation: str | Path | None = None,
    test: str | Path | None = None,
    share: float = 0.2,
    seed: int = 0,
) -> TextSource:
    """Open labelled texts with a train and a test split.

    Parameters
    ----------
    path : path or None
        ``.csv``, ``.tsv``, ``.jsonl``, ``.json`` or ``.parquet`` with a column of texts and one of
        labels (see :class:`~neuroep.tables.records.Records`); a folder or a ``.zip`` with one
        such file, or with one a split (``train.csv``, ``dev.csv``, ``test.csv``); a folder with a
        folder of ``.txt`` a class, or with such folders in ``train/`` and ``test/``; the IMDB
        archive (any tar or ``.zip``, read without unpacking) or the folder it was unpacked to.
        None: the built-in reviews.
    text, label : str, optional
        The columns; without them those that are called so or are the only ones to fit.
    validation, test : path, optional
        Files (or folders of classes) of these splits.
    share, seed : float, int
        Where there is no test split, this share of the texts of each class is held out by the
        seed, and the source's ``note`` says so.

    Raises
    ------
    InputError
        The path does not exist, no column fits or, now or while streaming, something in it is not
        as it should be.
    """
    own = own_files(validation, test)
    if path is None:
        from neuroep.text.reviews.generator import GeneratedReviews

        refuse_own(own, "the built-in reviews")
        return GeneratedReviews()
    from neuroep.text.reviews.imdb import ArchiveReviews, holds_reviews

    path = Path(path)
    if path.is_dir() and is_class_folder(path):
        return FolderTexts(path, own, share, seed)
    if path.is_file() and (is_zip(path) or is_tar(path)) and holds_reviews(path):
        refuse_own(own, str(path))
        return ArchiveReviews(path)
    find = partial(_find_text, text, label)
    return Labelled(path, own, find, label, Review, take_balanced, share, seed)


def _find_text(
    text: str | None, label: str | None, records: Records, known: tuple[str, ...]
) -> tuple[str, ...]:
    asked = known[0] if known and known[0] in records.columns else text
    found = find_text(records, asked, label)
    if not found:
        raise InputError(
            f"{records.where}: which column is the text? {listed(records)}; "
            "name it by --text-column"
        )
    return (found,)


def find_text(records: Records, text: str | None, label: str | None) -> str:
    """The column of the texts: as asked, by name, or the only one of texts; "" for none.

    An InputError where the name of that column might as well be the first text.
    """
    found = find_column(records, text, TEXT_NAMES, "--text-column")
    if found:
        return found
    named = [find_column(records, None, names, "") for names in (LABEL_NAMES, ID_NAMES)]
    found = only_text(records, {label or only_label(records, ()), *named})
    if found and records.guessed and not label and not any(named):
        raise InputError(
            f"{records.where}: line 1: is {found[:40]!r} the name of a column or a text? name it "
            "by --text-column, or give texts a line each in a .txt"
        )
    return found
