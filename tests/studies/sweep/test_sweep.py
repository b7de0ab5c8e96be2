"""A sweep finds, goes on with and adds points, and holds them against a specification."""

import json
import math
import re
import signal
from pathlib import Path
from typing import Any

import pytest
from experiment_support import TINY, metrics, neuroep, one_line
from sweep_support import SETTLE, TRAIN, refused, rows, sweep, write_plan

from neuroep.errors import Stopped
from neuroep.studies.sweep.measures.measure import told
from neuroep.studies.sweep.measures.settling import Settling
from neuroep.studies.sweep.sweep import Sweep
from neuroep.studies.sweep.work import FAILURE, RESULT, Asked, measure_point

SEEDS = SETTLE + "seeds = 3\n"


def said(text: str) -> list[int]:
    """Return the three numbers of the line that says what there is to do."""
    found = re.search(r"(\d+) points in .*: (\d+) are there, (\d+) to measure", text)
    assert found, text
    return [int(number) for number in found.groups()]


def test_a_point_is_an_ordinary_run(tmp_path: Path) -> None:
    """Its folder can be tested, asked and resumed; its numbers are those of neuroep train."""
    plan = write_plan(tmp_path, TRAIN + "seeds = [4]")
    assert sweep(plan) == 0
    (row,) = rows(plan)
    (folder,) = (plan.with_suffix("") / "points").iterdir()
    assert neuroep("train", tmp_path / "tiny.toml", "--limit", 40, "--seed", 4, "--solver", "sweep",
                   "--no-baselines", "--no-figures", "--out", tmp_path / "run") == 0  # fmt: skip
    assert metrics(folder) == metrics(tmp_path / "run")
    assert float(row["test_accuracy"]) == metrics(folder)["test_accuracy"]
    assert not (folder / "figures").exists()
    assert "validation accuracy" in (folder / "log.txt").read_text()


def test_the_same_command_finds_what_is_there_and_more_seeds_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert sweep(plan) == 0
    assert said(capsys.readouterr().out) == [3, 0, 3]
    first = rows(plan)
    results = sorted((plan.with_suffix("") / "points").glob("*/result.json"))
    times = [path.stat().st_mtime_ns for path in results]
    assert sweep(plan) == 0
    assert said(capsys.readouterr().out) == [3, 3, 0]
    assert rows(plan) == first
    assert [path.stat().st_mtime_ns for path in results] == times
    write_plan(tmp_path, SEEDS.replace("seeds = 3", "seeds = 5"))
    assert sweep(plan) == 0
    assert said(capsys.readouterr().out) == [5, 3, 2]
    assert rows(plan)[:3] == first
    assert len({row["cost"] for row in rows(plan)}) == 5


@pytest.mark.parametrize(
    ("old", "new"),
    [('size = 6', 'size = 7'), ("examples = 4", "examples = 5")],
)  # fmt: skip
def test_another_design_or_question_is_another_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert sweep(plan) == 0
    plan.write_text(SEEDS.replace(old, new))
    (tmp_path / "tiny.toml").write_text(TINY.replace(old, new))
    capsys.readouterr()
    assert sweep(plan) == 0
    assert said(capsys.readouterr().out) == [3, 0, 3]


def test_what_a_killed_process_left_is_gone_on_with(tmp_path: Path) -> None:
    """A run that has begun is resumed; one that has not begins anew."""
    plan = write_plan(tmp_path, TRAIN + "seeds = 2")
    assert sweep(plan) == 0
    expected = rows(plan)
    begun, not_begun = sorted((plan.with_suffix("") / "points").iterdir())
    for name in ("result.json", "metrics.json", "trained.h5"):
        (begun / name).unlink()
    for path in not_begun.iterdir():
        if path.name != "start.h5":
            path.unlink()
    assert sweep(plan) == 0
    assert rows(plan) == expected
    assert "trained to the end already" in (begun / "log.txt").read_text()


FAILING = TRAIN + "grid.cost.classes = [2, 3]"


def test_a_failed_point_is_a_row_with_its_line_until_it_is_retried(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, FAILING)
    assert sweep(plan) == 0
    found = rows(plan)
    assert [row["state"] for row in found] == ["measured", "failed"]
    assert "has 2 classes (negative, positive), the design has 3 outputs" in found[1]["error"]
    assert found[1]["test_accuracy"] == ""
    out = capsys.readouterr().out
    assert found[1]["error"] in out
    assert "1 of 2 points failed" in out
    assert sweep(plan) == 0
    assert said(capsys.readouterr().out) == [2, 2, 0]
    (folder,) = (path.parent for path in plan.with_suffix("").rglob(FAILURE))
    (folder / "left.txt").touch()
    assert sweep(plan, "--retry-failed") == 0
    assert said(capsys.readouterr().out) == [2, 1, 1]
    assert not (folder / "left.txt").exists()
    assert rows(plan) == found


