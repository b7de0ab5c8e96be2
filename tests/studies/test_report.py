"""``neuroep report``: what a path may lead to, where the page goes, and what is refused."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line

from neuroep.studies.report.report import page
from neuroep.studies.report.waves import MOST_POINTS, decimated

RESULTS = Path(__file__).resolve().parents[2] / "docs" / "results"

VIEW = '{"title": "x", "passed": true, "views": [{"name": "a", "failed": [], "volts": "1"}]}'
SUMMARY = "beta,figure,yield,yield low,yield high,kept,tried\n0.5,all specifications,{}\n"


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("missing", None, "no such file or folder"),
        ("a.txt", "x", "no folder of a run"),
        ("a.json", "{", "not JSON"),
        ("a.json", "[]", "neither metrics"),
        ("a.json", '{"title": 3, "passed": true, "views": 5}', "title: "),
        ("a.json", '{"title": "x", "passed": "false"}', "passed: "),
        ("a.json", '{"title": "x", "passed": true, "views": 5}', "views: "),
        ("a.json", '{"title": "x", "passed": true, "views": [{}]}', "views.0.name: missing"),
        (
            "a.json",
            '{"title": "x", "passed": true, "failures": ["a"]}',
            "passed: is true, though a",
        ),
        ("a.json", VIEW, "views.0.volts: is no number"),
        ("a.json", '{"title": "x", "test_accuracy": 0.5}', "missing"),
        ("a.json", (RESULTS / "gradcheck_attention_small.json").read_text(), "neither"),
        ("a.csv", "a,b\n1,2\n", "no exported waveforms"),
        ("a.npz", "x", "cannot be read"),
        ("a.h5", "x", "a.h5"),
    ],
)
def test_what_cannot_be_shown_is_one_line(
    capsys: pytest.CaptureFixture[str], name: str, content: str | None, words: str
) -> None:
    if content is not None:
        Path(name).write_text(content)
    assert neuroep("report", name) == 2
    one_line(capsys.readouterr().err, name, words)
    assert not Path("report.html").exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SUMMARY.format("0.5,,0.9,5,10"), "yield low: ''"),
        (SUMMARY.format("x,0.2,0.9,5,10"), "yield: 'x'"),
        (SUMMARY.format("nan,0.2,0.9,5,10"), "yield: 'nan'"),
        (SUMMARY.format("0.5,0.2,9,5,10"), "yield high: '9'"),
        (SUMMARY.format("0.5,0.2,0.9,5,10").replace("kept", "keep"), "kept: missing"),
        ("a,b\n1,2\n", "figure: missing"),
        ("", "summary.csv"),
    ],
)
def test_tables_of_a_sweep_that_are_damaged(
    capsys: pytest.CaptureFixture[str], content: str, words: str
) -> None:
    Path("swept").mkdir()
    Path("swept/plan.toml").touch()
    summary = Path("swept/summary.csv")
    summary.write_text(content)
    assert neuroep("report", "swept") == 2
    one_line(capsys.readouterr().err, summary, words)
    summary.write_text(SUMMARY.format("0.5,0.2,0.9,5,10"))
    headline = page(["swept"]).sections[0].blocks[0]
    assert headline.value == "50 %"  # type: ignore[attr-defined]
    assert "worst cell, beta = 0.5; 5 of 10 points" in headline.about  # type: ignore[attr-defined]


def test_an_empty_folder_is_none_of_a_run(capsys: pytest.CaptureFixture[str]) -> None:
    Path("empty").mkdir()
    assert neuroep("report", "empty") == 2
    one_line(capsys.readouterr().err, "empty", "design.toml is missing")


def test_where_the_page_goes(finished_run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    verified = RESULTS / "verify_attention_small.json"
    assert neuroep("report", verified) == 0
    assert capsys.readouterr().out.startswith("report.html: ")
    assert neuroep("report", verified, finished_run, "-o", "both.html") == 0
    assert b"ngspice .tran" in Path("both.html").read_bytes()
    assert neuroep("report", verified, "-o", "no/such/folder.html") == 2
    one_line(capsys.readouterr().err, "no/such/folder.html")


def test_metrics_that_do_not_tell_the_confusion_are_shown(tmp_path: Path) -> None:
    content = json.loads((RESULTS / "reviews_spiking_seed0.json").read_text())
    (tmp_path / "m.json").write_text(json.dumps(content | {"confusion": {}}))
    verdict = page(["m.json"]).sections[0]
    assert verdict.blocks[0].value == f"{100 * content['test_accuracy']:.2f} %"  # type: ignore[attr-defined]


def test_a_view_that_fails_is_seen(tmp_path: Path) -> None:
    content = json.loads((RESULTS / "verify_attention_small.json").read_text())
    content["views"][1]["failed"] = ["volts"]
    content["passed"] = False
    (tmp_path / "v.json").write_text(json.dumps(content))
    (section,) = page(["v.json"]).sections
    headline, warning, table, *_ = section.blocks
    assert headline.value == "FAILS"  # type: ignore[attr-defined]
    assert warning.lines == ["transient: volts"]  # type: ignore[attr-defined]
    assert table.bad == [1]  # type: ignore[attr-defined]


@pytest.mark.parametrize("count", [1001, 1999, 100_003])
def test_of_long_waveforms_every_spike_is_seen(count: int) -> None:
    time = np.arange(float(count))
    values = np.zeros((len(time), 2))
    values[-2, 0], values[-1, 1] = 5.0, -3.0
    values[count // 2, 0] = -4.0
    moments, kept = decimated(time, values)
    assert len(moments) == len(kept) <= MOST_POINTS + 3
    assert (kept[:, 0].min(), kept[:, 0].max()) == (-4.0, 5.0)
    assert kept[:, 1].min() == -3.0
    assert (np.diff(moments) > 0).all()
