"""The benchmarks of the paper's networks compare like with like, on small ones."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from neuroep.text.corpus import Corpus

REPO = Path(__file__).resolve().parents[2]
SMALL = {
    "imdb": (
        "layers.words.tokens=7",
        "layers.words.dim=4",
        "layers.hidden.size=6",
        "layers.second.size=5",
        "learning.beta=0.01",
        "traces={}",
    ),
    "snli": (
        "layers.premise.tokens=5",
        "layers.premise.dim=4",
        "layers.hypothesis.tokens=5",
        "layers.hypothesis.dim=4",
        "layers.hidden.size=6",
        "learning.beta=0.01",
        "traces.synapses={}",
    ),
}


@pytest.fixture(autouse=True)
def benchmarks_importable(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.syspath_prepend(REPO)
    monkeypatch.setenv("NEUROEP_BENCHMARKS", str(tmp_path))
    monkeypatch.setenv("NEUROEP_THREADS", "1")


def small(name: str) -> Any:
    """Return a small case whose prepared data lie in its folder."""
    from benchmarks.paper.cases import IMDB, SNLI, PaperData

    case = replace({"imdb": IMDB, "snli": SNLI}[name], overrides=SMALL[name])
    rng = np.random.default_rng(0)
    table = np.concatenate([rng.normal(0, 1, (8, 4)), np.zeros((1, 4))]).astype(np.float32)
    layers = ["words"] if name == "imdb" else ["premise", "hypothesis"]
    labels = rng.integers(0, 2, 12).astype(np.int8)
    corpora = {}
    for layer in layers:
        lengths = rng.integers(1, 6, 12)
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        corpora[layer] = Corpus(rng.integers(0, 8, offsets[-1]).astype(np.int32), offsets, labels)
    PaperData(corpora, table, 2 if name == "imdb" else 3).save(case.folder / "data.npz")
    return case


@pytest.mark.parametrize("name", ["imdb", "snli"])
def test_the_published_method_has_our_gradient(name: str, tmp_path: Path) -> None:
    """In float64, at a fixed point, both sides' gradients are the same to rounding."""
    pytest.importorskip("torch", reason="the benchmark's peer needs PyTorch: .[benchmark]")
    import torch

    from benchmarks.paper.sides import OurSide, TheirSide
    from benchmarks.paper.steps import cosines

    case = small(name)
    ours, theirs = OurSide(case, "float64"), TheirSide(case, "float64")
    try:
        for bias in ("hidden.bias", "out.bias"):  # away from the rail where all neurons start
            ours.network.parameters[bias][:] = 0.4
        ours.save(tmp_path / "weights.npz")
        theirs.load(tmp_path / "weights.npz")
        ours.stop_at(1e-13)
        chosen = ours.chosen(5)
        ours.gradient(chosen, tmp_path / "ours.npz")
        found = theirs.step(chosen, (200, 200), tmp_path / "theirs.npz")
    finally:
        torch.set_default_dtype(torch.float32)
    assert max(found["residual"].values()) < 1e-13
    with np.load(tmp_path / "ours.npz") as a, np.load(tmp_path / "theirs.npz") as b:
        assert set(a.files) == set(b.files) == set(ours.rates)
        for key in a.files:
            assert np.abs(a[key]).max() > 0, key
            np.testing.assert_allclose(b[key], a[key], rtol=0, atol=1e-8 * np.abs(a[key]).max())
    assert min(cosines(tmp_path / "ours.npz", tmp_path / "theirs.npz").values()) > 1 - 1e-9


@pytest.mark.endurance
def test_both_sides_report_what_a_step_took(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the benchmark's peer needs PyTorch: .[benchmark]")
    from benchmarks.paper.report import report
    from benchmarks.paper.steps import compare

    case = small("snli")
    from benchmarks.paper.sides import OurSide

    side = OurSide(case)
    side.train(3, lambda line: None)
    side.save(case.folder / "trained.npz")
    figures = compare(case, 6)
    for state in figures["states"].values():
        assert state["ratio"] > 0
        for phase in ("free", "nudged"):
            assert state["neuroep"][phase]["residual"] <= state["residual"]["asked_of_ours"]
        assert min(state["agreement"]["float64"].values()) > 0.999
    text = report(figures, case.unit)
    assert "times faster" in text
    assert "peak memory" in text


def test_arithmetic_is_counted_by_hand() -> None:
    from benchmarks.paper.work import per_example, published_flops

    network = small("imdb").make_network(9)
    each = per_example(network, {"words": np.array([3.0])})
    attention, dense = 4 * 3 * 3 * 4, 4 * (3 * 4 * 6 + 6 * 5 + 5 * 2)
    assert each["sweep"] == attention + dense
    assert each["once"] == 2 * 3 * 4 * 4
    assert each["gradient"] == dense / 2
    full = per_example(network, {"words": np.array([7.0])})
    steps = 14 * (full["sweep"] + full["once"])
    assert published_flops(network, 10, (4, 5)) == 10 * (
        steps + 2 * (full["gradient"] + full["once"])
    )


def test_the_longest_examples_are_found_and_filled() -> None:
    from benchmarks.paper.cases import prepare

    case = small("imdb")
    data = prepare(case)
    longest = data.longest(3)
    lengths = data.corpora["words"].lengths
    assert lengths[longest].min() >= np.sort(lengths)[-3]
    inputs, _ = data.batch(longest, {"words": 7})
    assert list(inputs["words"].lengths) == [7, 7, 7]
    assert (data.table[inputs["words"].rows[lengths[longest[0]] : 7]] == 0).all()


def test_weights_that_are_missing_are_one_line() -> None:
    from benchmarks.paper.weights import trained_weights

    with pytest.raises(SystemExit, match=r"paper\.weights imdb"):
        trained_weights(small("imdb"))
