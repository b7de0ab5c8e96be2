"""What is left of a resistive chip that SPICE cannot carry, and the shipped one with diodes."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep
from resistive_support import CELLS

from neuroep.design.load import load_design
from neuroep.hardware.resistive.slicing import Extent, conductance_count, slice_network
from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork

DESIGN = "resistive_diodes"
QUICK = ("--without", "scipy", "--without", "brian2")


def chip() -> ResistiveNetwork:
    """Return a chip whose every conductance says which it is."""
    network = ResistiveNetwork(
        5,
        (8, 6),
        2,
        input_gain=2.0,
        conductance_range=(0.0, 1.0),
        nudge_conductance=1e-3,
        amplification=3.0,
        diode=ExponentialDiode(5e-12, rail=0.4),
        dtype=np.float32,
    )
    network.parameters.flat[:] = np.arange(1, network.parameters.flat.size + 1) * 2.0**-10
    return network


def test_a_slice_has_the_synapses_of_what_it_keeps() -> None:
    whole = chip()
    x = np.array([0.125, -0.75, 0.0, 0.5, 0.25])
    part, kept = slice_network(whole, x, Extent(inputs=2, nodes=4))
    assert part.sizes == (6, 4, 4, 4)
    np.testing.assert_array_equal(kept, [-0.75, 0.5])
    rows = [[1, 3, 6, 8, 10, 11], [0, 1, 4, 5], [0, 1, 3, 4], [0, 1, 2, 3]]
    for k, g in enumerate(part.conductances):
        assert g.dtype == np.float64
        for i, j in np.ndindex(*g.shape):
            assert g[i, j] == whole.conductances[k][rows[k][i], rows[k + 1][j]]
    for k in (1, 2):
        np.testing.assert_array_equal(part.polarity(k), whole.polarity(k)[rows[k]])
    np.testing.assert_array_equal(part.clamp(kept[None]), whole.clamp(x[None])[:, rows[0]])
    same = ("diode", "amplification", "input_gain", "output_gain", "capacitance")
    assert all(getattr(part, name) == getattr(whole, name) for name in same)
    assert part.nudge_conductance == pytest.approx(whole.nudge_conductance * 4 / 6)
    assert conductance_count(part) == 6 * 4 + 4 * 4 + 4 * 4
    assert conductance_count(whole) == whole.parameters.flat.size


def test_what_is_small_stays_whole() -> None:
    whole = chip()
    x = np.linspace(-1, 1, 5)
    part, kept = slice_network(whole, x, Extent())
    np.testing.assert_array_equal(kept, x)
    np.testing.assert_array_equal(part.parameters.flat, whole.parameters.flat)
    assert part.nudge_conductance == whole.nudge_conductance


def test_a_conductance_that_the_slice_leaves_out_is_checked_all_the_same() -> None:
    design = load_design(DESIGN)
    system, example = design.draw_example(0)
    system.network.conductances[0][-1, -1] = 1.0
    with pytest.raises(ValueError, match=r"conductance 0-1 \[1569, 511\]: 1 S is outside"):
        design.bench(system, example, 0.5, Path(DESIGN))


def test_the_shipped_chip_agrees_and_its_diodes_work_at_their_knee(
    ngspice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    monkeypatch.chdir(tmp_path)
    assert neuroep("verify", DESIGN, *QUICK) == 0
    printed = capsys.readouterr().out
    assert "1120 of 814080 conductances: 50-16-20 nodes" in printed
    assert "every view agrees" in printed
    # The same diodes on the same rails in a chip that is small enough as a whole.
    small = ("resistive_small", "--set", "resistive.diode.rail=450 mV")
    assert neuroep("verify", *small, *QUICK) == 0
    assert "slice" not in capsys.readouterr().out
    design = load_design(DESIGN)
    network = design.make_network()
    stand = design.bench(*design.draw_example(0), 0.5, Path(DESIGN))
    assert stand.slice
    assert network.diode == load_design("resistive_small", small[2:]).make_network().diode
    hidden = stand.bench.settled.volts["h1"][0] * stand.bench.network.polarity(1)
    assert hidden.min() > -0.1
    assert hidden.max() > 0.3


@pytest.mark.parametrize(
    ("old", "new"),
    [("is={is}", "is={100*is}"), ("junction\n.ends", "junction temp=37\n.ends")],
    ids=["a hundred times the saturation", "ten kelvin warmer"],
)
def test_another_diode_in_the_netlist_shows(
    old: str,
    new: str,
    ngspice: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
) -> None:
    monkeypatch.chdir(tmp_path)
    text = CELLS["diode"].read_text()
    assert old in text
    path = tmp_path / "another.cir"
    path.write_text(text.replace(old, new))
    assert neuroep("verify", DESIGN, *QUICK, "--set", f"circuit.cells.diode={path}") == 1
    rows = [line for line in capsys.readouterr().out.splitlines() if "ngspice .op" in line]
    assert "FAILS" in rows[-1]
    for what in ("volts", "gradient", "balance"):
        assert what in rows[-1]
