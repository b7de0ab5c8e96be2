"""The budget of a run on devices: in its metrics, its closing table and its figures."""

import json
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import ON_DEVICES, TINY, metrics, neuroep, one_line, tiny

from neuroep.cli.errors import INTERNAL
from neuroep.devices.card import read_content
from neuroep.errors import Unheld
from neuroep.learning.trainer import Trainer
from neuroep.runs.budget import LOADED, TITLES
from neuroep.traces import open_traces

LIMIT = 60
QUICK = ("--limit", LIMIT, "--no-baselines")
DEVICES = """
[devices]
card = "soft_64"
"""


def train(folder: Path, *more: object, text: str = ON_DEVICES, out: str = "run") -> Path:
    assert neuroep("train", tiny(folder, text), *QUICK, "--out", folder / out, *more) == 0
    return folder / out


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return train(tmp_path_factory.mktemp("budget"))


def test_figures_are_the_books_per_example(run: Path) -> None:
    found = metrics(run)
    budget, arrays = found["budget"], found["arrays"].values()
    examples = found["examples"]["train"] * len(found["history"]["train_accuracy"])
    pulses, devices = (sum(one[key] for one in arrays) for key in ("pulses", "devices"))
    assert devices == 2 * (784 * 6 + 6 + 6 * 10 + 10)
    assert pulses > 100
    assert budget["pulses_per_device"] == pytest.approx(pulses / devices / examples)
    assert budget["most_pulses"] == max(one["most_pulses"] for one in arrays)
    joules = sum(one["joules"] for one in arrays)
    assert budget["write_joules"] == pytest.approx(joules / examples)
    assert budget["write_seconds"] == pytest.approx(pulses * 50e-9 / examples)
    assert 0 < budget["read_joules"] < budget["settle_joules"]
    assert 0 < budget["sample_joules"] < 2 * 16 * 100e-15 * 0.5**2
    assert "examples_to_endurance" not in budget  # the card knows of no end
    assert "loaded_devices" not in budget  # nothing is stored
    json.loads((run / "metrics.json").read_text(), parse_constant=pytest.fail)


def test_the_traces_end_at_the_same_books(run: Path) -> None:
    arrays = metrics(run)["arrays"]
    with open_traces(run) as traces:
        for name, written in traces.writing.items():
            assert written.pulses_total[-1] <= arrays[name]["pulses"]  # the last record is earlier
            assert np.sum(written.energy) <= arrays[name]["joules"]
        assert np.sum(traces.writing["hidden-out"].energy) > 0


