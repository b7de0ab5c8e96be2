"""A curve in a design: from a CSV beside it, kept with every run."""

from pathlib import Path

import numpy as np
import pytest

from neuroep.cli import main
from neuroep.content import circuits_path
from neuroep.design.load import check_design, load_design
from neuroep.errors import InputError

UNIT_CURRENT, UNIT_VOLTS = 150e-9, 0.3


def write(folder: Path, text: str) -> str:
    """Return a design whose hidden neurons are those of a file beside it."""
    (folder / "neuron.csv").write_text(text)
    shipped = (circuits_path() / "designs" / "transistors_small.toml").read_text()
    changed = shipped.replace(
        'type = "tanh"             # a differential pair of sub-threshold transistors',
        'type = "measured"\ncurve = "neuron.csv"\ncurve_scale = [150e-9, 0.3]',
    ).replace('library = "sky130"', 'library = "ideal"')
    assert changed != shipped
    (folder / "chip.toml").write_text(changed)
    return str(folder / "chip.toml")


def curve(units: int = 4) -> str:
    u = np.linspace(-5, 5, 101)
    columns = [0.3 * np.tanh((u - 0.1 * k) * (1 + 0.1 * k)) for k in range(units)]
    head = ["potential", *(f"activity_{k}" for k in range(units))]
    rows = [
        ",".join(map(repr, map(float, row))) for row in zip(UNIT_CURRENT * u, *columns, strict=True)
    ]
    return "\n".join([",".join(head), *rows]) + "\n"


def test_a_curve_a_unit_in_volts_and_amperes(tmp_path: Path) -> None:
    layer = load_design(write(tmp_path, curve())).make_layer("hidden")  # type: ignore[attr-defined]
    assert layer.curve.units == 4
    np.testing.assert_allclose(layer.curve.potential[[0, -1]], [-5, 5])
    np.testing.assert_allclose(
        layer.curve.activity[2], np.tanh((layer.curve.potential - 0.2) * 1.2)
    )
    assert layer.gain == pytest.approx(1.3, rel=1e-3)


def test_gradients_are_of_second_order_in_beta(tmp_path: Path) -> None:
    """A spline whose slopes only rise monotonely, PCHIP, comes to an order of 1.8 and fails."""
    rng = np.random.default_rng(1)
    rows = [",".join([*map(str, rng.uniform(-1, 1, 4)), str(k % 2)]) for k in range(20)]
    (tmp_path / "d.csv").write_text("\n".join(["a,b,c,d,label", *rows]) + "\n")
    given = [write(tmp_path, curve()), "--data", str(tmp_path / "d.csv"), "--updates", "0"]
    assert main(["gradcheck", *given, "-o", str(tmp_path)]) == 0


def test_the_resolved_design_needs_no_file(tmp_path: Path) -> None:
    design = load_design(write(tmp_path, curve()))
    (tmp_path / "neuron.csv").unlink()
    again = check_design(design.resolved(), "kept.toml")
    np.testing.assert_array_equal(
        again.make_layer("hidden").curve.activity,  # type: ignore[attr-defined]
        design.make_layer("hidden").curve.activity,  # type: ignore[attr-defined]
    )


def test_it_trains_and_is_read_without_its_file(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    signs = np.sign(rng.uniform(-1, 1, (40, 4)))
    rows = [
        f"{','.join(f'{0.8 * v}' for v in s)},{'odd' if s[0] * s[1] < 0 else 'even'}" for s in signs
    ]
    (tmp_path / "xor.csv").write_text("\n".join(["a,b,c,d,label", *rows]) + "\n")
    design, data, run = write(tmp_path, curve()), str(tmp_path / "xor.csv"), str(tmp_path / "run")
    assert main(["train", design, "--data", data, "--epochs", "2", "--no-baselines", "--no-figures",
                 "--out", run]) == 0  # fmt: skip
    (tmp_path / "neuron.csv").write_text("nothing")
    assert main(["eval", run, "--data", data]) == 0


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("potential,activity\n0,0\n1,x\n", r"neuron\.csv: line 3: activity: 'x' is not a number"),
        ("potential,activity\n0,0\n1,inf\n", "is not finite"),
        ("voltage,activity\n0,0\n1,1\n", "no column 'potential'"),
        ("potential,current\n0,0\n1,1\n", "no column 'activity_0'"),
        ("potential,activity\n0,0\n1e-7,0.3\n2e-7,0\n", "no Lagrangian"),
        ("potential,activity\n0,0\n0,1\n", "must increase"),
        ("potential,activity_0,activity_1\n0,0,0\n1,1,1\n", "of 2 units, the layer has 4"),
        ("", "neuron.csv"),
    ],
)
def test_bad_curves_are_one_line(text: str, what: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=what):
        load_design(write(tmp_path, text))


def test_a_missing_file(tmp_path: Path) -> None:
    path = write(tmp_path, curve())
    (tmp_path / "neuron.csv").unlink()
    with pytest.raises(InputError, match=r"neuron\.csv: no such file"):
        load_design(path)
