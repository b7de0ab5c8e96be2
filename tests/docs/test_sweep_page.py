"""The plan of the page on sweeps is one that can be measured, and says all that plans can."""

import re
import tomllib
from pathlib import Path

import pytest
from sweep_support import rows, sweep

from neuroep.studies.sweep.measures.catalogue import MEASURES
from neuroep.studies.sweep.plan import PlanSection

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "sweep.md").read_text(encoding="utf-8")
PLANS = re.findall(r"(?ms)^```toml\n(.*?)^```$", PAGE)


@pytest.mark.endurance
def test_the_plan_of_the_page_meets_its_specification(tmp_path: Path) -> None:
    plan = tmp_path / "corners.toml"
    plan.write_text(PLANS[0], encoding="utf-8")
    assert sweep(plan, "--no-figures") == 0
    assert len(rows(plan)) == 3 * 2 * 8


def test_the_plan_of_the_page_has_its_points(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = tmp_path / "corners.toml"
    plan.write_text(PLANS[0], encoding="utf-8")
    assert sweep(plan, "--dry-run") == 0
    assert "48 points" in capsys.readouterr().out
    assert "sweep[1-48]" in PAGE


def test_every_table_of_the_page_is_one_of_a_plan() -> None:
    for text in PLANS:
        PlanSection.model_validate({"design": "x", **tomllib.loads(text)})
    said = {key for text in PLANS for key in tomllib.loads(text)}
    assert said >= {"set", "corners", "grid", "seeds", "chips", "spec", "measure"}


def test_every_measure_stands_on_the_page() -> None:
    assert all(f"| `{name}` |" in PAGE for name in MEASURES)
