"""Baselines are fitted by one command, and read by runs on the same data only."""

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from experiment_support import metrics, neuroep, one_line, train

from neuroep.studies.baselines import add_to
from neuroep.tasks.baselines import Fitted, read_fitted

LINES = ["mean vector", "bag of words", "tf-idf", "tf-idf with bigrams", "same rows"]
DESIGN = """
title = "few patterns"
[text]
words = 200
word_min_count = 1
ngram_rows = 50
[layers.words]
type = "clamped"
tokens = 60
dim = 6
[layers.heads]
type = "pooled_attention"
patterns = "words"
queries = 1
inverse_temperature = 0.2
[layers.hidden]
type = "hard_sigmoid"
size = 2
[[couplings]]
between = ["heads", "hidden"]
[cost]
type = "cross_entropy"
layer = "hidden"
classes = 2
"""


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a file with the baselines of two tasks, the second added to the first."""
    folder = tmp_path_factory.mktemp("baselines")
    (folder / "few.toml").write_text(DESIGN)
    path = folder / "baselines.json"
    for design in (folder / "few.toml", "snli_pooled"):
        assert neuroep("baselines", design, "--limit", 40, "--results", path) == 0
    return path


def test_baselines_of_several_tasks_stand_in_one_file(fitted: Path) -> None:
    found = json.loads(fitted.read_text())
    assert list(found) == ["text", "pairs"]
    assert list(found["text"]["baselines"]) == LINES
    for kind in found.values():
        assert kind["test"] == kind["limit"] == 40
        for line in kind["baselines"].values():
            assert 0 <= line["test_accuracy"] <= 1
            assert line["strength"] > 0


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("[1, 2]", "no baselines as"),
        ('{"title": "metrics", "test_accuracy": 0.5}', "title"),
        ('{"text": {"data": "x", "limit": "40", "test": 3, "baselines": {}}}', "text.limit"),
    ],
)
def test_a_file_that_holds_something_else_is_left_alone(
    tmp_path: Path, capsys, content: str, words: str
) -> None:
    (tmp_path / "few.toml").write_text(DESIGN)
    path = tmp_path / "kept.json"
    path.write_text(content)
    assert neuroep("baselines", tmp_path / "few.toml", "--limit", 40, "--results", path) == 2
    one_line(capsys.readouterr().err, "kept.json: no baselines as", words)
    assert path.read_text() == content


def test_an_entry_of_other_data_is_replaced_and_named(tmp_path: Path) -> None:
    path, (one, other) = str(tmp_path / "b.json"), (Fitted(n, None, 9, {}) for n in ("a", "b"))
    assert add_to(path, "text", one) == add_to(path, "pairs", other) == ""
    assert add_to(path, "text", one) == ""
    assert "text: was of a, 9 test examples, is of b" in add_to(path, "text", other)
    assert read_fitted(path) == {"text": other, "pairs": other}


def test_whoever_adds_waits_for_others(tmp_path: Path) -> None:
    """Two that add at once lose no entry."""
    path = str(tmp_path / "b.json")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda n: add_to(path, f"t{n}", Fitted("a", None, n, {})), range(40)))
    assert len(read_fitted(path)) == 40


def test_a_run_reads_them_and_fits_nothing(
    fitted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys
) -> None:
    monkeypatch.setattr("neuroep.tasks.reviews.task.TextTask.baselines", None)
    more = ("--epochs", 1, "--no-figures", "--baselines", fitted)
    assert train(tmp_path, *more) == 0
    expected = json.loads(fitted.read_text())["text"]["baselines"]
    found = metrics(tmp_path / "run")["baselines"]
    words = LINES[1:-1]  # those of few.toml's rows are no comparators of another design's
    assert found == {name: expected[name]["test_accuracy"] for name in words}
    said = capsys.readouterr().out
    assert "tf-idf with bigrams" in said
    assert "not held against mean vector, same rows: of rows of 'few patterns'" in said


def test_a_file_says_which_seed_split_the_data(fitted: Path, tmp_path: Path) -> None:
    assert read_fitted(str(fitted))["text"].seed == 0
    (tmp_path / "few.toml").write_text(DESIGN)
    path = tmp_path / "b.json"
    asked = ("--limit", 40, "--seed", 3, "--results", path)
    assert neuroep("baselines", tmp_path / "few.toml", *asked) == 0
    assert read_fitted(str(path))["text"].seed == 3


def test_a_design_is_held_against_those_of_its_own_rows(fitted: Path) -> None:
    entry = read_fitted(str(fitted))["text"]
    assert list(entry.beside("few patterns")) == LINES
    assert list(entry.beside("many patterns")) == LINES[1:-1]
    earlier = replace(entry, design="")  # nobody knows whose these are
    assert list(earlier.beside("many patterns")) == LINES


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ("[]", "no baselines as"),
        ("{}", "text: missing"),
        ('{"pairs": {}}', "pairs.data"),
        ('{"text": {"data": "x"}}', "text.limit"),
        ('{"text": {"data": "x", "limit": null, "test": 3, "baselines": {}}}', "text.data"),
    ],
)
def test_a_file_of_other_data_is_one_line_before_training(
    tmp_path: Path, capsys, content: str, words: str
) -> None:
    path = tmp_path / "baselines.json"
    path.write_text(content)
    assert train(tmp_path, "--baselines", path) == 2
    one_line(capsys.readouterr().err, path, words)
    assert not (tmp_path / "run").exists()


def test_those_of_other_classes_or_content_are_refused(tmp_path: Path, capsys) -> None:
    """One file of data may have two columns of labels, and two files one name."""
    (tmp_path / "few.toml").write_text(DESIGN)
    path, data = tmp_path / "baselines.json", tmp_path / "a" / "texts.csv"
    rows = [(f"{'good' if n % 2 else 'bad'} film {n % 7}", n % 2, n // 2 % 2) for n in range(60)]
    for folder, shift in (("a", 0), ("b", 1)):
        (tmp_path / folder).mkdir()
        lines = [f"{text},{'ny'[a]},{'ab'[b ^ shift]}" for text, a, b in rows]
        (tmp_path / folder / "texts.csv").write_text("\n".join(["text,liked,kind", *lines]))
    fit = ("baselines", tmp_path / "few.toml", "--results", path, "--data", data)
    assert neuroep(*fit, "--label-column", "kind") == 0
    capsys.readouterr()
    for file, column, words in (
        (data, "liked", ["text.labels: a, b", "other classes"]),
        (tmp_path / "b" / "texts.csv", "kind", ["text.contents", "other content"]),
    ):
        more = ("--data", file, "--label-column", column, "--baselines", path)
        assert neuroep("train", tmp_path / "few.toml", *more, "--out", tmp_path / "run") == 2
        one_line(capsys.readouterr().err, path, *words)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_one_line(capsys, limit: int) -> None:
    assert neuroep("baselines", "imdb_pooled", "--limit", limit) == 2
    one_line(capsys.readouterr().err, "--limit", limit)


def test_entries_of_the_design_are_overridden(tmp_path: Path, capsys) -> None:
    (tmp_path / "few.toml").write_text(DESIGN)
    given = "baselines", tmp_path / "few.toml", "--limit", 40
    assert neuroep(*given, "--set", "text.validation=1.5") == 2
    one_line(capsys.readouterr().err, "text.validation")
    known = tmp_path / "rows.json"
    rows = []
    for words in (200, 1):
        assert neuroep(*given, "--set", f"text.words={words}", "--results", known) == 0
        rows.append(json.loads(known.read_text())["text"]["baselines"]["same rows"])
    assert rows[0] != rows[1]


@pytest.mark.parametrize("unlike", [False, True])
def test_what_no_baseline_can_be_fitted_to_is_trained_on_all_the_same(
    unlike: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Texts without a word in common, and two of a class, of which none can be held out."""
    (tmp_path / "few.toml").write_text(DESIGN)
    rows = [f"{'good' * (not unlike)} a{k} b{k},{'ab'[k % 2]}" for k in range(20 if unlike else 4)]
    files = [tmp_path / f"{name}.csv" for name in ("train", "dev", "test")]
    for file in files:
        file.write_text("\n".join(["text,label", *rows]))
    data = ["--data", files[0], "--validation", files[1], "--test", files[2]]
    batch = ("--set", "learning.batch=4", "--set", "layers.words.dim=2", "--epochs", 1)
    assert neuroep("baselines", tmp_path / "few.toml", *data, *batch[:4]) == 2
    one_line(capsys.readouterr().err, "train.csv", "no word" if unlike else "4 training")
    run = tmp_path / "run"
    assert neuroep("train", tmp_path / "few.toml", *data, *batch, "--out", run, "--no-figures") == 0
    assert metrics(run)["baselines"] == {}
    assert "no baselines: " in capsys.readouterr().out


def test_baselines_are_of_the_test_examples_that_a_seed_holds_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "few.toml").write_text(DESIGN)
    rows = [f"a {['good', 'dull'][k % 2]} film of {k % 5},{'ab'[k % 2]}" for k in range(60)]
    (tmp_path / "own.csv").write_text("\n".join(["text,label", *rows]))
    path = tmp_path / "b.json"
    own = (tmp_path / "few.toml", "--data", tmp_path / "own.csv", "--set", "layers.words.dim=2")
    assert neuroep("baselines", *own, "--results", path) == 0
    more = ("--set", "learning.batch=8", "--epochs", 1, "--no-figures", "--baselines", path)
    assert neuroep("train", *own, *more, "--out", tmp_path / "same") == 0
    assert set(metrics(tmp_path / "same")["baselines"]) == set(LINES)
    capsys.readouterr()
    assert neuroep("train", *own, *more, "--seed", 1, "--out", tmp_path / "other") == 2
    one_line(capsys.readouterr().err, path, "text.splits", "held out by seed 0")
    assert not (tmp_path / "other").exists()
