"""Neuroep beside aihwkit: how settings are chosen, and that both sides have the same devices."""

from concurrent.futures import Future
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.devices import onchip, peers
from neuroep.design.load import load_design
from neuroep.devices.array import DeviceArray, key_of
from neuroep.devices.card import read_card
from neuroep.images import Images, open_images
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import prepare


def quality(setting: dict[str, Any]) -> float:
    """Return an accuracy whose best rate depends on the batch."""
    best = {1: 0.01, 8: 0.1}[setting["batch"]]
    return 0.9 - 0.1 * abs(np.log10(setting["rate"] / best)) + (setting["batch"] == 8) * 0.2


def test_a_search_climbs_one_entry_after_the_other() -> None:
    asked: list[list[dict[str, Any]]] = []

    def measure(settings: list[Any]) -> list[float]:
        asked.append(settings)
        return [quality(setting) for setting in settings]

    axes = (("rate", (0.01, 0.06, 1.0)), ("batch", (1, 8)))
    assert peers.search({"rate": 1.0, "batch": 1}, axes, measure) == {"rate": 0.1, "batch": 8}
    assert [setting["rate"] for setting in asked[0]] == [0.01, 0.06, 1.0]
    assert [setting["rate"] for setting in asked[2]] == [0.01, 0.0056, 0.018]  # and on, upwards
    assert [setting["rate"] for setting in asked[-1]] == [0.1, 0.056, 0.18]


class Trained:
    """Runs without a network: what was asked for, and accuracies that validation alone orders."""

    def __init__(self) -> None:
        self.runs: list[tuple[float, int, bool]] = []

    def submit(
        self, function: Any, name: str, setting: Any, data: str, seed: int, test: bool
    ) -> Any:
        assert function is peers.run
        self.runs.append((setting["rate"], seed, test))
        row = {"name": name, "setting": setting, "seed": seed, "images": 1, "seconds": 0.0}
        row["validation_accuracy"] = quality(setting)
        if test:
            row["test_accuracy"] = 0.5 + 0.01 * seed
        future: Future[dict[str, Any]] = Future()
        future.set_result(row)
        return future


def test_test_images_are_seen_with_what_was_chosen_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(
        peers.METHODS, "floats", ({"rate": 1.0, "batch": 8}, (("rate", (0.1, 1.0)),))
    )
    pool, path = Trained(), tmp_path / "rows.json"
    peers.Results(path, "", pool).make("floats, relu")  # type: ignore[arg-type]
    assert {rate for rate, _, test in pool.runs if test} == {0.1}
    assert [seed for _, seed, test in pool.runs if test] == [0, 1, 2]
    again = Trained()
    kept = peers.Results(path, "", again)  # type: ignore[arg-type]
    kept.make("floats, relu")
    assert again.runs == []  # all rows were in the file
    line = peers.summary(kept.rows).splitlines()[2]
    assert line.split("|")[1:5] == [
        " floats, relu ",
        " 51.00 ± 1.00  ",
        " 3     ",
        " rate 0.1, batch 8 ",
    ]


def test_rows_are_designs_and_rates_span_two_decades() -> None:
    rates = [load_design("onchip_mnist", asked).learning["rates"] for asked in peers.OURS.values()]
    assert rates[0] == rates[1]
    assert rates[2] == {name: 2 * rate for name, rate in rates[0].items()}
    assert len(set(peers.names())) == len(peers.names())
    for start, axes in peers.METHODS.values():
        assert {name for name, _ in axes} | {"rate"} <= set(start)
        tried = dict(axes).get("rate", dict(axes).get("transfer"))
        assert tried is not None
        assert max(tried) / min(tried) >= 100


@pytest.mark.data
def test_examples_are_those_of_the_design(data_dir: Path) -> None:
    for seed in (0, 1):
        options = TrainOptions(
            design="onchip_mnist", data=str(data_dir / "mnist"), limit=onchip.LIMIT
        )
        design = load_design("onchip_mnist", (f"seed={seed}",))
        material = prepare(design, options, "onchip_mnist").material
        splits = peers.examples(str(data_dir / "mnist"), seed)
        for name, images in zip(("train", "validation", "test"), splits, strict=True):
            theirs = getattr(material, name).images
            np.testing.assert_array_equal(images.labels, theirs.labels)
            np.testing.assert_array_equal(images.pixels, theirs.pixels)


def analog() -> Any:
    """Return the side of aihwkit."""
    pytest.importorskip("aihwkit", reason="the benchmark's peer needs aihwkit: .[peers]")
    from benchmarks.devices import analog

    return analog


SETTING = {
    **peers.FAST, "batch": 4, "chop": 0.1, "network": "relu", "rate": 0.02, "full_scale": 0.5,
}  # fmt: skip


@pytest.mark.parametrize("cell", ["one", "pair"])
def test_devices_of_both_sides_are_the_same_kind(cell: str) -> None:
    """Steps at the centre, their spread, noise and bounds, in weights."""
    side = analog()
    import torch
    from aihwkit.simulator.tiles import AnalogTile

    torch.manual_seed(3)
    card, scale = read_card(peers.CARD), 0.5
    setting = {**SETTING, "cell": cell, "full_scale": scale}
    tile = AnalogTile(100, 100, side.tile_of("analog SGD", card, setting))
    hidden = {k: v.numpy() for k, v in tile.get_hidden_parameters().items()}
    suffixes = ("",) if cell == "one" else ("_0", "_1")
    share = 1.0 / len(suffixes)
    arrangement = "reference" if cell == "one" else "pair"
    ours = DeviceArray(
        card, np.zeros((100, 100)), arrangement, -scale, scale, key_of(0, "x"), counts=False
    )
    for suffix in suffixes:
        steps = hidden[f"dwmin_up{suffix}"]
        assert share * steps.mean() * len(suffixes) == pytest.approx(ours.pulse, rel=0.01)
        assert steps.std() / steps.mean() == pytest.approx(card.spread.step, rel=0.05)
        assert np.all(hidden[f"max_bound{suffix}"] == scale)
        assert np.all(hidden[f"min_bound{suffix}"] == -scale)
        np.testing.assert_allclose(  # soft bounds
            hidden[f"slope_up{suffix}"], -hidden[f"dwmin_up{suffix}"] / scale, rtol=1e-5
        )
    if cell == "pair":
        assert not np.allclose(hidden["dwmin_up_0"], hidden["dwmin_up_1"])
    wanted = torch.linspace(-0.4, 0.4, 10_000).reshape(100, 100)
    tile.set_weights(wanted)
    np.testing.assert_allclose(tile.get_weights()[0], wanted, atol=1e-6)


def test_a_card_that_cannot_be_told_to_aihwkit_is_refused() -> None:
    with pytest.raises(ValueError, match="soft bounds"):
        analog().device_of(read_card("fefet"), 0.5)


@pytest.mark.parametrize("network", peers.NETWORKS)
@pytest.mark.parametrize("method", peers.METHODS)
def test_every_method_learns(method: str, network: str) -> None:
    """The built-in digits, in a corner of the image, learned far beyond chance."""
    side = analog()
    source = open_images(None)
    pixels = np.zeros((len(source.train.labels), 784), np.float32)
    pixels[:, : source.train.pixels.shape[1]] = source.train.pixels
    images = Images(pixels, source.train.labels)
    setting = {**SETTING, "network": network}
    net, _ = side.train(method, read_card(peers.CARD), setting, images, 0)
    assert side.accuracy(net, images) > 0.5
