"""SNLI's files as its owners and others publish them: labels, tables, archives."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from neuroep.text.pairs import LABELS, open_pairs

PARTS = ("train", "dev", "test")


def lines(*labels: Any) -> bytes:
    entries = [{"gold_label": k, "sentence1": "a dog", "sentence2": "it moves"} for k in labels]
    return "\n".join(map(json.dumps, entries)).encode()


def write(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).write_bytes(data)
    return folder


@pytest.mark.parametrize("label", ["-", "-1", -1, -1.0, "", " ", None])
def test_every_way_to_write_no_consensus(tmp_path: Path, label: Any) -> None:
    files = {f"snli_1.0_{part}.jsonl": lines(*LABELS, label) + b"\n\n" for part in PARTS}
    source = open_pairs(write(tmp_path, files))
    assert len(list(source.stream("test"))) == 3
    assert source.skipped["test"] == 1


def test_the_tables_of_the_release_read_where_its_lines_are_left_out(tmp_path: Path) -> None:
    names = ["gold_label", "sentence1_parse", "sentence1", "sentence2", "pairID", "label1"]
    rows = [[label, "()", f"a dog {n}", "it moves", "1", ""] for n in (1, 2) for label in LABELS]
    table = "".join("\t".join(cells) + "\n" for cells in [names, *rows]).encode()
    source = open_pairs(write(tmp_path, {f"snli_1.0_{part}.txt": table for part in PARTS}))
    assert [pair.label for pair in source.stream("validation")] == [0, 1, 2, 0, 1, 2]
    assert next(source.stream("test")).premise == "a dog 1"


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:xz"])
def test_a_tar_reads_as_the_zip_does(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "snli.tar"
    with tarfile.open(path, mode) as archive:  # type: ignore[call-overload]
        for part in PARTS:
            info = tarfile.TarInfo(f"./snli_1.0/snli_1.0_{part}.jsonl")
            info.size = len(lines(*LABELS))
            archive.addfile(info, io.BytesIO(lines(*LABELS)))
    source = open_pairs(path)
    assert source.name == "SNLI 1.0"
    assert [pair.label for pair in source.stream("train")] == [0, 1, 2]
