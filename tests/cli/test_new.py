"""``neuroep new``: a first design for own data, which learns as it is."""

import json
from pathlib import Path

import pytest
from experiment_support import QUICK, metrics, more, neuroep, one_line, train_new
from own_data import write_numbers, write_pairs, write_pngs, write_rows

from neuroep.design.load import load_design

FAMILIES = pytest.mark.parametrize("resistive", [False, True], ids=["spiking", "resistive"])


@FAMILIES
@pytest.mark.parametrize(("name", "least"), [("digits", 0.96), ("iris", 0.9), *more(("wine", 0.9))])
def test_measurements_are_learned_by_the_defaults(
    name: str, least: float, resistive: bool, tmp_path: Path
) -> None:
    data, held_out = write_numbers(tmp_path, name)
    run = train_new(tmp_path, "table", data, "--test", held_out, resistive=resistive)
    found = metrics(run)
    assert found["task"] == "table"
    assert found["solver"] == ("sweep" if resistive else "spiking")
    assert found["test_accuracy"] >= least
    assert found["validation_accuracy"] >= 0.8
    assert set(found["not_converged"]) == set(found["accuracy"])
    assert "test" not in found["note"]  # a file of its own leaves nothing to hold out


def test_a_resistive_chip_learns_images_of_one_file(digits_run: Path) -> None:
    found = metrics(digits_run)
    assert found["test_accuracy"] > 0.95
    assert found["labels"] == [str(digit) for digit in range(10)]
    assert found["not_converged"] == {"sweep": 0}


def test_spikes_learn_a_folder_of_images_a_class(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    images = write_pngs(tmp_path / "images", 300)
    run = train_new(tmp_path, "images", images, "--epochs", 12)
    found = metrics(run)
    assert found["labels"] == [f"digit {k}" for k in range(10)]
    assert found["test_accuracy"] > 0.85
    one = next((images / "test" / "digit 7").glob("*.png"))
    capsys.readouterr()
    assert neuroep("predict", run, one) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["line"] == 1
    assert list(answer["scores"]) == found["labels"]


def test_a_chip_for_own_pairs_trains(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_pairs(tmp_path / "pairs.csv", 150)
    run = train_new(tmp_path, "pairs", data, "--epochs", 1, "--solver", "sweep")
    found = metrics(run)
    assert set(found["labels"]) == {"contradiction", "entailment", "neutral"}
    assert "test" in found["note"]
    own = write_rows(tmp_path / "own.csv", ("premise", "hypothesis"), [["a dog", "an animal"]])
    capsys.readouterr()
    assert neuroep("predict", run, own) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["line"] == 2
    assert "unread" not in answer
    assert answer["input"] == "a dog / an animal"


@FAMILIES
@pytest.mark.parametrize("kind", ["texts", "pairs", "images"])
def test_without_data_it_is_made_for_the_built_in_ones(
    kind: str,
    resistive: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    chip = Path("chip.toml")
    family = ["--resistive"] if resistive else []
    if resistive and kind != "images":
        assert neuroep("new", kind, *family, "-o", chip) == 2
        one_line(capsys.readouterr().err, f"new {kind}", "resistive chip", "--resistive")
        assert not chip.exists()
        return
    assert neuroep("new", kind, "--limit", 60, *family, "-o", chip) == 0
    assert f"neuroep train {chip}" in capsys.readouterr().out
    text = chip.read_text()
    assert "$" not in text
    assert max(map(len, text.splitlines())) <= 120
    design = load_design(str(chip))
    assert design.task_key == {"texts": "text"}.get(kind, kind)
    run = tmp_path / "run"
    assert neuroep("train", chip, "--limit", 60, "--epochs", 1, *QUICK, "--out", run) == 0


WRONG = {
    "no kind": (["text"], ["new text", "did you mean texts?"]),
    "no table": (["table"], ["--data", "missing"]),
    "no file": (["texts", "--data", "nowhere.csv"], ["nowhere.csv", "no such file"]),
    "no column": (["texts", "--label-column", "kind", "--data", "{data}"], ["kind", "text, label"]),
    "no columns": (["images", "--label-column", "kind"], ["--label-column", "no columns"]),
    "no words": (["table", "--data", "{data}"], ["data.csv"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_cannot_be_measured_is_one_line(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, words = WRONG[case]
    rows = [["good film", "yes"], ["bad film", "no"]] * 10
    data = write_rows(tmp_path / "data.csv", ("text", "label"), rows)
    given = [argument.format(data=data) for argument in arguments]
    assert neuroep("new", *given, "-o", tmp_path / "chip.toml") == 2
    one_line(capsys.readouterr().err, *words)
    assert not (tmp_path / "chip.toml").exists()


def test_a_design_that_is_there_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    chip = tmp_path / "chip.toml"
    chip.write_text("mine")
    assert neuroep("new", "images", "-o", chip) == 2
    one_line(capsys.readouterr().err, chip, "exists already")
    assert chip.read_text() == "mine"
