"""sims/snli_spiking.py: trains, goes on where it was stopped, refuses what it cannot use."""

import json
import signal
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import PAIRS as TINY
from experiment_support import PAIRS_LIMIT as LIMIT
from experiment_support import metrics, neuroep, one_line, skip_reports, tiny
from experiment_support import sim as run_sim
from pydantic import TypeAdapter

from neuroep.learning.trainer import Trainer
from neuroep.tasks.baselines import Fitted
from neuroep.text.reviews.baselines import Baseline
from neuroep.traces import checkpoint


def sim(*arguments: object) -> int:
    """Run the sim in this process; return its exit code."""
    return run_sim(*arguments, script="snli_spiking")


def train(folder: Path, *more: object, design: str = TINY, out: str = "run") -> int:
    """Train the tiny design on a few built-in pairs."""
    path = tiny(folder, design)
    return sim("--design", path, "--limit", LIMIT, "--out", folder / out, *more)


@pytest.fixture(scope="module")
def finished(pairs_run: Path) -> Path:
    return pairs_run


def test_a_run_leaves_everything_in_its_folder(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    figures = {path.name for path in (finished / "figures").iterdir()}
    assert figures == {
        "attention.json",
        "attention_cover.png",
        "confusion.png",
        "raster.png",
        "settling.png",
        "spikes.png",
        "synapse.png",
        "training.png",
        "weights.png",
    }
    found = metrics(finished)
    assert found["data"] == "built-in pairs"
    assert found["examples"] == dict.fromkeys(("train", "validation", "test"), LIMIT)
    assert set(found["baselines"]) == {
        "hypothesis only",
        "premise, hypothesis and overlap",
        "same rows of both and overlap",
    }
    assert set(found["spikes"]) == {"cover", "judge", "hidden"}
    assert len(found["history"]["train_cost"]) == 3
    for solver in ("spiking", "sweep"):
        assert found["settle_steps"][solver] > 0
        matrix = np.array(found["confusion"][solver])
        assert matrix.sum(axis=1).tolist() == [LIMIT // 3] * 3
        assert np.trace(matrix) / LIMIT == pytest.approx(found["accuracy"][solver])
    assert neuroep("table", finished, finished.parent / "results.json") == 0
    out = capsys.readouterr().out
    for words in ("test accuracy, sweep", "logistic regression, hypothesis only", "test pairs"):
        assert words in out


def test_words_and_memory_learn(finished: Path) -> None:
    start, trained = (checkpoint.load(finished / f"{k}.h5")[0] for k in ("start", "trained"))
    learned = [k for k in trained if k.startswith("parameters/")]
    assert {"parameters/premise.patterns", "parameters/memory.patterns"} <= set(learned)
    for name in learned:
        assert not np.array_equal(start[name], trained[name]), name


def test_projections_start_as_the_design_says(finished: Path) -> None:
    start = checkpoint.load(finished / "start.h5")[0]
    assert np.array_equal(start["parameters/cover-judge"], -start["parameters/hypothesis-judge"])
    weights = start["parameters/hypothesis-cover"]
    plain = tomllib.loads(TINY)["couplings"][0]["identity"] * np.eye(8)
    assert np.abs(weights - plain).max() <= np.sqrt(6 / 16)
    assert np.diag(weights).mean() == pytest.approx(1.0, abs=0.4)


def test_every_word_keeps_the_same_weights(finished: Path) -> None:
    start, trained = (checkpoint.load(finished / f"{k}.h5")[0] for k in ("start", "trained"))
    before, after = (x["parameters/judge-hidden"].reshape(10, 4, 6) for x in (start, trained))
    assert before[0].std() == pytest.approx(0.2)
    assert np.array_equal(before, np.broadcast_to(before[0], before.shape))
    assert np.array_equal(after, np.broadcast_to(after[0], after.shape))


def test_an_interrupted_run_goes_on_to_the_same_bits(
    finished: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    skip_reports(monkeypatch)
    real = Trainer.learn

    def learn(self: Trainer, step: int, *rest: Any) -> Any:
        if step == 6:  # in the second epoch of four steps each
            signal.raise_signal(signal.SIGINT)
        return real(self, step, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "learn", learn)
        assert train(tmp_path) == 130
    run = tmp_path / "run"
    assert f"--resume {run}" in capsys.readouterr().err
    assert not (run / "metrics.json").exists()
    assert sim("--resume", run) == 0
    ours, theirs = (checkpoint.load(path / "trained.h5")[0] for path in (run, finished))
    assert ours.keys() == theirs.keys()
    for name in theirs:
        assert np.array_equal(ours[name], theirs[name]), name
    expected = metrics(finished) | {"baselines": {}}
    assert metrics(run) == expected


def test_the_analog_twin_needs_no_spikes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    skip_reports(monkeypatch)
    assert train(tmp_path, "--solver", "sweep", "--epochs", 1) == 0
    found = metrics(tmp_path / "run")
    assert set(found["confusion"]) == set(found["accuracy"]) == {"sweep"}


def test_a_run_is_tested_again_and_described(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("eval", finished, "--limit", LIMIT) == 0
    found = metrics(finished)
    said = capsys.readouterr().out
    assert f"{LIMIT} pairs, spiking: accuracy {found['test_accuracy']:.4f}" in said
    assert neuroep("info", finished) == 0
    assert "run of 'tiny', complete" in capsys.readouterr().out


def paper_like(folder: Path) -> str:
    """Return the tiny design with zeros for padding and fixed vectors, and write the vectors."""
    words = ["a", "man", "woman", "dog", "is", "sleeping", "outside", "the", "in", "there"]
    rng = np.random.default_rng(0)
    vectors = rng.standard_normal((len(words), 8)).astype(np.float32)
    np.savez(folder / "words.npz", words=np.array(words), vectors=vectors)
    text = TINY.replace("[pairs]", '[pairs]\nunknown = "drop"\npadding = "zeros"')
    return text.replace('"premise.patterns" = 1e-2', '"premise.patterns" = 0.0')


def test_fixed_vectors_with_zeros_for_padding(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_reports(monkeypatch)
    vectors = tmp_path / "words.npz"
    design = paper_like(tmp_path)
    more = ("--solver", "sweep", "--epochs", 1, "--vectors", vectors)
    assert train(tmp_path, *more, design=design) == 0
    trained, _ = checkpoint.load(tmp_path / "run" / "trained.h5")
    words = [str(word) for word in trained["encoder/words"]]
    with np.load(vectors) as file:
        known = [str(word) for word in file["words"]]
        expected = file["vectors"][[known.index(word) for word in words]]
    table = trained["parameters/premise.patterns"]
    assert np.array_equal(table[: len(words)], expected)
    assert not table[len(words)].any()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("classes = 3", "classes = 2"), "cost: built-in pairs has 3 classes"),
        (("batch = 16", "batch = 61"), "learning: batch 61 is larger than the 60 examples"),
        (('table = "premise"', "vocabulary = 9"), "layers.hypothesis.table"),
        (("vocabulary = 6", "vocabulary = 7"), "layers.memory.vocabulary"),
        (("identity = 1.0", "identiti = 1.0"), "couplings.0.identiti: unknown key"),
        (('= "hypothesis-judge"', '= "judge-hidden"'), "couplings.2.opposite: 'judge-hidden'"),
        (("identity = 1.0", "tied = 0.2"), "couplings.0.tied: no dense coupling"),
        (("word_dropout = 0.2", 'hypothesis = "heads"'), "pairs.hypothesis: 'heads'"),
        (("word_dropout = 0.2", "[pairs.identity]"), "pairs.identity: unknown key"),
        (("word_dropout = 0.2", 'padding = "zeros"'), "unknown"),
        (
            ("word_dropout = 0.2", 'padding = "zeros"\nunknown = "drop"'),
            'learning.rates."premise.patterns": must be 0: zeros of pairs.padding',
        ),
        (("beta = 0.5", "beta = 0.0"), "beta"),
    ],
)
def test_a_design_that_does_not_fit_is_refused_in_a_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], change: tuple[str, str], said: str
) -> None:
    assert change[0] in TINY
    assert train(tmp_path, design=TINY.replace(*change)) == 2
    one_line(capsys.readouterr().err, said)
    assert not (tmp_path / "run").exists()


