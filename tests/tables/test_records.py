"""One reader of records: formats, headers, rows that do not fit, hostile bytes."""

import csv
import gzip
import io
import json
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroep.errors import InputError
from neuroep.tables.files import DataFile, list_files
from neuroep.tables.records import SAMPLE, Records

BREAKS = str.maketrans({"C": None, "R": "\r", "L": None, "F": "\n"})
ROWS = [{"text": "a fine, fine film", "label": "good"}, {"text": 'not "so" fine', "label": "bad"}]


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def as_csv(delimiter: str, quoting: int = csv.QUOTE_MINIMAL) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, ["text", "label"], delimiter=delimiter, quoting=quoting)
    writer.writeheader()
    writer.writerows(ROWS)
    return text.getvalue()


FILES = {
    "a.csv": as_csv(","),
    "semicolons.csv": as_csv(";"),
    "tabs.csv": as_csv("\t"),
    "a.tsv": as_csv("\t"),
    "quoted.tsv": as_csv("\t", csv.QUOTE_ALL),
    "a.txt": as_csv("\t"),
    "a.jsonl": "\n".join(map(json.dumps, ROWS)),
    "lines.json": "\n".join(map(json.dumps, ROWS)),
    "list.json": json.dumps(ROWS, indent=1),
}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(
    "form", ["plain", "BOM", "gz", "zip", "blank lines", "CR", "CRLF", "UTF-16", "UTF-32"]
)
def test_every_form_reads_the_same(tmp_path: Path, name: str, form: str) -> None:
    data = FILES[name].encode()
    if form == "BOM":
        data = b"\xef\xbb\xbf" + data
    elif form == "blank lines" and name != "list.json":
        data = data.replace(b"\n", b"\n\n") + b"\n \r\n"
    elif form.startswith("CR"):
        data = data.replace(b"\r\n", b"\n").replace(b"\n", form.translate(BREAKS).encode())
    elif form.startswith("UTF"):
        data = FILES[name].encode(form)
    path = tmp_path / name
    file = DataFile(path)
    if form == "gz":
        file = DataFile(write(tmp_path / f"{name}.gz", gzip.compress(data)))
    elif form == "zip":
        with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
            archive.writestr(f"folder/{name}", data)
        (file,) = list_files(tmp_path / "a.zip")
    else:
        write(path, data)
    records = Records(file)
    assert records.columns == ("text", "label")
    assert [record.values for record in records] == ROWS
    assert list(records) == list(records)


def test_a_zip_that_holds_one_file_alone_is_that_file(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("folder/a.csv", FILES["a.csv"])
        archive.writestr("__MACOSX/._a.csv", b"\0")
    assert [record.values for record in Records(path)] == ROWS
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("b.csv", FILES["a.csv"])
    with pytest.raises(InputError, match=r"one file is read, and in it there is b\.csv, folder"):
        Records(path)


@pytest.mark.parametrize("name", ["a.txt", "a"])
@pytest.mark.parametrize(
    ("data", "read"),
    [
        ("a fine film\n\n so, so\t \n", [(1, "a fine film", None), (3, "so, so", None)]),
        ("text\tlabel\nfine\tgood\n", [(2, "fine", "good")]),
        ('{"text": "fine", "label": 1}\n', [(1, "fine", 1)]),
        ('[\n{"text": "fine", "label": 1}]', [(1, "fine", 1)]),
        ("__label__good fine film\n__label__1 so\n", [(1, "fine film", "good"), (2, "so", "1")]),
        ("[so] {fine}\n{so}\n", [(1, "[so] {fine}", None), (2, "{so}", None)]),
    ],
)
def test_what_is_in_a_txt_is_told_by_its_content(
    tmp_path: Path, name: str, data: str, read: list[tuple[int, str, object]]
) -> None:
    records = Records(write(tmp_path / name, data))
    found = [(r.number, r.values["text"], r.values.get("label")) for r in records]
    assert found == read
    assert records.texts == (read[0][2] is None)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.json", '{"version": 1,\n "data": [{"text": "x"}], "tags": ["a"]}'),
        ("a.json", '{"data": [{"text": "x"}\n], "tags": {}}'),
        ("a.json", '{"data": [{"text": "x"}], "tags": {}\n}'),
        ("a.json", '\n{"data": [{"text": "x"}]}\n\n'),
        ("a.jsonl", '[{"text": "x"}]'),
        ("a.csv", "sep=;\ntext\nx\n"),
        ("a.csv", "SEP=|\r\n\r\ntext\r\nx\r\n"),
    ],
)
def test_wrappings_that_programs_write(tmp_path: Path, name: str, data: str) -> None:
    assert [r.values for r in Records(write(tmp_path / name, data))] == [{"text": "x"}]


