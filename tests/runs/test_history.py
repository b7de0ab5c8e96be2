"""A line an epoch: there when the epoch is done, whole, and of this run alone."""

import json
import math
import shutil
from pathlib import Path

import pytest
from experiment_support import LIMIT, tiny
from experiment_support import neuroep as run_command

import neuroep
from neuroep.errors import InputError
from neuroep.runs.folder import RunFolder
from neuroep.runs.history import HISTORY, append_epoch, begin_history, read_history

EPOCHS = [{"loss": 0.5, "validation_accuracy": 0.25}, {"loss": 0.125, "validation_accuracy": 1.0}]


def test_lines_come_back(tmp_path: Path) -> None:
    assert read_history(tmp_path) == []
    begin_history(tmp_path, EPOCHS[:1])
    append_epoch(tmp_path, 2, EPOCHS[1])
    assert read_history(tmp_path) == [{"epoch": n, **e} for n, e in enumerate(EPOCHS, 1)]


def test_a_figure_that_is_no_number_is_null_in_its_file(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    append_epoch(tmp_path, 1, {"validation_cost": math.nan, "validation_accuracy": 0.5})
    assert '"validation_cost": null' in (tmp_path / HISTORY).read_text()
    assert math.isnan(read_history(tmp_path)[0]["validation_cost"])
    shutil.copytree(finished_run, run := tmp_path / "run")
    folder = RunFolder(run)
    found = folder.read_metrics()
    assert found is not None
    found.history["validation_cost"][0] = math.inf
    folder.write_metrics(found)
    again = folder.read_metrics()
    assert again is not None
    assert math.isnan(again.history["validation_cost"][0])
    assert again.history["validation_cost"][1:] == found.history["validation_cost"][1:]
    for command in ("table", "report", "info"):  # the rest of a run is worth as much as before
        assert run_command(command, run) == 0, capsys.readouterr().err


def test_half_a_line_does_not_count_and_is_gone_when_a_run_goes_on(tmp_path: Path) -> None:
    begin_history(tmp_path, EPOCHS)
    path = tmp_path / HISTORY
    path.write_bytes(path.read_bytes()[:-5])
    assert len(read_history(tmp_path)) == 1
    begin_history(tmp_path, EPOCHS[:1])
    append_epoch(tmp_path, 2, EPOCHS[1])
    assert [one["epoch"] for one in read_history(tmp_path)] == [1, 2]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("[1]", "is not epoch 1"),
        ('{"epoch": 2}', "is not epoch 1"),
        ('{"epoch": 1, "loss": NaN}', "NaN"),
        ('{"epoch": 1, "loss": "low"}', "loss: is no number"),
        ('{"epoch": 1, "loss": 1' + "0" * 400 + "}", "loss: is no number"),
        ("{" * 9999, "not JSON"),
    ],
)
def test_a_damaged_line_is_named(line: str, said: str, tmp_path: Path) -> None:
    (tmp_path / HISTORY).write_text(line + "\n")
    with pytest.raises(InputError, match=r"history\.jsonl: line 1: ") as caught:
        read_history(tmp_path)
    assert said in str(caught.value)


def test_a_run_calls_back_after_every_epoch(tmp_path: Path) -> None:
    told = []

    def see(run: Path, figures: dict[str, float]) -> None:
        assert (run / "checkpoint.h5").is_file()
        told.append((figures, read_history(run)))

    design = str(tiny(tmp_path))
    run = neuroep.train(
        design, out=tmp_path / "run", limit=LIMIT, quiet=True, no_baselines=True, on_epoch=see
    )
    assert [figures["epoch"] for figures, _ in told] == [1, 2, 3]
    assert [len(lines) for _, lines in told] == [1, 2, 3]
    for figures, lines in told:
        assert lines[-1] == figures
    metrics = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert metrics["history"]["validation_accuracy"] == [
        line["validation_accuracy"] for line in read_history(run.folder.path)
    ]


def test_an_output_at_its_rail_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ["mnist_spiking", "--solver", "sweep", "--limit", "400", "--epochs", "1"]
    asked += ["--no-figures", "--no-baselines"]
    for bias, told in (("-5", 10), ("0.1", 0)):
        out = ("--set", f"layers.out.bias={bias}", "--out", tmp_path / bias)
        assert run_command("train", *asked, *out) == 0
        said = capsys.readouterr().out.splitlines()
        lines = [line for line in said if "off its rail it does not learn" in line]
        assert len(lines) == told
        assert all(line.startswith(f"output '{n}' is 0 for all ") for n, line in enumerate(lines))
