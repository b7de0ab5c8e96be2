"""Cells of transistors as they are measured: what the process says, kept, and read again."""

import json
import statistics
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuroep.cli import main
from neuroep.design.cells import cell_files
from neuroep.design.chip import chip_of
from neuroep.errors import InputError
from neuroep.hardware.cells.fixtures import FIXTURES
from neuroep.studies.characterise import measure
from neuroep.studies.characterise.characterise import Characterised, characterise


@pytest.fixture(scope="module")
def tanh(process: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Characterised]:
    folder = tmp_path_factory.mktemp("characterised")
    (found,) = characterise("sky130/tanh", folder, draws=4)
    return folder, found


def test_transistors_are_a_tanh_with_their_own_amplitude(tanh: tuple[Path, Characterised]) -> None:
    _, found = tanh
    assert not found.outside
    nominal = found.figures["tt"]
    assert nominal.shape < 0.01
    assert 0.01 < nominal.error < 0.08
    # kT/q: a pair is steeper in the cold, by 300 K / 233 K.
    assert found.figures["-40 C"].gain - nominal.gain == pytest.approx(0.2, abs=0.1)
    assert found.figures["125 C"].gain < nominal.gain - 0.1
    assert (
        found.figures["rails -10%"].current < nominal.current < found.figures["rails +10%"].current
    )
    assert 30e3 < found.speed["tt"].bandwidth < 100e3
    assert 0.0 < found.speed["tt"].noise < 0.02
    assert found.area.gates == pytest.approx(2028, rel=0.01)


def test_drawn_chips_spread(tanh: tuple[Path, Characterised]) -> None:
    _, found = tanh
    mean, sigma = found.spread["offset"]
    assert len(found.drawn) == 4
    assert 0.01 < sigma < 0.3
    assert abs(mean) < 3 * sigma + 0.05
    specimen, curve = nominal("tanh")
    offsets = [specimen.figures(replace(curve, y=y)).offset for y in found.drawn]
    assert sigma == pytest.approx(statistics.stdev(offsets))  # of a sample: n - 1
    assert not np.allclose(found.drawn[0], found.drawn[1], atol=1e-4)


def test_what_was_measured_is_not_measured_again(
    tanh: tuple[Path, Characterised], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, found = tanh
    ran = []
    monkeypatch.setattr(measure, "run_deck", ran.append)
    (again,) = characterise("tanh", folder, draws=4)
    assert not ran
    assert again.to_json() == json.loads(json.dumps(found.to_json()))
    with pytest.raises(TypeError):  # other draws are another measurement
        characterise("tanh", folder, draws=5)


def test_a_damaged_result_is_measured_anew(process: str, tmp_path: Path) -> None:
    (tmp_path / "nudge.json").write_text('{"source": 3')
    (found,) = characterise("nudge", tmp_path, draws=0)
    assert json.loads((tmp_path / "nudge.json").read_text())["name"] == "nudge"
    assert abs(found.figures["tt"].gain) < 0.01


def test_page_and_figure(process: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["characterise", "sky130/clamp", "--draws", "0", "-o", str(tmp_path)]) == 0
    page = (tmp_path / "clamp.md").read_text()
    assert "rails -10%" in page
    assert "Kept under all conditions" in page
    assert (tmp_path / "clamp.png").stat().st_size > 10_000
    assert "clamp" in capsys.readouterr().out


def nominal(cell: str) -> tuple[measure.Specimen, measure.Curve]:
    specimen = measure.Specimen(FIXTURES[cell], chip_of("sky130"), cell_files({}, Path(), "sky130"))
    return specimen, specimen.curve(measure.Condition())


def test_a_neuron_that_fires_takes_its_comparator_longer(process: str) -> None:
    specimen, found = nominal("lif")
    late = 1.0 / found.y - 1.0 / specimen.fixture.ideal(specimen.chip, found.x)
    assert (np.diff(late) < 0).all()  # the slower the membrane, the slower its comparator
    assert late[0] < 12e-6
    assert late[-1] > 1e-6


@pytest.mark.endurance
def test_a_modulator_sends_what_it_gets(process: str) -> None:
    specimen, found = nominal("sigma_delta")
    wanted = specimen.fixture.ideal(specimen.chip, found.x)
    np.testing.assert_allclose(found.y, wanted, atol=0.03)


def test_an_amplifier_takes_back_what_it_gives(process: str) -> None:
    specimen, found = nominal("bidirectional_amplifier")
    figures = specimen.figures(found)
    assert abs(figures.gain) < 0.02  # a from the feedback, 1/a from the copy
    assert abs(figures.offset) < 0.05


def test_a_junction_of_silicon(process: str) -> None:
    specimen, found = nominal("diode")
    assert abs(specimen.figures(found).gain) < 0.01  # an ideality of 1.36
    drop = np.interp(-7.0, found.y, found.x)  # of 0.1 uA
    assert 0.5 < drop < 0.6


@pytest.mark.parametrize(
    ("name", "what"),
    [("sky13", "no cell that can be characterised"), ("sky130/tan", "did you mean tanh?")],
)
def test_no_such_cell(name: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=what):
        characterise(name, tmp_path)
