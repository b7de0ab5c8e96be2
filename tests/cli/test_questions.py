"""Six kinds of questions through the same task of texts: trained, tested, asked."""

import csv
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import metrics, neuroep, one_line
from own_data import write_rows
from question_set import LABELS


def evaluated(run: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, float]:
    """Return number and accuracy of what ``neuroep eval`` says."""
    capsys.readouterr()
    assert neuroep("eval", run, "--data", data) == 0
    out = capsys.readouterr().out
    return int(out.split()[0]), float(out.partition("accuracy ")[2].partition(",")[0])


def asked(run: Path, data: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """Return the answers of ``neuroep predict``."""
    capsys.readouterr()
    assert neuroep("predict", run, data) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def rows_of(run: Path) -> list[list[str]]:
    with (run.parent / "test.csv").open(newline="") as file:
        return list(csv.reader(file))[1:]


def test_labels_keep_their_names(questions_run: Path) -> None:
    found = metrics(questions_run)
    assert tuple(found["labels"]) == LABELS
    assert found["test_accuracy"] >= 0.9
    for counts in found["confusion"].values():
        assert np.sum(counts, axis=1).tolist() == [15] * 6


def test_a_run_is_tested_on_what_its_own_data_held_out(
    questions_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without --data, and wherever a copy of what it was trained on lies."""
    reached = pytest.approx(metrics(questions_run)["test_accuracy"], abs=5e-5)
    copy = shutil.copy(questions_run.parent / "train.csv", tmp_path / "copy.csv")
    assert evaluated(questions_run, copy, capsys) == (90, reached)
    assert neuroep("eval", questions_run) == 0
    assert capsys.readouterr().out.startswith("90 texts")
    assert neuroep("eval", questions_run, "--data", copy, "--label-column", "question") == 2
    one_line(capsys.readouterr().err, "--label-column question", "trained with")


@pytest.mark.parametrize("name", ["data", "test"])
def test_own_data_that_are_gone_or_others_are_asked_for(
    name: str, questions_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(questions_run, run)
    options = json.loads((run / "options.json").read_text())
    moved = options | {name: str(tmp_path / "none.csv")}
    (run / "options.json").write_text(json.dumps(moved))
    assert neuroep("eval", run) == 2
    one_line(capsys.readouterr().err, "none.csv", f"--{name} says where")
    assert neuroep("eval", run, f"--{name}", options[name]) == 0
    changed = options | {"contents": options["contents"] | {name: "0"}}
    (run / "options.json").write_text(json.dumps(changed))
    capsys.readouterr()
    assert neuroep("eval", run) == 2
    one_line(capsys.readouterr().err, f"--{name} {options[name]}: other data")
    assert neuroep("predict", run, "--data", options[name]) == 2
    one_line(capsys.readouterr().err, "unrecognized arguments: --data")


def test_classes_in_another_order_or_some_of_them(
    questions_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A file numbers its classes as they come; the network's own numbers count."""
    rows = rows_of(questions_run)
    right = {True: 0, False: 0}
    for answer, (_, label) in zip(
        asked(questions_run, questions_run.parent / "test.csv", capsys), rows, strict=True
    ):
        right[answer["label"] == label] += 1
    reached = right[True] / len(rows)
    assert reached == pytest.approx(metrics(questions_run)["test_accuracy"])
    turned = sorted(rows, key=lambda row: row[1], reverse=True)
    other = write_rows(tmp_path / "turned.csv", ("question", "class"), turned)
    assert evaluated(questions_run, other, capsys) == (90, pytest.approx(reached, abs=5e-5))
    some = [row for row in turned if row[1] in ("number", "human")]
    few = write_rows(tmp_path / "few.csv", ("question", "class"), some)
    count, accuracy = evaluated(questions_run, few, capsys)
    assert count == 30
    assert accuracy >= 0.9
    strange = write_rows(tmp_path / "strange.csv", ("question", "class"), [*some, ["x?", "color"]])
    assert neuroep("eval", questions_run, "--data", strange) == 2
    one_line(capsys.readouterr().err, "strange.csv", "'color'", "number")


def test_answers_name_line_and_class_and_what_was_not_read(
    questions_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.txt"
    long = "who invented the telescope and the compass " * 8
    own.write_text(f"Who invented rain?\n\nHow many tools need salt?\n{long}\n")
    found = asked(questions_run, own, capsys)
    assert [answer["line"] for answer in found] == [1, 3, 4]
    assert [answer["label"] for answer in found[:2]] == ["human", "number"]
    for answer in found:
        assert set(answer["scores"]) == set(LABELS)
        assert sum(answer["scores"].values()) == pytest.approx(1, abs=5e-4)
    assert ["unread" in answer for answer in found] == [False, False, True]
    labelled = write_rows(
        tmp_path / "long.csv", ("question", "class"), [[long, "human"], ["How many?", "number"]] * 5
    )
    assert neuroep("eval", questions_run, "--data", labelled) == 0
    assert "5 texts longer than the network reads: " in capsys.readouterr().out
