"""Tables of steps as CrossSim has them: their statistics are the device's."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line
from scipy import stats

from neuroep.core.pulses.device import many_pulsed
from neuroep.devices.card import read_card
from neuroep.errors import InputError
from neuroep.studies.fit.jump_tables import read_jump_tables

LOW, HIGH = 2e-6, 4e-5
GRID = np.linspace(LOW, HIGH, 21)
CHANCES = np.concatenate([[0.0], np.geomspace(1e-4, 0.5, 40), np.linspace(0.51, 1.0, 50)])


def step(siemens: np.ndarray, up: bool) -> np.ndarray:
    """Return the mean step: smaller towards the bound it goes to."""
    left = (HIGH - siemens if up else siemens - LOW) / (HIGH - LOW)
    return (0.1e-6 + 1e-6 * left) * (1.0 if up else -1.0)


def write(path: Path, up: bool, grid: np.ndarray = GRID) -> str:
    chances = np.clip(CHANCES, 1e-5, 1 - 1e-5)
    rows = step(grid, up) + 0.2e-6 * stats.norm.ppf(chances)[:, None]
    lines = ["1st Row = Gbins, 2nd Row = CDF Points"]
    lines += [
        "[" + ", ".join(f"{value:.8e}" for value in row) + "]\n" for row in (grid, CHANCES, *rows)
    ]
    path.write_text("\n".join(lines))
    return str(path)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    return write(tmp_path / "up.txt", True), write(tmp_path / "down.txt", False)


@pytest.mark.parametrize("up", [True, False])
def test_pulses_have_the_mean_and_spread_of_the_table(files: tuple[str, str], up: bool) -> None:
    device = read_jump_tables(*files)
    assert (device.g_min, device.g_max) == pytest.approx((LOW, HIGH))
    laws, constants = device.law.table(0.0, False)
    many, half = 20_000, 0.5 * (HIGH - LOW)
    for place in (-0.5, 0.0, 0.4):
        states, which = np.full(many, place), np.arange(many)
        counts = np.full(many, 1 if up else -1)
        many_pulsed(states, which, counts, np.uint64(4), 1, device.kind(), laws, constants)
        moved = (states - place) * half
        expected = step(device.conductance(np.array(place)), up)
        assert moved.mean() == pytest.approx(float(expected), rel=0.02)
        assert moved.std() == pytest.approx(0.2e-6, rel=0.06)  # the tails are straight


def test_the_command_writes_a_card(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card = tmp_path / "card.toml"
    assert neuroep("fit", *files, "--tables", "--name", "mine", "-o", card) == 0
    assert "states up" in capsys.readouterr().out
    assert read_card(str(card)) == read_jump_tables(*files, "mine")
    assert neuroep("fit", files[0], "--tables") == 2
    one_line(capsys.readouterr().err, "--tables", "two files")
    for option in ("--results", "--figure", "--law"):  # nobody would read it
        assert neuroep("fit", *files, "--tables", option, tmp_path / "a.png") == 2
        one_line(capsys.readouterr().err, f"{option} does not go with --tables")


def test_what_is_no_table_is_one_line(files: tuple[str, str], tmp_path: Path) -> None:
    def said(up: str, down: str) -> str:
        with pytest.raises(InputError) as error:
            read_jump_tables(up, down)
        return str(error.value)

    up, down = files
    assert f"{up}: at the centre" in said(down, up).replace(down, up)
    other = write(tmp_path / "other.txt", False, np.linspace(1e-5, 2e-5, 21))
    assert f"{other}: 1e-05 to 2e-05 S, but" in said(up, other)
    lines = Path(up).read_text().splitlines()
    broken = tmp_path / "broken.txt"
    for old, new, words in (
        (", ", ", x", "is not a number"),
        ("[", "[1.0, ", "changes for"),
    ):
        broken.write_text("\n".join([*lines[:5], lines[5].replace(old, new, 1), *lines[6:]]))
        assert words in said(str(broken), down)
    for row, change, words in (
        (1, lambda values: values - 1e-5, "row 1: a conductance of -8e-06 S is negative"),
        (3, lambda values: 2 * values, "row 2: probabilities go from 0 to 1, not from 0 to 2"),
        (3, lambda values: values - 0.5, "row 2: probabilities go from 0 to 1, not from -0.5"),
        (3, lambda values: 0.5 * values, "row 2: probabilities go from 0 to 1, not from 0 to 0.5"),
        (5, lambda values: np.inf * values, "line 6: a number that is too large"),
    ):
        values = change(np.array(lines[row].strip("[]").split(","), float))
        cells = ", ".join(map(str, values)).replace("inf", "1e999")
        broken.write_text("\n".join([*lines[:row], f"[{cells}]", *lines[row + 1 :]]))
        assert f"{broken}: {words}" in said(str(broken), down)
    broken.write_text("\n".join(lines[:3]))
    assert "rows of numbers" in said(str(broken), down)
    broken.write_text("")
    assert "0 rows" in said(str(broken), down)


def test_measured_tables_are_devices(data_dir: Path) -> None:
    folder = data_dir / "devices"
    for name, states in (("enode", 100), ("taox20", 3)):
        ways = (f"{name}_dG_{way}.txt.gz" for way in ("increasing", "decreasing"))
        device = read_jump_tables(*(str(folder / file) for file in ways))
        assert 2 / device.step_up > states


def test_conductances_that_are_not_in_siemens_are_refused(
    files: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    for file in files:
        heading, grid, *rows = Path(file).read_text().split("\n[")
        grid = ", ".join(f"{1e6 * float(g):.8e}" for g in grid.strip("]\n").split(", "))
        Path(file).write_text("\n[".join([heading, grid + "]\n", *rows]))
    assert neuroep("fit", *files, "--tables") == 2
    one_line(capsys.readouterr().err, "up.txt: row 1: a conductance of 40 S, which no device has")