def test_the_closing_table_and_the_figures(run: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert neuroep("table", run) == 0
    out = capsys.readouterr().out
    for name in metrics(run)["budget"]:
        assert TITLES[name][0].format("image") in out
    assert "integrated along the circuit's equations" in out
    for figure in ("devices.png", "device_synapse.png"):
        assert (run / "figures" / figure).stat().st_size > 10_000


def test_threads_and_an_interrupt_change_nothing(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two threads, Ctrl-C in the second epoch, and on from the checkpoint of the first."""
    monkeypatch.setattr("neuroep.learning.updates.updater.BLOCK", 500)
    monkeypatch.setenv("NEUROEP_THREADS", "2")
    real = Trainer.learn

    def learn(self: Trainer, number: int, *rest: Any) -> Any:
        if number == self.steps_per_epoch + 4:
            signal.raise_signal(signal.SIGINT)
        return real(self, number, *rest)

    other = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "learn", learn)
        options = (*QUICK, "--no-figures", "--out", other)
        assert neuroep("train", tiny(tmp_path, ON_DEVICES), *options) == 130
    assert neuroep("train", "--resume", other) == 0
    keys = ("budget", "arrays", "history", "test_accuracy")
    assert [metrics(other)[key] for key in keys] == [metrics(run)[key] for key in keys]


def test_examples_until_the_endurance_ends(tmp_path: Path) -> None:
    worn = ON_DEVICES.replace('card = "soft_64"', 'card = "worn.toml"')
    card = read_content("soft_64")
    lines = ['title = "worn"\n[life]\nendurance = 1e3\n[pulse]\nenergy = "2 fJ"']
    for table in ("conductance", "law", "step", "sources"):
        rows = [f"{json.dumps(k)} = {json.dumps(v)}" for k, v in card[table].items()]
        lines.append("\n".join([f"[{table}]", *rows]))
    (tmp_path / "worn.toml").write_text("\n".join(lines))
    found = metrics(train(tmp_path, "--no-figures", text=worn))
    examples = found["examples"]["train"] * len(found["history"]["train_accuracy"])
    lives = [one["endurance"] / one["most_pulses"] for one in found["arrays"].values()]
    assert found["budget"]["examples_to_endurance"] == pytest.approx(examples * min(lives))
    joules = [one["joules"] / one["pulses"] for one in found["arrays"].values() if one["pulses"]]
    assert joules == pytest.approx([2e-15] * len(joules))
    assert "write_seconds" not in found["budget"]  # the card tells no width


def test_reviews_are_written_and_a_table_would_be_addressed(tmp_path: Path) -> None:
    found = metrics(train(tmp_path, "--no-figures", "--solver", "sweep", text=TINY + DEVICES))
    budget, books = found["budget"], found["arrays"]["words.patterns"]
    assert budget["table_devices"] == books["devices"]
    assert 0 < budget["loaded_devices"] <= 2 * 60 * 8  # at most all tokens, both devices a value
    # A mean of some texts, each of whole rows: 8 values of two devices.
    assert (min(LOADED, found["examples"]["test"]) - 1) * budget["loaded_devices"] % 16 == 0
    assert budget["load_joules"] > 0
    assert budget["load_pulses"] > budget["loaded_devices"]


def test_floats_have_no_budget_of_devices(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ON_DEVICES.replace('update = "pulses"\ngain = "line"\nmomentum = 0.5', 'update = "adam"')
    found = metrics(train(tmp_path, text=text))
    assert (found["budget"], found["arrays"], found["budget_notes"]) == ({}, {}, [])
    printed = capsys.readouterr().out
    assert "energy of writing" not in printed
    account = found["account"]  # but a chip to settle on
    assert "energy of an inference, estimate" in printed
    free = sum(part["joules"][0] for part in account["parts"])
    assert account["inference_joules"] == pytest.approx(free, rel=1e-9)
    assert account["step_joules"] == pytest.approx(
        sum(account["phase_joules"]) + account["sampled_joules"]
    )
    assert not (tmp_path / "run" / "figures" / "devices.png").exists()


def test_the_account_of_a_run_is_that_of_its_trained_chip(run: Path) -> None:
    found = metrics(run)
    account = found["account"]
    assert account["inference_joules"] == pytest.approx(found["budget"]["read_joules"], rel=0.05)
    assert account["sampled_joules"] == pytest.approx(found["budget"]["sample_joules"], rel=0.05)
    assert account["pulse"]["joules"] == pytest.approx(2.0**2 * 20.5e-6 * 50e-9)


@pytest.mark.parametrize("where", ["results", "budget"])
def test_only_what_a_chip_cannot_hold_is_not_known(
    where: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    error: ValueError = Unheld("w[0, 1]: 9 is beyond +-2")

    def fails(*_: object) -> None:
        raise error

    if where == "results":
        monkeypatch.setattr("neuroep.runs.results.account", fails)
    else:
        monkeypatch.setattr("neuroep.design.hopfield.design.energies", fails)
    found = metrics(train(tmp_path))
    said = [found["account"].get("how", ""), *found["budget_notes"]]
    assert any(f"not known: {error}" in line for line in said)
    error = ValueError("operands could not be broadcast together with shapes (2,) (3,)")
    capsys.readouterr()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))  # of the report
    assert neuroep("train", tmp_path / "tiny.toml", *QUICK, "--out", tmp_path / "other") == INTERNAL
    assert "internal error: ValueError: operands" in capsys.readouterr().err


def test_a_capacitance_that_no_sampler_has(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = ON_DEVICES + '[sensing]\ncapacitance = "-1 fF"\n'
    assert neuroep("train", tiny(tmp_path, text), *QUICK, "--out", tmp_path / "run") == 2
    one_line(capsys.readouterr().err, "tiny.toml", "sensing.capacitance")
