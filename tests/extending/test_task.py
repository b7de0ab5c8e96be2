"""A task that neuroep does not know: new design, training, answers and a bench, by one line."""

import json
from pathlib import Path

import pytest
from extending.chips import metrics, neuroep
from extending.majority import MajorityTask

from neuroep.tasks.catalogue import TASKS

SWEEP = ("--set", "solver=sweep")


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(TASKS, "majority", MajorityTask)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("family", ["hopfield", "resistive"])
def test_from_a_new_design_to_answers(family: str, capsys: pytest.CaptureFixture[str]) -> None:
    kind = ("--resistive",) if family == "resistive" else ()
    assert neuroep("new", "majority", *kind, "-o", "chip.toml") == 0
    assert "[majority]" in Path("chip.toml").read_text()
    more = () if kind else SWEEP
    options = ("--set", "majority.noise=0.3", "--epochs", 12, "--no-figures", "--out", "run")
    assert neuroep("train", "chip.toml", *more, *options) == 0
    found = metrics(Path("run"))
    assert (found["task"], found["unit"], found["data"]) == ("majority", "word", "drawn bits")
    assert found["examples"] == {"train": 400, "validation": 100, "test": 200}
    assert found["test_accuracy"] > 0.9
    assert "noise = 0.3" in Path("run/design.toml").read_text()

    capsys.readouterr()
    assert neuroep("eval", "run") == 0
    assert f"200 words, sweep: accuracy {found['test_accuracy']:.4f}" in capsys.readouterr().out
    Path("words.txt").write_text("1111111\n0000000\n1111000\n")
    assert neuroep("predict", "run", "words.txt") == 0
    answers = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [a["label"] for a in answers[:2]] == ["ones", "zeros"]
    assert [a["input"] for a in answers] == ["1111111", "0000000", "1111000"]
    Path("words.txt").write_text("1111111\n00\n")
    assert neuroep("predict", "run", "words.txt") == 2
    assert "words.txt: line 2: must be 7 of 0 and 1" in capsys.readouterr().err

    assert neuroep("train", "--resume", "run") == 0
    assert metrics(Path("run"))["test_accuracy"] == found["test_accuracy"]


def test_an_example_of_it_on_the_bench() -> None:
    assert neuroep("new", "majority", "-o", "chip.toml") == 0
    options = ("--limit", 100, "--epochs", 1, "--no-figures", "--out", "run")
    assert neuroep("train", "chip.toml", *SWEEP, *options) == 0
    others = [word for name in ("ngspice", "vacask", "brian2") for word in ("--without", name)]
    assert neuroep("verify", "chip.toml", "--weights", "run", "--example", 5, *others) == 0


def test_its_table_is_checked_like_any_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert neuroep("new", "majority", "-o", "chip.toml") == 0
    for entry, message in (
        ("majority.noize=1.0", "chip.toml: majority.noize: unknown key"),
        ("majority.noise=-1.0", "chip.toml: majority.noise: "),
        ("majority.layer=words", "chip.toml: majority.layer: 'words' is not a clamped layer"),
        ("majorty.noise=1.0", "chip.toml: majorty: unknown key; did you mean majority?"),
        ("table.noise=1.0", "a design learns one task, this one has [table]"),
    ):
        capsys.readouterr()
        assert neuroep("train", "chip.toml", "--set", entry) == 2
        assert message in capsys.readouterr().err
    assert neuroep("train", "chip.toml", "--data", "chip.toml") == 2
    assert "--data: bits are drawn, not read" in capsys.readouterr().err
    assert neuroep("list") == 0
    assert MajorityTask.title in capsys.readouterr().out
