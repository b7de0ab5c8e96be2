"""A notebook's session with either family: train, look, settle, ask, read traces, verify."""

import base64
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import TINY, tiny

import neuroep
from neuroep.runs.progress import Bar, Progress
from neuroep.tasks.task import DataOptions

RESISTIVE = """
title = "tiny resistive"
seed = 1
[table]
[resistive]
inputs = 2
hidden = [8]
outputs = 2
input_gain = "0.5 V"
output_gain = "0.1 V"
conductance_max = "100 uS"
nudge_conductance = "10 uS"
spread = ["20 uS", "20 uS"]
[learning]
epochs = 3
batch = 8
beta = 0.5
rates = { "*" = 0.05 }
[traces]
interval = 1
examples = 1
synapses = { "1-2" = [[0, 4], [0, 4]] }
"""


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a tiny layered chip that reads texts, trained by the Python face."""
    folder = tmp_path_factory.mktemp("texts")
    return neuroep.train(
        tiny(folder, TINY), limit=40, out=folder / "run", quiet=True, no_figures=True,
        no_baselines=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def table(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """Return a tiny resistive chip that reads rows of two numbers, and its data."""
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(0)
    rows = rng.uniform(-1, 1, (80, 2))
    lines = [f"{a:.3f},{b:.3f},{'right' if a > 0 else 'left'}" for a, b in rows]
    (folder / "points.csv").write_text("\n".join(["x,y,label", *lines]) + "\n")
    (folder / "design.toml").write_text(RESISTIVE)
    return neuroep.train(
        folder / "design.toml", folder / "points.csv", out=folder / "run", quiet=True,
        overrides=["learning.epochs=4"], no_figures=True, no_baselines=True,
    )  # fmt: skip


@pytest.fixture(params=["texts", "table"])
def run(request: pytest.FixtureRequest) -> Any:
    """Return a run of each family."""
    return request.getfixturevalue(request.param)


def test_a_run_is_loaded_as_it_was_trained(run: Any) -> None:
    again = neuroep.load(run.folder.path)
    np.testing.assert_array_equal(again.network.parameters.flat, run.network.parameters.flat)
    assert again.labels == run.labels == tuple(run.metrics.labels)
    assert again.design.resolved() == run.design.resolved()
    assert again.metrics == run.metrics


def test_a_run_says_what_it_is(run: Any) -> None:
    found, text = run.metrics, repr(run)
    assert run.design.title in text
    assert found.data in text
    missed, tests = found.not_converged[found.solver], found.examples["test"]
    assert f"test accuracy {found.test_accuracy:.4f}" in text
    assert f"{missed} of {tests} not converged" in text
    assert max(map(len, text.splitlines())) < 140


def test_a_notebook_sees_a_picture_of_its_errors(run: Any) -> None:
    page = run._repr_html_()
    assert run.design.title in page
    picture = base64.b64decode(page.partition("base64,")[2].partition('"')[0])
    assert picture.startswith(b"\x89PNG")
    assert len(page) < 100_000


def test_a_run_that_is_not_tested_yet_says_so(table: Any, tmp_path: Path) -> None:
    for name in ("design.toml", "trained.h5"):
        (tmp_path / name).write_bytes((table.folder.path / name).read_bytes())
    early = neuroep.load(tmp_path)
    assert "not yet" in repr(early)
    assert "not yet" in early._repr_html_()
    with pytest.raises(neuroep.InputError, match=r"metrics\.json"):
        _ = early.metrics


def test_evaluating_on_its_own_data_gives_the_accuracy_of_the_run(run: Any) -> None:
    found = run.evaluate()
    assert found.accuracy == run.metrics.test_accuracy
    assert f"accuracy {found.accuracy:.4f}" in repr(found)
    assert len(repr(found)) < 120


def test_evaluating_on_other_data_reads_all_of_them(table: Any) -> None:
    trained_on = table.folder.path.parent / "points.csv"
    other = table.folder.path.parent / "other.csv"
    other.write_text(trained_on.read_text() + "0.5,0.5,right\n")
    assert len(table.evaluate(other, limit=50).labels) == 50
    assert len(table.evaluate(trained_on, limit=50).labels) == 16  # the others were trained on


def test_gradients_are_checked_on_the_examples_that_a_run_is_tested_on(
    table: Any, tmp_path: Path
) -> None:
    from neuroep.studies.gradcheck.examples import run_examples

    run = str(table.folder.path)
    material, _ = run_examples(run, 16, DataOptions())
    assert material.note == "the first 16 test rows of points.csv"
    (values,) = material.inputs.values()
    assert np.mean((values[:, 0] > 0) == material.target[:, 1]) == 1
    (tmp_path / "one.csv").write_text("x,y,label\n" + "0.5,0.1,right\n" * 8)
    material, _ = run_examples(run, 8, DataOptions(data=str(tmp_path / "one.csv")))
    assert material.target.tolist() == [[0, 1]] * 8


def test_scores_of_seeds_that_held_out_other_rows_have_no_mean(table: Any) -> None:
    """In a file that is sorted by class the labels of both parts are the same."""
    from neuroep.runs.reading import evaluate_run, together

    folder = table.folder.path.parent
    header, *rows = (folder / "points.csv").read_text().splitlines()
    ordered = folder / "ordered.csv"
    ordered.write_text("\n".join([header, *sorted(rows, key=lambda row: row[-4:])]))
    seeds = [
        neuroep.train(
            folder / "design.toml", ordered, out=folder / f"seed{seed}", quiet=True,
            overrides=["learning.epochs=1", f"seed={seed}"], no_figures=True, no_baselines=True,
        )
        for seed in (1, 2)
    ]  # fmt: skip
    own = [evaluate_run(run) for run in seeds]
    assert own[0].found.labels.tolist() == own[1].found.labels.tolist()
    assert together(own) is None
    same = DataOptions(data=str(folder / "points.csv"))
    assert together([evaluate_run(run, same) for run in seeds]) is not None


def test_texts_in_memory_are_answered(texts: Any, tmp_path: Path) -> None:
    asked = ["a wonderful film", "dull and far too long"]
    found = texts.predict(asked)
    assert [set(one["scores"]) for one in found] == [set(texts.labels)] * 2
    for one in found:
        assert one["label"] == max(one["scores"], key=one["scores"].__getitem__)
    from neuroep.runs.reading import predict

    (tmp_path / "own.txt").write_text("\n".join(asked))
    file = list(predict(str(texts.folder.path), str(tmp_path / "own.txt"), DataOptions()))
    assert [line["scores"] for line in file] == [one["scores"] for one in found]
    assert len(texts.predict(asked, solver="sweep")) == 2


def test_rows_in_memory_are_answered(table: Any) -> None:
    right, left = table.predict([[0.9, 0.1], [-0.9, 0.1]])
    assert (right["label"], left["label"]) == ("right", "left")
    with pytest.raises(ValueError, match=r"rows: shape \(1, 3\)"):
        table.predict([[1.0, 2.0, 3.0]])
    with pytest.raises(neuroep.InputError, match="settled by"):
        table.predict([[1.0, 2.0]], solver="spiking")


def test_pictures_in_memory_are_read_as_those_of_the_training() -> None:
    from neuroep.tasks.images.task import ImageEncoder

    encoder = ImageEncoder("pixels", (2, 3), ("a", "b"), 16.0)
    bright = np.arange(6).reshape(1, 2, 3)
    inputs, _ = encoder.encode(bright).batch(np.array([0]))
    np.testing.assert_allclose(inputs["pixels"], bright.reshape(1, 6) / 16)
    inputs, _ = encoder.encode(bright.astype(np.uint8)).batch(np.array([0]))
    np.testing.assert_allclose(inputs["pixels"], bright.reshape(1, 6) / 255, rtol=1e-6)
    with pytest.raises(ValueError, match="images: shape"):
        encoder.encode(np.zeros((1, 3, 3)))


def test_pairs_in_memory_are_read() -> None:
    from neuroep.tasks.pairs.encoder import PairEncoder, Sentences
    from neuroep.tasks.task import InputLayer
    from neuroep.text.vocabulary import Vocabulary

    vocabulary = Vocabulary.learn(["a man sleeps", "nobody sleeps"], size=10, min_count=1)
    layers = InputLayer("premise", 4, 2), InputLayer("hypothesis", 4, 2)
    encoder = PairEncoder(Sentences(*layers), vocabulary, ("no", "yes"))
    inputs, _ = encoder.encode([("a man sleeps", "nobody sleeps")]).batch(np.array([0]))
    assert [len(inputs[name].rows) for name in ("premise", "hypothesis")] == [3, 2]


def test_the_package_settle_can_be_called(run: Any) -> None:
    from neuroep.settle import settle

    assert neuroep.settle.settle is settle
    layered = hasattr(run.network, "layers")
    inputs = np.zeros((3, 60), int) if layered else np.zeros((3, 2))
    free = neuroep.settle(run.network, inputs, stop=neuroep.Stop(1e-6, 300))
    assert free.status.shape == (1, 3)
    assert "1 phase of 3 examples: 3 converged" in repr(free)
    kind = neuroep.Settled if layered else neuroep.ResistiveSettled
    assert isinstance(free, kind)
    assert "parameters" in repr(run.network)
    assert run.network._repr_html_().startswith("<table>")


def test_traces_are_opened_by_the_folder(run: Any) -> None:
    with neuroep.open_traces(run.folder.path) as traces:
        (name,) = traces.synapses
        shape = traces.synapses[name].weight[:].shape
    assert shape[0] > 1


def test_a_chip_is_verified_against_its_own_waveforms() -> None:
    report = neuroep.verify("resistive_small", without=("ngspice",))
    assert report.passed
    assert "agrees" in repr(report)
    assert report.case.title in repr(report)


class Heard(Progress):
    """Progress that remembers what it was told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []
        self.bars: list[str] = []

    def say(self, line: str) -> None:
        """Keep a line."""
        self.lines.append(line)

    def _bar(self, name: str, total: int, unit: str) -> Any:
        self.bars.append(name)
        return super()._bar(name, total, unit)


