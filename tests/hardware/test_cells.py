"""The cells: all views of one say the same, and a cell that does not fit is told so in one line."""

import importlib.util
import re
from pathlib import Path
from typing import Any

import brian2
import numpy as np
import pytest

from neuroep.content import circuits_path
from neuroep.errors import InputError
from neuroep.hardware.cells import CELLS, Cell, Range, check_cell_file, parity
from neuroep.hardware.cells.cell import BRIAN, KERNEL, ODE, SPICE
from neuroep.hardware.cells.lif import interval, spike_times
from neuroep.hardware.programs.ngspice import SUFFIXES, available, run_deck

FOLDER = circuits_path() / "cells" / "ideal"

VIEWS = [(cell.name, view) for cell in CELLS.values() for view in cell.views if view != KERNEL]

HOT = 350.0

OTHER_VALUES: list[tuple[str, dict[str, float], float]] = [
    ("hard_sigmoid", {"c": 3e-13, "g": 1e-6, "vu": 0.2, "vs": 0.1, "gain": 0.5}, 300.15),
    ("linear", {"c": 5e-12, "g": 9e-6, "vu": 1.0, "vs": 0.3, "gain": 2.5}, 300.15),
    ("tanh", {"c": 2e-12, "g": 5e-6, "vs": 0.2, "ib": 10e-9, "kappa": 0.6}, HOT),
    ("sigmoid", {"g": 5e-6, "vref": 0.1, "vs": 0.2, "ib": 10e-9, "kappa": 0.8}, HOT),
    ("membrane", {"c": 4e-12, "g": 1e-6}, 300.15),
    *((name, {"vos": 5e-3, "sat": 0.9}, HOT) for name in ("hard_sigmoid", "tanh", "sigmoid")),
    *((name, {"vos": -5e-3}, 300.15) for name in ("linear", "membrane")),
    ("wta_branch", {"ib": 3e-9, "vs": 0.2, "kappa": 0.6}, HOT),
    ("diode", {"is": 1e-9, "n": 1.8}, HOT),
    ("nudge", {"gm": -2e-6}, 300.15),
    ("differential_nudge", {"gm": -2e-6}, 300.15),
    ("error", {"beta": -0.5}, 300.15),
    ("differential_pair", {"gp": 0.0, "gn": 40e-6}, 300.15),
    (
        "lif",
        {"vl": -0.05, "vr": 0.1, "vth": 0.4, "tref": 2e-6, "c": 3e-12, "g": 2e-8},
        300.15,
    ),
    ("sigma_delta", {"signed": 0, "q": 2e-13, "t": 3e-7, "c": 5e-13}, 300.15),
    ("memristor", {"gammau": 0.0, "gammad": -0.3, "su": 0.01, "sd": 0.02, "tp": 1e-7}, 300.15),
    ("capacitor_synapse", {"q": 2e-15, "mis": 0.05, "gl": 1e-10, "vt": 0.1}, 300.15),
    ("sample_hold", {"cj": 2e-15, "ron": 3e4, "vos": -5e-3, "c": 3e-13}, 300.15),
    ("correlator", {"vl": 0.4, "ios": -2e-8, "ik": 1e-7, "vs": 0.3}, 300.15),
    ("comparator", {"vth": 0.02, "vos": -5e-3, "tau": 3e-9}, 300.15),
    ("charge_pump", {"q": 3e-15, "mis": -0.1, "vp": 1.2}, 300.15),
    ("plasticity", {"ios": 2e-8, "vos": 5e-3, "gl": 1e-11, "vth": 0.05, "vl": 0.5}, 300.15),
    ("gated_nudge", {"gm": -2e-6}, 300.15),
    ("train", {"gmean": 1.2, "gdiff": 2.0, "vos": 0.02}, 300.15),
    ("train", {"vos": -0.2}, 300.15),  # at times both of its comparators say yes
]


def need(view: str) -> None:
    if view == SPICE and not available():
        pytest.skip("ngspice is not installed (apt-get install ngspice)")


def failures(cell: Cell, **options: Any) -> list[str]:
    results = parity(cell, FOLDER, **options)
    assert sum(len(r.curves) - 1 for r in results) > 0
    return [line for r in results for line in r.failures]


@pytest.mark.parametrize(("name", "view"), VIEWS)
def test_views_agree(name: str, view: str) -> None:
    need(view)
    assert failures(CELLS[name], views=[view]) == []


