"""Every kind of result as a page in a real browser: whole, quiet, readable, and of one file."""

import csv
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from browser_support import check, chromium, opened
from experiment_support import (
    LIMIT,
    ON_DEVICES,
    QUICK,
    TINY,
    interrupt_at,
    neuroep,
    tiny,
    train,
    train_new,
)
from own_data import write_numbers
from sweep_support import SETTLE, sweep, write_plan

from neuroep.export import export
from neuroep.export.recording import Recording, waveforms
from neuroep.runs.folder import RunFolder
from neuroep.runs.report.live import write_run_report

REPO = Path(__file__).resolve().parents[2]
RESULTS = REPO / "docs" / "results"
HOSTILE = "<script>document.title='!'</script> \"quoted\" 'too' & \u202etxt.exe\x07"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as found:
        yield found


def report(tmp_path: Path, *paths: object) -> Path:
    """Write the report of some paths and return it."""
    out = tmp_path / "page.html"
    assert neuroep("report", *paths, "-o", out) == 0
    return out


def test_a_run_on_texts(browser: Any, finished_run: Path, tmp_path: Path) -> None:
    path = report(tmp_path, finished_run)
    text = check(browser, path, charts=6)
    order = ["Verdict", "Curves", "Attention", "Synapses", "Spikes", "Energy, time and area"]
    places = [text.index(f"\n{title}\n") for title in order]
    assert places == sorted(places)
    with opened(browser, path) as page:
        words = page.query_selector_all(".words span")
        assert len(words) > 20
        assert "% of the attention" in str(words[0].get_attribute("title"))
        zoom = page.query_selector("button[aria-label^='zoom in']")
        zoom.focus()
        page.keyboard.press("Enter")
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.querySelector('.tools')).display") == "none"


def test_a_run_on_pairs(browser: Any, pairs_run: Path, tmp_path: Path) -> None:
    text = check(browser, report(tmp_path, pairs_run), charts=4)
    assert "attention of each row to each word" in text


def test_a_chip_that_learns_images(browser: Any, digits_run: Path, tmp_path: Path) -> None:
    assert "Attention" not in check(browser, report(tmp_path, digits_run), charts=3)


def test_a_chip_of_devices(browser: Any, tmp_path: Path) -> None:
    run = tmp_path / "run"
    design = tiny(tmp_path, ON_DEVICES)
    assert neuroep("train", design, "--limit", 30, "--no-baselines", "--out", run) == 0
    text = check(browser, report(tmp_path, run), charts=6)
    assert "Devices of each learned array" in text
    assert "range of a device" in text


def test_a_run_on_a_table(browser: Any, tmp_path: Path) -> None:
    data, _ = write_numbers(tmp_path, "iris")
    run = train_new(tmp_path, "table", data, "--epochs", 2)
    assert "setosa" in check(browser, report(tmp_path, run), charts=3)


def test_a_run_that_is_not_finished(
    browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        interrupt_at(patch, 4)
        assert train(tmp_path, "--report", *QUICK) == 130
    run = tmp_path / "run"
    assert list(run.glob("*.part"))
    text = check(browser, run / "report.html", charts=4)  # as its training left it
    assert "epoch 2 of 3" in text
    assert "neuroep train --resume" in text
    assert "Pause" not in text
    with RunFolder.open(str(run)).locked():  # as while it goes on
        path = tmp_path / "live.html"
        write_run_report(run, path)
    assert "Pause" in check(browser, path, charts=4)
    with opened(browser, path) as page:
        page.click("#pause")
        assert page.inner_text("#pause") == "Go on"
    both = report(tmp_path, run, RESULTS / "reviews_spiking_seed0.json")
    assert "1 of 2 runs are not finished" in check(browser, both, charts=2)


def test_names_that_are_markup_are_text(browser: Any, tmp_path: Path) -> None:
    layer = "h<img src=x onerror=alert(1)>\\\"'"
    text = TINY.replace('title = "tiny"', f"title = {json.dumps(HOSTILE)}")
    text = text.replace("[layers.hidden]", f'[layers."{layer}"]').replace(
        '["heads", "hidden"]', f'["heads", "{layer}"]'
    )
    text = text.replace('layer = "hidden"', f'layer = "{layer}"')
    text = text.replace('"heads-hidden" =', f'"heads-{layer}" =')
    text = text.replace("hidden = [0, 6]", f'"{layer}" = [0, 6]')
    labels = ("</script><script>alert(2)</script>", "'\"><b>bold</b>")
    data = tmp_path / "data.csv"
    with data.open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["text", "label"])
        words = ("<i>good</i> film & &lt;b&gt;", 'bad "film" <u>')
        rows.writerows([f"{words[i % 2]} {i}", labels[i % 2]] for i in range(2 * LIMIT))
    run = tmp_path / "run"
    arguments = ("--data", data, "--limit", LIMIT, "--no-baselines", "--out", run)
    assert neuroep("train", tiny(tmp_path, text), *arguments) == 0
    path = report(tmp_path, run)
    found = check(browser, path, charts=6)
    assert HOSTILE[:40] in found
    assert "\\u202etxt.exe\\u0007" in found
    for label in labels:
        assert label in found
    assert "onerror=alert(1)" in found
    with opened(browser, path) as page:
        assert page.title().startswith("<script>")
        assert not page.query_selector_all("img[src=x], b, i, u:not(.ngram)")


def test_several_runs(browser: Any, finished_run: Path, tmp_path: Path) -> None:
    seeds = sorted(RESULTS.glob("reviews_spiking_seed*.json"))
    text = check(browser, report(tmp_path, *seeds, finished_run), charts=2)
    assert "±" in text
    assert "tiny" in text


def test_a_verification(browser: Any, tmp_path: Path) -> None:
    files = [RESULTS / f"{name}.json" for name in ("verify_attention_small", "learn_coincidence")]
    time = np.linspace(0, 1e-5, 5000)
    waves = {"<b>hidden</b>": np.sin(1e6 * time[:, None] * np.arange(1, 12))}
    export(tmp_path / "scope.nc", Recording("scope", (waveforms("free", time, waves),)))
    text = check(browser, report(tmp_path, *files, tmp_path / "scope.nc"), charts=1)
    assert "ngspice dC/dg" in text
    assert "free/<b>hidden</b>" in text


def test_a_sweep(browser: Any, tmp_path: Path) -> None:
    plan = write_plan(tmp_path, f"{SETTLE}seeds = 2\n")
    assert sweep(plan) == 0
    folder = plan.with_suffix("")
    shutil.rmtree(folder / "figures", ignore_errors=True)
    assert neuroep("sweep", plan, "--collect", "--out", folder) == 0
    assert neuroep("report", folder) == 0
    text = check(browser, folder / "report.html", charts=0)
    assert "points measured" in text