def test_baselines_are_read_from_their_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    line = Baseline("hypothesis only", 0.4, 0.4, 1.0)
    path = tmp_path / "baselines.json"
    for data in ("built-in pairs", "built-in reviews"):
        fitted = Fitted(data, LIMIT, LIMIT, {"hypothesis only": line})
        path.write_bytes(TypeAdapter(dict[str, Fitted]).dump_json({"pairs": fitted}))
        known = data == "built-in pairs"
        code = train(tmp_path, "--baselines", path, "--epochs", 1, "--solver", "sweep", out=data)
        assert code == (0 if known else 2)
    assert metrics(tmp_path / "built-in pairs")["baselines"] == {"hypothesis only": 0.4}
    one_line(capsys.readouterr().err, path, "pairs.data", "built-in reviews")


def test_vectors_of_another_width_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vectors = tmp_path / "wide.npz"
    np.savez(vectors, words=np.array(["a"]), vectors=np.ones((1, 5), np.float32))
    assert train(tmp_path, "--vectors", vectors) == 2
    one_line(capsys.readouterr().err, vectors, "5")


def test_the_data_of_another_task_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "texts.csv"
    data.write_text("text,label\ngood,1\nbad,0\n")
    assert train(tmp_path, "--data", data) == 2
    one_line(capsys.readouterr().err, data, "premise")


def test_bad_pairs_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for part in ("train", "dev", "test"):
        row = {"gold_label": "entailment", "sentence1": "a dog", "sentence2": 7}
        (tmp_path / f"snli_1.0_{part}.jsonl").write_text(json.dumps(row) + "\n")
    assert train(tmp_path, "--data", tmp_path) == 2
    one_line(capsys.readouterr().err, "snli_1.0_train.jsonl", "sentence2")
