"""Files that somebody supplies: only regular ones are opened, and sizes are looked at first."""

import os
from pathlib import Path

import pytest

from neuroep.errors import InputError
from neuroep.files import open_regular, read_bytes, read_json, read_text, read_toml


def refused(path: Path, read: object = read_bytes) -> str:
    with pytest.raises(InputError) as caught:
        read(path)  # type: ignore[operator]
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    assert "\n" not in message
    assert len(message) < 300 + len(str(path))
    return message.removeprefix(f"{path}: ")


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "zero").symlink_to("/dev/zero")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    assert refused(tmp_path / "pipe") == "is no regular file"
    assert refused(tmp_path / "zero") == "is no regular file"
    assert refused(tmp_path) == "is a folder"
    assert refused(tmp_path / "absent") == "no such file or directory"
    assert "symbolic links" in refused(tmp_path / "loop")


def test_an_error_while_reading_names_the_file() -> None:
    where = "/proc/self/mem"  # regular, and nothing is at its beginning
    with open_regular(where) as file, pytest.raises(OSError, match="Input/output") as caught:
        file.read(4)
    assert caught.value.filename == where
    assert refused(Path(where)) == "input/output error"


def test_a_size_is_looked_at_before_memory_is_taken(tmp_path: Path) -> None:
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(1 << 40)
    assert refused(tmp_path / "huge") == "too large; at most 67,108,864 bytes are read"
    (tmp_path / "full").write_bytes(b"abcd")
    assert read_bytes(tmp_path / "full", most=4) == b"abcd"


def test_texts_of_any_system(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfone\r\ntwo\rthree\n")
    assert read_text(tmp_path / "a") == "one\ntwo\nthree\n"
    (tmp_path / "b").write_bytes(b"one\ntwo \xff\n")
    assert refused(tmp_path / "b", read_text) == "line 2: not UTF-8"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "NaN", '{"a": Infinity}', "1e999", "-1e999", "1" * 5000, "\0"],
)
def test_what_is_not_json(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    assert refused(tmp_path / "a.json", read_json).startswith("not JSON: ")


@pytest.mark.parametrize("text", ["a", "a = ", "a = " + "[" * 100_000, "a = " + "1" * 5000, "\0"])
def test_what_is_not_toml(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.toml").write_text(text)
    assert refused(tmp_path / "a.toml", read_toml).startswith("not TOML: ")


def test_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text('\ufeffa = 1\r\nb = "x"\n', encoding="utf-8")
    assert read_toml(tmp_path / "a.toml") == {"a": 1, "b": "x"}
    (tmp_path / "a.json").write_text('{"a": [1, 2.5e10]}')
    assert read_json(tmp_path / "a.json") == {"a": [1, 2.5e10]}
    with open_regular(tmp_path / "a.json") as file:
        assert file.read(4) == b'{"a"'
