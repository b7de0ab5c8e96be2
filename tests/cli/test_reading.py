"""``neuroep eval`` and ``neuroep predict``: a trained network reads texts."""

import io
import json
import shutil
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from experiment_support import LIMIT, NEUROEP, metrics, neuroep, one_line

from neuroep.runs import reading
from neuroep.text.reviews.source import Review
from neuroep.text.texts import open_texts
from neuroep.traces import checkpoint

LABELS = ("negative", "positive")


@pytest.fixture(scope="module")
def reviews() -> list[Review]:
    return list(open_texts(None).stream("test", LIMIT))


def csv(folder: Path, reviews: list[Review]) -> Path:
    path = folder / "own.csv"
    rows = [f'"{review.text}",{LABELS[review.label]}' for review in reviews]
    path.write_text("\n".join(["text,label", *rows]), encoding="utf-8")
    return path


def jsonl(folder: Path, reviews: list[Review]) -> Path:
    path = folder / "own.jsonl"
    rows = [json.dumps({"text": review.text, "label": LABELS[review.label]}) for review in reviews]
    path.write_text("\n".join(rows), encoding="utf-8")
    return path


def accuracy(out: str) -> float:
    return float(out.partition("accuracy ")[2].partition(",")[0])


@pytest.mark.parametrize("make", [None, csv, jsonl])
def test_eval_finds_what_the_run_reported(
    make: Any,
    finished_run: Path,
    reviews: list[Review],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = ["--limit", LIMIT] if make is None else ["--data", make(tmp_path, reviews)]
    for solver, expected in metrics(finished_run)["accuracy"].items():
        assert neuroep("eval", finished_run, *data, "--solver", solver) == 0
        out = capsys.readouterr().out
        assert f"{LIMIT} texts, {solver}" in out
        assert accuracy(out) == pytest.approx(expected, abs=5e-5)


def test_several_runs_are_averaged(
    finished_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("eval", finished_run, finished_run, "--limit", LIMIT) == 0
    *alone, together = capsys.readouterr().out.splitlines()
    assert len(alone) == 2
    assert "2 runs" in together
    assert accuracy(together) == accuracy(alone[0]) == accuracy(alone[1])
    scores = {
        "a": [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]],
        "b": [[0.4, 0.6], [0.1, 0.9], [0.2, 0.8]],
        "c": [[1.0, 0.0, 0.0]] * 3,
    }
    splits = dict.fromkeys(scores, "held out by seed 1")

    def tested(run: str, *_: object) -> SimpleNamespace:
        found = SimpleNamespace(scores=np.array(scores[run]), labels=np.array([0, 1, 0]))
        of = SimpleNamespace(folder=SimpleNamespace(path=run), labels=("x", "y"))
        return SimpleNamespace(line=run, found=found, run=of, data="own", splits=splits[run])

    monkeypatch.setattr(reading, "evaluate_run", tested)
    assert neuroep("eval", "a", "b") == 0
    assert accuracy(capsys.readouterr().out) == pytest.approx(2 / 3, abs=1e-4)
    assert neuroep("eval", "a", "c") == 2
    one_line(capsys.readouterr().err, "c: was not trained for the same task as a")
    splits["b"] = "held out by seed 2"
    assert neuroep("eval", "a", "b") == 0
    assert "2 runs, mean of their scores: none" in capsys.readouterr().out


EVAL: dict[str, tuple[str, str | None, list[str]]] = {
    "no labels": ("a.csv", "text\ngood\n", ["a.csv", "label", "--label-column"]),
    "no label at all": ("a.jsonl", '{"text":"a","label":null}\n', ["a.jsonl", "label"]),
    "wrong label": ("a.csv", "text,label\ngood,7\n", ["a.csv", "label", "7"]),
    "no text": ("a.csv", "label\n1\n", ["a.csv", "text"]),
    "empty": ("a.csv", "", ["a.csv"]),
    "missing": ("a.csv", None, ["a.csv", "no such file"]),
    "missing archive": ("a.tar.gz", None, ["a.tar.gz", "no such file"]),
    "plain text": ("a.txt", "a text\n", ["a.txt"]),
}


@pytest.mark.parametrize("case", EVAL)
def test_eval_refuses(
    case: str, finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content, words = EVAL[case]
    path = tmp_path / name
    if content is not None:
        path.write_text(content, encoding="utf-8")
    assert neuroep("eval", finished_run, "--data", path) == 2
    one_line(capsys.readouterr().err, *words)


def test_eval_takes_all_of_a_small_file(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of one class alone, with a record that has no label, with more than the network reads."""
    rows = [
        {"review": "dull " * 100, "sentiment": 1.0},
        {"review": "a bore", "sentiment": 1.0},
        {"review": "so"},
    ]
    path = tmp_path / "kaggle.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    assert neuroep("eval", finished_run, "--data", path) == 0
    out = capsys.readouterr().out
    assert out.startswith("2 texts, spiking: accuracy ")
    assert "; 1 texts longer than the network reads: 40 words not read; 1 records without" in out
    assert out.count("without a label") == 1


def test_columns_are_those_of_the_training(
    finished_run: Path, reviews: list[Review], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Of a file that has one called text as well; what is named anew goes before."""
    run, data = tmp_path / "run", tmp_path / "own.jsonl"
    shutil.copytree(finished_run, run)
    kept = json.loads((run / "options.json").read_text())
    (run / "options.json").write_text(json.dumps(kept | {"columns": {"text": "summary"}}))
    rows = [{"text": "so", "summary": r.text, "label": LABELS[r.label]} for r in reviews]
    data.write_text("\n".join(map(json.dumps, rows)))
    assert neuroep("eval", run, "--data", data) == 0
    found = accuracy(capsys.readouterr().out)
    assert found == pytest.approx(metrics(finished_run)["accuracy"]["spiking"], abs=5e-5)
    assert neuroep("predict", run, data) == 0
    answer = json.loads(capsys.readouterr().out.partition("\n")[0])
    assert reviews[0].text.startswith(answer["input"][:20])
    assert neuroep("predict", run, data, "--text-column", "text") == 0
    assert json.loads(capsys.readouterr().out.partition("\n")[0])["input"] == "so"


@pytest.mark.parametrize("command", ["eval", "predict"])
def test_a_run_that_is_not_trained_yet(
    command: str, finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / "trained.h5").write_bytes((run / "trained.h5").read_bytes()[:5000])
    assert neuroep(command, run) == 2
    one_line(capsys.readouterr().err, run / "trained.h5")
    arrays, _ = checkpoint.load(run / "start.h5")
    del arrays["parameters/hidden.bias"]
    checkpoint.save(run / "trained.h5", arrays, {})
    assert neuroep(command, run) == 2
    one_line(capsys.readouterr().err, run / "trained.h5", "hidden.bias", "missing")
    (run / "trained.h5").unlink()
    assert neuroep(command, run) == 2
    one_line(capsys.readouterr().err, f"--resume {run}")


TEXTS = ["a dull film", "ein schöner Film 好电影 \N{CLAPPER BOARD}", "!!!", "the " * 100]


def own(folder: Path, kind: str) -> Path:
    path = folder / f"own{kind}"
    if kind == ".csv":
        lines = ["id,text", *(f'{n},"{text}"' for n, text in enumerate(TEXTS))]
    elif kind == ".jsonl":
        lines = [json.dumps({"text": text}) for text in TEXTS]
    else:
        lines = TEXTS
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def predictions(capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_predict_reads_files_and_standard_input_alike(
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert neuroep("predict", finished_run, own(tmp_path, ".txt")) == 0
    found = predictions(capsys)
    assert len(found) == len(TEXTS)
    for line, text in zip(found, TEXTS, strict=True):
        unread = ["unread"] * (text == TEXTS[-1])
        assert list(line) == ["line", "label", "scores", "unknown_words", *unread, "input"]
        assert line["input"].startswith(text.strip()[:70])
        assert len(line["input"]) <= 80
        assert list(line["scores"]) == list(LABELS)
        assert sum(line["scores"].values()) == pytest.approx(1, abs=2e-4)
        assert line["label"] == max(line["scores"], key=line["scores"].__getitem__)
    assert found[0]["unknown_words"] < 3
    assert found[1]["unknown_words"] >= 3
    for kind in (".csv", ".jsonl"):
        assert neuroep("predict", finished_run, own(tmp_path, kind)) == 0
        again = predictions(capsys)
        assert [line.get("id") for line in again] == (
            list("0123") if kind == ".csv" else [None] * 4
        )
        assert [line["scores"] for line in again] == [line["scores"] for line in found]

    class Stdin:
        buffer = io.BytesIO("\n".join(TEXTS).encode())

    monkeypatch.setattr("sys.stdin", Stdin)
    assert neuroep("predict", finished_run) == 0
    assert predictions(capsys) == found
    assert neuroep("predict", finished_run, own(tmp_path, ".txt"), "--limit", 2) == 0
    assert predictions(capsys) == found[:2]


def test_answers_can_be_joined_and_say_what_was_not_read(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f'pairID,text\nx,"two\nlines"\n\ny,{"dull " * 70}\nz,a\u009b31m\n')
    assert neuroep("predict", finished_run, path) == 0
    captured = capsys.readouterr()
    found = [json.loads(line) for line in captured.out.splitlines()]
    assert [(line["line"], line["id"]) for line in found] == [(2, "x"), (5, "y"), (6, "z")]
    assert [line.get("unread") for line in found] == [None, 10, None]
    assert "\\u009b31m" in captured.out
    one_line(captured.err, "1 inputs longer than the network reads: 10 words not read")


def test_texts_that_look_alike_get_one_answer(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "a.txt"
    forms = [
        "isn't a fine film",
        "isn\u00b4t a f\u00adine <i>film</i>",
        "isn&#39;t a \ufb01ne f\u200bilm",
    ]
    path.write_text("\n".join(forms))
    assert neuroep("predict", finished_run, path) == 0
    first, *others = predictions(capsys)
    for other in others:
        assert other["scores"] == first["scores"]
        assert other["unknown_words"] == first["unknown_words"]


def test_predict_agrees_with_eval_however_many_texts(
    finished_run: Path, reviews: list[Review], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    many = reviews * 3  # more than one batch
    assert neuroep("predict", finished_run, jsonl(tmp_path, many), "--solver", "sweep") == 0
    found = predictions(capsys)
    assert [line["scores"] for line in found[: len(reviews)]] == [
        line["scores"] for line in found[-len(reviews) :]
    ]
    right = [
        line["label"] == LABELS[review.label] for line, review in zip(found, many, strict=True)
    ]
    expected = metrics(finished_run)["accuracy"]["sweep"]
    assert sum(right) / len(right) == pytest.approx(expected)


PREDICT: dict[str, tuple[str, bytes, list[str]]] = {
    "empty": ("a.txt", b"", ["a.txt", "no text"]),
    "blank lines": ("a.txt", b"\n  \n", ["a.txt", "no text"]),
    "not UTF-8": ("a.txt", b"caf\xe9\n", ["a.txt", "UTF-8"]),
    "no column": ("a.csv", b"one,two\ngood,bad\n", ["a.csv", "text"]),
    "no key": ("a.jsonl", b'{"one": "good", "two": "bad"}\n', ["a.jsonl", "text"]),
    "not JSON": ("a.jsonl", b"good\n", ["a.jsonl", "line 1"]),
}


@pytest.mark.parametrize("case", PREDICT)
def test_predict_refuses(
    case: str, finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content, words = PREDICT[case]
    path = tmp_path / name
    path.write_bytes(content)
    assert neuroep("predict", finished_run, path) == 2
    captured = capsys.readouterr()
    one_line(captured.err, *words)
    assert captured.out == ""


def test_predict_refuses_what_is_not_there(
    finished_run: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for path in (tmp_path / "nowhere.txt", tmp_path):
        assert neuroep("predict", finished_run, path) == 2
        one_line(capsys.readouterr().err, path)

    class Stdin:
        buffer = io.BytesIO(b"")

    monkeypatch.setattr("sys.stdin", Stdin)
    assert neuroep("predict", finished_run) == 2
    one_line(capsys.readouterr().err, "standard input", "no text")


def test_predict_ends_quietly_when_its_reader_has_gone(finished_run: Path, tmp_path: Path) -> None:
    """As in ``neuroep predict RUN texts.txt | head -1``; the rest does not fit into a pipe."""
    path = tmp_path / "many.txt"
    path.write_text("a dull film with great scenes\n" * 1500)
    command = [sys.executable, "-c", NEUROEP, "predict", str(finished_run), str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["label"] in LABELS
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(60) == 141