@pytest.mark.parametrize(("name", "values", "temperature"), OTHER_VALUES)
def test_views_agree_at_other_values(
    name: str, values: dict[str, float], temperature: float, ngspice: str
) -> None:
    assert failures(CELLS[name], values=values, temperature=temperature, views=[SPICE]) == []


def test_steps_that_turn_round_before_a_bound_stop_at_it_all_the_same() -> None:
    assert failures(CELLS["memristor"], values={"gammad": -1.7}, views=[ODE]) == []


@pytest.mark.parametrize("name", ["hard_sigmoid", "linear", "tanh", "sigmoid", "membrane"])
def test_a_unit_of_a_drawn_chip_is_the_same_in_every_view(name: str) -> None:
    known = {parameter.symbol for parameter in CELLS[name].parameters}
    values = {k: v for k, v in {"vos": 5e-3, "sat": 0.9}.items() if k in known}
    assert failures(CELLS[name], values=values, views=[ODE, BRIAN]) == []


@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("hard_sigmoid", "{vs}*min", "{1.001*vs}*min"),
        ("linear", "{c}", "{1.01*c}"),
        ("linear", "{1/g}", "{0.99/g}"),
        ("linear", "0     p 0 -1", "0     p 0 -0.999"),
        ("tanh", "nf={1/kappa}", "nf={1.01/kappa}"),
        ("sigmoid", "{vref}", "{vref + 1m}"),
        ("membrane", "i(Vin)\n", "0.999*i(Vin)\n"),
        ("wta_branch", "{vs/ib}", "{-vs/ib}"),
        ("differential_pair", "Rn  inn", "Rn  inp"),
        ("nudge", "v(y,out)", "v(out,y)"),
        ("readout", "i(Vp), 0) + max(i", "i(Vp), 0) + 0*max(i"),
        ("lif", "{0.999n*tref}", "{1.2n*tref}"),
        ("lif", "{c}", "{1.05*c}"),
        ("sigma_delta", "{2*q/t}", "{1.9*q/t}"),
        ("diode", "n={n}", "n={1.01*n}"),
        ("bidirectional_amplifier", "{1/a}", "1"),
        ("memristor", "gammau*su)/tp", "gammau*su)/(0.99*tp)"),
        ("memristor", "{mid}", "{1.01*mid}"),
        ("capacitor_synapse", "{c}", "{1.01*c}"),
        ("sample_hold", "{cj}", "{1.1*cj}"),
        ("sample_hold", "hold 0 {gl}", "hold 0 {1.01*gl}"),
        ("correlator", "v(plus) - v(minus)", "v(plus)"),
        ("comparator", "{vth + vos}", "{vth + vos + 1m}"),
        ("pulse_driver", "{vp}*", "{1.01*vp}*"),
        ("charge_pump", "{mis}", "{mis + 0.01}"),
        ("coincidence", "min(v(rown), v(coln))", "0"),
        ("gated_nudge", "v(y,out)", "v(out,y)"),
        ("train", "v(plus,minus)", "v(minus,plus)"),
    ],
)
def test_a_wrong_cell_is_noticed(
    name: str, right: str, wrong: str, tmp_path: Path, ngspice: str
) -> None:
    text = (FOLDER / f"{name}.cir").read_text()
    assert right in text
    (tmp_path / f"{name}.cir").write_text(text.replace(right, wrong))
    for other in (
        "wta_tail",
        "charge_pump",
        "comparator",
        "pulse_driver",
    ):  # what stands beside a cell, or in it
        if other != name:
            (tmp_path / f"{other}.cir").write_text((FOLDER / f"{other}.cir").read_text())
    found = [line for r in parity(CELLS[name], tmp_path, views=[SPICE]) for line in r.failures]
    assert found
    assert all(f"cell {name!r}" in line and "ngspice is off by" in line for line in found)


OWN_TANH = """My own neuron, with a behavioural amplifier and other names
.SUBCKT ota_neuron A B L1 L2 VP VN params: vs=1
+ c=1p g=1u ib=1n ; the pair is not drawn
+ kappa=0.7 iq=0 offset=0
Vx A 0 0
Fx 0 B Vx 1
C1 B 0 {c}
R1 B 0 {1/g}
B1 L1 0 V = {vs}*tanh((v(B) - {offset})*{kappa/2*1.6021766208e-19/1.38064852e-23/300.15})
E1 L2 0 L1 0 -1
Q1 VP VP VN idle
.model idle npn(is=1e-20)
.ENDS
"""


