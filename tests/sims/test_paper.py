"""sims/imdb_paper.py and sims/snli_paper.py, on small overrides of their designs."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import SIMS, skip_reports
from experiment_support import sim as run_sim

import neuroep
from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.learning import estimate
from neuroep.network.hopfield.drive import make_drive
from neuroep.network.inputs import Sequences
from neuroep.runs.options import TrainOptions
from neuroep.runs.progress import Progress
from neuroep.runs.run import read_data
from neuroep.settle import Stop, settle
from neuroep.tasks.reviews.encoder import TextEncoder
from neuroep.text.corpus import Corpus, Padding
from neuroep.text.vocabulary import Vocabulary
from neuroep.traces import checkpoint

LIMIT = 40
SMALL = {
    "imdb": ["layers.words.tokens=12", "layers.words.dim=6", "text.validation=0.2"],
    "snli": [
        f"layers.{layer}.{key}"
        for layer in ("premise", "hypothesis")
        for key in ("tokens=9", "dim=6")
    ],
}
SHARED = ["layers.hidden.size=7", "learning.batch=8", "traces.synapses={}"]


def small(name: str, *more: str) -> list[str]:
    """Return the overrides that make a design small."""
    return [*SMALL[name], *SHARED, *more]


def sim(name: str, *arguments: object) -> int:
    """Run a sim and return its exit code."""
    return run_sim(*arguments, script=f"{name}_paper")


def run(name: str, folder: Path, *arguments: object) -> int:
    """Run a sim on the small network."""
    sets = [part for entry in small(name) for part in ("--set", entry)]
    return sim(name, "--limit", LIMIT, "--epochs", 1, "--out", folder, *sets, *arguments)


@pytest.fixture(autouse=True)
def without_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what other tests cover, and takes longest: baselines and figures."""
    skip_reports(monkeypatch)


