"""sims/imdb_spiking.py: its options do what they say, on built-in and on real reviews."""

import json
import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import LIMIT, TINY, metrics, sim, skip_reports, tiny, write_archive
from pydantic import TypeAdapter

from neuroep.design.load import load_design
from neuroep.quantities import Seconds
from neuroep.text.texts import open_texts
from neuroep.traces import checkpoint


def train(folder: Path, *more: object, out: str = "run") -> int:
    """Train the tiny design on a few built-in reviews."""
    return sim("--design", tiny(folder), "--limit", LIMIT, "--out", folder / out, *more)


def design_of(run: Path) -> dict[str, Any]:
    return tomllib.loads((run / "design.toml").read_text())


def learned(run: Path, name: str) -> np.ndarray:
    """Return how a parameter changed in training, flat."""
    key = f"parameters/{name}"
    ends = [checkpoint.load(run / file)[0][key].ravel() for file in ("start.h5", "trained.h5")]
    return np.asarray(ends[1] - ends[0])


def test_it_ends_with_its_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    assert train(tmp_path, "--epochs", 1, "--results", tmp_path / "results.json") == 0
    out = capsys.readouterr().out
    found = metrics(tmp_path / "run")
    assert f"{100 * found['test_accuracy']:.2f} %" in out
    for word in (
        "test accuracy, sweep",
        "words shuffled",
        "spikes per neuron",
        "settle steps",
    ):
        assert word in out
    assert "training time" in out
    assert out.rstrip().endswith(f"run folder: {tmp_path / 'run'}")
    written = json.loads((tmp_path / "results.json").read_text())
    assert written == json.loads((tmp_path / "run" / "metrics.json").read_text())