def _train(table: Any, out: Path, **options: Any) -> Any:
    design, data = table.folder.path.parent / "design.toml", table.folder.path.parent / "points.csv"
    options |= {"no_figures": True, "no_baselines": True}
    return neuroep.train(design, data, out=out, overrides=["learning.epochs=1"], **options)


def test_who_listens_is_told_and_nothing_is_printed(
    table: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard, told = Heard(), list[str]()
    heard.seconds["of an earlier run"] = 1e6
    for name in ("before", "heard"):
        run = _train(
            table, tmp_path / name, progress=heard, on_epoch=lambda run, _: told.append(run.name)
        )
        assert "of an earlier run" not in run.metrics.seconds
    assert told == ["before", "heard"]
    assert any("validation accuracy" in line for line in heard.lines)
    assert "epoch 1/1" in heard.bars
    _train(table, tmp_path / "quiet", quiet=True)
    printed = capsys.readouterr()
    assert printed.out == printed.err == ""
    _train(table, tmp_path / "bars")
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "epoch 1/1" in printed.err
    assert Bar().update(3) is None


def test_every_name_is_there() -> None:
    for name in neuroep.__all__:
        assert getattr(neuroep, name) is not None
    with pytest.raises(AttributeError, match="nothing"):
        _ = neuroep.nothing


def test_names_are_loaded_when_they_are_first_used() -> None:
    """The front costs nothing; ``settle`` is the package and a function from the start."""
    code = (
        "import neuroep, sys; assert 'numba' not in sys.modules; "
        "assert callable(neuroep.settle); from neuroep import settle; "
        "assert settle is neuroep.settle is sys.modules['neuroep.settle']"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
