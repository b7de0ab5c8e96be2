"""Labelled texts of any number of classes: columns, labels, splits, whatever they come as."""

import json
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import question_set

from neuroep.errors import InputError
from neuroep.text.corpus import encode_corpus
from neuroep.text.reviews.baselines import text_baseline
from neuroep.text.reviews.source import Review, TextSource
from neuroep.text.texts import open_texts
from neuroep.text.vectors import log_ratio_vectors
from neuroep.text.vocabulary import Vocabulary


def read_all(source: TextSource) -> list[Review]:
    return [review for part in source.splits for review in source.stream(part)]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


@pytest.mark.parametrize("name", ["q.csv", "q.tsv", "q.jsonl", "q"])
def test_six_classes_in_every_form(tmp_path: Path, name: str) -> None:
    written = question_set.write_questions(tmp_path / name, 120)
    source = open_texts(tmp_path / name)
    assert source.name == name
    assert source.labels == question_set.LABELS
    assert source.splits == ("train", "test")
    assert source.note == f"no test split in {name}: 20 % held out by seed 0"
    key = {(review.label, review.text) for review in written}
    assert {(review.label, review.text) for review in read_all(source)} == key
    assert len(read_all(source)) == len(written)
    assert Counter(review.label for review in source.stream("test")) == dict.fromkeys(range(6), 4)
    assert list(source.stream("train")) == list(source.stream("train"))


