"""What points measure: the numbers of the commands of the same names."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import LIMIT, neuroep
from sweep_support import TRAIN, refused, rows, sweep, write_plan

from neuroep.design.load import load_design
from neuroep.runs import run as runs
from neuroep.runs.reading import evaluate_run
from neuroep.runs.trained import load_run
from neuroep.studies.sweep.measures.measure import Shared, readable_unit, unit_of

EVAL = """
measure = "eval"
weights = "{run}"
data.limit = 40
[corners.spikes]
[corners.sweeps]
solver = "sweep"
"""


def test_eval_tests_a_run_on_other_chips(tmp_path: Path, finished_run: Path) -> None:
    plan = write_plan(tmp_path, EVAL.format(run=finished_run).replace("data.limit = 40", ""))
    assert sweep(plan, "--no-figures") == 0
    for row, solver in zip(rows(plan), ("spiking", "sweep"), strict=True):
        found = evaluate_run(str(finished_run), solver=solver).found
        assert float(row["test_accuracy"]) == found.accuracy
        assert float(row["cost"]) == found.cost
        assert float(row["settle_steps"]) == found.steps


def test_a_chip_in_the_cold_answers_otherwise(tmp_path: Path, finished_run: Path) -> None:
    """The temperature sharpens the attention of a network that was trained at another."""
    text = EVAL.format(run=finished_run).partition("[corners")[0]
    plan = write_plan(tmp_path, text + 'grid.circuit.temperature = ["230 K", "400 K"]')
    assert sweep(plan, "--no-figures") == 0
    cold, hot = (float(row["cost"]) for row in rows(plan))
    assert cold != hot


def test_devices_of_less_range_end_at_their_limit(tmp_path: Path, finished_run: Path) -> None:
    """A weight w is two conductances that differ by w times the unit, and no more than a range."""
    text = EVAL.format(run=finished_run).partition("[corners")[0]
    keys = 'set.solver = "sweep"\nset.circuit.conductance_min = "1 uS"\n'
    keys += 'set.circuit.unit_conductance = "4 uS"\nset.circuit.pattern_conductance = "4 uS"\n'
    keys += "grid.circuit.conductance_max = "
    plan = write_plan(tmp_path, f'{text}{keys}["40 uS", "1.2 uS"]')
    assert sweep(plan, "--no-figures") == 0
    run = load_run(str(finished_run))
    for row, limit in zip(rows(plan), (39 / 4, 0.2 / 4), strict=True):
        beyond = 0
        for name, values in run.system.parameters.items():
            if "-" in name or name.endswith((".patterns", ".weight")):
                beyond += int((np.abs(values) > np.float32(limit)).sum())
                values[...] = np.clip(values, -limit, limit)
        run.system.parameters.changes += 1
        assert float(row["clipped"]) == beyond
        assert float(row["cost"]) == run.evaluate(solver="sweep", limit=40).cost
    assert beyond > 0


def test_a_seed_does_nothing_to_what_was_trained(
    tmp_path: Path, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = EVAL.format(run=finished_run).partition("[corners")[0]
    plan = write_plan(tmp_path, text + "seeds = 3")
    assert "seeds: cannot change what is measured (eval): 0 and 2 do the same" in refused(
        plan, capsys
    )


def test_verify_compares_the_views(tmp_path: Path) -> None:
    plan = write_plan(
        tmp_path,
        'design = "resistive_small"\nmeasure = "verify"\nverify.without = ["ngspice"]\n'
        'grid.resistive.capacitance = ["1 pF", "2 pF"]\nspec.agrees.min = 1\n'
        'spec.settling.max = "1 ms"',
    )
    assert sweep(plan, "--no-figures") == 0
    slow, slower = (float(row["settling (s)"]) for row in rows(plan))
    assert slower == pytest.approx(2 * slow, rel=1e-2)
    assert [row["agrees"] for row in rows(plan)] == ["1.0", "1.0"]


def test_points_fit_baselines_once_and_read_data_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read, fitted = [], []
    real = runs.read_data

    def counted(*asked: object) -> object:
        read.append(asked)
        return real(*asked)  # type: ignore[arg-type]

    monkeypatch.setattr("neuroep.studies.sweep.measures.training.read_data", counted)
    from neuroep.studies import baselines

    fit = baselines.fit
    monkeypatch.setattr(baselines, "fit", lambda *a: fitted.append(a) or fit(*a))
    text = TRAIN.replace("baselines = false", "") + "grid.learning.beta = [0.3, 0.4, 0.5]"
    plan = write_plan(tmp_path, text)
    assert sweep(plan, "--no-figures") == 0
    assert len(fitted) == len(read) == 1
    (file,) = plan.with_suffix("").glob("baselines-*.json")
    (entry,) = json.loads(file.read_text()).values()
    for name, line in entry["baselines"].items():
        assert {float(row[f"baselines.{name}"]) for row in rows(plan)} == {line["test_accuracy"]}


def test_baselines_are_fitted_anew_to_data_that_changed(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)

    def write(sign: int) -> None:
        lines = [f"{x:.3f},{y:.3f},{'ab'[int(sign * x > 0)]}" for x, y in rng.normal(size=(60, 2))]
        (tmp_path / "points.csv").write_text("\n".join(["x,y,label", *lines]))

    write(1)
    design = tmp_path / "chip.toml"
    assert neuroep("new", "table", "--data", tmp_path / "points.csv", "-o", design) == 0
    text = 'design = "chip.toml"\nset = {solver = "sweep", learning.epochs = 1}\nseeds = 1\n'
    plan = write_plan(tmp_path, text + 'data.data = "points.csv"')
    for number in (1, 2):
        assert sweep(plan, "--no-figures") == 0
        assert sweep(plan, "--no-figures") == 0
        assert len(list(plan.with_suffix("").glob("baselines-*.json"))) == number
        write(-1)


def test_shared_data_are_those_that_were_asked_for() -> None:
    shared, made = Shared(), []
    for key in ("a", "a", "b", "a"):
        assert shared.get(key, lambda key=key: made.append(key) or key.upper()) == key.upper()  # type: ignore[misc]
    assert made == ["a", "b", "a"]


def test_an_encoder_is_that_of_the_point(tmp_path: Path) -> None:
    """Sharing must not give one seed the splits of another: each number is neuroep train's."""
    plan = write_plan(tmp_path, TRAIN + "seeds = [1, 2]\ngrid.text.words = [100, 300]")
    assert sweep(plan, "--no-figures") == 0
    row = rows(plan)[-1]
    design = load_design(str(tmp_path / "tiny.toml"))
    assert (row["words"], row["seed"], design.seed) == ("300", "2", 3)
    words = ["--seed", 2, "--solver", "sweep", "--set", "text.words=300", "--limit", LIMIT]
    assert neuroep("train", tmp_path / "tiny.toml", *words, "--no-baselines", "--no-figures",
                   "--out", tmp_path / "run") == 0  # fmt: skip
    found = json.loads((tmp_path / "run" / "metrics.json").read_text())
    assert float(row["test_accuracy"]) == found["test_accuracy"]
    assert float(row["settle_steps.sweep"]) == found["settle_steps"]["sweep"]


def test_weights_that_do_not_fit_are_refused_by_their_run(
    tmp_path: Path, finished_run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = f'weights = "{finished_run}"\nmeasure = "eval"\ngrid.layers.heads.queries = [2, 3]'
    plan = write_plan(tmp_path, text)
    assert "trained with other layers" in refused(plan, capsys)
    plan = write_plan(tmp_path, 'weights = "none"\nmeasure = "eval"')
    assert "none" in refused(plan, capsys)


def test_units_of_figures() -> None:
    assert unit_of("energy") == ("joule", "J")
    assert unit_of("volts.ngspice .op") == ("volt", "V")
    assert unit_of("write_joules")[1] == "J"
    assert unit_of("test_accuracy") == ("", "")
    assert readable_unit("energy", 5.3e-7) == (1e-9, "nJ")
    assert readable_unit("energy", 0.0) == (1.0, "J")
    assert readable_unit("cost", 1e-9) == (1.0, "")
