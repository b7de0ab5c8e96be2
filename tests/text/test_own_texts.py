"""Reading the user's own texts: lines, CSV, JSON lines, standard input."""

import io
import sys
from pathlib import Path

import pytest

from neuroep.errors import InputError
from neuroep.text.own import Text, open_texts


def write(path: Path, data: str | bytes) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def test_lines(tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", "\ufeffA fine film.\n\n  Not so fine.  \r\n")
    assert list(open_texts(path)) == [Text("A fine film."), Text("Not so fine.")]


def test_csv_with_quotes_line_breaks_and_labels(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.csv", 'id,text,label\n1,"good, ""really""\nyes",pos\n2,bad,0\n3,x,\n'
    )
    assert list(open_texts(path)) == [
        Text('good, "really"\nyes', 1),
        Text("bad", 0),
        Text("x", None),
    ]


def test_jsonl(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", '{"text": "good", "label": 1}\n\n{"text": "b\\u00e4d"}\n')
    assert list(open_texts(path)) == [Text("good", 1), Text("bäd", None)]


def test_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    class Stdin:
        buffer = io.BytesIO("été\nsecond\n".encode())

    monkeypatch.setattr(sys, "stdin", Stdin())
    assert [text.text for text in open_texts("-")] == ["été", "second"]


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.txt", "", "no text in it"),
        ("a.txt", "\n \n", "no text in it"),
        ("a.txt", b"caf\xe9\n", "not UTF-8"),
        ("a.txt", "x" * (1 << 20) + "y", "line 1: too long"),
        ("a.csv", "id,review\n1,good\n", "line 1: no column text"),
        ("a.csv", "", "no column text"),
        ("a.csv", "id,text\n1,good\n2\n", "row 2: text is missing"),
        ("a.csv", "id,text\n1, \n", "row 1: text is empty"),
        ("a.csv", 'text\n"good\n', "broken CSV"),
        ("a.csv", "text,label\ngood,excellent\n", "row 1: label 'excellent'"),
        ("a.jsonl", '{"text": "good"}\n{"text": \n', "line 2: not JSON"),
        ("a.jsonl", "[" * 100_000 + "\n", "line 1: not JSON"),
        ("a.jsonl", '["good"]\n', "line 1: not a JSON object"),
        ("a.jsonl", '{"review": "good"}\n', "line 1: text is missing"),
        ("a.jsonl", '{"text": 3}\n', "line 1: text is not a string"),
        ("a.jsonl", '{"text": ""}\n', "line 1: text is empty"),
        ("a.jsonl", '{"text": "\\ud800"}\n', "line 1: text holds half of a character"),
        ("a.jsonl", '{"text": "x", "label": true}\n', "line 1: label 'True'"),
    ],
)
def test_bad_file_is_named_with_its_line_and_field(
    tmp_path: Path, name: str, data: str | bytes, message: str
) -> None:
    path = write(tmp_path / name, data)
    with pytest.raises(InputError) as caught:
        list(open_texts(path))
    assert str(caught.value).startswith(str(path))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_missing_file_is_an_error_before_anything_is_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read"):
        open_texts(tmp_path / "none.txt")
    with pytest.raises(InputError, match="cannot be read"):
        open_texts(tmp_path)