def test_a_designers_own_cell(tmp_path: Path, ngspice: str) -> None:
    """Other names and insides are fine; the supplies that it draws from are its own affair."""
    own = tmp_path / "my cell.cir"
    own.write_text("* " + OWN_TANH)
    assert check_cell_file(own, CELLS["tanh"]).name == "ota_neuron"
    assert failures(CELLS["tanh"], file=own, views=[SPICE]) == []
    own.write_text("* " + OWN_TANH.replace("offset=0", "offset=1m"))
    assert any("transfer curve" in x for x in failures(CELLS["tanh"], file=own, views=[SPICE]))


def test_a_designers_cell_that_does_not_run(tmp_path: Path, ngspice: str) -> None:
    own = tmp_path / "mine.cir"
    own.write_text(".subckt mine a b g=1u\nX1 a b nothing\n.ends\n")
    with pytest.raises(InputError) as error:
        parity(CELLS["conductance"], FOLDER, file=own, views=[SPICE])
    assert str(error.value).startswith(f"{own}: cell 'conductance': ngspice: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("R1 a b 1k\n", "holds no .subckt"),
        ("* .subckt linear in mem outp outn vdd vss\n", "holds no .subckt"),
        (".subckt mine in mem outp outn vdd c=1 g=1\n.ends\n", "has 5 pins, not the 6"),
        (".subckt mine a b c d e f c=1 g=1 vu=1\n+ gain=1 iq=0\n.ends\n", "no parameter 'vs'"),
        (".subckt mine a b c d e f c=1 g=1 vu=1 vs=1 gain=1 iq=0\n", "lacks an .ends"),
        (
            ".subckt linear a b c d e f\n.ends\n.control\nshell ls\n.endc\n",
            "line 3: .control: a cell runs no command",
        ),
    ],
)
def test_a_file_that_does_not_fit(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.cir"
    path.write_text(text)
    with pytest.raises(InputError, match=re.escape(message)) as error:
        check_cell_file(path, CELLS["linear"])
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"{path}: ")


def test_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.cir: no such file"):
        check_cell_file(tmp_path / "none.cir", CELLS["linear"])


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("linear", {"c": -1e-12}, "c = -1e-12 F is outside what is physical: > 0 F"),
        ("linear", {"c": 0.0}, "c = 0 F"),
        ("linear", {"g": 0.0}, "g = 0 S"),
        ("linear", {"g": float("nan")}, "g = nan S"),
        ("linear", {"g": float("inf")}, "g = inf S"),
        ("tanh", {"kappa": 1.5}, "kappa = 1.5 is outside what is physical: > 0, ≤ 1"),
        ("tanh", {"gain": 1.0}, "has no parameter 'gain'"),
        ("conductance", {"g": 1.0}, "g = 1 S is outside what is physical: 0 to 0.001 S"),
        ("differential_pair", {"gn": -1e-6}, "gn = -1e-06 S"),
        ("lif", {"vr": 0.5}, "vr = 0.5 V must lie below vth = 0.3 V"),
        ("lif", {"tref": 0.0}, "tref = 0 s"),
        ("sigma_delta", {"signed": 0.5}, "signed"),
        ("linear", {"c": "1 pF"}, "c: '1 pF' is not a number"),
        ("linear", {"c": 4 * brian2.usiemens}, "c: 4. uS is no quantity in farad"),
    ],
)
def test_values_that_no_device_has(name: str, given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=re.escape(message)) as error:
        CELLS[name].values(**given)
    assert "\n" not in str(error.value)
    assert str(error.value).startswith(f"cell {name!r}: ")


def test_values_with_units_and_devices_at_hand() -> None:
    pair = CELLS["differential_pair"]
    assert pair.values(gp=4 * brian2.usiemens)["gp"] == pytest.approx(4e-6)
    assert CELLS["tanh"].values(kappa=0.6)["kappa"] == 0.6
    limits = {"gp": Range(1e-6, 40e-6)}
    assert pair.values(limits, gp=40e-6)["gp"] == 40e-6
    with pytest.raises(ValueError, match=r"gp = 5e-05 S is outside the device's range: 1e-06 to"):
        pair.values(limits, gp=50e-6)


