"""The run folder of a finished main job: all that a designer wants to look at afterwards."""

import json
import tomllib
from pathlib import Path

import h5py
import matplotlib.image
import numpy as np
import pytest
from experiment_support import LIMIT, metrics, neuroep, skip_reports, tiny, tree

from neuroep.design.load import load_design
from neuroep.runs.folder import RunFolder
from neuroep.runs.trained import load_run
from neuroep.traces import checkpoint

FILES = {
    "design.toml",
    "options.json",
    "start.h5",
    "history.jsonl",
    "checkpoint.h5",
    "traces.h5",
    "trained.h5",
    "answers.json",
    "metrics.json",
    "figures",
}


def test_the_folder_holds_everything_and_nothing_half_written(finished_run: Path) -> None:
    top = {name for name in tree(finished_run) if "/" not in name}
    assert top == FILES
    assert not [name for name in tree(finished_run) if name.endswith(".part") or "/." in name]


def test_metrics_hold_the_accuracies_on_all_test_reviews(finished_run: Path) -> None:
    found = metrics(finished_run)
    assert set(found["accuracy"]) == {"spiking", "sweep"}
    assert set(found["controls"]) == {"words shuffled"}
    assert {"mean vector", "bag of words", "tf-idf"} <= set(found["baselines"])
    assert found["test_accuracy"] == found["accuracy"]["spiking"]
    for accuracies in (found["accuracy"], found["controls"], found["baselines"]):
        for name, share in accuracies.items():
            assert 0 <= share <= 1, name
            assert share * LIMIT == pytest.approx(round(share * LIMIT)), name
    for solver, counts in found["confusion"].items():
        assert np.sum(counts) == LIMIT
        assert np.trace(counts) / LIMIT == pytest.approx(found["accuracy"][solver])
    assert found["labels"] == ["negative", "positive"]
    assert found["examples"]["test"] == LIMIT
    assert found["examples"]["train"] + found["examples"]["validation"] == LIMIT
    assert set(found["not_converged"]) == {"spiking", "sweep"}
    assert len(found["history"]["validation_accuracy"]) == 3
    assert found["validation_accuracy"] == max(found["history"]["validation_accuracy"])
    assert found["settle_steps"]["spiking"] == 24
    assert set(found["spikes"]) == {"heads", "hidden"}
    assert found["facts"]["test_texts_without_known_word"] == 0


def test_figures_are_pictures_with_something_on_them(finished_run: Path) -> None:
    figures = sorted((finished_run / "figures").glob("*.png"))
    names = {path.stem for path in figures}
    assert names >= {"training", "settling", "raster", "attention", "weights"}
    for path in figures:
        pixels = matplotlib.image.imread(path)[..., :3]
        assert min(pixels.shape[:2]) > 200, path.name
        assert (pixels < 0.9).any(axis=-1).mean() > 0.005, f"{path.name} is blank"
        colours = (255 * pixels).astype(np.int64) @ np.array([65536, 256, 1])
        assert len(np.unique(colours)) > 50, path.name


def test_the_stored_design_is_the_resolved_one_and_loads_again(finished_run: Path) -> None:
    given = load_design(str(tiny(finished_run.parent)))
    stored = load_design(str(finished_run / "design.toml"))
    assert stored.resolved() == given.resolved()
    assert stored.recipe == given.recipe
    assert stored.spiking == given.spiking
    content = tomllib.loads((finished_run / "design.toml").read_text())
    # Defaults that the design file does not mention are filled in.
    assert content["learning"]["update"] == "adam"
    assert content["layers"]["heads"]["query_scale"] == given.make_layer("heads").query_scale
    with h5py.File(finished_run / "traces.h5") as file:
        assert json.loads(file.attrs["configuration"]) == stored.resolved()


