"""``neuroep table``: any mix of runs in one table."""

import json
import re
from pathlib import Path

import pytest
from experiment_support import REPO, metrics, neuroep, one_line


def table_of(capsys: pytest.CaptureFixture[str], *runs: object) -> str:
    capsys.readouterr()
    assert neuroep("table", *runs) == 0
    return capsys.readouterr().out


def test_spikes_a_resistive_chip_and_pairs_stand_side_by_side(
    finished_run: Path, digits_run: Path, pairs_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs = (finished_run, digits_run, pairs_run)
    out = table_of(capsys, *runs)
    row = next(line for line in out.splitlines() if line.lstrip().startswith("test accuracy  "))
    found = [float(share) for share in re.findall(r"([\d.]+) %", row)]
    expected = [100 * metrics(run)["test_accuracy"] for run in runs]
    assert found == pytest.approx(expected, abs=0.006)
    for number, run in enumerate(runs, 1):
        about = metrics(run)
        heading = next(line for line in out.splitlines() if line.startswith(f"[{number}] "))
        for part in ("title", "solver", "rule", "data", "unit"):
            assert about[part] in heading
    spikes = next(line for line in out.splitlines() if "spikes per neuron" in line)
    assert "example" in spikes  # a text, an image and a pair
    assert "not converged in the test, sweep" in out
    assert "Traceback" not in out


def test_seeds_of_one_run_share_a_column(
    finished_run: Path, digits_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = json.loads((finished_run / "metrics.json").read_text())
    other |= {"seed": 4, "test_accuracy": other["test_accuracy"] + 0.1}
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other))
    out = table_of(capsys, finished_run, digits_run, path)
    assert "[2]" in out
    assert "[3]" not in out
    assert "seeds 3, 4" in out
    assert f"{100 * (other['test_accuracy'] - 0.05):.1f} ± 7.1 %" in out


def test_a_run_that_is_given_twice_is_no_second_seed(
    finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    again = finished_run / "metrics.json"
    assert neuroep("table", finished_run, again) == 2
    one_line(capsys.readouterr().err, f"{again}: given twice")


def test_data_of_one_name_and_other_content_are_no_seeds(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    about = json.loads((finished_run / "metrics.json").read_text())
    for seed, content in enumerate(("a", "b", "a")):
        noted = {"data": {"data": {"path": "words.csv", "sha256": content}}}
        changed = about | {"seed": seed, "provenance": about["provenance"] | noted}
        (tmp_path / f"{seed}.json").write_text(json.dumps(changed))
    out = table_of(capsys, *(tmp_path / f"{seed}.json" for seed in range(3)))
    assert "seeds 0, 2" in out
    assert "[3]" not in out
    first, other = tmp_path / "0.json", tmp_path / "1.json"
    assert neuroep("compare", first, other) == 2
    one_line(capsys.readouterr().err, "1.json", "contents of the data")
    other.write_text(other.read_text().replace('"seed": 1', '"seed": 0'))
    assert neuroep("compare", first, "--with", other) == 2
    one_line(capsys.readouterr().err, "1.json", about["data"], "other content")


def test_runs_of_other_settings_are_no_seeds_of_one(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    about = json.loads((finished_run / "metrics.json").read_text())
    assert about["provenance"]["settings"]
    for seed, beta in enumerate(("0.5", "0.1", "0.5")):
        noted = {"settings": beta, "set": [f"learning.beta={beta}", f"seed={seed}"]}
        changed = about | {"seed": seed, "provenance": about["provenance"] | noted}
        (tmp_path / f"{seed}.json").write_text(json.dumps(changed))
    out = table_of(capsys, *(tmp_path / f"{seed}.json" for seed in range(3)))
    assert "test texts, learning.beta=0.5, seeds 0, 2" in out
    assert "test texts, learning.beta=0.1\n" in out
    assert "[3]" not in out
    assert neuroep("compare", tmp_path / "0.json", tmp_path / "1.json") == 2
    one_line(capsys.readouterr().err, "1.json", "settings: other than in")


def test_chips_of_one_design_are_told_by_their_numbers(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    about = json.loads((finished_run / "metrics.json").read_text())
    assert about["chip"] is None
    for chip in (17, 18):
        (tmp_path / f"{chip}.json").write_text(json.dumps(about | {"chip": chip}))
    out = table_of(capsys, finished_run, tmp_path / "17.json", tmp_path / "18.json")
    assert "[2]" in out
    assert "[3]" not in out
    assert "seeds 3, 3, chips 17, 18" in out


def test_the_commands_of_the_readme_print_their_tables(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(REPO)
    text = (REPO / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^ +neuroep table (docs/results/[^#\n]+)", text, re.MULTILINE)
    assert len(commands) >= 4
    for patterns in commands:
        files = [file for part in patterns.split() for file in sorted(REPO.glob(part))]
        assert files, patterns
        assert "test accuracy" in table_of(capsys, *files)


def test_a_field_that_is_missing_or_wrong_is_named(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    content = json.loads((finished_run / "metrics.json").read_text())
    path = tmp_path / "m.json"
    for change, words in (
        ({"accuracy": {"sweep": "many"}}, ["accuracy.sweep"]),
        ({"examples": None}, ["examples"]),
        ({"account": {"inference_joules": [1.0]}}, ["account.inference_joules: is no energy"]),
        ({"account": {"step_joules": 10**400}}, ["account.step_joules: is too large"]),
        ({"solver": "none"}, ["accuracy.none: missing"]),
        ({"not_converged": dict.fromkeys(content["accuracy"], 41)}, ["not_converged.", "41 of 40"]),
        ({"best_epoch": 0}, ["best_epoch: 0"]),
        ({"best_epoch": 99}, ["best_epoch: 99"]),
        ({"history": {"validation_accuracy": [1.5]}}, ["history.validation_accuracy.0: 1.5"]),
        ({"history": {"validation_accuracy": [-0.5]}}, ["history.validation_accuracy.0: -0.5"]),
        ({"history": {}}, ["history.validation_accuracy: missing"]),
        ({"examples": {"test": 41}}, ["confusion."]),
    ):
        path.write_text(json.dumps(content | change))
        assert neuroep("table", path) == 2
        one_line(capsys.readouterr().err, path, *words)
