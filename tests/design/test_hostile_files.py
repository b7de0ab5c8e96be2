"""Design files and overrides that were made to do harm: one line each, at once."""

import os
from pathlib import Path

import pytest

from neuroep.design.files import read_content
from neuroep.design.load import load_design
from neuroep.devices.card import read_card
from neuroep.errors import InputError

DEEP = "[" * 100_000


@pytest.mark.parametrize("read", [read_content, read_card])
@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a = " + "1" * 5000, "not TOML: "),
        ("a = " + DEEP, "not TOML: nested too deeply"),
        ("title = 'x'".encode("utf-16"), "line 1: not UTF-8"),
        (b"\0", "not TOML: "),
        ('a = "\\u0000"', "a: a null character"),
        ("[a]\nb = [1, 9223372036854775808]", "a.b: a whole number that 64 bits do not hold"),
    ],
)
def test_a_file_is_refused_in_one_line(
    tmp_path: Path, read: object, content: str | bytes, said: str
) -> None:
    path = tmp_path / "chip.toml"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(InputError) as caught:
        read(str(path))  # type: ignore[operator]
    assert str(caught.value).startswith(f"{path}: {said}")
    assert len(str(caught.value)) < len(str(path)) + 300


@pytest.mark.parametrize("read", [read_content, read_card])
def test_what_is_no_file_is_not_waited_for(tmp_path: Path, read: object) -> None:
    os.mkfifo(tmp_path / "pipe.toml")
    (tmp_path / "zero.toml").symlink_to("/dev/zero")
    for name in ("pipe.toml", "zero.toml"):
        with pytest.raises(InputError, match=f"{name}: is no regular file"):
            read(str(tmp_path / name))  # type: ignore[operator]


@pytest.mark.parametrize("value", ["1" * 5000, DEEP])
def test_an_override_that_nothing_can_hold(value: str) -> None:
    with pytest.raises(InputError, match=r"^--set settle\.steps: a value that nothing can hold$"):
        read_content("attention_small", [f"settle.steps={value}"])


@pytest.mark.parametrize(
    ("value", "said"),
    [("1" * 20, "a whole number that 64 bits do not hold"), ('"\\u0000"', "a null character")],
)
def test_an_override_of_what_toml_alone_can_say(value: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"^--set settle\.steps: {said}$"):
        read_content("attention_small", [f"settle.steps={value}"])


LAYERS = "".join(f'[layers.l{i}]\ntype = "linear"\nsize = 1\n' for i in range(201))


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("settle.steps=1000000000", "settle.steps: "),
        ("spiking.attention_stride=1000000000", "spiking.attention_stride: "),
        ("traces.budget_megabytes=1e-300", "traces.budget_megabytes: "),
        ("traces.examples=1000000000", "traces.examples: "),
        ("text.window=1000000000000000000", "text.window: "),
        ("text.words=1000000000000", "text.words: "),
        ("text.ngram_rows=1000000000000", "text.ngram_rows: "),
        ("text.rare_rows=1000000000000", "text.rare_rows: "),
        (
            "layers.hidden.size=1000000000000",
            "heads-hidden of 256 x .*: all parameters with their ",
        ),
    ],
)
def test_sizes_are_looked_at_before_anything_is_taken(override: str, said: str) -> None:
    with pytest.raises(InputError, match=rf"imdb_pooled\.toml: .*{said}"):
        load_design("imdb_pooled", [override])


def test_layers_have_a_number(tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    path.write_text(f'title = "x"\n{LAYERS}[cost]\ntype = "squared_error"\nlayer = "l0"\n')
    with pytest.raises(InputError, match=r"chip\.toml: layers: .*at most 200"):
        load_design(str(path))