def test_bars_separate_and_quoted_separators_do_not_count(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", '"a, b, c"|label\nx, y|1\n')
    assert [r.values for r in Records(path)] == [{"a, b, c": "x, y", "label": "1"}]


@pytest.mark.parametrize(
    ("data", "guessed"),
    [
        ("some film\na wonderful film\n", True),  # a name, or the first text
        ("title,review\nx,a b\ny,c d\n", True),
        ("name,rating\nx,5\ny,4\n", False),  # numbers below
        ("name,kind\na,x\nb,x\nc,y\nd,y\n", False),  # few values below
        (",some\na,x\n", False),  # as pandas names an index
        ("a wonderful film by her\nso\n", False),  # no header
    ],
)
def test_a_header_that_might_be_data_is_a_guess(tmp_path: Path, data: str, guessed: bool) -> None:
    assert Records(write(tmp_path / "a.csv", data)).guessed == guessed


def test_records_know_the_line_they_start_in(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", 'text,label\n"two\nlines",1\n\n\nx,2\n')
    assert [record.number for record in Records(path)] == [2, 6]
    path = write(tmp_path / "a.jsonl", '{"a": 1}\n\n{"a": 2}\n')
    assert [record.number for record in Records(path)] == [1, 3]


@pytest.mark.parametrize(
    ("data", "columns"),
    [
        ("text,label\na,b\n", ("text", "label")),
        ("a lovely warm film,1\ndull,0\n", ("1", "2")),  # a number
        ("good film,yes\nbad film,no\nso,yes\n", ("1", "2")),  # "yes" comes again
        ("this has no header at all\nreally\n", ("1",)),  # a sentence
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", ("1", "2", "3")),
        ("0,1,2,3,target\n0,5,6,7,1\n", ("0", "1", "2", "3", "target")),  # as pandas writes it
        (",0,1,2,3,y\n0,0,5,6,7,1\n", ("", "0", "1", "2", "3", "y")),
        ("0,0,5,13,0\n0,0,0,12,1\n", ("1", "2", "3", "4", "5")),
        ("width,y\n1,y\n2,n\n3,y\n", ("width", "y")),  # a column called as one of its classes
        ("message,spam\nso,spam\nno,ham\nyes,spam\n", ("message", "spam")),
        ("NA,a\n1,a\n2,b\n", ("1", "2")),  # a missing number
        ("what is it,question\nso,no\nwho,question\n", ("1", "2")),  # a class called as a column
        ("v1,v2,,,\nham,so,,,\nspam,no,,,\n", ("v1", "v2")),  # blank columns of a spreadsheet
        ("v1,v2,\nham,so,\nspam,no\n", ("v1", "v2")),
    ],
)
def test_a_header_is_told_from_data(tmp_path: Path, data: str, columns: tuple[str, ...]) -> None:
    records = Records(write(tmp_path / "a.csv", data))
    assert records.columns == columns
    assert len(list(records)) == len(data.splitlines()) - (columns[0] != "1")


def test_single_quotation_marks_of_a_tsv_are_letters(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", 'sentence\tlabel\n"Hello\t1\n"a" and "b"\t0\n5" wide\t1\n')
    texts = [record.values["sentence"] for record in Records(path)]
    assert texts == ['"Hello', '"a" and "b"', '5" wide']


def workbook() -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return data.getvalue()


BAD: dict[str, tuple[str, str | bytes, str]] = {
    "more cells": ("a.csv", "a,b\n1,2\n1,2,3\n", "line 3: b: the row has 3 cells for 2 columns"),
    "fewer cells": ("a.csv", "a,b,c\nx,2\n", "line 2: c: the row has 2 cells for 3 columns"),
    "commas": ("a.csv", "text\nso, so\n", "line 2: text: the row has 2 cells for 1 column; a cell"),
    "two files": ("a.csv", "text,a\nx,y\ntext,a\nz,y\n", "line 3: text: the names of the columns"),
    "two marks": ("a.csv", "\ufefftext,a\nx,y\n\ufefftext,a\n", "line 3: text: the names of the c"),
    "behind blanks": (
        "a.csv",
        "a,b,,\nx,y,,\nx,y, so,\n",
        "line 3: b: the row has 4 cells for 2 c",
    ),
    "same names": ("a.csv", "a,a\nx,y\n", "line 1: two columns are called 'a'"),
    "open quote": ("a.csv", 'a,b\nx,"y\nz,w\n', "line 2: broken CSV"),
    "after a quote": ("a.csv", 'a,b\n"x"y,z\n', "line 2: broken CSV"),
    "huge cell": ("a.csv", "a\n" + "x" * 140_000 + "\n", "line 2: broken CSV"),
    "huge line": ("a.tsv", "a\n" + "x" * (1 << 20) + "y", "line 2: too long"),
    "NUL": ("a.csv", "a,b\nx,\0\n", "line 2: not text"),
    "latin-1": ("a.csv", "a,b\nx,é\n".encode("latin-1"), "line 2: not UTF-8 text (character 3)"),
    "half UTF-16": ("a.csv", "a,b\nx,y\n".encode("utf-16")[:-1], "line 2: not UTF-16 text"),
    "UTF-16 without mark": ("a.csv", "a,b\nx,y\n".encode("utf-16-le"), "line 1: not text (it hol"),
    "empty": ("a.csv", "", "no record in it"),
    "header alone": ("a.csv", "a,b\n", "no record in it"),
    "empty list": ("a.json", "[]", "no record in it"),
    "no list": ("a.json", "[1, {}]", "entry 1: not a JSON object"),
    "half a list": ("a.json", '[{"a": 1},', "not JSON"),
    "deep": ("a.json", "[" * 100_000, "not JSON"),
    "no object": ("a.jsonl", '{"a": 1}\n3\n', "line 2: not a JSON object"),
    "no JSON": ("a.jsonl", '{"a": 1}\n{"a"\n', "line 2: not JSON"),
    "digits": ("a.jsonl", '{"a": ' + "9" * 5000 + "}", "line 1: not JSON"),
    "twice": ("a.jsonl", '{"a": 1, "a": 2}\n', "line 1: not JSON: 'a' twice in one object"),
    "not a number": ("a.jsonl", '{"a": NaN}\n', "line 1: not JSON: NaN is no number"),
    "half a character": ("a.jsonl", '{"\\ud800": 1}\n', "column: \ud800: the name is not UTF-8"),
    "two lists": ("a.json", '{"a": [{}],\n"b": [{}]}', "nor an object with one such list"),
    "cut document": (
        "a.json",
        '{"a": [{"b": 1}\n, {"b": 2}',
        "not JSON: Expecting ',' delimiter: line 2",
    ),
    "lines, then none": ("a.json", '{"a": 1}\n{"a"\n', "line 2: not JSON"),
    "twice in a line": ("a.json", '{"a": 1, "a": 2}\n', "line 1: not JSON: 'a' twice"),
    "lists a line": ("a.json", '{"a": [{"b": 1}]}\n3\n', "line 2: not a JSON object"),
    "nothing": ("a.json", "\n", "no record in it"),
    "many objects": ("a.json", "[" + "{}," * (1 << 22) + "{}]", "too large for one list"),
    "two labels": ("a.txt", "__label__a __label__b x\n", "line 1: not one __label__ and a text"),
    "a label later": (
        "a.txt",
        "so\n__label__a x\n",
        "line 2: a __label__, which has to be the first",
    ),
    "a label at the end": ("a.txt", "so __label__a\n", "line 1: a __label__, which has to be the"),
    "a label inside": ("a.txt", "__label__a so __label__b x\n", "line 1: not one __label__ and a"),
    "workbook": ("a.xlsx", workbook(), "an Excel workbook; save the sheet as .csv"),
    "ending": ("a.doc", "a,b\n", "ends in none of .csv"),
    "gzip": ("a.csv.gz", gzip.compress(b"a,b\nx,y\n" * 99)[:-9], "a.csv.gz"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_does_not_fit_is_named_in_one_line(tmp_path: Path, case: str) -> None:
    name, data, message = BAD[case]
    path = write(tmp_path / name, data)
    with pytest.raises(InputError) as caught:
        _ = Records(path).columns, list(Records(path))
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_is_none(tmp_path: Path) -> None:
    for path, said in ((tmp_path / "none.csv", "no such file"), (tmp_path, "is a folder")):
        with pytest.raises(InputError, match=said):
            Records(path)


@given(st.binary(max_size=80), st.sampled_from([".csv", ".tsv", ".json", ".jsonl", ".csv.gz"]))
def test_any_bytes_are_records_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = write(tmp_path_factory.mktemp("records") / f"a{suffix}", data)
    try:
        records = Records(path)
        read = list(records)
    except InputError:
        return
    assert all(set(record.values) <= set(records.columns) for record in read[:SAMPLE])


CELLS = st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=12)


@given(st.lists(st.tuples(CELLS.filter(str.strip), CELLS), min_size=1, max_size=8))
def test_what_python_writes_as_csv_is_read_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([("some text", "some label"), *rows])
    read = [tuple(record.values.values()) for record in Records(path)]
    if "some text" not in dict(rows) and "some label" not in dict(rows).values():
        assert read == rows


def test_a_record_is_read_before_the_file_ends(tmp_path: Path) -> None:
    rows = "".join(f'{{"text": "t{n}"}}\n' for n in range(SAMPLE + 1))
    records = Records(write(tmp_path / "a.jsonl", rows + "{"))
    assert records.columns == ("text",)
    assert next(iter(records)).values == {"text": "t0"}
    with pytest.raises(InputError, match=f"line {SAMPLE + 2}: not JSON"):
        list(records)


def test_parquet(tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    path = tmp_path / "a.parquet"
    parquet.write_table(pa.Table.from_pylist(ROWS), path)
    assert [record.values for record in Records(path)] == ROWS
    whole = path.read_bytes()
    write(path, whole[: len(whole) // 2])
    with pytest.raises(InputError, match=r"a\.parquet: not a Parquet file"):
        list(Records(path))
    days = pa.array([2**30], pa.int32()).cast(pa.date32())  # three million years from now
    parquet.write_table(pa.table({"text": ["a"], "day": days}), path)
    with pytest.raises(InputError, match=r"a\.parquet: not a Parquet file, or damaged \(days="):
        list(Records(path))


def test_parquet_without_pyarrow_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: Any = None
    monkeypatch.setitem(sys.modules, "pyarrow", gone)
    path = write(tmp_path / "a.parquet", b"PAR1")
    with pytest.raises(InputError, match="needs pyarrow"):
        list(Records(path))
