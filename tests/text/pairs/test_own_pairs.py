"""Labelled pairs beside SNLI: MultiNLI and SICK as published, and files of any classes."""

import csv
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from neuroep.errors import InputError
from neuroep.text.pairs import LABELS, Pair, PairSource, open_pairs, pair_baselines

ALL = tuple(LABELS)


def read_all(source: PairSource) -> list[Pair]:
    return [pair for part in source.splits for pair in source.stream(part)]


def nli_lines(part: str, count: int) -> str:
    rows = [
        {"gold_label": ("-", *ALL)[n % 4], "sentence1": f"{part} {n}", "sentence2": f"h {n}"}
        for n in range(4 * count)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows) + "\n"


@pytest.mark.parametrize("form", ["zip", "folder"])
def test_multinli_as_published(tmp_path: Path, form: str) -> None:
    files = {
        f"multinli_1.0/multinli_1.0_{part}.jsonl": nli_lines(part, count)
        for part, count in (("train", 5), ("dev_matched", 3), ("dev_mismatched", 2))
    }
    path = tmp_path / "multinli_1.0.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
            archive.writestr(f"__MACOSX/{name}", b"\0")
        archive.writestr("multinli_1.0/paper.pdf", b"%PDF")
        if form == "folder":
            archive.extractall(path := tmp_path / "unpacked")
    source = open_pairs(path)
    assert source.name == "MultiNLI 1.0"
    assert source.labels == ALL
    assert "dev_mismatched the test split" in source.note
    assert [len(list(source.stream(part))) for part in source.splits] == [15, 9, 6]
    assert source.skipped == {"train": 5, "validation": 3, "test": 2}
    assert next(source.stream("test")).premise == "dev_mismatched 1"


def sick(path: Path, columns: tuple[str, ...], parts: list[str]) -> Path:
    """Write lines with the columns of SICK; its quotation marks are letters."""
    with path.open("w", newline="") as file:
        file.write("\t".join(columns) + "\n")
        for n, part in enumerate(parts):
            cells = {
                "pair_ID": str(n),
                "sentence_A": f'A "man {n}',
                "sentence_B": f"A person {n}",
                "entailment_label": ALL[n % 3].upper(),
                "entailment_judgment": ALL[n % 3].upper(),
                "relatedness_score": "3.5",
                "sentence_A_original": f"An original {n}",
                "SemEval_set": part,
            }
            file.write("\t".join(cells[column] for column in columns) + "\n")
    return path


def test_sick_as_published(tmp_path: Path) -> None:
    columns = (
        *("pair_ID", "sentence_A", "sentence_B", "entailment_label", "relatedness_score"),
        *("sentence_A_original", "SemEval_set"),
    )
    path = sick(tmp_path / "SICK.txt", columns, ["TRAIN"] * 6 + ["TRIAL"] * 3 + ["TEST"] * 3)
    with zipfile.ZipFile(tmp_path / "SICK.zip", "w") as archive:
        archive.write(path, "SICK.txt")
        archive.writestr("readme.txt", "SICK data set")
    for source in (open_pairs(path), open_pairs(tmp_path / "SICK.zip")):
        assert source.labels == ALL
        assert source.note == ""
        assert [len(list(source.stream(part))) for part in source.splits] == [6, 3, 3]
        assert next(source.stream("train")) == Pair(0, 'A "man 0', "A person 0")


def test_sick_as_its_three_files(tmp_path: Path) -> None:
    columns = ("pair_ID", "sentence_A", "sentence_B", "relatedness_score", "entailment_judgment")
    for name, count in (("train", 9), ("trial", 3), ("test_annotated", 6)):
        sick(tmp_path / f"SICK_{name}.txt", columns, [""] * count)
    source = open_pairs(tmp_path)
    assert source.labels == ALL
    assert [len(list(source.stream(part))) for part in source.splits] == [9, 3, 6]


def own(path: Path, names: tuple[str, str, str], count: int = 40) -> Path:
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for n in range(count):
            same = n % 2
            writer.writerow([f"what is {n}?", f"is it {n if same else n + 7}?", same])
    return path


@pytest.mark.parametrize("names", [("question1", "question2", "is_duplicate"), ("p", "h", "c")])
def test_pairs_of_two_classes(tmp_path: Path, names: tuple[str, str, str]) -> None:
    path = own(tmp_path / "a.csv", names)
    options: dict[str, Any] = {}
    if names[0] == "p":
        with pytest.raises(InputError, match=r"which columns are the two sentences\? .* p, h, c;"):
            open_pairs(path)
        options = {"premise": "p", "hypothesis": "h", "label": "c"}
    source = open_pairs(path, **options)
    assert source.labels == ("0", "1")
    assert source.splits == ("train", "test")
    assert source.note == "no test split in a.csv: 20 % held out by seed 0"
    assert len(read_all(source)) == 40
    assert [pair.label for pair in source.stream("train", 3)].count(0) == 2
    found = pair_baselines(source)
    assert found["premise, hypothesis and overlap"].test_accuracy > 0.5


def test_labels_of_no_consensus_are_passed_by_in_any_file(tmp_path: Path) -> None:
    rows = [{"premise": f"p{n}", "hypothesis": f"h{n}", "label": (n % 4) - 1} for n in range(40)]
    path = tmp_path / "snli.json"
    path.write_text(json.dumps(rows))
    source = open_pairs(path)
    assert source.labels == ("0", "1", "2")
    assert len(read_all(source)) == 30
    assert source.skipped["train"] == 10
    # Where -1 is a class of its own, a whole class is gone, and nothing else would tell.
    assert "10 records without a label (empty, -, -1) are passed by" in source.note


def test_files_by_option_and_those_that_take_none(tmp_path: Path) -> None:
    names = ("sentence1", "sentence2", "label")
    train, test = own(tmp_path / "a.csv", names), own(tmp_path / "b.csv", names, 6)
    source = open_pairs(train, test=test)
    assert source.note == ""
    assert [len(list(source.stream(part))) for part in source.splits] == [40, 6]
    with pytest.raises(InputError, match=r"--test: .* the built-in pairs"):
        open_pairs(None, test=test)
    with zipfile.ZipFile(tmp_path / "c.zip", "w") as archive:
        archive.write(test, "inside.csv")
    for packed in (tmp_path / "c.zip", tmp_path / "c.zip" / "inside.csv"):
        assert len(list(open_pairs(train, test=packed).stream("test"))) == 6
    with pytest.raises(InputError, match=r"none\.csv: no such file or folder \(--validation\)"):
        open_pairs(train, validation=tmp_path / "none.csv")