def test_where_all_points_fail_the_first_says_why(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, FAILING.replace("2, 3", "3, 4"))
    for options, what in ((("--dry-run",), "no point could be measured: "), ((), "no results: ")):
        assert what in (line := refused(plan, capsys, *options))
        assert "the design has 3 outputs" in line


def test_data_that_cannot_be_read_are_no_failure_of_a_point(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, TRAIN + 'data.data = "none.csv"\nseeds = 2')
    assert "none.csv: no such file" in refused(plan, capsys)


@pytest.mark.parametrize(
    ("spec", "code"),
    [
        ("spec.cost = {max = 1e3}", 0),
        ("spec.cost = {max = 1e-9}", 1),
        ("spec.cost = {min = 0}\nspec.settle_steps = {max = 0}", 1),
        ('spec.energy = {max = "1 J"}', 0),
        ('spec.energy = {max = "1 fJ"}', 1),
        ('spec.energy = {max = "1 fJ"}\nspec.yield = {min = 0}', 0),
    ],
)
def test_a_specification_that_is_not_met_gives_exit_code_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], spec: str, code: int
) -> None:
    plan = write_plan(tmp_path, f"{SEEDS}{spec}")
    assert sweep(plan) == code
    assert ("FAILS the specification" in capsys.readouterr().out) == bool(code)


def test_a_failed_point_keeps_no_specification(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, f"{FAILING}\nspec.test_accuracy = {{min = 0}}")
    assert sweep(plan) == 1


def test_a_limit_on_what_is_not_measured_is_refused_with_what_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, f"{SEEDS}spec.test_acuracy = {{min = 0}}")
    line = refused(plan, capsys)
    assert "spec.test_acuracy: not measured; measured are accuracy, cost, energy" in line
    assert len(list(plan.with_suffix("").rglob(RESULT))) == 1  # said at the first point


