"""What the user got wrong: one line that names file and field, exit code 2, nothing left behind."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from experiment_support import LIMIT, TINY, neuroep, one_line, tiny, tree, write_archive

LATIN = os.fsdecode(b"caf\xe9.csv")

GOOD = {
    f"aclImdb/{split}/{label}/{n}_{rating}.txt": f"a {word} film with {word} scenes number {n}"
    for split in ("train", "test")
    for label, rating, word in (("neg", 2, "dull"), ("pos", 9, "great"))
    for n in range(20)
}


def without(part: str) -> dict[str, str]:
    return {name: text for name, text in GOOD.items() if f"/{part}/" not in name}


def archive(folder: Path, members: dict[str, str]) -> Path:
    return write_archive(folder / "reviews.tar.gz", members)


def truncated(folder: Path, share: float) -> Path:
    path = archive(folder, GOOD | {f"aclImdb/padding{n}": f"{n}" * 700 for n in range(50)})
    whole = path.read_bytes()
    path.write_bytes(whole[: int(share * len(whole))])
    return path


def text_file(folder: Path, text: str | bytes) -> Path:
    path = folder / "reviews.tar.gz"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


DATA: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "missing": (lambda f: f / "nowhere.tar.gz", ["nowhere.tar.gz", "no such file"]),
    "text": (lambda f: text_file(f, "plain text\n"), ["reviews.tar.gz", "not a tar archive"]),
    "empty file": (lambda f: text_file(f, ""), ["reviews.tar.gz"]),
    "cut early": (lambda f: truncated(f, 0.05), ["reviews.tar.gz", "truncated"]),
    "cut in the middle": (lambda f: truncated(f, 0.5), ["reviews.tar.gz", "truncated"]),
    "cut at the end": (lambda f: truncated(f, 0.999), ["reviews.tar.gz", "truncated"]),
    "other archive": (
        lambda f: archive(f, {"a/b.txt": "x"}),
        ["reviews.tar.gz", "a/b.txt: which column is the label?"],
    ),
    "no train": (lambda f: archive(f, without("train")), ["reviews.tar.gz", "train"]),
    "no test": (lambda f: archive(f, without("test")), ["reviews.tar.gz", "test"]),
    "no positive": (lambda f: archive(f, without("train/pos")), ["reviews.tar.gz", "train/pos"]),
    "empty review": (
        lambda f: archive(f, GOOD | {"aclImdb/train/pos/77_8.txt": " \n"}),
        ["reviews.tar.gz", "aclImdb/train/pos/77_8.txt", "empty review"],
    ),
    "empty test review": (
        lambda f: archive(f, GOOD | {"aclImdb/test/neg/77_1.txt": ""}),
        ["aclImdb/test/neg/77_1.txt", "empty review"],
    ),
    "empty folder": (lambda f: f, ["no file of records"]),
}


def refused(
    folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], *arguments: object
) -> None:
    """Train; it must say these words in one line and leave the folder as it was."""
    before = tree(folder)
    assert neuroep("train", *arguments, "--out", folder / "new" / "run") == 2
    one_line(capsys.readouterr().err, *words)
    assert tree(folder) == before


@pytest.mark.parametrize("case", DATA)
def test_data(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, words = DATA[case]
    data = make(tmp_path)
    refused(tmp_path, capsys, words, tiny(tmp_path), "--data", data)


def glove(folder: Path, width: int, change: tuple[str, str] = ("", "")) -> Path:
    path = folder / "vectors.txt"
    row = " ".join(["0.5"] * width)
    path.write_text(f"the {row}\nfilm {row}\n".replace(*change, 1))
    return path


def npz(folder: Path, value: float) -> Path:
    path = folder / "vectors.npz"
    vectors = np.full((2, 8), 0.5, np.float32)
    vectors[0, 3] = value
    np.savez(path, words=np.array(["film", "the"]), vectors=vectors)
    return path


VECTORS: dict[str, tuple[Callable[[Path], Path], list[str]]] = {
    "missing": (lambda f: f / "nowhere.txt", ["nowhere.txt", "no such file"]),
    "width": (lambda f: glove(f, 5), ["vectors.txt: line 1", "5 values", "8 wanted"]),
    "uneven": (lambda f: glove(f, 8, ("\nfilm 0.5", "\nfilm")), ["vectors.txt: line 2"]),
    "nan": (lambda f: glove(f, 8, ("0.5", "nan")), ["vectors.txt: line 1", "finite"]),
    "nan in npz": (lambda f: npz(f, np.nan), ["vectors.npz", "'film'", "finite"]),
    "inf in npz": (lambda f: npz(f, np.inf), ["vectors.npz", "'film'", "finite"]),
    "empty": (lambda f: glove(f, 0, ("the \nfilm \n", "")), ["vectors.txt"]),
}


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (("train", "mnist_spiking", "--data", LATIN, "--out", "run"), "data"),
        (("train", "mnist_spiking", "--test", LATIN, "--out", "run"), "test"),
        (("train", "imdb_pooled", "--vectors", LATIN, "--out", "run"), "vectors"),
        (("train", LATIN, "--out", "run"), "design"),
        (("gradcheck", LATIN), "design"),
        (("new", "table", "--data", LATIN, "-o", "run"), "data"),
        (("new", "images", "-o", LATIN), "--out"),
        (("fit", LATIN, "-o", "run"), "fit"),
    ],
)
def test_a_name_that_no_text_holds(
    arguments: tuple[str, ...],
    option: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    assert neuroep(*arguments) == 2
    one_line(capsys.readouterr().err, f"{option}: ", r"caf\udce9.csv: the name is not UTF-8")
    assert not tree(tmp_path)


@pytest.mark.parametrize("option", ["validation", "test"])
def test_one_file_for_two_splits(
    option: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("other.csv").symlink_to("a.csv")
    refused(tmp_path, capsys, [f"{option}: ", "is data as well"], tiny(tmp_path),
            "--data", "a.csv", f"--{option}", "other.csv")  # fmt: skip


@pytest.mark.parametrize(
    ("entry", "value"), [("data", "a\0b"), ("vectors", ["a\0b"]), ("design", "a\0")]
)
def test_options_with_a_null_character(
    entry: str,
    value: object,
    finished_run: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    options = json.loads((run / "options.json").read_text())
    (run / "options.json").write_text(json.dumps(options | {entry: value}))
    assert neuroep("eval", run) == 2
    one_line(capsys.readouterr().err, "options.json: ", f"{entry}: a null character")


@pytest.mark.parametrize("case", VECTORS)
def test_vectors(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make, words = VECTORS[case]
    vectors = make(tmp_path)
    more = (tiny(tmp_path), "--limit", LIMIT, "--vectors", vectors)
    refused(tmp_path, capsys, words, *more)


# What is replaced in the tiny design, by what, and the key that the message names.
DESIGN: dict[str, tuple[str, str, list[str]]] = {
    "broken TOML": ("[text]", "[text", ["not TOML", "line 5"]),
    "not UTF-8": ("tiny", "\udcff", ["line 2: not UTF-8"]),
    "unknown table": ("[settle]", "[setle]", ["setle: unknown key"]),
    "unknown key": ("window =", "windows =", ["spiking.windows: unknown key"]),
    "unknown key of a layer": ("queries =", "querys =", ["layers.heads.querys", "unknown key"]),
    "unknown key of the cost": ("classes", "clases", ["cost.clases", "unknown key"]),
    "unknown key of learning": ("epochs", "epoch", ["learning.epoch", "unknown key"]),
    "missing key": ('title = "tiny"', "", ["title"]),
    "missing layers": ("dim = 8", "", ["layers.words", "dim"]),
    "wrong type": ("size = 6", 'size = "six"', ["layers.hidden.size", "whole number"]),
    "fraction for a whole": (
        "tokens = 60",
        "tokens = 60.5",
        ["layers.words.tokens", "whole number"],
    ),
    "number for text": ('layer = "hidden"', "layer = 3", ["cost.layer"]),
    "list for a type": ('"hard_sigmoid"', "[1]", ["layers.hidden.type"]),
    "unknown type": ('"hard_sigmoid"', '"hard_sigmod"', ["layers.hidden.type", "hard_sigmod"]),
    "unknown solver": ('solver = "spiking"', 'solver = "spikes"', ["solver", "spikes"]),
    "no unit": ('"24 us"', "24", ["spiking.free_duration", "unit"]),
    "wrong unit": ('"24 us"', '"24 mV"', ["spiking.free_duration", "24 mV"]),
    "no such unit": ('"24 us"', '"24 parsnips"', ["spiking.free_duration", "parsnips"]),
    "no quantity": ('"24 us"', '"9**9**9**9 s"', ["spiking.free_duration", "quantity"]),
    "infinite time": ('"24 us"', '"1e999 us"', ["spiking.free_duration", "finite"]),
    "window too long": ('"0.01 ms"', '"1 ms"', ["spiking", "window"]),
    "not finite": ("beta = 0.5", "beta = nan", ["learning.beta", "finite"]),
    "negative": ("epochs = 3", "epochs = -1", ["learning", "epochs", "-1"]),
    "huge seed": ("seed = 3", "seed = 99999999999999999999", ["seed"]),
    "size 0": ("size = 6", "size = 0", ["layers.hidden", "size", "0"]),
    "size beyond memory": ("size = 6", "size = 999999999999999", ["layers"]),
    "attention to nothing": ('patterns = "words"', 'patterns = "word"', ["heads", "word"]),
    "attention to neurons": ('patterns = "words"', 'patterns = "hidden"', ["heads", "hidden"]),
    "coupling to nothing": ('["heads", "hidden"]', '["heads", "hiden"]', ["hiden"]),
    "coupling of one": ('["heads", "hidden"]', '["heads"]', ["couplings.0.between"]),
    "coupling to itself": ('["heads", "hidden"]', '["heads", "heads"]', ["heads"]),
    "text to neurons": ("words = 300", 'layer = "hidden"', ["text.layer", "hidden"]),
    "cost on nothing": ('layer = "hidden"', 'layer = "hiden"', ["hiden"]),
    "three classes": ("classes = 2", "classes = 3", ["cost", "3"]),
    "rate for nothing": ('"words.patterns" =', '"word.patterns" =', ["word.patterns"]),
    "negative rate": ('"*" = 2e-2', '"*" = -1.0', ["rate", "-1"]),
    "trace of nothing": ("hidden = [0, 6]", "hiden = [0, 6]", ["traces.neurons.hiden"]),
    "trace beyond": ("hidden = [0, 6]", "hidden = [0, 7]", ["traces.neurons.hidden", "7"]),
    "trace of a layer": ('"heads-hidden" =', "hidden =", ["traces.synapses.hidden"]),
    "trace backwards": ("[[0, 16], [1, 5]]", "[[0, 16], [5, 1]]", ["traces.synapses", "[5, 1]"]),
    "trace too big": ("interval = 1", "budget_megabytes = 0.001", ["traces", "cap"]),
    "steps beyond counting": ("steps = 5", "steps = 99999999999999999999", ["settle.steps"]),
    "cap beyond counting": ("interval = 1", "budget_megabytes = 1e300", ["traces.budget"]),
    "batch too big": ("batch = 16", "batch = 64", ["learning", "batch 64", "32"]),
}


@pytest.mark.parametrize("case", DESIGN)
def test_design(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, words = DESIGN[case]
    assert old in TINY
    design = tmp_path / "tiny.toml"
    design.write_bytes(TINY.replace(old, new, 1).encode(errors="surrogateescape"))
    words = words if case == "trace too big" else ["tiny.toml", *words]
    refused(tmp_path, capsys, words, design, "--limit", LIMIT)


@pytest.mark.parametrize("name", ["nowhere.toml", "no_such_design", "."])
def test_design_that_is_not_there(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(tmp_path, capsys, [name], name)


OVERRIDES = {
    "no value": ("learning.epochs", ["--set learning.epochs", "key=value"]),
    "no key": ("=3", ["--set =3", "key=value"]),
    "broken key": ('learning."rates=3', ["--set"]),
    "no table": ("title.words=3", ["--set title.words=3", "title is not a table"]),
    "list": ("couplings.gain=3", ["couplings is a list", "number"]),
    "no entry": ("couplings.1.gain=3", ["couplings.1", "entries 0 to 0"]),
    "misspelt layer": ("layers.hiden.size=3", ["layers.hiden", "did you mean hidden?"]),
    "unknown key": ("learning.epoch=3", ["tiny.toml", "learning.epoch", "unknown key"]),
    "wrong type": ("learning.epochs=many", ["tiny.toml", "learning.epochs", "whole number"]),
    "wrong unit": ("spiking.window=3 V", ["tiny.toml", "spiking.window", "3 V"]),
    "line break": ('text.layer="a\\nb"', ["tiny.toml", "text.layer"]),
}


@pytest.mark.parametrize("case", OVERRIDES)
def test_override(case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    override, words = OVERRIDES[case]
    refused(tmp_path, capsys, words, tiny(tmp_path), "--set", override)


def test_out_that_exists_is_left_as_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "mine"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    before = tree(tmp_path)
    assert neuroep("train", "imdb_pooled", "--limit", LIMIT, "--out", out) == 2
    one_line(capsys.readouterr().err, f"--out {out}", "exists already")
    assert tree(tmp_path) == before
    assert (out / "notes.txt").read_text() == "mine"


def test_out_that_cannot_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("no folder")
    out = tmp_path / "file" / "run"
    assert neuroep("train", "imdb_pooled", "--limit", LIMIT, "--out", out) == 2
    one_line(capsys.readouterr().err, f"--out: {out}", "not a directory")
    assert tree(tmp_path) == {"file"}


def test_runs_that_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runs").write_text("no folder")
    assert neuroep("train", "imdb_pooled", "--limit", LIMIT) == 2
    one_line(capsys.readouterr().err, "runs", "not a directory")
    (tmp_path / "runs").unlink()
    (tmp_path / "runs").symlink_to("nowhere")
    assert neuroep("train", "imdb_pooled", "--limit", LIMIT) == 2
    one_line(capsys.readouterr().err, "--out runs")


def test_a_numbered_run_that_fails_leaves_no_runs_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert neuroep("train", "imdb_pooled", "--data", "nowhere") == 2
    one_line(capsys.readouterr().err, "nowhere")
    assert tree(tmp_path) == set()


@pytest.mark.parametrize(
    "arguments",
    [
        ["--epochs", "many"],
        ["--limit", "many"],
        ["--nonsense"],
        ["stray"],
    ],
)
def test_arguments(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("train", "imdb_pooled", *arguments) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert arguments[0] in lines[0]
    assert "see neuroep train --help" in lines[0]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--epochs", 0], ["--epochs", "at least 1", "0"]),
        (["--limit", -3], ["--limit", "at least 1", "-3"]),
        (["--limit", 0], ["--limit", "at least 1", "0"]),
        (["--solver", "magic"], ["solver", "magic"]),
        (["--test-by", "magic"], ["--test-by magic", "sweep"]),
        (["--label-column", "x", "--premise-column", "y"], ["--premise-column", "text"]),
    ],
)
def test_values_of_arguments(
    arguments: list[object], words: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    refused(tmp_path, capsys, words, "imdb_pooled", *arguments)


@pytest.mark.parametrize("limit", [1, 3])
def test_too_few_reviews(limit: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path, capsys, [str(limit), "too few"], "imdb_pooled", "--limit", limit)


def test_more_dimensions_than_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    more = (tiny(tmp_path), "--limit", LIMIT, "--set", "layers.words.dim=5000")
    refused(tmp_path, capsys, ["built-in reviews", "layers.words.dim", "5000"], *more)


@pytest.mark.parametrize("seed", ["-1", "99999999999999999999"])
def test_seed(seed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    refused(tmp_path, capsys, ["seed"], tiny(tmp_path), "--seed", seed)


@pytest.mark.parametrize("arguments", [[], ["nonsense"], ["eval"], ["predict"], ["info"]])
def test_commands_need_their_arguments(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep(*arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "COMMAND" in line or "are required" in line
    assert line.endswith(" --help")