def test_trained_parameters_load_into_a_network(finished_run: Path) -> None:
    trained = load_run(str(finished_run))
    arrays, _ = checkpoint.load(finished_run / "trained.h5")
    start, _ = checkpoint.load(finished_run / "start.h5")
    for name, view in trained.system.parameters.items():
        saved = arrays[f"parameters/{name}"]
        np.testing.assert_array_equal(view, saved)
        assert not np.array_equal(saved, start[f"parameters/{name}"]), f"{name} never moved"
    assert len(trained.encoder.vocabulary) == len(arrays["parameters/words.patterns"])


def test_the_weight_trace_is_what_the_synapses_went_through(finished_run: Path) -> None:
    xarray = pytest.importorskip("xarray")
    start, _ = checkpoint.load(finished_run / "start.h5")
    after, _ = checkpoint.load(finished_run / "checkpoint.h5")
    with xarray.open_datatree(finished_run / "traces.h5", engine="h5netcdf") as traces:
        assert traces.attrs["complete"]
        synapse = traces["synapses/heads-hidden"].load()
        weight = synapse["weight"].values
        applied = synapse["change_applied"].values
        assert list(synapse["step"]) == list(range(6))
        assert list(synapse["pre"]) == list(range(16))
        assert list(synapse["post"]) == [1, 2, 3, 4]
        # The change was measured between the same two float32 weights: one rounding apart.
        np.testing.assert_allclose(weight[1:], weight[:-1] + applied[:-1], rtol=0, atol=1e-7)
        assert np.abs(applied).max(axis=(1, 2)).min() > 1e-5
        block = np.s_[0:16, 1:5]
        np.testing.assert_array_equal(weight[0], start["parameters/heads-hidden"][block])
        np.testing.assert_allclose(
            weight[-1] + applied[-1], after["parameters/heads-hidden"][block], rtol=0, atol=1e-7
        )
        neurons = traces["neurons/hidden"].load()
        assert neurons["activity"].dims == ("step", "phase", "example", "neuron")
        assert (neurons["spikes"].sel(phase="free") != 0).any()
        assert np.isfinite(traces["settling/energy"]).all()


def test_the_change_asked_for_is_the_contrast_of_both_products(finished_run: Path) -> None:
    """Asked: rate / (2 beta) (s s (+beta) - s s (-beta)), with the cosine's rate of each step."""
    with h5py.File(finished_run / "traces.h5") as file:
        group = file["synapses/heads-hidden"]
        contrast = group["seen_plus"][:].astype(float) - group["seen_minus"][:]
        asked = group["change_asked"][:]
    rate, beta, steps = 2e-2, 0.5, len(asked)
    rates = rate * 0.5 * (1 + np.cos(np.pi * np.arange(steps) / steps))
    expected = rates[:, None, None] * contrast / (2 * beta)
    assert np.abs(expected).max() > 1e-6
    np.testing.assert_allclose(asked, expected, rtol=1e-3, atol=1e-7)


def test_runs_without_a_name_are_numbered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    skip_reports(monkeypatch)
    (tmp_path / "runs" / "0007-other").mkdir(parents=True)
    (tmp_path / "runs" / "notes").mkdir()
    arguments = ("train", tiny(tmp_path), "--limit", LIMIT, "--epochs", 1)
    assert neuroep(*arguments, "--solver", "sweep") == 0
    assert neuroep(*arguments, "--solver", "sweep") == 0
    names = {path.name for path in (tmp_path / "runs").iterdir()}
    assert names == {"0007-other", "notes", "0008-tiny", "0009-tiny"}
    assert "run folder: runs/0009-tiny" in capsys.readouterr().out


def test_two_runs_that_start_together_get_two_folders(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other run takes the number between our looking and our making."""
    (tmp_path / "0001-a").mkdir()
    real = Path.iterdir
    monkeypatch.setattr(Path, "iterdir", lambda path: iter(()) if path == tmp_path else real(path))
    assert RunFolder.create(None, "a", str(tmp_path)).path.name == "0002-a"
