"""Nothing that stands in data steers a terminal."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuroep.characters import escaped
from neuroep.cli.errors import guarded
from neuroep.errors import InputError


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a \x1b[31mred\x07", "a \\u001b[31mred\\u0007"),
        ("\x9b31m \x7f \x85", "\\u009b31m \\u007f \\u0085"),
        ("\u202etxt.exe\u2066", "\\u202etxt.exe\\u2066"),
        ("so\u00adft \ufeff\u200b", "so\\u00adft \\ufeff\\u200b"),
        ("\U000e0041 \ud800", "\\udb40\\udc41 \\ud800"),
        ("caf\u00e9 \u597d \U0001f3ac", "caf\u00e9 \u597d \U0001f3ac"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(text: str, shown: str) -> None:
    assert escaped(text) == shown


@given(st.text(st.characters(blacklist_categories=[])))
def test_escaped_json_is_the_same_json(text: str) -> None:
    line = escaped(json.dumps(text, ensure_ascii=False))
    assert json.loads(line) == json.loads(json.dumps(text))
    assert len(line.splitlines()) == 1


def test_messages_hold_none_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    def refuse() -> int:
        raise InputError("a\x1b]0;title\x07.csv: line 1\nline 2: \u202e")

    assert guarded(refuse) == 2
    message = "neuroep: a\\u001b]0;title\\u0007.csv: line 1 line 2: \\u202e\n"
    assert capsys.readouterr().err == message