def metrics(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return found


@pytest.mark.parametrize("name", ["imdb", "snli"])
def test_it_trains_and_tests_without_spikes(name: str, tmp_path: Path) -> None:
    assert run(name, tmp_path / "run") == 0
    found = metrics(tmp_path / "run")
    assert found["solver"] == "sweep"
    assert set(found["accuracy"]) == {"sweep"}
    assert 0 <= found["test_accuracy"] <= 1
    ends = [checkpoint.load(tmp_path / "run" / f"{end}.h5")[0] for end in ("start", "trained")]
    table = "words" if name == "imdb" else "premise"
    for key, before in ends[0].items():
        if key.startswith("parameters/"):
            moved = not np.array_equal(before, ends[1][key])
            assert moved == (key != f"parameters/{table}.patterns"), key


@pytest.mark.parametrize("name", ["imdb", "snli"])
def test_as_published_is_one_switch(name: str, tmp_path: Path) -> None:
    assert run(name, tmp_path / "run", "--as-published") == 0
    design = load_design(str(tmp_path / "run" / "design.toml"))
    section = design.section
    assert section is not None
    assert (design.solver, section.padding, design.settle.residual) == ("synchronous", "zeros", 0.0)


@pytest.mark.parametrize(
    ("name", "shapes", "rates"),
    [
        (
            "imdb",
            {
                "words-attention": (300, 300),
                "attention-hidden": (180_000, 1000),
                "hidden-second": (1000, 40),
                "second-out": (40, 2),
            },
            {"words-attention": 1e-4, "attention-hidden": 5e-5},
        ),
        (
            "snli",
            {
                "premise-premise_asks_hypothesis": (300, 300),
                "hypothesis_asks_itself-hidden": (7500, 400),
                "hidden-out": (400, 3),
            },
            {"hypothesis-hypothesis_asks_itself": 5e-4, "premise_asks_itself-hidden": 2e-4},
        ),
    ],
)
def test_designs_have_the_published_sizes_and_rates(
    name: str, shapes: dict[str, tuple[int, ...]], rates: dict[str, float]
) -> None:
    from neuroep.learning.updates import rates_by_name

    design = load_design(f"{name}_paper")
    table = "words" if name == "imdb" else "premise"
    found = design.make_network({table: 5}).parameter_shapes()
    assert shapes.items() <= found.items()
    by_name = rates_by_name(found, design.recipe.rates)  # type: ignore[arg-type]
    assert rates.items() <= by_name.items()
    assert by_name[f"{table}.patterns"] == 0


@pytest.mark.parametrize("name", ["imdb", "snli"])
def test_built_in_text_is_enough_for_the_vectors_of_a_try(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    described = (SIMS / f"{name}_paper.py").read_text(encoding="utf-8")
    command = described[described.index("--epochs 2") : described.index("Expected")]
    begun: list[Mapping[str, np.ndarray]] = []

    def train(asked: TrainOptions, *others: object) -> None:
        design = load_design(asked.design, asked.overrides)
        begun.append(read_data(design, asked, asked.design, Progress()).material.initial)
        raise InputError("vectors are learned")

    monkeypatch.setattr("neuroep.runs.run.train", train)
    options = re.findall(r"(--[a-z]+) ([^\s():]+)", command)
    assert sim(name, *(word for option in options for word in option)) == 2
    (vectors,) = begun[0].values()
    assert np.linalg.matrix_rank(vectors.astype(float)) > 50


def test_initial_weights_are_those_of_a_torch_layer() -> None:
    design = load_design("snli_paper")
    weights = design.make_network({"premise": 5}).initialise(0)
    fans = {
        "premise-premise_asks_itself": 300,
        "premise_asks_itself-hidden": 30_000,
        "hidden-out": 400,
    }
    for name, fan_in in fans.items():
        assert np.abs(weights[name]).max() == pytest.approx(fan_in**-0.5, rel=0.01)


def test_zeros_take_part_where_masks_do_not(rng: np.random.Generator) -> None:
    """Filling a review with rows of zeros changes what it reads, unless they are masked."""
    overrides = small("imdb")
    network = load_design("imdb_paper", overrides).make_network({"words": 4})
    network.initialise(0)
    network.parameters["words.patterns"][:] = rng.normal(0, 1, (4, 6))
    network.parameters["words.patterns"][3] = 0
    ids, offsets = np.array([0, 1, 2, 0], np.int32), np.array([0, 3, 4])
    filled = Padding(12, 3).fill(ids, offsets)
    np.testing.assert_array_equal(filled[0].reshape(2, 12)[1], [0, *[3] * 11])
    by_hand = np.zeros((2, 12), int) + 3
    by_hand[0, :3], by_hand[1, 0] = [0, 1, 2], 0
    stop = Stop(1e-6, 200)
    found = {
        name: settle(network, make_drive(network, {"words": given}), stop=stop).activity(
            "attention"
        )
        for name, given in {
            "masked": Sequences(ids, offsets),
            "zeros": Sequences(*filled),
            "by hand": by_hand,
        }.items()
    }
    np.testing.assert_array_equal(found["zeros"], found["by hand"])
    assert np.abs(found["zeros"] - found["masked"]).max() > 0.05


def test_examples_are_padded_as_the_design_says() -> None:
    vocabulary = Vocabulary.learn(["good film", "bad film"], min_count=1, buckets=0)
    ids = np.concatenate([vocabulary.encode("good film unheard"), vocabulary.encode("unheard")])
    corpus = Corpus(ids, np.array([0, 2, 3]), np.array([1, 0], np.int8))
    for padding, length in (("masked", [2, 1]), ("zeros", [12, 12])):
        task = load_design("imdb_paper", small("imdb", f"text.padding={padding}")).task("imdb")
        encoder = TextEncoder(task.text, task.layer, vocabulary, ("negative", "positive"))
        packed = encoder.as_examples(corpus).batch(np.arange(2))[0]["words"]
        assert isinstance(packed, Sequences)
        assert list(packed.lengths) == length
        assert packed.rows[-1] == vocabulary.nothing


def test_published_steps_reach_what_sweeps_reach() -> None:
    """T and K synchronous steps and sweeps give the same gradient, with the same padding."""
    design = load_design("imdb_paper", small("imdb"))
    network = design.make_network({"words": 9})
    network.initialise(1, np.float64)
    network.parameters["out.bias"][:] = 0.3
    rng = np.random.default_rng(1)
    inputs = {"words": rng.integers(0, 9, (4, 12))}
    target = np.eye(2)[rng.integers(0, 2, 4)]
    drive = make_drive(network, inputs)
    published = Stop(0.0, 50, nudged_steps=25)
    ways = (("sweep", Stop(1e-12, 500)), ("synchronous", published))
    sweep, steps = (
        estimate(network, drive, target, beta=0.1, solver=solver, stop=stop).gradient
        for solver, stop in ways
    )
    for name in ("words-attention", "attention-hidden", "second-out"):
        assert np.abs(sweep[name]).max() > 0
        np.testing.assert_allclose(steps[name], sweep[name], atol=1e-6 * np.abs(sweep[name]).max())


BAD = {
    "no free step": ("settle.steps=0", "settle.steps"),
    "no nudged step": ("settle.nudged_steps=0", "settle.nudged_steps"),
    "no nudge": ("learning.beta=0.0", "beta"),
    "a batch beyond the data": ("learning.batch=100000", "batch 100000"),
    "zeros without a row of them": ("{section}.unknown=ending", "padding"),
    "an unknown way to pad": ("{section}.padding=ones", "padding"),
}


@pytest.mark.parametrize("name", ["imdb", "snli"])
@pytest.mark.parametrize("case", BAD)
def test_bad_values_are_one_line(
    name: str, case: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entry, word = BAD[case]
    section = "text" if name == "imdb" else "pairs"
    more = ["--as-published"] if case.startswith("zeros") else []
    bad = entry.format(section=section)
    assert run(name, tmp_path / "run", *more, "--set", bad) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert error.startswith("neuroep: ")
    assert word in error
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("name", ["imdb", "snli"])
def test_vectors_of_another_width_are_one_line(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "vectors.npz"
    np.savez(path, words=np.array(["film", "the"]), vectors=np.ones((2, 5), np.float32))
    assert run(name, tmp_path / "run", "--vectors", path) == 2
    error = capsys.readouterr().err.splitlines()[-1]
    assert str(path) in error
    assert "5 values, 6 wanted" in error


def test_words_without_a_vector_are_dropped(tmp_path: Path) -> None:
    path = tmp_path / "vectors.npz"
    vectors = np.arange(12, dtype=np.float32).reshape(2, 6) / 4  # as much as devices hold
    np.savez(path, words=np.array(["film", "The"]), vectors=vectors)
    for name, table in (("imdb", "words"), ("snli", "premise")):
        if table == "premise":  # film is no word of the built-in pairs
            np.savez(path, words=np.array(["a", "The"]), vectors=vectors)
        out = tmp_path / table
        neuroep.train(
            f"{name}_paper",
            vectors=[str(path)],
            limit=LIMIT,
            overrides=small(name, "learning.epochs=1"),
            out=str(out),
            quiet=True,
        )
        rows = checkpoint.load(out / "start.h5")[0][f"parameters/{table}.patterns"]
        assert len(rows) == 3
        np.testing.assert_array_equal(rows[-1], 0)
        assert {tuple(row) for row in rows[:-1]} == {tuple(row) for row in vectors}
