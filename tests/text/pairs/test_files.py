"""Reading labelled sentence pairs from archives and folders, good and bad."""

import gzip
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from neuroep.errors import InputError
from neuroep.tables.split import Split
from neuroep.text.pairs import LABELS, Pair, open_pairs
from neuroep.text.pairs import files as pair_files

SPLITS: tuple[Split, ...] = ("train", "validation", "test")
Files = dict[str, bytes]


def line(label: Any, premise: Any = "a dog runs", hypothesis: Any = "an animal moves") -> bytes:
    """A line with the official keys, a parse tree among them."""
    entry = {
        "annotator_labels": [label],
        "gold_label": label,
        "sentence1": premise,
        "sentence1_parse": "(ROOT (NP (DT a)))",
        "sentence2": hypothesis,
    }
    return json.dumps(entry).encode() + b"\n"


def lines(count: int = 1, premise: str = "a dog runs") -> bytes:
    """``count`` pairs of each label, one without consensus at the start."""
    return line("-") + b"".join(line(label, premise) for label in LABELS) * count


def official() -> Files:
    """The three files of the release, under their names in the archive."""
    return {
        f"snli_1.0/snli_1.0_{part}.jsonl": lines(count, f"{part} über")
        for part, count in (("train", 3), ("dev", 2), ("test", 1))
    }


def write_archive(path: Path, files: Files, method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def write_folder(path: Path, files: Files) -> Path:
    for name, data in files.items():
        file = path / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)
    return path


def read_all(path: Path) -> list[Pair]:
    source = open_pairs(path)
    return [pair for split in SPLITS for pair in source.stream(split)]