def number(text: str) -> float:
    mantissa, suffix = re.fullmatch(r"([-+.\de]*\d)(meg|[a-z]?)", text).groups()
    return float(mantissa) * SUFFIXES.get(suffix, 1.0)


@pytest.mark.parametrize(
    ("name", "wiring", "out"),
    [
        ("linear", "Iin 0 in 40u\nXcell in mem out outn vdd vss linear g=4u", "mem"),
        ("tanh", "Iin 0 in 40u\nXcell in mem out outn vdd vss tanh g=4u", "mem"),
        ("membrane", "Iin 0 in 40u\nXcell in mem out outn vdd vss membrane g=4u", "out"),
        ("readout", "Iin 0 in 40u\nXcell in out outn vdd vss readout r=250k", "out"),
        ("score", "Iin 0 in 40u\nXcell in gate vdd vss score r=250k", "gate"),
        ("clamp", "Xcell out outn vdd vss clamp v=5", "out"),
    ],
)
@pytest.mark.parametrize("supply", [1.8, 0.01])
def test_no_voltage_leaves_the_rails(
    name: str, wiring: str, out: str, supply: float, ngspice: str
) -> None:
    cell = (FOLDER / f"{name}.cir").read_text()
    rails = f"Vdd vdd 0 {supply}\nVss vss 0 {-supply}"
    (op,) = run_deck(f"rails\n{cell}\n{rails}\n{wiring}\n.op\n.save v({out})\n.end\n")
    assert op.values[out][0] == pytest.approx(supply, abs=0.02)


def test_catalogue_and_files_say_the_same() -> None:
    assert {path.stem for path in FOLDER.glob("*.cir")} == set(CELLS)
    for name, cell in CELLS.items():
        path = FOLDER / f"{name}.cir"
        found = check_cell_file(path, cell)
        assert found.name == name
        assert found.pins == tuple(cell.pins)
        assert list(found.defaults) == [p.symbol for p in cell.parameters]
        for p in cell.parameters:
            assert number(found.defaults[p.symbol]) == pytest.approx(p.default), (name, p.symbol)
        comment = path.read_text().split(".subckt")[0]
        assert comment.startswith(f"* {name}: ")
        for word in [*cell.pins, *(p.symbol for p in cell.parameters)]:
            assert re.search(rf"^\*   .*\b{word}\b", comment, re.MULTILINE), (name, word)


def test_brian2_is_left_as_it_was() -> None:
    before = brian2.prefs.codegen.target
    brian2.prefs.codegen.target = "auto"
    try:
        parity(CELLS["node_capacitance"], FOLDER, views=["Brian2"])
        assert brian2.prefs.codegen.target == "auto"
    finally:
        brian2.prefs.codegen.target = before


def test_spike_times_of_many_neurons() -> None:
    values = CELLS["lif"].values()
    currents = np.array([[2e-9, 4e-9, 30e-9], [2e-9, -1e-9, 30e-9]])
    silent, early, steady = spike_times(values, np.array([0.0, 1e-3, 2e-3]), currents, np.zeros(3))
    assert silent.size == 0
    assert early.size > 3
    assert early.max() < 1e-3
    np.testing.assert_allclose(np.diff(steady), interval(values, np.array([30e-9]))[0])
    with pytest.raises(ValueError, match="finite"):
        spike_times(values, np.array([0.0, 1.0]), np.array([[np.inf]]), np.zeros(1))
    with pytest.raises(ValueError, match="fit no"):
        spike_times(values, np.array([0.0, 1.0]), currents, np.zeros(3))


def test_every_cell_has_its_page() -> None:
    """``python docs/cells/make.py`` writes figures and tables; a page must not lag behind."""
    docs = Path(__file__).resolve().parents[2] / "docs" / "cells"
    spec = importlib.util.spec_from_file_location("tables", docs / "tables.py")
    tables = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tables)
    assert tables.index() in (docs / "README.md").read_text()
    for name, cell in CELLS.items():
        assert tables.pins_and_parameters(cell) in (docs / f"{name}.md").read_text()
        for image in (f"{name}.svg", f"{name}_parity.png"):
            assert 0 < (docs / "images" / image).stat().st_size < 60_000
