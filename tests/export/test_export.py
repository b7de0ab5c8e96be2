"""Exports: the ending decides, what cannot be written is one line."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from export_support import spikes, training, waves

from neuroep.errors import InputError
from neuroep.export import check_export, export, format_of, write
from neuroep.export.catalogue import FORMATS
from neuroep.export.recording import waveforms


@pytest.mark.parametrize(
    ("name", "format"),
    [("a.raw", "raw"), ("A.RAW", "raw"), ("a.cir", "pwl"), ("a.csv", "csv"), ("a.vcd", "vcd"),
     ("a.nc", "nc"), ("a.h5", "nc"), ("a.sonata.h5", "sonata"), ("a.npz", "npz")],
)  # fmt: skip
def test_the_ending_decides(name: str, format: str) -> None:
    assert format_of(name, FORMATS).name == format


def test_no_two_formats_share_an_ending() -> None:
    endings = [ending for one in FORMATS.values() for ending in one.endings]
    assert len(endings) == len(set(endings))


@pytest.mark.parametrize("format", FORMATS)
def test_a_section_without_points_is_no_trouble(tmp_path: Path, format: str) -> None:
    empty = waveforms("minus", np.zeros(0), {"hidden": np.zeros((0, 2))})
    recording = replace(waves(), sections=(*waves().sections, empty))
    path = tmp_path / f"a{FORMATS[format].endings[0]}"
    export(path, recording)
    assert b"PWL(\n+ )" not in path.read_bytes()


@pytest.mark.parametrize("name", ["scope.txt", "scope", "scope.png"])
def test_another_ending_is_one_line(tmp_path: Path, name: str) -> None:
    for act in (check_export, lambda path: export(path, waves())):
        with pytest.raises(InputError, match=rf"{name}: .* \.raw, .*\.csv"):
            act(tmp_path / name)
    assert not list(tmp_path.iterdir())


def test_a_format_that_nobody_knows_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--format tr0: none of raw, pwl, csv"):
        format_of(tmp_path / "a", FORMATS, "tr0")


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing"):
        check_export(tmp_path / "missing" / "scope.csv")


@pytest.mark.parametrize(("made", "name"), [(spikes, "raw"), (spikes, "pwl"), (training, "pwl")])
def test_what_a_format_cannot_hold_is_one_line(made: object, name: str, tmp_path: Path) -> None:
    assert callable(made)
    with pytest.raises(InputError, match=rf"a: {name}: no waveforms"):
        write(tmp_path / "a", FORMATS[name], made())
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_recording_is_the_same_file(name: str, tmp_path: Path) -> None:
    for file in ("a", "b"):
        write(tmp_path / file, FORMATS[name], waves())
    if name != "npz":  # its archive says when it was made
        assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