def error_of(path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read_all(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def error_of_line(tmp_path: Path, data: bytes) -> str:
    """The error of ``data`` as fourth line of dev, the same from an archive and from a folder."""
    files = official()
    name = "snli_1.0/snli_1.0_dev.jsonl"
    before = b"".join(files[name].splitlines(keepends=True)[:3])
    files[name] = before + data + b"\n" + files[name]
    tails = [
        error_of(path).partition("snli_1.0_dev.jsonl: line ")[2]
        for path in (
            write_archive(tmp_path / "a.zip", files),
            write_folder(tmp_path / "folder", files),
        )
    ]
    assert tails[0] == tails[1]
    assert tails[0].startswith("4: ")
    return tails[0].removeprefix("4: ")


def test_archive_streams_its_splits_and_ignores_the_rest(tmp_path: Path) -> None:
    junk = {
        "snli_1.0/": b"",
        "snli_1.0/.DS_Store": b"\0",
        "snli_1.0/Icon\r": b"",
        "snli_1.0/README.txt": b"about",
        "snli_1.0/snli_1.0_dev.txt": b"gold_label\tsentence1",
        "snli_1.0/snli_1.0_dev_subset.jsonl": b"{",
        "__MACOSX/snli_1.0/._snli_1.0_train.jsonl": b"\0\5\26\7",
        "../snli_1.0_test.jsonl": b"out",
    }
    source = open_pairs(write_archive(tmp_path / "snli_1.0.zip", junk | official()))
    assert source.name == "SNLI 1.0"
    assert list(source.stream("test")) == [
        Pair(label, "test über", "an animal moves") for label in (0, 1, 2)
    ]
    assert len(list(source.stream("train"))) == 9
    validation = list(source.stream("validation"))
    assert {pair.premise for pair in validation} == {"dev über"}
    assert list(source.stream("validation")) == validation
    assert source.skipped == {"train": 1, "validation": 1, "test": 1}
    assert [entry.name for entry in tmp_path.iterdir()] == ["snli_1.0.zip"]


@pytest.mark.parametrize("top", ["", "snli_1.0"])
@pytest.mark.parametrize("ending", ["", ".gz"])
def test_folder_reads_as_the_archive_does(tmp_path: Path, top: str, ending: str) -> None:
    expected = read_all(write_archive(tmp_path / "a.zip", official()))
    folder = tmp_path / "folder"
    write_folder(folder, {name + ending: data for name, data in official().items()})
    assert open_pairs(folder / top).name == "SNLI 1.0"
    assert read_all(folder / top) == expected


def test_a_part_of_the_training_file_is_called_one(tmp_path: Path) -> None:
    files = official()
    train = files.pop("snli_1.0/snli_1.0_train.jsonl")
    folder = write_folder(tmp_path, files | {"snli_1.0/snli_1.0_train_subset.jsonl.gz": train})
    source = open_pairs(folder)
    assert source.name == "SNLI 1.0 train subset"
    assert len(list(source.stream("train"))) == 9
    write_folder(tmp_path, {"snli_1.0/snli_1.0_train.jsonl": train})
    assert "more than one file for train" in error_of(folder)


def test_a_part_of_the_test_file_is_no_test_file(tmp_path: Path) -> None:
    files = official()
    files["snli_1.0/snli_1.0_test_subset.jsonl"] = files.pop("snli_1.0/snli_1.0_test.jsonl")
    assert "no snli_1.0_test.jsonl in it" in error_of(write_folder(tmp_path, files))


def test_pairs_without_consensus_are_counted_anew_each_time(tmp_path: Path) -> None:
    files = official()
    # Nothing else of such a line is looked at: it is no pair.
    files["snli_1.0/snli_1.0_test.jsonl"] += line("-") + line("-", "", None)
    source = open_pairs(write_archive(tmp_path / "a.zip", files))
    for _ in range(2):
        assert len(list(source.stream("test"))) == 3
        assert source.skipped["test"] == 3


@pytest.mark.parametrize("label", ["-", "-1", -1, -1.0, "", " ", None])
def test_every_way_to_write_no_consensus(tmp_path: Path, label: Any) -> None:
    files = official()
    files["snli_1.0/snli_1.0_test.jsonl"] += line(label) + b"\n"
    source = open_pairs(write_archive(tmp_path / "a.zip", files))
    assert len(list(source.stream("test"))) == 3
    assert source.skipped["test"] == 2


def test_the_tables_of_the_release_read_where_its_lines_are_left_out(tmp_path: Path) -> None:
    names = ["gold_label", "sentence1_parse", "sentence1", "sentence2", "pairID", "label1"]
    rows = [
        [label, "(ROOT)", f"a dog {n}", "it moves", "1", ""] for n in (1, 2) for label in LABELS
    ]
    table = "".join("\t".join(cells) + "\n" for cells in [names, *rows]).encode()
    files = {f"snli_1.0/snli_1.0_{part}.txt": table for part in ("train", "dev", "test")}
    source = open_pairs(write_archive(tmp_path / "a.zip", files))
    assert [pair.label for pair in source.stream("validation")] == [0, 1, 2, 0, 1, 2]
    assert next(source.stream("test")).premise == "a dog 1"


@pytest.mark.parametrize(
    ("limit", "labels"), [(0, []), (1, [0]), (3, [0, 1, 2]), (5, [0, 1, 2, 0, 1])]
)
def test_limit_takes_a_third_of_each_label(tmp_path: Path, limit: int, labels: list[int]) -> None:
    source = open_pairs(write_archive(tmp_path / "a.zip", official()))
    assert [pair.label for pair in source.stream("train", limit)] == labels


def test_limit_passes_over_a_label_of_which_there_is_enough(tmp_path: Path) -> None:
    files = official()
    files["snli_1.0/snli_1.0_test.jsonl"] = line("neutral") * 5 + lines()
    source = open_pairs(write_archive(tmp_path / "a.zip", files))
    assert [pair.label for pair in source.stream("test", 3)] == [1, 0, 2]


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"{", "not JSON"),
        (b"[" * 60_000, "not JSON"),
        (b'{"a":' * 10_000, "not JSON"),
        (b"9" * 60_000, "not JSON"),
        (b"[1, 2]", "not a JSON object"),
        (b"null", "not a JSON object"),
        (b'{"sentence1": "a", "sentence2": "b"}', "gold_label is missing"),
        (b'{"gold_label": "neutral", "sentence2": "b"}', "sentence1 is missing"),
        (b'{"gold_label": "neutral", "sentence1": "a"}', "sentence2 is missing"),
        (line(1)[:-1], "gold_label '1' is not one of"),
        (line("maybe")[:-1], "gold_label 'maybe' is not one of entailment, neutral, contradiction"),
        (line("Neutral")[:-1], "gold_label 'Neutral' is not one of"),
        (line("x\n" * 5_000)[:-1], "gold_label: 'x"),
        (line("neutral", None)[:-1], "sentence1 is missing"),
        (line("neutral", "a", ["b"])[:-1], "sentence2 is not a string"),
        (line("neutral", "a", " \t")[:-1], "sentence2 is empty"),
        (line("neutral", "a \ud800")[:-1], "sentence1 holds half of a character"),
        (line("neutral").replace(b"dog", "déjà".encode("latin-1"))[:-1], "not UTF-8 text"),
        (line("neutral").decode().encode("utf-16"), "not UTF-8 text"),
        (b"x" * (1 << 20), "too long (65536 characters at most)"),
    ],
)
def test_bad_line_is_named_with_its_key(tmp_path: Path, data: bytes, message: str) -> None:
    assert message in error_of_line(tmp_path, data)


