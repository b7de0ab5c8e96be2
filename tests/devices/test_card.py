"""Device cards: every shipped one is whole; one that cannot be is told in one line."""

from pathlib import Path

import pytest
from experiment_support import neuroep, one_line

from neuroep.devices.card import (
    PARTS,
    TABLES,
    built_in_cards,
    card_path,
    device_of,
    read_card,
    read_content,
    write_card,
)
from neuroep.devices.device import Device
from neuroep.devices.laws.tabulated import Tabulated
from neuroep.errors import InputError

GOOD = """\
title = "mine"
[conductance]
min = "1 uS"
max = "40 uS"
[law]
type = "linear"
gamma_up = 0.5
[step]
up = 0.02
down = 0.02
[sources]
"*" = "measured"
"""


def refused(folder: Path, text: str) -> str:
    path = folder / "mine.toml"
    path.write_text(text)
    with pytest.raises(InputError) as error:
        read_card(str(path))
    said = str(error.value)
    assert said.startswith(f"{path}: ")
    assert "\n" not in said
    return said.removeprefix(f"{path}: ")


def test_there_is_a_dozen_cards_and_more() -> None:
    assert len(built_in_cards()) >= 12


@pytest.mark.parametrize("name", built_in_cards())
def test_a_card_comes_back_as_it_was_written(name: str, tmp_path: Path) -> None:
    device = read_card(name)
    write_card(device, tmp_path / "copy.toml")
    assert read_card(str(tmp_path / "copy.toml")) == device
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("name", built_in_cards())
def test_every_table_of_a_card_says_where_it_is_from(name: str) -> None:
    content = read_content(name)
    for table in (*TABLES, *PARTS, "law"):
        if table in content:
            assert content["sources"].get(table, content["sources"].get("*", "")).strip(), table


def test_a_table_of_steps_is_a_card_too(tmp_path: Path) -> None:
    law = Tabulated(((0.5, 0.4, 0.1), (1.5, 1.0, 0.3)), ((0.1, 0.4, 0.5), (0.3, 1.0, 1.5)))
    device = Device("x", 1e-6, 3e-6, 0.1, 0.2, law=law, sources={"*": "made"})
    write_card(device, tmp_path / "x.toml")
    assert read_card(str(tmp_path / "x.toml")) == device


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('[sources]\n"*" = "measured"\n', "", "sources.conductance: missing"),
        ('"*" = "measured"', '"*" = ""', "sources.*: must be text"),
        ('"*" = "measured"', 'step = "measured"', "sources.conductance: missing"),
        ('min = "1 uS"', 'min = "50 uS"', "g_max: must exceed g_min"),
        ('min = "1 uS"', "min = 1e-6", "conductance.min: needs a value with its unit"),
        ('min = "1 uS"', 'min = "1 V"', "conductance.min: '1 V' cannot be converted"),
        ('min = "1 uS"\n', "", "conductance.min: missing"),
        ("up = 0.02", "up = 0.0", "step_up: must be in (0, 2]"),
        ("up = 0.02", "up = nan", "step.up: must be finite"),
        ("up = 0.02", 'up = "0.02"', "step.up: must be a number"),
        ("up = 0.02", "upp = 0.02", "step.upp: unknown key; did you mean up?"),
        ('"linear"', '"liner"', "law.type: 'liner' is no law; did you mean linear?"),
        ('type = "linear"\n', "", "law.type: missing"),
        ("gamma_up = 0.5", "gamma_up = 1.5", "law.gamma_up must be finite and at most 1"),
        ("gamma_up = 0.5", "gamma_up = [0.5]", "law.gamma_up: must be a number"),
        ('min = "1 uS"', 'min = "1e999999 kS"', "conductance.min: '1e999999 kS' is not a quantity"),
        (
            'type = "linear"\ngamma_up = 0.5',
            'type = "exponential"\ngamma_up = 1e308',
            "law.gamma_up: steps grow beyond all measure",
        ),
        ("gamma_up = 0.5", "gama_up = 0.5", "law.gama_up: unknown key; did you mean gamma_up?"),
        ("[sources]", "[spread]\nstep = -1\n[sources]", "spread.step: must not be negative"),
        ("[sources]", "[spread]\nlog_normal = 1\n[sources]", "spread.log_normal: must be true"),
        ("[sources]", '[pulse]\nvolts = "0 V"\n[sources]', "pulse.volts: must be positive"),
        ("[sources]", "[life]\nstuck = 2.0\n[sources]", "stuck: must be a share"),
        ("[sources]", "[life]\nendurance = 0\n[sources]", "endurance: must be positive"),
        ('title = "mine"', "title = nan", "title: must be text in quotes"),
        ("[sources]", "[lawn]\n[sources]", "lawn: unknown key; did you mean law?"),
        ("[conductance]", "[conductance", "not TOML"),
    ],
)
def test_a_card_that_cannot_be_is_told_in_one_line(
    old: str, new: str, said: str, tmp_path: Path
) -> None:
    assert old in GOOD
    assert said in refused(tmp_path, GOOD.replace(old, new, 1))


def test_names_and_files_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="did you mean fefet"):
        read_card("fefett")
    with pytest.raises(InputError, match="is a folder"):
        read_card(str(tmp_path))
    big = tmp_path / "big.toml"
    big.write_bytes(b"#" * ((1 << 22) + 1))
    with pytest.raises(InputError, match="too large"):
        read_card(str(big))
    assert card_path("fefet").is_file()


def test_the_command_lists_and_shows_and_draws(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("devices") == 0
    listed = capsys.readouterr().out
    assert all(name in listed for name in built_in_cards())
    assert neuroep("devices", "reram_om", "--figure", tmp_path / "om.png") == 0
    shown = capsys.readouterr().out
    assert "Gong & Rasch" in shown
    assert (tmp_path / "om.png").read_bytes().startswith(b"\x89PNG")
    assert neuroep("devices", "nothing") == 2
    one_line(capsys.readouterr().err, "nothing", "no such card")


def test_an_inline_card_is_named_by_its_key() -> None:
    with pytest.raises(InputError, match=r"^devices\.card: conductance\.min: missing"):
        device_of({"sources": {"*": "x"}}, "devices.card")
