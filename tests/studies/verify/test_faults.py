"""A broken chip fails verify: on what a chip has learned, and whatever else is right about it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import more, neuroep

from neuroep.content import circuits_path
from neuroep.hardware.programs import spice
from neuroep.hardware.programs.spice import DIFFERENCES, Ngspice, differences
from neuroep.hardware.views.compare import Comparison
from neuroep.studies.verify.case import Case, VerifyOptions, choose_target
from neuroep.studies.verify.verify import judge, open_case

CELLS = circuits_path() / "cells" / "ideal"


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of the small attention chip on built-in reviews; tests only read it."""
    run = tmp_path_factory.mktemp("trained") / "run"
    few = ("--limit", 300, "--epochs", 3, "--no-baselines", "--no-figures", "--out", run)
    assert neuroep("train", "attention_small", *few) == 0
    return run


def case_of(run: Path, example: int, *overrides: str) -> Case:
    """Put an example on the bench, as verify does."""
    options = VerifyOptions(
        design=str(run / "design.toml"), weights=str(run), example=example, overrides=overrides
    )
    case = open_case(options)
    _, untested = choose_target(case)
    assert not untested
    return case


def operating_point(run: Path, example: int, *overrides: str) -> Comparison:
    """Return what verify says of ngspice's operating points alone, which is the fast part."""
    case = case_of(run, example, *overrides)
    return judge(next(Ngspice().views(case.bench, 60.0)), case.bench, case)


def broken(folder: Path, name: str, old: str, new: str) -> str:
    """Write a cell with one element changed; return the override that puts it on the chip."""
    text = (CELLS / f"{name}.cir").read_text()
    assert text.count(old) == 1
    (folder / f"my_{name}.cir").write_text(text.replace(old, new))
    return f"circuit.cells.{name}={folder / f'my_{name}.cir'}"


FAULTS = {
    "a nudge of the wrong sign and a third of its strength": (
        "nudge",
        "I = {gm}*v(live)*v(y,out)",
        "I = {-gm/3}*v(live)*v(y,out)",
    ),
    "a conveyor of 1 kohm": (
        "membrane",
        "Vin    in   0     0",
        "Rin    in   held  1k\nVin    held 0     0",
    ),
    "5 mV on the lines of the softmax": (
        "wta_branch",
        "Vp     p    outp  0",
        "Vp     p    outp  -5m",
    ),
}


@pytest.mark.parametrize("example", [0, *more(*range(1, 10))])
@pytest.mark.usefixtures("ngspice")
def test_an_untouched_chip_passes_and_a_wrong_nudge_fails(
    trained: Path, tmp_path: Path, example: int
) -> None:
    assert operating_point(trained, example).failed == ()
    fault = broken(tmp_path, *FAULTS["a nudge of the wrong sign and a third of its strength"])
    assert {"gradient", "volts"} <= set(operating_point(trained, example, fault).failed)


@pytest.mark.usefixtures("ngspice")
def test_ngspice_itself_says_that_a_wrong_nudge_teaches_nothing(
    trained: Path, tmp_path: Path
) -> None:
    """The differences need no nudge: they are the gradient, and its reading points against it."""
    fault = broken(tmp_path, *FAULTS["a nudge of the wrong sign and a third of its strength"])
    right, wrong = (differences(case_of(trained, 0, *more).bench) for more in ((), (fault,)))
    (true,), (read,) = right.view.gradient.values(), wrong.against.gradient.values()
    np.testing.assert_allclose(*wrong.view.gradient.values(), true, rtol=1e-6)
    np.testing.assert_allclose(*right.against.gradient.values(), true, rtol=1e-2)
    assert true @ read < 0


@pytest.mark.parametrize("fault", list(FAULTS.values())[1:], ids=list(FAULTS)[1:])
@pytest.mark.parametrize("example", [0, 4])
@pytest.mark.usefixtures("ngspice")
def test_a_wrong_cell_fails(
    trained: Path, tmp_path: Path, fault: tuple[str, str, str], example: int
) -> None:
    assert operating_point(trained, example, broken(tmp_path, *fault)).failed


@pytest.mark.usefixtures("ngspice")
def test_a_small_slope_is_held_to_its_own_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pixel's is a hundredth of an output's: half of it is missing here."""
    case = open_case(VerifyOptions(design="mnist_spiking"))
    choose_target(case)
    kind, whole, first = type(case.bench), type(case.bench).gradient, case.bench.couplings[0]

    def halved(bench: Any, *phases: Any) -> dict[str, np.ndarray]:
        return {k: 0.5 * v if k == first else v for k, v in whole(bench, *phases).items()}

    monkeypatch.setattr(kind, "gradient", halved)
    found = judge(differences(case.bench), case.bench, case)
    assert found.gradient < DIFFERENCES
    assert found.failed == ("gradient",)


def edited(patch: pytest.MonkeyPatch, old: str, new: str) -> None:
    """Change what every deck of ngspice says."""
    run = spice.run_deck

    def changed(deck: str, **options: object) -> object:
        assert old in deck
        return run(deck.replace(old, new), **options)

    patch.setattr(spice, "run_deck", changed)


@pytest.mark.parametrize("volts", ["0.9", "0.01"])
@pytest.mark.usefixtures("ngspice")
def test_a_supply_that_is_too_low_fails(
    trained: Path, volts: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    edited(monkeypatch, ".param vdd=1.8", f".param vdd={volts}")
    assert {"volts", "power"} <= set(operating_point(trained, 0).failed)


@pytest.mark.usefixtures("ngspice")
def test_one_branch_of_the_softmax_5_mv_off_fails(
    trained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Off by the same on all branches, a gate changes no share: that is what a softmax is for."""
    branch = "xheads_r0_w0 heads_r0_s0"
    edited(monkeypatch, f"{branch} ", f"voff off heads_r0_s0 5m\n{branch.split()[0]} off ")
    assert "volts" in operating_point(trained, 0).failed


@pytest.mark.usefixtures("ngspice")
def test_supplies_that_are_not_there_fail(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(monkeypatch, "vdd vdd 0 {vdd}\nvss vss 0 {-vdd}\n", "")
    assert {"volts", "power"} <= set(operating_point(trained, 0).failed)