def test_a_byte_order_mark_says_the_encoding(tmp_path: Path) -> None:
    files = official()
    name = "snli_1.0/snli_1.0_test.jsonl"
    plain = files[name].decode()
    files[name] = plain.encode("utf-8-sig")
    assert len(read_all(write_folder(tmp_path, files))) == 18
    files[name] = plain.encode("utf-16")
    assert len(read_all(write_folder(tmp_path, files))) == 18
    files[name] = plain.encode("utf-16-le")
    assert "line 1: not text (it holds a NUL byte" in error_of(write_folder(tmp_path, files))


def test_files_as_people_have_them(tmp_path: Path) -> None:
    """Below the folder of a collection, with blank lines, with "-1" for no consensus."""
    files = {f"SNLI/original/{name.split('/')[1]}": data for name, data in official().items()}
    name = "SNLI/original/snli_1.0_test.jsonl"
    files[name] = line("-1") + b"\n \n" + files[name] + b"\n"
    files["SNLI/train.tsv"] = b"index\tsentence"
    for path in (
        write_archive(tmp_path / "SNLI.zip", files),
        write_folder(tmp_path / "folder", files),
    ):
        source = open_pairs(path)
        assert source.name == "SNLI 1.0"
        assert len(list(source.stream("test"))) == 3
        assert source.skipped["test"] == 2


def test_windows_line_ends_and_a_last_line_without_one(tmp_path: Path) -> None:
    files = official()
    name = "snli_1.0/snli_1.0_test.jsonl"
    files[name] = files[name].replace(b"\n", b"\r\n").rstrip()
    assert len(read_all(write_folder(tmp_path, files))) == 18


@pytest.mark.parametrize("part", ["train", "dev", "test"])
def test_missing_and_empty_split(tmp_path: Path, part: str) -> None:
    name = f"snli_1.0/snli_1.0_{part}.jsonl"
    for data, message in ((b"", "no labelled pair"), (line("-"), "no labelled pair")):
        files = official() | {name: data}
        assert message in error_of(write_archive(tmp_path / "a.zip", files))
        assert message in error_of(write_folder(tmp_path / "folder", files))
    files = official() | {name: line("neutral") + line("entailment")}
    assert "no pair with gold_label contradiction" in error_of(
        write_archive(tmp_path / "a.zip", files)
    )
    del files[name]
    (tmp_path / "folder" / name).unlink()
    message = f"no snli_1.0_{part}.jsonl in it"
    assert message in error_of(write_archive(tmp_path / "a.zip", files))
    assert message in error_of(tmp_path / "folder")


