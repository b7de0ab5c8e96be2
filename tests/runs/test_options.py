"""What a run is asked for: what it leaves out, what it reads, what it builds, what it says."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from experiment_support import (
    LIMIT,
    QUICK,
    TINY,
    metrics,
    neuroep,
    one_line,
    sim,
    tiny,
    train,
    tree,
)

from neuroep.design.hopfield.design import HopfieldDesign
from neuroep.design.resistive.design import ResistiveDesign
from neuroep.errors import InputError
from neuroep.images import sources
from neuroep.learning.trainer import Trainer
from neuroep.network.hopfield.network import Network
from neuroep.network.resistive.network import ResistiveNetwork
from neuroep.runs.folder import RunFolder
from neuroep.runs.options import TrainOptions, read_options
from neuroep.text.reviews.generator import GeneratedReviews
from neuroep.traces import checkpoint


def test_baselines_and_figures_are_left_out_and_nothing_else(
    tmp_path: Path, finished_run: Path
) -> None:
    assert train(tmp_path, *QUICK) == 0
    run = tmp_path / "run"
    assert metrics(run) == metrics(finished_run) | {"baselines": {}}
    left_out = {name for name in tree(finished_run) if name.startswith("figures")}
    assert left_out
    assert tree(run) == tree(finished_run) - left_out
    ours, theirs = (checkpoint.load(path / "trained.h5")[0] for path in (run, finished_run))
    assert all((ours[name] == array).all() for name, array in theirs.items())


def test_a_run_is_tested_by_other_solvers_as_well(tmp_path: Path) -> None:
    more = ("--epochs", 1, "--solver", "sweep", "--test-by", "spiking", "--test-by", "synchronous")
    assert train(tmp_path, *QUICK, *more) == 0
    found = metrics(tmp_path / "run")
    solvers = ["sweep", "spiking", "synchronous"]
    for part in ("accuracy", "settle_steps", "not_converged", "confusion"):
        assert list(found[part]) == solvers
    assert found["test_accuracy"] == found["accuracy"]["sweep"]
    assert found["accuracy"]["synchronous"] == pytest.approx(found["accuracy"]["sweep"], abs=0.03)


def counted(patch: pytest.MonkeyPatch, kind: type, name: str, seen: Counter[str]) -> None:
    """Count the calls of a method, by its first argument where it has one."""
    real = getattr(kind, name)

    def call(self: Any, *given: Any, **named: Any) -> Any:
        seen[f"{kind.__name__}.{name} {given[0] if name == 'stream' else ''}".strip()] += 1
        return real(self, *given, **named)

    patch.setattr(kind, name, call)


def test_texts_are_read_once_and_networks_built_three_times(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To check the design, with what was read, and as the chip in float64."""
    seen: Counter[str] = Counter()
    counted(monkeypatch, GeneratedReviews, "stream", seen)
    counted(monkeypatch, HopfieldDesign, "make_network", seen)
    counted(monkeypatch, Network, "initialise", seen)
    assert train(tmp_path, "--epochs", 1) == 0
    assert seen == {
        "GeneratedReviews.stream train": 1,
        "GeneratedReviews.stream test": 1,
        "HopfieldDesign.make_network": 3,
        "Network.initialise": 2,
    }


def test_images_are_read_once_and_resistive_chips_built_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[str] = Counter()
    real = sources.draw_digits

    def digits(*given: Any, **named: Any) -> Any:
        seen["digits"] += 1
        return real(*given, **named)

    monkeypatch.setattr(sources, "draw_digits", digits)
    counted(monkeypatch, ResistiveDesign, "make_system", seen)
    counted(monkeypatch, ResistiveNetwork, "__post_init__", seen)
    small = ("--set", "resistive.hidden=[8]", "--set", "resistive.nudge_conductance=1 uS")
    run = ("--limit", 100, "--epochs", 1, *QUICK, "--out", tmp_path / "run")
    assert neuroep("train", "resistive_mnist", *small, *run) == 0
    assert seen["digits"] == 2  # to train on, and to test with
    assert seen["ResistiveDesign.make_system"] == 1
    assert seen["ResistiveNetwork.__post_init__"] <= 2


def test_a_wrong_number_of_classes_is_told_before_a_text_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stream(*_: object) -> Iterator[object]:
        pytest.fail("a text was read")

    monkeypatch.setattr(GeneratedReviews, "stream", stream)
    assert neuroep("train", tiny(tmp_path), "--set", "cost.classes=6") == 2
    one_line(capsys.readouterr().err, "cost", "2 classes (negative, positive)", "6 outputs")


