"""``neuroep fit``: from files of ramps to a card that trains, or to one line."""

import gzip
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line
from made_ramps import made_ramps

from neuroep.devices.card import read_card
from neuroep.errors import InputError
from neuroep.studies.fit.fit import FitOptions, Fitted, fit_ramps


def write_ramps(path: Path, ramps: list[np.ndarray], names: str = "r") -> Path:
    """Write a column a ramp, blank behind the end of a shorter one."""
    longest = max(map(len, ramps))
    lines = [",".join(f"{names}{number}" for number in range(1, len(ramps) + 1))]
    lines += [
        ",".join(f"{r[row]:.9e}" if row < len(r) else "" for r in ramps) for row in range(longest)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


def siemens(states: list[np.ndarray]) -> list[np.ndarray]:
    """Return states as conductances of a device of 1 to 41 uS."""
    return [21e-6 + 20e-6 * state for state in states]


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    rng = np.random.default_rng(7)
    up = siemens(made_ramps(rng, gamma=0.6, ramps=10))
    down = siemens(made_ramps(rng, gamma=0.2, ramps=8, pulses=60, up=False))
    return str(write_ramps(tmp_path / "up.csv", up)), str(write_ramps(tmp_path / "down.csv", down))


def test_the_device_of_the_ramps_is_found(files: tuple[str, str]) -> None:
    found = fit_ramps(FitOptions(files, g_min=1e-6, g_max=41e-6))
    device, best = found.device, found.tried[0]
    assert (len(found.up.reads), len(found.down.reads)) == (10, 8)
    assert best.name == "linear"
    assert not found.tabulated
    assert device.step_up == pytest.approx(0.02, rel=0.03)
    assert device.step_down == pytest.approx(0.02, rel=0.03)
    assert best.up.shape["gamma_up"] == pytest.approx(0.6, abs=0.05)
    assert best.down.shape["gamma_down"] == pytest.approx(0.2, abs=0.1)
    assert device.pulse_noise == pytest.approx(0.3, rel=0.1)
    assert device.read_noise == pytest.approx(0.006, rel=0.15)


def test_currents_and_gzip_give_the_same_device(files: tuple[str, str], tmp_path: Path) -> None:
    plain = fit_ramps(FitOptions(files, law="linear")).device
    packed = []
    for file in files:
        rows = np.genfromtxt(file, delimiter=",", skip_header=1)
        text = "\n".join(",".join("" if np.isnan(v) else f"{0.1 * v:.9e}" for v in r) for r in rows)
        packed.append(tmp_path / f"{Path(file).stem}.csv.gz")
        packed[-1].write_bytes(gzip.compress(text.encode()))
    options = FitOptions(tuple(map(str, packed)), read_voltage=0.1, law="linear")
    assert fit_ramps(options).device.step_up == pytest.approx(plain.step_up, rel=1e-4)


def test_columns_of_one_file_are_told_apart_by_name_and_number(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    up, down = made_ramps(rng, ramps=3, pulses=40), made_ramps(rng, ramps=3, pulses=40, up=False)
    file = str(write_ramps(tmp_path / "both.csv", siemens(up + down)))
    asked = fit_ramps(FitOptions((file,), up="1-3", down="r4,r5,6", law="linear"))
    found = fit_ramps(FitOptions((file,), law="linear"))
    assert asked.device == found.device


def test_the_card_comes_back_as_the_device_and_the_figure_is_drawn(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    card, figure = tmp_path / "mine.toml", tmp_path / "fit.png"
    options = ("--name", "mine", "--law", "linear", "-o", card, "--figure", figure)
    assert neuroep("fit", *files, *options) == 0
    assert "chosen: linear" in capsys.readouterr().out
    assert figure.read_bytes().startswith(b"\x89PNG")
    device = fit_ramps(FitOptions(files, name="mine", law="linear")).device
    back = read_card(str(card))
    assert (back.name, back.law) == ("mine", device.law)
    for name in ("g_min", "g_max", "step_up", "step_down", "pulse_noise", "read_noise"):
        assert getattr(back, name) == pytest.approx(getattr(device, name), rel=1e-8), name


def test_a_table_takes_the_place_of_laws_that_do_not_fit(tmp_path: Path) -> None:
    def ramps(up: bool) -> list[np.ndarray]:
        rng, found = np.random.default_rng(5 + up), []
        for _ in range(12):
            states = [-0.95 if up else 0.95]
            for _ in range(60):  # steps with a hump in the middle: no law of the catalogue
                step = 0.02 + 0.08 * np.exp(-((states[-1] / 0.2) ** 2))
                step *= 1 + 0.1 * rng.normal()
                states.append(min(max(states[-1] + (step if up else -step), -1.0), 1.0))
            found.append(np.array(states))
        return found

    files = tuple(
        str(write_ramps(tmp_path / f"{up}.csv", siemens(ramps(up)))) for up in (True, False)
    )
    found = fit_ramps(FitOptions(files))
    assert found.tabulated
    assert max(found.table) < 0.5 * max(found.tried[0].held_out)
    law, step = found.device.law, found.device.step_up
    pulsed = law.step_by_step(np.array([-0.95]), 60, step)
    last = np.mean([reads[-1] for reads in found.up.reads])
    assert pulsed[0] == pytest.approx(last, abs=0.1)


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("nan", "line 4: r1: 'nan' is not finite"),
        ("inf", "line 4: r1: 'inf' is not finite"),
        ("x", "line 4: r1: 'x' is not a number"),
        ("", "line 4: r1: blank before the end of the column"),
        ("-1e-6", "conductances are not negative"),
    ],
)
def test_a_cell_that_is_no_conductance_is_named(
    files: tuple[str, str], cell: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = Path(files[0]).read_text().splitlines()
    lines[3] = ",".join([cell, *lines[3].split(",")[1:]])
    Path(files[0]).write_text("\n".join(lines) + "\n")
    assert neuroep("fit", *files) == 2
    one_line(capsys.readouterr().err, said, "up.csv")


def test_what_cannot_be_fitted_is_one_line(
    files: tuple[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def said(*options: str) -> str:
        assert neuroep("fit", *options) == 2
        return one_line(capsys.readouterr().err)

    one = write_ramps(tmp_path / "one.csv", siemens(made_ramps(np.random.default_rng(0), ramps=1)))
    assert "up: 1 ramps; two are needed" in said(str(one), files[1])
    assert "down: 0 ramps" in said(files[0])
    assert f"{files[0]}: given twice" in said(*files, files[0])
    flat = write_ramps(tmp_path / "flat.csv", [np.full(9, 1e-6)] * 3)
    assert "nothing changes" in said(str(flat))
    assert "--law quadratic: none of" in said(*files, "--law", "quadratic")
    assert "--up 99" in said(*files, "--up", "99", "--down", "1")
    assert "--down" in said(*files, "--up", "1-3", "--down", "2")
    assert "--read-voltage" in said(*files, "--read-voltage", "0.1")
    assert "no such file" in said(str(tmp_path / "none.csv"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--up", ""), ("--up: must not be empty",)),
        (("--up", "1-3", "--down", ","), ("--down: names no column",)),
        (("--up", "1-99", "--down", "11"), ("--up 1-99: there are 18 columns",)),
        (("--up", "0-3", "--down", "11"), ("--up 0-3: there are 18 columns",)),
        (("--up", "1-" + "9" * 5000, "--down", "11"), ("--up 1-999",)),
        (
            ("--up", "1,2,1-3", "--down", "11"),
            (
                "--up 1-3: ",
                "up.csv: r1: was asked for before",
            ),
        ),
        (("--up", "r1", "--down", "11"), ("--up r1: 2 columns have this name",)),
        (
            ("--up", "11-18", "--down", "1-10"),
            (
                "up.csv, ",
                "up: the ramps together go down",
            ),
        ),
        (("--g-min", "5 uS", "--g-max", "1 uS"), ("--g-max: must exceed --g-min",)),
        (("--g-min", "-1 uS"), ("--g-max: must exceed --g-min, got -1e-06 S",)),
        (
            ("--g-min", "20 uS", "--g-max", "22 uS"),
            (
                "up.csv: r1: a read of ",
                "2e-05 S and 2.2e-05",
            ),
        ),
        (
            ("--g-max", "1e300 S", "--law", "linear"),
            (
                "up.csv, ",
                "step_up: must be in (0, 2]",
            ),
        ),
        (("--read-voltage", "1e-320 V"), ("up.csv: r1: --read-voltage: too small",)),
    ],
)
def test_ramps_and_ranges_that_do_not_fit_are_one_line(
    files: tuple[str, str],
    options: tuple[str, ...],
    said: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert neuroep("fit", *files, *options) == 2
    one_line(capsys.readouterr().err, *said)


def rewritten(file: str, name: str, change: Callable[[float], float]) -> str:
    """Write each read of a file changed, with a unit behind the names of its columns."""
    head, *rows = Path(file).read_text().splitlines()
    cells = [[f"{change(float(c)):.12e}" if c else "" for c in row.split(",")] for row in rows]
    lines = [",".join(name.format(column) for column in head.split(",")), *map(",".join, cells)]
    Path(file).write_text("\n".join(lines) + "\n")
    return file


@pytest.mark.parametrize(
    ("name", "change", "volts"),
    [
        ("{} (uS)", lambda g: 1e6 * g, None),
        ("{} [nS]", lambda g: 1e9 * g, None),
        ("{}_mS", lambda g: 1e3 * g, None),
        ("{} I/\u00b5A", lambda g: 0.2e6 * g, 0.2),
        ("{} I/A", lambda g: -0.2 * g, -0.2),
        ("{}", lambda g: -0.2 * g, -0.2),
        ("{} R (kOhm)", lambda g: 1e-3 / g, None),
        ("{} [\u03a9]", lambda g: 1 / g, None),
    ],
)
def test_a_column_is_in_the_unit_that_its_name_says(
    files: tuple[str, str], name: str, change: Callable[[float], float], volts: float | None
) -> None:
    plain = fit_ramps(FitOptions(files, law="linear"))
    others = tuple(rewritten(file, name, change) for file in files)
    found = fit_ramps(FitOptions(others, law="linear", read_voltage=volts))
    assert (len(found.up.reads), len(found.down.reads)) == (10, 8)
    for entry in ("g_min", "g_max", "step_up", "step_down"):
        expected = pytest.approx(getattr(plain.device, entry), rel=1e-6)
        assert getattr(found.device, entry) == expected, entry


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("pulse", float, "pulse: counts its rows"),
        ("pulse", lambda at: 0.5 * at, "pulse: a read of 50 S, which no device has"),
        ("t (us)", lambda at: 0.01 * at, "t (us): neither conductance, current nor resistance"),
        ("read", lambda at: 0.1, "read: nothing changes"),
        ("g", lambda at: 1e-6 * min(at, 100 - at), "g: ends near where it began"),
        ("g (nA)", lambda at: float(at) ** 2, "g (nA): currents need --read-voltage"),
    ],
)
def test_a_column_that_is_no_ramp_is_refused_and_can_be_left_out(
    files: tuple[str, str],
    name: str,
    value: Callable[[int], float],
    said: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    plain = fit_ramps(FitOptions(files, law="linear")).device
    head, *rows = Path(files[0]).read_text().splitlines()
    lines = [f"{name},{head}", *(f"{value(at)!r},{row}" for at, row in enumerate(rows))]
    Path(files[0]).write_text("\n".join(lines) + "\n")
    assert neuroep("fit", *files) == 2
    one_line(capsys.readouterr().err, f"up.csv: {said}")
    named = FitOptions(files, up="2-11", down="12-19", law="linear")
    assert fit_ramps(named).device == plain


def test_a_record_without_a_ramp_is_no_shorter_ramp(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "ramps.jsonl"
    file.write_text('{"a": 1e-6, "b": 1e-6}\n{"b": 2e-6}\n{"a": 3e-6, "b": 3e-6}\n')
    assert neuroep("fit", file) == 2
    one_line(capsys.readouterr().err, f"{file}: line 2: a: blank before the end of the column")
    file.write_text("{}\n")
    assert neuroep("fit", file) == 2
    one_line(capsys.readouterr().err, f"{file}: no column in it")


def test_numbers_in_no_unit_need_a_range(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    up, down = made_ramps(rng, ramps=4), made_ramps(rng, ramps=4, up=False)
    file = str(write_ramps(tmp_path / "normalised.csv", up + down))
    with pytest.raises(InputError, match="need --normalised"):
        fit_ramps(FitOptions((file,)))
    with pytest.raises(InputError, match="--g-min and --g-max"):
        fit_ramps(FitOptions((file,), normalised=True))
    options = FitOptions((file,), normalised=True, g_min=1e-6, g_max=5e-6, law="linear")
    found = fit_ramps(options).device
    assert (found.g_min, found.g_max) == (1e-6, 5e-6)


def measured(data_dir: Path) -> Fitted:
    folder = data_dir / "devices"
    files = (str(folder / "crosssim_set.csv.gz"), str(folder / "crosssim_reset.csv.gz"))
    return fit_ramps(FitOptions(files, read_voltage=0.1, law="linear"))


def test_measured_ramps_are_predicted(data_dir: Path) -> None:
    found = measured(data_dir)
    up, down = found.table if found.tabulated else found.tried[0].held_out
    assert up <= 0.04
    assert down <= 0.013
    linear = next(candidate for candidate in found.tried if candidate.name == "linear")
    assert linear.up.shape["gamma_up"] < 0  # set steps grow with conductance