def test_no_such_path_and_not_an_archive(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no/such/file: no such file or folder"):
        open_pairs("no/such/file")
    assert "no file of records in it" in error_of(tmp_path)
    for data in (b"", b"hello, this is text", lines()):
        (tmp_path / "snli_1.0.zip").write_bytes(data)
        assert "not a .zip archive" in error_of(tmp_path / "snli_1.0.zip")


def test_gzip_that_is_none_or_is_truncated(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, {f"{name}.gz": data for name, data in official().items()})
    whole = (path := folder / "snli_1.0" / "snli_1.0_test.jsonl.gz").read_bytes()
    path.write_bytes(gzip.decompress(whole))
    assert len(read_all(folder)) == 18  # as some browsers leave it
    for length in range(1, len(whole), 7):
        path.write_bytes(whole[:length])
        assert "snli_1.0_test.jsonl.gz" in error_of(folder)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archive_truncated_anywhere_is_an_error(tmp_path: Path, method: int) -> None:
    path = write_archive(tmp_path / "a.zip", official(), method)
    whole = path.read_bytes()
    for length in range(0, len(whole), 13):
        path.write_bytes(whole[:length])
        error_of(path)


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_archive_with_a_flipped_byte_is_an_error_or_reads_the_same(
    tmp_path: Path, method: int
) -> None:
    path = write_archive(tmp_path / "a.zip", official(), method)
    whole = path.read_bytes()
    expected = read_all(path)
    for position in range(0, len(whole), 11):
        damaged = bytearray(whole)
        damaged[position] ^= (0x01, 0x80, 0xFF)[position % 3]
        path.write_bytes(bytes(damaged))
        try:
            read = read_all(path)
        except InputError:
            continue
        assert read == expected


def test_encrypted_or_otherwise_compressed_member(tmp_path: Path) -> None:
    path = write_archive(tmp_path / "a.zip", official(), zipfile.ZIP_LZMA)
    assert "another method than deflate" in error_of(path)
    data = bytearray(write_archive(path, official()).read_bytes())
    for signature, flags in ((b"PK\1\2", 8), (b"PK\3\4", 6)):
        at = data.find(signature)
        while at >= 0:
            data[at + flags] |= 1
            at = data.find(signature, at + 1)
    path.write_bytes(bytes(data))
    assert "encrypted" in error_of(path)


def test_a_bomb_of_one_line_is_given_up_early(tmp_path: Path) -> None:
    """64 MB of zeros in 64 kB: no more of it is unpacked than the longest line."""
    bomb = official() | {"snli_1.0/snli_1.0_train.jsonl": bytes(64 << 20)}
    assert "line 1: too long" in error_of(write_archive(tmp_path / "a.zip", bomb))
    zipped = {f"{name}.gz": data for name, data in bomb.items()}
    assert "line 1: too long" in error_of(write_folder(tmp_path / "folder", zipped))


def test_a_bomb_of_many_lines_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pair_files, "MAX_FILE_BYTES", 10_000)
    bomb = official() | {"snli_1.0/snli_1.0_train.jsonl": line("-") * 1_000}
    message = error_of(write_archive(tmp_path / "a.zip", bomb))
    assert message.endswith("the file is too large (10000 bytes at most)")
    source = open_pairs(write_folder(tmp_path / "folder", bomb))
    with pytest.raises(InputError, match="too large"):
        list(source.stream("train"))


def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, official()) / "snli_1.0"
    (folder / "snli_1.0_test.jsonl").unlink()
    (folder / "snli_1.0_test.jsonl").mkdir()
    assert "no snli_1.0_test.jsonl" in error_of(folder)


def test_only_one_pair_is_in_memory_at_a_time(tmp_path: Path) -> None:
    """The stream yields before it has read the file to its end."""
    files = official()
    files["snli_1.0/snli_1.0_train.jsonl"] += b"{"
    stream = open_pairs(write_archive(tmp_path / "a.zip", files)).stream("train")
    assert next(stream).premise == "train über"
    with pytest.raises(InputError, match="line 11: not JSON"):
        list(stream)


def test_an_archive_inside_an_archive_is_not_unpacked(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for name, data in official().items():
            archive.writestr(name, data)
    path = write_archive(tmp_path / "a.zip", {"snli_1.0.zip": inner.getvalue()})
    assert "no file of records in it" in error_of(path)


@pytest.mark.data
def test_the_real_files_have_the_counts_of_the_card(data_dir: Path) -> None:
    source = open_pairs(data_dir / "snli")
    assert source.name == "SNLI 1.0 train subset"
    expected: dict[Split, list[int]] = {
        "train": [7202, 7096, 7303],
        "validation": [3329, 3235, 3278],
        "test": [3368, 3219, 3237],
    }
    for split, counts in expected.items():
        labels = [pair.label for pair in source.stream(split)]
        assert [labels.count(label) for label in LABELS.values()] == counts
    assert source.skipped == dict.fromkeys(SPLITS, 0)


@pytest.mark.data
def test_the_real_files_as_an_archive_read_the_same(data_dir: Path, tmp_path: Path) -> None:
    files = {
        f"snli_1.0/{file.name.removesuffix('.gz')}": gzip.decompress(file.read_bytes())
        for file in (data_dir / "snli").glob("*.jsonl.gz")
    }
    source = open_pairs(write_archive(tmp_path / "snli_1.0.zip", files))
    assert source.name == "SNLI 1.0 train subset"
    for split in SPLITS:
        limited = open_pairs(data_dir / "snli").stream(split, 600)
        assert list(source.stream(split, 600)) == list(limited)
