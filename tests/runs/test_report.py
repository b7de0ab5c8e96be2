"""The page of a run: what it says, what it leaves out, and that it never stands in the way."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from experiment_support import interrupt_at, neuroep, one_line, train

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.report.html import Chart, Notes, Page, Section, Table
from neuroep.runs.folder import ATTENTION, FIGURES, METRICS, RunFolder
from neuroep.runs.options import TrainOptions
from neuroep.runs.report import live, one
from neuroep.runs.report.attention import attention
from neuroep.runs.report.curves import MOST_POINTS, curves
from neuroep.runs.report.live import LiveReport, write_run_report
from neuroep.runs.report.origin import again, design
from neuroep.runs.report.quantities import si
from neuroep.runs.report.record import RunRecord
from neuroep.runs.report.verdict import verdict
from neuroep.runs.report.writing import write_page
from neuroep.traces.files import remove_leftovers


def lines(section: Section) -> list[str]:
    """Return the lines of all notes of a section."""
    return [line for one in section.blocks if one.kind == Notes.kind for line in one.lines]  # type: ignore[attr-defined]


def tables(section: Section) -> list[Table]:
    return [block for block in section.blocks if isinstance(block, Table)]


def test_the_verdict_has_an_interval_and_what_it_is_held_against(finished_run: Path) -> None:
    run = RunRecord.of_folder(finished_run)
    (held,) = tables(verdict(run))
    rows = {str(row[0]): row for row in held.rows}
    assert rows["always the most frequent class"][1] == "50.00 %"
    assert rows["always the most frequent class"][2] == "35.20 to 64.80 %"  # 20 of 40, Wilson
    assert set(rows) >= {"this network, settled by spiking", "logistic regression, tf-idf"}
    assert not run.running


def test_the_design_is_a_difference_to_the_built_in_one(finished_run: Path) -> None:
    name = "attention_small"
    changed = load_design(name, ["seed=7"]).resolved()
    run = replace(
        RunRecord.of_folder(finished_run), design=changed, options=TrainOptions(design=name)
    )
    (table,) = tables(design(run))
    assert table.rows == [["seed", 0, 7]]
    same = replace(run, design=load_design(name).resolved())
    assert lines(design(same)) == [f"It is the built-in design {name}, entry for entry."]
    assert lines(design(RunRecord.of_folder(finished_run))) == [
        "No built-in design has this name or title."
    ]


def test_the_command_stands_there(finished_run: Path) -> None:
    (code,) = again(RunRecord.of_folder(finished_run)).blocks
    assert "neuroep train" in code.text  # type: ignore[attr-defined]
    assert "--limit 40" in code.text  # type: ignore[attr-defined]


def test_of_many_epochs_every_so_many_are_drawn(finished_run: Path) -> None:
    history = {"validation_accuracy": [0.5] * 2000, "validation_cost": [1.0] * 2000}
    run = replace(RunRecord.of_folder(finished_run), history=history)
    charts = [block for block in curves(run).blocks if isinstance(block, Chart)]
    assert charts
    for chart in charts:
        assert len(chart.x) <= MOST_POINTS
        assert chart.note == "Every 4th epoch is drawn."


def test_attention_is_words_with_their_weights(finished_run: Path) -> None:
    _, *texts = attention(RunRecord.of_folder(finished_run)).blocks
    assert len(texts) == 4
    for text in texts:
        assert len(text.words) == len(text.share) > 10  # type: ignore[attr-defined]
        assert sum(text.share) == pytest.approx(1.0, abs=0.02)  # type: ignore[attr-defined]
        assert len(text.queries) == 2  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "not JSON"),
        ('[{"words": ["a", "b"], "share": [1.0]}]', "weights that are not of the words"),
        ('[{"words": 3, "share": []}]', "0: words: "),
        ('[{"layer": "a", "asking": ["b"], "asked": ["c"], "weights": [[1.0, 2.0]]}]', "weights"),
    ],
)
def test_what_is_damaged_is_said_where_it_would_stand(
    finished_run: Path, tmp_path: Path, content: str, words: str
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / FIGURES / ATTENTION).write_text(content)
    (run / "traces.h5").write_bytes(b"no HDF5")
    sections = {s.title: s for s in one.sections_of(RunRecord.of_folder(run))}
    (said,) = lines(sections["Attention"])
    assert said.startswith(str(run / FIGURES / ATTENTION))
    assert words in said
    assert str(run / "traces.h5") in lines(sections["Synapses"])[0]
    assert sections["Verdict"].blocks


def test_a_run_whose_metrics_are_damaged_is_one_line(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / METRICS).write_text(json.dumps({"title": "x"}))
    assert neuroep("report", run) == 2
    one_line(capsys.readouterr().err, METRICS, "missing")
    assert not (run / "report.html").exists()


def test_a_report_that_cannot_be_written_is_one_line_and_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise InputError("report.html: cannot be written: no space left on device")

    monkeypatch.setattr(live, "write_page", refuse)
    assert train(tmp_path, "--report", "--no-baselines", "--no-figures") == 0
    out = capsys.readouterr().out
    assert out.count("cannot be written: no space left on device") == 1
    assert (tmp_path / "run" / METRICS).is_file()
    assert not (tmp_path / "run" / "report.html").exists()


def test_whatever_goes_wrong_with_a_report_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    report = LiveReport(said.append)
    report(tmp_path, {})  # no run is there
    report(tmp_path, {})
    report.close()
    assert len(said) == 1
    assert "not a run folder" in said[0]


def test_the_live_view_goes_on_while_a_process_works_on_the_run(
    finished_run: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    shutil.copytree(finished_run, run)
    (run / METRICS).unlink()
    page = tmp_path / "page.html"
    with RunFolder.open(str(run)).locked():
        assert RunRecord.of_folder(run).running
        write_run_report(run, page)
    assert b'http-equiv="refresh"' in page.read_bytes()
    write_run_report(run, page)
    assert b'http-equiv="refresh"' not in page.read_bytes()
    assert b"interrupted, epoch 3 of 3 is done" in page.read_bytes()
    remove_leftovers(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["page.html", "run"]


def test_a_page_that_nobody_could_open_is_refused(tmp_path: Path) -> None:
    large = Page("", "", [Section("", [Notes(["x" * 4_000_000])])], "")
    with pytest.raises(InputError, match=r"page.html: would hold 4.1 MB"):
        write_page(large, tmp_path / "page.html")
    assert not list(tmp_path.iterdir())


def test_a_run_whose_first_epoch_is_not_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 0)
        assert train(tmp_path, "--report", "--no-baselines", "--no-figures") == 130
    run = RunRecord.of_folder(tmp_path / "run")
    assert run.state == "interrupted, epoch 0 of 3 is done"
    titles = [section.title for section in one.page_of(run).shown]
    assert titles == ["How far it is", "Design", "Again"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(5.549e-7, "554.9 nJ"), (0.0, "0 J"), (None, "-"), (float("nan"), "-"), (-2e3, "-2 kJ")],
)
def test_quantities_have_prefixes(value: float | None, text: str) -> None:
    assert si(value, "J") == text
