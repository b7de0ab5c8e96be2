"""neuroep twins: the same network by EP and by backpropagation, in one figure and one table."""

import json
from pathlib import Path
from typing import Any

import pytest
from experiment_support import neuroep, one_line

from neuroep.runs.folder import RunFolder
from neuroep.runs.metrics import Metrics
from neuroep.studies.twins import VALIDATION, differences, read_twins


def make_run(
    folder: Path,
    name: str,
    rule: str,
    seed: int,
    accuracy: float,
    *,
    epochs: int = 3,
    **changes: Any,
) -> str:
    """Write a finished run folder as a training leaves it, without training."""
    run = RunFolder.create(str(folder / name), "x")
    learning = {"rule": rule, "beta": 0.1, "epochs": 3}
    run.write_design(
        {
            "title": "twin",
            "seed": seed,
            "layers": {"hidden": {"type": "tanh", "size": changes.pop("size", 4)}},
            "learning": learning | changes.pop("learning", {}),
        }
    )
    run.write_options({name: changes.pop(name) for name in ("limit", "vectors") if name in changes})
    climb = [accuracy - 0.01 * (epochs - 1 - i) for i in range(epochs)]
    history = {
        "train_accuracy": climb,
        "train_cost": [1 - a for a in climb],
        "validation_accuracy": climb,
        "validation_cost": [1 - a for a in climb],
    }
    run.write_metrics(
        Metrics(
            title="twin",
            data="words",
            task="text",
            unit="text",
            labels=changes.pop("labels", ["no", "yes"]),
            seed=seed,
            solver="sweep",
            rule=rule,
            update="adam",
            examples={"train": 20, "validation": 10, "test": 10},
            test_accuracy=accuracy - 0.02,
            validation_accuracy=accuracy,
            best_epoch=epochs,
            history=changes.pop("history", history),
            accuracy={"sweep": accuracy - 0.02},
            settle_steps={"sweep": 5.0},
            not_converged={"sweep": 0},
            seconds={},
            provenance={"data": {"data": {"sha256": changes.pop("content", "a")}}},
        )
    )
    assert not changes
    return str(run.path)


@pytest.fixture
def runs(tmp_path: Path) -> list[str]:
    return [
        make_run(tmp_path, "ep0", "centered", 0, 0.884),
        make_run(tmp_path, "ep1", "centered", 1, 0.880, epochs=2),
        make_run(tmp_path, "bp0", "bptt", 0, 0.889),
        make_run(tmp_path, "bp1", "bptt", 1, 0.887),
        make_run(tmp_path, "bp2", "bptt", 2, 0.200),  # has no twin, so it counts for no difference
    ]


def test_differences_are_of_the_same_seed(runs: list[str]) -> None:
    validation, test = differences(read_twins(runs))
    assert (validation.rule, validation.reference) == ("centered", "bptt")
    assert validation.figure == VALIDATION
    assert validation.seeds == [0, 1]
    assert validation.differences == pytest.approx([-0.005, -0.007])
    assert validation.mean == pytest.approx(-0.006)
    assert validation.spread == pytest.approx(0.002 / 2**0.5)
    assert test.figure == "test accuracy, sweep"
    assert test.differences == pytest.approx([-0.005, -0.007])


def test_differences_that_are_the_same_have_no_spread(tmp_path: Path) -> None:
    made = [("centered", 0, 0.9), ("bptt", 0, 0.8), ("centered", 1, 0.8), ("bptt", 1, 0.7)]
    found = read_twins([make_run(tmp_path, f"{r}{s}", r, s, a) for r, s, a in made])
    assert [one.spread for one in differences(found)] == [0.0, 0.0]


def test_the_command_draws_and_tells(
    runs: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figure, results = tmp_path / "t.png", tmp_path / "t.json"
    assert neuroep("twins", *runs, "-o", figure, "--results", results) == 0
    out = capsys.readouterr().out
    assert "EP - BPTT" in out
    assert "-0.60 ± 0.14 points" in out
    assert figure.stat().st_size > 10_000
    found = json.loads(results.read_text())
    assert [run["run"] for run in found["runs"]] == ["ep0", "ep1", "bp0", "bp1", "bp2"]
    assert found["differences"][0]["mean"] == pytest.approx(-0.006)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"rule": "centered", "seed": 5}, ["learning.rule", "two ways"]),
        ({"rule": "bptt", "size": 5}, ["layers.hidden.size"]),
        ({"rule": "bptt", "learning": {"epochs": 4}}, ["learning.epochs"]),
        ({"seed": 5, "learning": {"beta": 0.4}}, ["learning.beta", "by the same rule"]),
        ({"rule": "bptt", "limit": 10}, ["data", "at most 10"]),
        ({"rule": "bptt", "content": "b"}, ["data", "other content"]),
        ({"rule": "bptt", "labels": ["0", "1"]}, ["labels: another than"]),
        ({"rule": "bptt", "vectors": ["glove.txt"]}, ["vectors: another than"]),
        ({"rule": "bptt", "limit": "10"}, ["options.json: limit: "]),
        ({"rule": "bptt", "history": {}}, ["history.validation_accuracy", "missing"]),
        ({"rule": "guess"}, ["rule", "guess"]),
        ({"rule": "centered"}, ["seed 0 by centered"]),
    ],
)
def test_runs_that_are_no_twins(
    changes: dict[str, Any],
    words: list[str],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    one = make_run(tmp_path, "one", "centered", 0, 0.9)
    changes = {"rule": "centered", "seed": 0} | changes
    other = make_run(tmp_path, "other", changes.pop("rule"), changes.pop("seed"), 0.9, **changes)
    assert neuroep("twins", one, other, "-o", tmp_path / "t.png") == 2
    one_line(capsys.readouterr().err, "other", *words)
    assert not (tmp_path / "t.png").exists()


def test_a_run_that_is_not_finished(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run = make_run(tmp_path, "one", "centered", 0, 0.9)
    (Path(run) / "metrics.json").unlink()
    assert neuroep("twins", run, "-o", tmp_path / "t.png") == 2
    one_line(capsys.readouterr().err, run, "not trained to the end")
