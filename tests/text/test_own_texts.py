"""Reading the user's own texts: lines, CSV, JSON lines, standard input."""

import gc
import io
import os
import sys
import tempfile
from pathlib import Path

import pytest

from neuroep.errors import InputError
from neuroep.text.own import Text, TextPair, read_pairs, read_texts


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "\ufeffA fine film.\n\n  Not so fine.  \r\n")
    assert list(read_texts(path)) == [
        Text("A fine film.", None, 1),
        Text("Not so fine.", None, 3),
    ]


def test_csv_with_quotes_line_breaks_and_labels(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", 'id,text,label\n1,"good, ""really""\nyes",pos\n2,bad,0\n3,x,\n'
    )
    assert list(read_texts(path)) == [
        Text('good, "really"\nyes', "pos", 2, "1"),
        Text("bad", "0", 4, "2"),
        Text("x", None, 5, "3"),
    ]


def test_jsonl(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "good", "label": 1}\n\n{"text": "b\\u00e4d"}\n')
    assert list(read_texts(path)) == [
        Text("good", "1", 1),
        Text("bäd", None, 3),
    ]


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Have this on standard input."""

    class Stdin:
        buffer = io.BytesIO(data)

    monkeypatch.setattr(sys, "stdin", Stdin())


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, "été\nsecond\n".encode())
    assert [text.text for text in read_texts("-")] == ["été", "second"]


RECORDS = [
    b'{"text": "dull", "label": "neg", "id": 7}\n{"text": "fine", "label": "pos", "id": 9}\n',
    b'[{"text": "dull", "label": "neg", "id": 7},\n {"text": "fine", "label": "pos", "id": 9}]',
    b"text,label,id\ndull,neg,7\nfine,pos,9\n",
    b"\ntext\tlabel\tid\r\ndull\tneg\t7\r\nfine\tpos\t9\r\n",
    "text,label,id\ndull,neg,7\nfine,pos,9\n".encode("utf-16"),
]


@pytest.mark.parametrize("data", RECORDS)
def test_records_on_standard_input(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, data: bytes
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    give(monkeypatch, data)
    found = list(read_texts("-"))
    assert [(one.text, one.label) for one in found] == [("dull", "neg"), ("fine", "pos")]
    assert [str(one.id) for one in found] == ["7", "9"]
    gc.collect()
    assert not list(tmp_path.iterdir())


def test_long_records_on_standard_input_are_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = "".join(f'{{"text": "a film {n}"}}\n' for n in range(20_000))
    give(monkeypatch, rows.encode())
    assert [one.text for one in read_texts("-")] == [f"a film {n}" for n in range(20_000)]


def test_a_column_of_standard_input_can_be_named(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b"phrase,kind\ndull,neg\nfine,pos\n")
    found = list(read_texts("-", text="phrase", label="kind"))
    assert [(one.text, one.label) for one in found] == [("dull", "neg"), ("fine", "pos")]


def test_pairs_on_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    give(monkeypatch, b"premise,hypothesis\nA man plays.,A man sleeps.\n")
    (found,) = read_pairs("-")
    assert (found.premise, found.hypothesis) == ("A man plays.", "A man sleeps.")


def test_texts_on_standard_input_are_read_as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    ours, theirs = os.pipe()

    class Stdin:
        buffer = os.fdopen(ours, "rb")

    monkeypatch.setattr(sys, "stdin", Stdin())
    with os.fdopen(theirs, "wb", buffering=0) as given:
        texts = read_texts("-")
        for text in ("a dull film", '{"text": "no record behind a text"}'):
            given.write(f"{text}\n".encode())
            assert next(texts).text == text
    assert not list(texts)


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b'{"text": "x"}\n{"text": 1}\n', "standard input: line 2: text is not a string"),
        (b'{"text": "x"}\n{"text', "standard input: line 2: "),
        (b"\n__label__1 x\n__label__\n", "standard input: line 3: not one __label__ and a text"),
        (b"text,label\nx,1,2\n", "standard input: line 2: label: the row has 3 cells"),
        (b"text,label\n", "standard input: no record in it"),
        (b"\n", "standard input: no text in it"),
        (b"x\n\xff\n", "standard input: line 2: not UTF-8"),
        (None, "standard input: is closed"),
    ],
)
def test_standard_input_that_holds_no_lines_of_text(
    monkeypatch: pytest.MonkeyPatch, data: bytes | None, message: str
) -> None:
    class Stdin:
        buffer = io.BytesIO(data or b"")

    monkeypatch.setattr(sys, "stdin", None if data is None else Stdin())
    with pytest.raises(InputError, match=message):
        list(read_texts("-"))


def test_a_column_that_only_may_be_a_name_is_one_if_it_is_asked_for(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "dull film\na wonderful film\n")
    assert [text.text for text in read_texts(path, text="dull film")] == ["a wonderful film"]
    path = write(tmp_path / "b.csv", "phrase,label\na wonderful film,good\nso,dull\n")
    assert [text.text for text in read_texts(path)] == ["a wonderful film", "so"]


@pytest.mark.parametrize("name", ["id", "pairID", "Index", "guid"])
def test_what_a_file_calls_its_records(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / "a.jsonl", f'{{"{name}": "q 7", "text": "x"}}\n{{"text": "y"}}\n')
    assert [text.id for text in read_texts(path)] == ["q 7", None]
    path = write(tmp_path / "b.jsonl", f'{{"{name}": 7, "premise": "x", "hypothesis": "y"}}\n')
    assert [pair.id for pair in read_pairs(path)] == [7]
    path = write(
        tmp_path / "c.jsonl", f'{{"{name}": 7.0, "text": "x"}}\n{{"{name}": [], "text": "y"}}'
    )
    assert [text.id for text in read_texts(path)] == [7, None]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", "", "no text in it"),
        ("a.txt", "\n \n", "no text in it"),
        ("a.txt", b"caf\xe9\n", "not UTF-8"),
        ("a.txt", "text,label\nso,1\n", "line 1: a header, but a text a line is read"),
        ("a.txt", "id\ttext\nso\n", "line 1: a header"),
        ("a.log", "so\n", "ends in none of .csv"),
        (
            "a.csv",
            "dull film\na wonderful film\n",
            "line 1: is 'dull film' the name of a column or",
        ),
        ("a.csv", "Text,text\nx,y\n", "which column, Text or text? name it by --text-column"),
        ("a.txt", "x" * (1 << 20) + "y", "line 1: too long"),
        ("a.csv", "a,b\none,good\ntwo,so\n", "no column text; its columns are a, b;"),
        ("a.csv", "", "no record in it"),
        ("a.csv", "id,text\n", "no record in it"),
        ("a.csv", "id,text\n1,good\n2\n", "line 3: text: the row has 1 cells for 2 columns"),
        ("a.csv", "id,text\n1,good, not\n", "line 2: text: the row has 3 cells for 2 columns"),
        ("a.csv", "text\nso, so\n", "line 2: text: the row has 2 cells for 1 column;"),
        ("a.csv", "id,text\n1, \n", "line 2: text is empty"),
        ("a.csv", 'text\n"good\n', "line 2: broken CSV"),
        ("a.csv", "text\n" + "x" * 200_000, "line 2: broken CSV (field larger"),
        ("a.csv", "text,text\na,b\n", "line 1: two columns are called 'text'"),
        ("a.csv", "text\na\0b\n", "line 2: not text"),
        ("a.tsv", "text\tlabel\nso\tso\tso\n", "line 2: label: the row has 3 cells"),
        ("a.jsonl", '{"text": "good"}\n{"text": \n', "line 2: not JSON"),
        ("a.jsonl", "[" * 100_000 + "\n", "not JSON: nested too deeply"),
        ("a.jsonl", '["good"]\n', "entry 1: not a JSON object"),
        ("a.jsonl", '{"a": "good", "b": "so"}\n', "no column text; its columns are a, b"),
        ("a.jsonl", '{"text": 3}\n', "line 1: text is not a string"),
        ("a.jsonl", '{"text": ""}\n', "line 1: text is empty"),
        ("a.jsonl", '{"text": "\\ud800"}\n', "line 1: text holds half of a character"),
        ("a.jsonl", '{"text": "x"}\n{"label": 1}\n', "line 2: text is missing"),
        ("a.jsonl", '{"text": "x", "label": [1]}\n', "line 1: label: a list is no label"),
        ("a.json", '[{"text": "x"}, 3]', "entry 2: not a JSON object"),
        ("a.json", '[{"text": "x"}', "not JSON"),
    ],
)
def test_bad_file_is_named_with_its_line_and_field(
    tmp_path: Path, name: str, data: str | bytes, message: str
) -> None:
    path = write(tmp_path / name, data)
    with pytest.raises(InputError) as caught:
        list(read_texts(path))
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        read_texts(tmp_path / "none.txt")
    with pytest.raises(InputError, match="is a folder"):
        read_texts(tmp_path)


def test_pairs_with_and_without_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "a.tsv", "id\tsentence1\tsentence2\tlabel\n1\ta b\tc d\tneutral\n")
    assert list(read_pairs(path)) == [TextPair("a b", "c d", "neutral", 2, "1")]
    path = write(tmp_path / "a.jsonl", '{"p": "a", "h": "b", "label": -1}\n{"p": "c", "h": "d"}\n')
    with pytest.raises(InputError, match="which columns are the two sentences"):
        read_pairs(path)
    pairs = list(read_pairs(path, premise="p", hypothesis="h"))
    assert pairs == [TextPair("a", "b", None, 1), TextPair("c", "d", None, 2)]


def test_texts_of_a_file_that_calls_them_otherwise(tmp_path: Path) -> None:
    path = write(tmp_path / "a.csv", "review,sentiment\nfine film,positive\n")
    assert list(read_texts(path)) == [Text("fine film", "positive", 2)]
    path = write(tmp_path / "b.csv", "one,two\na b,c d\n")
    assert list(read_texts(path, text="two", label="one")) == [Text("c d", "a b", 2)]