def test_a_run_that_does_not_learn_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "rates_at", lambda self, step: dict.fromkeys(self.rates, 0.0))
        assert train(tmp_path, "--epochs", 1, "--solver", "sweep", *QUICK) == 0
    out = capsys.readouterr().out
    assert metrics(tmp_path / "run")["test_accuracy"] <= 0.52
    assert "the network has not learned" in out
    assert "the most frequent class alone is 50.00%" in out


def test_three_hundred_reviews_end_in_time_with_a_word_on_what_they_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ("--limit", 300, "--epochs", 2, *QUICK, "--out", tmp_path / "run")
    assert neuroep("train", "imdb_pooled", *more) == 0
    out = capsys.readouterr().out
    found = metrics(tmp_path / "run")
    assert sum(found["examples"][part] for part in ("train", "validation")) == 300
    assert ("has not learned" in out) == (found["test_accuracy"] <= 0.52)
    assert "these are the built-in reviews; --data takes real ones" in out


def test_a_sim_trains_whatever_design_it_is_given(tmp_path: Path) -> None:
    small = ("--set", "layers.hidden.size=8", "--set", "traces={}", "--solver", "sweep")
    run = tmp_path / "run"
    given = ("--design", "mnist_spiking", "--limit", 100, "--epochs", 1, *small, *QUICK)
    assert sim(*given, "--out", run, script="imdb_spiking") == 0
    assert metrics(run)["task"] == "images"


WRONG = {
    "a block that is none": (
        'traces.synapses."heads-hidden"=[0, 3]',
        ["traces.synapses.heads-hidden", "needs [[first, past last], [first, past last]]"],
    ),
    "a range of one": ("traces.neurons.hidden=[3]", ["traces.neurons.hidden"]),
    "a word for a range": ("traces.neurons.hidden=all", ["traces.neurons.hidden"]),
    "an option of another rule": ("learning.noise=0.1", ["learning.noise: unknown key"]),
    "an unknown rule": ("learning.rule=centred", ["learning.rule", "did you mean centered?"]),
    "an unknown update": ("learning.update=adm", ["learning.update", "did you mean adam?"]),
    "a misspelt key": ("learning.epoch=3", ["learning.epoch", "did you mean epochs?"]),
    "a misspelt table": ("learing.epochs=3", ["learing", "did you mean learning?"]),
    "an unknown choice": ("learning.choose=luck", ["learning.choose"]),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_misspelt_is_told_in_one_line(
    case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry, words = WRONG[case]
    given = ("--limit", LIMIT, "--set", entry, "--out", tmp_path / "run")
    assert neuroep("train", tiny(tmp_path), *given) == 2
    one_line(capsys.readouterr().err, "tiny.toml", *words)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("position", "said"),
    [("none", "initial values begin at their devices' limits"), ("sinusoidal", "is refused")],
)
def test_weights_that_devices_cannot_hold_are_said_at_training(
    position: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    design = TINY.replace("dim = 8", f'dim = 8\nposition = "{position}"')
    given = ("--limit", LIMIT, "--epochs", 1, *QUICK, "--set", "circuit.conductance_max='2 uS'")
    run = tmp_path / "run"
    assert neuroep("train", tiny(tmp_path, design), *given, "--out", run) == 0
    assert said in capsys.readouterr().out
    chip = ("verify", run / "design.toml", "--weights", run, "--figure", tmp_path / "a.png")
    without = [part for name in ("ngspice", "scipy", "brian2") for part in ("--without", name)]
    assert (neuroep(*chip, *without) == 2) == (said == "is refused")


@pytest.mark.parametrize(
    ("entry", "value"),
    [("share", 1.5), ("share", 0), ("share", -1), ("limit", 0), ("limit", "40"), ("vectors", [1])],
)
def test_options_that_no_run_was_asked_for(entry: str, value: object, tmp_path: Path) -> None:
    folder = RunFolder(tmp_path)
    folder.write_options(asdict(TrainOptions(design="d.toml")) | {entry: value})
    with pytest.raises(InputError, match=rf"options\.json: {entry}.*: "):
        read_options(folder)
    folder.write_options(asdict(TrainOptions(design="d.toml")))
    assert read_options(folder).design == "d.toml"