def test_a_figure_that_one_point_does_not_know_ends_no_sweep(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the cost of a settle that diverged: the point keeps no limit, the others are measured."""
    real = Settling.measure

    def diverged(self: Settling, *given: Any) -> dict[str, float]:
        found = real(self, *given)
        return told({**found, "cost": math.inf}) if given[1].overrides[-1] == "seed=0" else found

    monkeypatch.setattr(Settling, "measure", diverged)
    plan = write_plan(tmp_path, f"{SEEDS}spec.cost = {{max = 100}}")
    assert sweep(plan) == 1
    assert [row["state"] for row in rows(plan)] == ["measured"] * 3
    assert [bool(row["cost"]) for row in rows(plan)] == [False, True, True]
    assert rows(plan, "summary.csv")[0]["kept"] == "2"


def test_no_verdict_before_all_is_measured(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    corners = "corners.a = {}\ncorners.b.layers.heads.inverse_temperature = 2.0\n"
    plan = write_plan(tmp_path, f"{SEEDS}{corners}spec.cost = {{max = 100}}")
    assert sweep(plan, "--only", 1) == 0
    assert sweep(plan, "--collect") == 1
    assert "does not decide yet whether it meets the specification" in capsys.readouterr().out
    assert sweep(plan) == 0
    assert sweep(plan, "--collect") == 0


def test_what_would_do_nothing_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, f"{SEEDS}spec.yield = {{min = 0.9}}")
    assert "spec.yield: of what? No figure has a limit" in refused(plan, capsys)
    plan = write_plan(tmp_path, SEEDS)
    for option in ("--dry-run", "--collect"):
        assert "--retry-failed: nothing is measured" in refused(
            plan, capsys, option, "--retry-failed"
        )


def test_a_folder_of_something_else_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    plan.with_suffix("").mkdir()
    (plan.with_suffix("") / "thesis.tex").touch()
    assert "is there, and no folder of a sweep" in refused(plan, capsys)


def test_jobs_of_an_array_measure_single_points_and_one_collects(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert "none was measured yet" in refused(plan, capsys, "--collect")
    assert sweep(plan, "--only", 2) == 0
    assert sweep(plan, "--collect") == 0
    assert "2 of 3 points are not measured yet" in capsys.readouterr().out
    assert [row["state"] for row in rows(plan)] == ["missing", "missing", "measured"]
    for number in (0, 1, 2):
        assert sweep(plan, "--only", number) == 0
    assert sweep(plan, "--collect") == 0
    apart = rows(plan)
    whole = write_plan(tmp_path, SEEDS, "whole.toml")
    assert sweep(whole) == 0
    assert rows(whole) == apart
    assert "--only 3: there are points 0 to 2" in refused(plan, capsys, "--only", 3)


def test_a_dry_run_measures_one_point_and_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert sweep(plan, "--dry-run") == 0
    out = capsys.readouterr().out
    assert "3 points, 2 to measure; one takes" in out
    assert re.search(r"left: \S+ core-hours, \d+ MB of disk", out)
    assert sweep(plan) == 0
    assert said(capsys.readouterr().out) == [3, 1, 2]


def test_the_estimate_counts_core_hours_and_bytes(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert sweep(plan, "--only", 0) == 0
    (result,) = plan.with_suffix("").rglob(RESULT)
    content = json.loads(result.read_text())
    result.write_text(json.dumps(content | {"core_seconds": 1800.0, "seconds": 900.0}))
    found = Sweep(str(plan), str(plan.with_suffix(""))).estimate()
    assert (found.points, found.left, found.core_hours, found.seconds) == (3, 2, 1.0, 900.0)
    assert found.disk == sum(path.stat().st_size for path in result.parent.iterdir())


def test_points_that_are_the_same_are_measured_once(tmp_path: Path) -> None:
    """A corner has the last word over nothing: what a later axis says, too, is as that says."""
    text = "[corners.a]\nseed = 1\n[corners.b]\nsolver = 'spiking'\n[grid]\nseed = [1, 2]"
    plan = write_plan(tmp_path, SETTLE + text)
    assert sweep(plan) == 0
    assert len(rows(plan)) == 4
    plan.write_text(SETTLE + text.replace("solver = 'spiking'", "title = 'b'"))
    made = Sweep(str(plan), str(plan.with_suffix("")))
    assert len({one.name for one in made.asked}) == 2
    assert len(made.left()) == 0  # what the first plan measured at its corner a


def test_one_who_waited_finds_the_point_measured(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, SEEDS)
    made = Sweep(str(plan), str(plan.with_suffix("")))
    made.open()
    (one, *_) = made.left()
    measure_point(one)
    before = (one.folder / RESULT).stat().st_mtime_ns
    measure_point(one)
    assert (one.folder / RESULT).stat().st_mtime_ns == before
    assert len(made.left()) == 2


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{}",
        '{"figures": 3, "seconds": 1, "core_seconds": 1}',
        '{"figures": {"a": "b"}}',
        f'{{"figures": {{"a": 1{"0" * 400}}}, "seconds": 1, "core_seconds": 1}}',
        '{"figures": {"a": "1"}, "seconds": 1, "core_seconds": 1}',
    ],
)
def test_a_damaged_result_is_refused_by_its_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    plan = write_plan(tmp_path, SEEDS)
    assert sweep(plan, "--only", 1) == 0
    (result,) = plan.with_suffix("").rglob(RESULT)
    result.write_text(content)
    said = refused(plan, capsys, "--collect")
    assert f"{result}: " in said
    assert f"remove {result.parent}" in said


@pytest.mark.parametrize(
    ("number", "word", "code"),
    [(signal.SIGINT, "interrupted", 130), (signal.SIGTERM, "terminated", 143)],
)
def test_an_interrupted_sweep_says_how_to_go_on(
    number: signal.Signals,
    word: str,
    code: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The run inside would name its own way to go on, which is not the sweep's."""

    def interrupted(_: Asked) -> None:
        stopped = KeyboardInterrupt() if number == signal.SIGINT else Stopped(number)
        stopped.args = ("go on with --resume run",)
        raise stopped

    plan = write_plan(tmp_path, SEEDS)
    with monkeypatch.context() as patch:
        patch.setattr("neuroep.studies.sweep.schedule.measure_point", interrupted)
        assert sweep(plan) == code
    assert one_line(capsys.readouterr().err) == f"neuroep: {word}; the same command goes on\n"
    assert sweep(plan) == 0


def test_axes_of_one_name_are_told_apart(tmp_path: Path) -> None:
    text = "seeds = 2\n[grid]\nseed = [5, 6]\nlayers.heads.inverse_temperature = [0.2, 0.3]"
    plan = write_plan(tmp_path, SETTLE + text)
    names = [axis.name for axis in Sweep(str(plan)).axes]
    assert names == ["grid.seed", "inverse_temperature", "seed"]


def test_chips_as_fabricated_differ_and_are_the_same_chips_when_more_are_asked_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spread = SETTLE.replace('solver = "sweep"', 'solver = "sweep", variability.gain.local = "5 %"')
    chips = "chips = {key = 'circuit.chip', count = 3}"
    plan = write_plan(tmp_path, spread + chips)
    assert sweep(plan) == 0
    first = rows(plan)
    assert len({row["cost"] for row in first}) == 3
    plan.write_text(spread + chips.replace("3", "5"))
    assert sweep(plan) == 0
    assert rows(plan)[:3] == first
    plan.write_text(SETTLE + chips)
    refused(plan, capsys)  # no two chips differ where nothing spreads