def test_options_and_overrides_reach_the_resolved_design(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    skip_reports(monkeypatch)
    sets = [
        'learning.rates."words.patterns"=5e-3',
        "spiking.window=8 us",
        'spiking.free_duration="0.03 ms"',
        "layers.hidden.size=5",
        "learning.update=sgd",
        'traces.neurons={"heads"=[0, 3]}',
        'traces.synapses."heads-hidden"=[[2, 4], [0, 5]]',
        "text={words=200, word_min_count=1, validation=0.2}",
    ]
    more = [part for entry in sets for part in ("--set", entry)]
    assert train(tmp_path, *more, "--epochs", 1, "--seed", 9, "--solver", "sweep") == 0
    found = design_of(tmp_path / "run")
    assert found["learning"]["rates"] == {"words.patterns": 5e-3, "*": 2e-2}
    assert found["learning"]["update"] == "sgd"
    assert found["learning"]["epochs"] == 1
    assert (found["seed"], found["solver"]) == (9, "sweep")
    assert found["spiking"]["window"] == "8 us"
    assert found["spiking"]["free_duration"] == "30 us"
    assert found["layers"]["hidden"]["size"] == 5
    assert found["text"]["words"] == 200
    assert found["text"]["ngrams"] == 1
    assert found["traces"]["neurons"]["heads"] == [0, 3]
    arrays, _ = checkpoint.load(tmp_path / "run" / "trained.h5")
    assert arrays["parameters/heads-hidden"].shape == (16, 5)
    options = json.loads((tmp_path / "run" / "options.json").read_text())
    assert options["limit"] == LIMIT
    assert set(sets) < set(options["overrides"])


def test_an_override_means_what_the_same_entry_in_the_file_means(tmp_path: Path) -> None:
    entries = {
        "window": ('window = "0.01 ms"', 'window = "9e-6 s"', "spiking.window=9e-6 s"),
        "between": ("gain", "gain", 'couplings=[{between=["heads", "hidden"]}]'),
        "rates": ('"*" = 2e-2', '"*" = 3e-2', 'learning.rates."*"=3e-2'),
        "title": ('"tiny"', '"a = b"', "title=a = b"),
    }
    for old, new, override in entries.values():
        changed = load_design(str(tiny(tmp_path, TINY.replace(old, new)))).resolved()
        assert load_design(str(tiny(tmp_path)), [override]).resolved() == changed


def test_times_read_back_as_the_same_float(rng: np.random.Generator) -> None:
    times = TypeAdapter(Seconds)
    for seconds in [1e-6, 1.6e-4, 0.1 + 0.2, *rng.random(200) * 10.0 ** rng.integers(-9, 2, 200)]:
        assert times.validate_python(times.dump_python(float(seconds))) == seconds
    assert times.validate_python("5 us") == 5e-6
    assert times.validate_python("5µs") == 5e-6
    assert times.validate_python("+1.5e3 ns") == 1.5e-6
    assert times.validate_python("0.03 ms") == times.validate_python("30us") == 3e-5
    assert times.dump_python(2.5e-6) == "2.5 us"


def test_the_analog_twin_learns_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With long phases and a plain update, spikes change every weight as sweeps do."""
    skip_reports(monkeypatch)
    more = ["--epochs", 1, "--set", "learning.update=sgd", "--set", 'learning.rates={"*"=0.1}']
    for phase in ("free_duration", "nudged_duration"):
        more += ["--set", f"spiking.{phase}=600 us"]
    more += ["--set", "spiking.window=400 us", "--set", "settle.steps=50"]
    assert train(tmp_path, *more, out="spiking") == 0
    assert train(tmp_path, *more, "--solver", "sweep", out="sweep") == 0
    for name in ("heads.queries", "heads-hidden", "hidden.bias", "words.patterns"):
        ours, twins = (learned(tmp_path / run, name) for run in ("spiking", "sweep"))
        cosine = ours @ twins / np.sqrt((ours @ ours) * (twins @ twins))
        assert cosine > 0.98, f"{name}: {cosine}"
    found = metrics(tmp_path / "sweep")
    assert found["solver"] == "sweep"
    assert found["settle_steps"]["sweep"] <= 50
    assert set(found["settle_steps"]) == {"sweep"}
    assert metrics(tmp_path / "spiking")["settle_steps"]["spiking"] == 600


def test_reviews_without_a_known_word_are_counted_not_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    skip_reports(monkeypatch)
    members = {
        f"aclImdb/{split}/{review_label}/{n}_{rating}.txt": review.text
        for split in ("train", "test")
        for n, review in enumerate(open_texts(None).stream(split, LIMIT))  # type: ignore[arg-type]
        for review_label, rating in [(("neg", 1), ("pos", 9))[review.label]]
    }
    odd = ["qqq wwwx zzyzx", "!!!", "\N{CLAPPER BOARD}", "好电影"]
    members |= {f"aclImdb/test/neg/{900 + n}_1.txt": text for n, text in enumerate(odd)}
    data = write_archive(tmp_path / "reviews.tar.gz", members)
    run = tmp_path / "run"
    assert sim("--design", tiny(tmp_path), "--epochs", 1, "--data", data, "--out", run) == 0
    found = metrics(run)
    assert found["examples"]["test"] == LIMIT + len(odd)
    assert found["facts"]["test_texts_without_known_word"] == len(odd)
    assert found["data"] == "reviews.tar.gz"
    assert f"{len(odd)} test texts without known word" in capsys.readouterr().out


def test_vectors_of_a_file_become_the_stored_patterns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rng: np.random.Generator
) -> None:
    skip_reports(monkeypatch)
    vectors = rng.normal(size=(2, 8)).astype(np.float32)
    path = tmp_path / "vectors.npz"
    np.savez(path, words=np.array(["film", "the"]), vectors=vectors)
    assert train(tmp_path, "--epochs", 1, "--vectors", path) == 0
    patterns = checkpoint.load(tmp_path / "run" / "start.h5")[0]["parameters/words.patterns"]
    for vector in vectors:
        directions = patterns @ vector / np.linalg.norm(vector)
        lengths = np.linalg.norm(patterns, axis=1)
        assert (directions > 0.999 * lengths)[lengths > 0].any()


@pytest.mark.data
def test_real_reviews(data_dir: Path, tmp_path: Path) -> None:
    """The shipped design on a few real reviews, spikes in all phases."""
    archive = data_dir / "imdb" / "aclImdb_v1_labeled.tar.gz"
    if not archive.is_file():
        pytest.skip(f"no {archive}")
    run = tmp_path / "run"
    assert sim("--data", archive, "--limit", 200, "--epochs", 1, "--out", run) == 0
    found = metrics(run)
    assert found["data"] == archive.name
    assert found["examples"]["test"] == 200
    assert found["solver"] == "spiking"
    assert {"bag of words", "mean vector"} <= set(found["baselines"])
    for part in ("accuracy", "controls", "baselines"):
        for name, share in found[part].items():
            assert 0.3 < share <= 1, name
    assert 0 < found["history"]["train_cost"][0] < 1
    # What the spikes compute is what the sweeps compute, nearly always.
    assert abs(found["test_accuracy"] - found["accuracy"]["sweep"]) < 0.05
    assert 0 < found["spikes"]["hidden"] < 200
