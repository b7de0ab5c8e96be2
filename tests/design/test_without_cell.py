"""A neuron that nobody has drawn a circuit of: it learns, and what needs its circuit says so."""

from pathlib import Path

import pytest
from experiment_support import TINY, neuroep, one_line

from neuroep.network.hopfield.catalogue import LAYER_TYPES
from neuroep.network.hopfield.neurons import Tanh


class Dreamt(Tanh):
    """A neuron without a cell."""


@pytest.fixture
def design(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(LAYER_TYPES, "dreamt", Dreamt)
    path = tmp_path / "dream.toml"
    text = TINY.replace('type = "hard_sigmoid"', 'type = "dreamt"')
    path.write_text(text.replace('solver = "spiking"', 'solver = "sweep"'))
    return path


def test_it_trains_and_its_gradient_is_proved(
    design: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = ("--limit", 40, "--epochs", 1, "--no-baselines", "--no-figures", "--out", "run")
    assert neuroep("train", design, *few) == 0
    assert neuroep("gradcheck", design, "--updates", 0) == 0
    assert "EP computes the gradient of BPTT" in capsys.readouterr().out


@pytest.mark.parametrize("command", ["verify", "netlist"])
def test_what_needs_a_circuit_is_one_line(
    design: Path, command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    off = [w for p in ("ngspice", "scipy", "brian2") for w in ("--without", p)]
    assert neuroep(command, design, *(off if command == "verify" else ())) == 2
    said = capsys.readouterr().err
    one_line(said, "dream.toml", "hidden", "no cell realises Dreamt")
