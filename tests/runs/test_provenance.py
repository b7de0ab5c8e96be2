"""A result says what made it, and how to make it again."""

import hashlib
import json
import shlex
import subprocess
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from experiment_support import LIMIT, QUICK, neuroep, tiny
from own_data import write_rows

from neuroep.design.load import load_design
from neuroep.runs import provenance as module
from neuroep.runs.options import TrainOptions
from neuroep.runs.provenance import PACKAGES, command, commit, settings


def test_a_run_says_where_it_comes_from(tmp_path: Path) -> None:
    rows = [(f"a {word} film {n}", word) for n in range(30) for word in ("good", "bad")]
    data = write_rows(tmp_path / "reviews of mine.csv", ("text", "label"), rows)
    out = tmp_path / "run"
    given = ["--data", str(data), "--seed", "5", *QUICK]
    assert neuroep("train", str(tiny(tmp_path)), *given, "--out", str(out)) == 0
    metrics = json.loads((out / "metrics.json").read_text())
    found = metrics["provenance"]
    digest = hashlib.sha256(data.read_bytes()).hexdigest()
    assert found["data"] == {"data": {"path": str(data), "sha256": digest}}
    assert found["seed"] == 5
    assert set(found["packages"]) == set(PACKAGES)
    assert all(found[key] for key in ("neuroep", "python", "blas", "processor", "system"))
    assert datetime.fromisoformat(found["begun"]).tzinfo
    assert found["seconds"] == pytest.approx(sum(metrics["seconds"].values()), rel=0.2)
    # The command makes the same run again.
    again = tmp_path / "again"
    assert neuroep(*shlex.split(found["command"])[1:], "--out", str(again)) == 0
    other = json.loads((again / "metrics.json").read_text())
    assert other["history"] == metrics["history"]
    assert other["provenance"]["command"] == found["command"]


def test_every_option_stands_in_the_command() -> None:
    asked = TrainOptions(
        design="my chip.toml",
        data="a.csv",
        test="b.csv",
        columns={"text": "body"},
        limit=LIMIT,
        vectors=["v 1.txt", "v2.txt"],
        test_by=["sweep"],
        overrides=["learning.beta=0.2"],
        no_figures=True,
    )
    words = shlex.split(command(asked))
    assert words[:3] == ["neuroep", "train", "my chip.toml"]
    for option, value in (
        ("--data", "a.csv"),
        ("--test", "b.csv"),
        ("--text-column", "body"),
        ("--limit", str(LIMIT)),
        ("--test-by", "sweep"),
        ("--set", "learning.beta=0.2"),
        ("--vectors", "v 1.txt"),
    ):
        assert words[words.index(option) + 1] == value
    assert "--no-figures" in words
    assert "--no-baselines" not in words


def test_settings_are_what_seeds_and_chips_have_in_common() -> None:
    def of(*overrides: str, **asked: Any) -> str:
        options = TrainOptions(overrides=overrides, **asked)
        return settings(options, load_design("attention_small", overrides))

    assert of() == of("seed=7", "circuit.chip=3", "traces.interval=5")
    assert of(vectors=["here/glove.txt"]) == of(vectors=["there/glove.txt"])
    others = of("learning.beta=0.2"), of(vectors=["glove.txt"]), of(columns={"label": "stars"})
    assert len({of(), *others}) == 4


def test_a_commit_says_whether_files_differ(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def git(*arguments: str) -> str:
        who = ("-c", "user.name=n", "-c", "user.email=n@example.org")
        line = ["git", "-C", str(tmp_path), *who, *arguments]
        return subprocess.run(line, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    (tmp_path / "file").write_text("one")
    git("add", "file")
    git("commit", "--quiet", "-m", "one")
    monkeypatch.setattr(module, "ROOT", tmp_path)
    head = git("rev-parse", "HEAD")
    assert commit.__wrapped__() == head
    (tmp_path / "file").write_text("two")
    assert commit.__wrapped__() == f"{head}-dirty"
    monkeypatch.setenv("PATH", "")
    assert commit.__wrapped__() == ""