def test_share_and_seed_choose_the_test_texts(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    question_set.write_questions(path, 120)
    tested = [list(open_texts(path, seed=seed).stream("test")) for seed in (0, 0, 1)]
    assert tested[0] == tested[1] != tested[2]
    half = open_texts(path, share=0.5)
    assert len(list(half.stream("test"))) == 60
    assert "50 %" in half.note
    order = [review.text for review in question_set.questions(120)]
    held = [order.index(review.text) for review in half.stream("test")]
    assert held == sorted(held) or len(set(order)) < len(order)


def test_limit_takes_as_many_of_each_label(tmp_path: Path) -> None:
    question_set.write_questions(tmp_path / "q.csv", 120)
    source = open_texts(tmp_path / "q.csv")
    counts = Counter(review.label for review in source.stream("train", 14))
    assert [counts[label] for label in range(6)] == [2, 2, 2, 2, 3, 3]
    assert list(source.stream("train", 0)) == []


def test_files_of_the_splits_in_a_folder_a_zip_or_by_option(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    counts = {"train": 60, "dev": 12, "test": 18}
    for seed, (part, count) in enumerate(counts.items()):
        question_set.write_questions(folder / f"{part}.csv", count, seed)
    with zipfile.ZipFile(tmp_path / "set.zip", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"set/{file.name}")
        archive.writestr("__MACOSX/set/._train.csv", b"\0")
        archive.writestr("set/README.txt", "about")
    by_option = open_texts(
        folder / "train.csv", validation=folder / "dev.csv", test=folder / "test.csv"
    )
    for source in (open_texts(folder), open_texts(tmp_path / "set.zip"), by_option):
        assert source.note == ""
        assert source.splits == ("train", "validation", "test")
        assert [len(list(source.stream(part))) for part in source.splits] == [60, 12, 18]
        assert read_all(source) == read_all(by_option)


def test_a_test_file_without_labels_is_passed_by_with_a_note(tmp_path: Path) -> None:
    question_set.write_questions(tmp_path / "train.csv", 60)
    (tmp_path / "test.csv").write_text("question\nWhat is this?\nWhat is that?\n")
    source = open_texts(tmp_path)
    assert source.note.startswith("test.csv has no labels and is passed by; no test split in")
    with pytest.raises(InputError, match=r"test\.csv: which column is the label\?"):
        open_texts(tmp_path / "train.csv", test=tmp_path / "test.csv")


def test_a_column_may_say_the_split(tmp_path: Path) -> None:
    parts = ["train", "train", "dev", "test"] * 3
    rows = [
        {"text": f"t{n}", "label": n % 2 * "x" or "y", "split": part}
        for n, part in enumerate(parts)
    ]
    source = open_texts(write_lines(tmp_path / "a.jsonl", rows))
    assert source.splits == ("train", "validation", "test")
    assert [review.text for review in source.stream("validation")] == ["t2", "t6", "t10"]
    assert source.note == ""


def test_splits_are_not_mixed_where_a_record_is_of_none(tmp_path: Path) -> None:
    parts = ["train", "test", "unsup"] * 4
    rows = [{"text": f"t{n}", "label": n % 2, "split": part} for n, part in enumerate(parts)]
    path = write_lines(tmp_path / "a.jsonl", rows)
    with pytest.raises(InputError, match=r"a\.jsonl: line 3: split: 'unsup' is none of train, val"):
        open_texts(path)


def test_a_column_is_found_however_its_accents_stand(tmp_path: Path) -> None:
    rows = [{"texte": f"t{n} x", "e\u0301tat": n % 2, "autre": n % 2} for n in range(12)]
    path = write_lines(tmp_path / "a.jsonl", rows)
    assert open_texts(path, label="\u00e9tat").labels == ("0", "1")


def test_a_file_of_a_split_goes_before_a_column(tmp_path: Path) -> None:
    parts = ["train"] * 8 + ["test"] * 4
    rows = [f"t{n},{'xy'[n % 2]},{part}" for n, part in enumerate(parts)]
    (tmp_path / "a.csv").write_text("\n".join(["text,label,split", *rows]))
    (tmp_path / "b.csv").write_text("text,label\nu,x\nv,y\n")
    source = open_texts(tmp_path / "a.csv", test=tmp_path / "b.csv")
    assert [review.text for review in source.stream("test")] == ["u", "v"]
    assert len(list(source.stream("train"))) == 8
    assert source.skipped["test"] == 0  # type: ignore[attr-defined]


def test_folders_with_splits_of_their_own(tmp_path: Path) -> None:
    for part, count in (("train", 30), ("val", 6), ("test", 12)):
        question_set.write_questions(tmp_path / part, count)
    (tmp_path / "train" / "human" / "Thumbs.db").write_bytes(b"\0")
    source = open_texts(tmp_path)
    assert source.labels == question_set.LABELS
    assert [len(list(source.stream(part))) for part in source.splits] == [30, 6, 12]
    assert source.note == ""
    (tmp_path / "test" / "animal").mkdir()
    (tmp_path / "test" / "animal" / "1.txt").write_text("a cat")
    with pytest.raises(InputError, match="no training texts of test/animal"):
        open_texts(tmp_path)


@pytest.mark.parametrize(
    ("columns", "options"),
    [
        (("text", "label"), {}),
        (("Review", "Sentiment"), {}),
        (("some words", "mood"), {}),  # one column of texts, one of few values
        (("a", "b"), {"text": "a", "label": "b"}),
    ],
)
def test_columns_by_name_by_kind_and_by_option(
    tmp_path: Path, columns: tuple[str, str], options: dict[str, str]
) -> None:
    rows = [
        {"id": n, columns[0]: f"text number {n}", columns[1]: ("neg", "pos")[n % 2]}
        for n in range(20)
    ]
    source = open_texts(write_lines(tmp_path / "a.jsonl", rows), **options)
    assert source.labels == ("negative", "positive")
    texts = {review.text: review.label for review in read_all(source)}
    assert texts == {f"text number {n}": n % 2 for n in range(20)}


def test_a_file_without_a_header(tmp_path: Path) -> None:
    rows = [f"text number {n}\t{n % 3}" for n in range(20)]
    (tmp_path / "a.tsv").write_text("\n".join(rows))
    source = open_texts(tmp_path / "a.tsv")
    assert source.labels == ("0", "1", "2")
    assert len(read_all(source)) == 20


def test_float_labels_are_whole_and_missing_ones_passed_by(tmp_path: Path) -> None:
    lines = [f"t{n},{n % 2}.0" for n in range(20)] + ["no label,"]
    (tmp_path / "a.csv").write_text("text,label\n" + "\n".join(lines) + "\n\n")
    source: Any = open_texts(tmp_path / "a.csv")
    assert source.labels == ("0", "1")
    assert len(read_all(source)) == 20
    assert source.skipped["train"] == 1
    assert source.note.startswith("1 records without a label are passed by; no test split")


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "two texts": ("a,b,label\nx y,z w,1\nu v,p q,2\n", {}, "which column is the text? its columns"),
    "no label": ("text,when\na,x\nb,y\nc,z\n", {}, "which column is the label? its columns are"),
    "no column": ("text,label\na,x\nb,y\n", {"label": "mood"}, "no column 'mood' (--label-column)"),
    "no text column": ("text,label\na,x\nb,y\n", {"text": "t"}, "no column 't' (--text-column)"),
    "empty text": ("text,label\na,x\n ,y\n", {}, "line 3: text is empty"),
    "one class": ("text,label\na,x\nb,x\n", {}, "label: only 'x': two classes at least"),
    "too few": ("text,label\na,x\nb,y\n", {}, "no labelled record to test on"),
    "long label": ("text,label\na," + "y" * 500 + "\n", {}, "too long for the name of a class"),
    "ids": (
        "text,label\n" + "".join(f"t,{n}\n" for n in range(1100)),
        {},
        "label: more than 1000 different values are no classes",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_one_line(tmp_path: Path, case: str) -> None:
    data, options, message = BAD[case]
    path = tmp_path / "a.csv"
    path.write_text(data)
    with pytest.raises(InputError) as caught:
        open_texts(path, **options)
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_label_that_only_the_test_file_has(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("text,label\na,x\nb,y\n")
    (tmp_path / "test.csv").write_text("text,label\na,x\nb,z\n")
    with pytest.raises(InputError, match="label 'z' is on no training record"):
        open_texts(tmp_path)


def test_sources_with_their_own_splits_take_no_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"--test: a\.csv: cannot be beside the splits of"):
        open_texts(None, test="a.csv")
    assert open_texts(None).labels == ("negative", "positive")


def test_a_file_that_changes_under_the_reader(tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    question_set.write_questions(path, 60)
    source = open_texts(path)
    whole = path.read_text()
    for changed in (whole + "more,human\n", whole[: whole.rindex("\n", 0, -1) + 1]):
        path.write_text(changed)
        with pytest.raises(InputError, match="changed while it was being read"):
            read_all(source)


def test_texts_are_streamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "q.csv"
    question_set.write_questions(path, 600)
    source: Any = open_texts(path)
    read = []
    records = source._parts[0][0]
    every = records._read

    def counted() -> Iterator[Any]:
        for record in every():
            read.append(record.number)
            yield record

    monkeypatch.setattr(records, "_read", counted)
    next(source.stream("train"))
    assert len(read) < 10


def test_six_classes_through_corpus_baseline_and_log_ratios(tmp_path: Path) -> None:
    question_set.write_questions(tmp_path / "q.tsv", 240)
    source = open_texts(tmp_path / "q.tsv")
    vocabulary = Vocabulary.learn((r.text for r in source.stream("train")), min_count=2, buckets=5)
    corpus = encode_corpus(source.stream("train"), vocabulary)
    assert np.bincount(corpus.labels).tolist() == [32] * 6
    vectors = log_ratio_vectors(corpus, len(vocabulary), 8, classes=6)
    rows = {word: vectors[vocabulary.known.index(word)] for word in ("who", "where", "why")}
    assert rows["who"][:6].argmax() == question_set.LABELS.index("human")
    assert rows["where"][:6].argmax() == question_set.LABELS.index("location")
    assert rows["why"][:6].argmax() == question_set.LABELS.index("description")
    with pytest.raises(InputError, match="6 classes need 6 dimensions"):
        log_ratio_vectors(corpus, len(vocabulary), 5, classes=6)
    assert text_baseline("bag_of_words", source).test_accuracy > 0.95
