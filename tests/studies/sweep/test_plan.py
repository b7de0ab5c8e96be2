"""What a plan says, and how one that cannot be measured is refused: in one line."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import neuroep, one_line
from scipy.stats import norm, qmc
from sweep_support import SETTLE, TRAIN, refused, write_plan

from neuroep.studies.sweep.axes import axes_of, draws, points_of, quantile_of
from neuroep.studies.sweep.plan import Spread, flat, read_plan


def test_corners_grid_seeds_and_chips_are_axes_in_this_order(tmp_path: Path) -> None:
    plan = write_plan(
        tmp_path,
        TRAIN
        + """
seeds = [3, 5]
[corners.typical]
[corners.hot]
circuit.temperature = "398.15 K"
"learning.beta" = 0.25
[grid]
learning.epochs = [1, 2, 4]
learning.rates."*" = [0.1, 0.2]
[chips]
key = "circuit.chip"
count = 4
first = 2
""",
    )
    axes = axes_of(read_plan(str(plan)))
    assert {axis.name: axis.values for axis in axes} == {
        "corner": ["typical", "hot"],
        "epochs": [1, 2, 4],
        "grid.learning.rates.*": [0.1, 0.2],
        "seed": [3, 5],
        "chip": [2, 3, 4, 5],
    }
    assert [axis.drawn for axis in axes] == [False, False, False, True, True]
    points = points_of(axes)
    assert len(points) == 2 * 3 * 2 * 2 * 4
    assert points[-1].overrides == (
        'circuit.temperature="398.15 K"',
        "learning.beta=0.25",
        "learning.epochs=4",
        'learning.rates."*"=0.2',
        "seed=5",
        "circuit.chip=5",
    )
    assert points[1].levels[-1].value == 3  # the last axis changes fastest


def test_an_axis_is_not_called_as_a_column_of_the_tables(tmp_path: Path) -> None:
    plan = write_plan(tmp_path, f"{SETTLE}grid.a.sigma = [1, 2]\ngrid.b.kept = [1, 2]")
    assert [axis.name for axis in axes_of(read_plan(str(plan)))] == ["grid.a.sigma", "grid.b.kept"]


def test_a_table_of_tables_means_the_same_as_dotted_keys() -> None:
    nested = {"a": {"b": 1, "c.d": 2}, "e.f": [3], 'g."*"': 4, "h": {"*": 5}}
    assert flat(nested) == {"a.b": 1, "a.c.d": 2, "e.f": [3], 'g."*"': 4, 'h."*"': 5}


@pytest.mark.parametrize("method", ["sobol", "random"])
def test_more_chips_extend_the_draws_of_fewer(method: str) -> None:
    every = draws(method, 3, 0, 40, 7)
    assert every.shape == (40, 3)
    for first, last in ((0, 1), (0, 8), (5, 23)):
        np.testing.assert_array_equal(draws(method, 3, first, last, 7), every[first:last])
    assert not np.array_equal(draws(method, 3, 0, 40, 8), every)


def test_draws_are_those_of_the_library() -> None:
    found = qmc.Sobol(2, scramble=True, seed=3).random_base2(4)
    np.testing.assert_array_equal(draws("sobol", 2, 0, 16, 3), found)


def test_spreads_are_even_or_normal_linear_or_logarithmic() -> None:
    even = Spread(low=1.0, high=3.0)
    assert quantile_of(even, 0.25) == 1.5
    assert quantile_of(Spread(low=1.0, high=100.0, scale="log"), 0.5) == pytest.approx(10.0)
    found = quantile_of(Spread(mean="1.8 V", sigma="0.1 V"), 0.9)
    value, unit = str(found).split()
    assert unit == "V"
    assert float(value) == pytest.approx(norm.ppf(0.9, 1.8, 0.1))
    found = quantile_of(Spread(mean=2.0, sigma=0.3, scale="log"), 0.2)
    assert found == pytest.approx(np.exp(norm.ppf(0.2, np.log(2.0), 0.3)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("nothing = 1", "plan.toml: nothing: unknown key"),
        ("grid.learning.beta = 0.5", "grid.learning.beta: must be a list of values"),
        ("grid.learning.beta = []", "grid.learning.beta: must hold at least one value"),
        ("grid.learning.beta = [0.1, 0.1]", "grid.learning.beta: 0.1 is as 0.1"),
        ("grid.learning.betta = [0.1, 0.2]", "learning.betta: unknown key"),
        ("corners.a.learning.beta = 2020-01-01", "corners.a.learning.beta: must be a number"),
        ("seeds = 0", "seeds: must be at least 1"),
        ("seeds = 1000000000", "seeds: 1,000,000,000; at most 100,000 points"),
        ('seeds = "a"', "plan.toml: seeds: must be a whole number"),
        ('seeds = [1, "a"]', "plan.toml: seeds.1: must be a whole number"),
        ("chips.count = 3", "chips: needs key"),
        ('chips = {count = 200000, key = "seed"}', "chips: numbers end at 100,000"),
        ("chips = {count = 2, spread.a = {low = 1}}", "chips.spread.a: needs low and high"),
        ("chips = {count = 2, spread.a = {low = 2, high = 1}}", "high must be above low"),
        ('chips = {count = 2, spread.a = {low = "1 V", high = "2 A"}}', "the same unit"),
        ('chips = {count = 2, spread.a = {low = "x", high = 2}}', "'x' is not a number"),
        ("seeds = 1000\ngrid.learning.batch = " + str(list(range(1, 102))), "101,000 points"),
        ("spec.test_accuracy = {}", "spec.test_accuracy: needs min, max or both"),
        ('spec.test_accuracy = {min = "1 V"}', "has no unit"),
        ("spec.energy = {max = 2}", "spec.energy: needs a value with its unit, such as '2 J'"),
        ('spec.energy = {max = "2 mV"}', "cannot be converted to joule"),
        ("spec.test_accuracy = {min = 2, max = 1}", "min is above max"),
        ("spec.yield = {max = 1}", "spec.yield: needs a min from 0 to 1"),
        ("data.limit = 0", "data.limit"),
    ],
)  # fmt: skip
def test_a_plan_that_cannot_be_is_refused_by_its_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    base = TRAIN.replace("data.limit = 40", "") if "data" in text else TRAIN
    plan = write_plan(tmp_path, f"{base}\n{text}")
    assert said in refused(plan, capsys)
    assert not plan.with_suffix("").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("measure = 'eval'\ndesign = 'tiny.toml'", "weights: missing"),
        ("measure = 'train'\ndesign = 'tiny.toml'\nweights = 'run'", "begins from its own"),
        ("measure = 'settle'\ndesign = 'tiny.toml'\ndata.data = 'a.csv'", "draws its inputs"),
        ("measure = 'verify'\ndesign = 'tiny.toml'\ndata.data = 'a.csv'", "without weights"),
        ("", "design: missing"),
        ("design = 'none.toml'", "none.toml: no such file"),
        ("design = [", "plan.toml: not TOML"),
    ],
)
def test_a_plan_without_what_it_needs_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert said in refused(write_plan(tmp_path, text), capsys)


def test_a_plan_that_is_not_there_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep("sweep", tmp_path / "plan.toml") == 2
    assert "no such file" in one_line(capsys.readouterr().err)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('grid.title = ["one", "two"]', "grid.title: cannot change what is measured (settle)"),
        ("grid.learning.epochs = [1, 2]", "grid.learning.epochs: cannot change"),
        ('grid.spiking.window = ["9 us", "10 us"]', "grid.spiking.window: cannot change"),
        ("corners.a = {}\ncorners.b.learning.epochs = 2", "corners: cannot change"),
        (
            "chips = {count = 3, spread.learning.beta = {low = 0.1, high = 1}}",
            "chips: cannot change what is measured (settle): 0 and 2 do the same",
        ),
    ],
)
def test_an_axis_that_cannot_change_what_settles_is_refused_by_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str, said: str
) -> None:
    assert said in refused(write_plan(tmp_path, SETTLE + text), capsys)


def test_in_training_the_supply_does_nothing_and_the_temperature_does(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Attention is sharper in the cold; an ideal cell does not see its supply."""
    plan = write_plan(tmp_path, TRAIN + 'grid.circuit.supply = ["1.7 V", "1.8 V"]')
    assert "grid.circuit.supply: cannot change what is measured (train)" in refused(plan, capsys)
    plan = write_plan(tmp_path, TRAIN + 'grid.circuit.temperature = ["250 K", "300 K"]')
    assert "no results: none was measured yet" in refused(plan, capsys, "--collect")


def test_an_axis_that_acts_at_one_level_of_another_alone_is_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A window of spikes does nothing to sweeps, and something to spikes."""
    text = 'grid.solver = ["sweep", "spiking"]\ngrid.spiking.window = ["5 us", "20 us"]'
    plan = write_plan(tmp_path, SETTLE + text)
    assert "none was measured yet" in refused(plan, capsys, "--collect")


@pytest.mark.parametrize("key", ["design", "weights", "data"])
def test_a_loop_of_links_is_refused_by_its_name(
    key: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    named = {
        "design": 'design = "loop"',
        "weights": 'weights = "loop"\nmeasure = "eval"',
        "data": 'design = "imdb_pooled"\nmeasure = "train"\n[data]\ndata = "loop"',
    }
    plan = tmp_path / "plan.toml"
    plan.write_text(named[key])
    assert neuroep("sweep", plan, "--out", tmp_path / "out", "--workers", 1) == 2
    one_line(capsys.readouterr().err, loop)
