"""What the study of beta measures, on a chip that takes no time, and what it makes of seeds."""

import math
from pathlib import Path

import pytest
from scipy import stats


def test_bias_grows_with_the_square_of_beta_and_noise_is_of_float32() -> None:
    from benchmarks.learning import beta

    found = beta.gradients("transistors_small", None, None)
    small, large = (beta.BETAS.index(b) for b in (0.05, 0.1))
    order = math.log2(found["bias"][large] / found["bias"][small])
    assert 1.5 < order < 2.2
    assert found["cosine"][small] > 0.999
    assert 1e-9 < found["noise"][small] < 1e-3


def test_gains_are_paired_by_seed_and_a_change_needs_all_of_the_interval() -> None:
    from benchmarks.learning.beta_summary import better, gains, tables

    accuracy = {"0.05": [0.80, 0.70, 0.61], "0.2": [0.9, 0.5, 0.5], "0.5": [0.78, 0.69, 0.59]}
    state = {name: [0.1, 0.1, 0.1] for name in ("bias", "noise", "cosine")}
    found = {"shipped": 0.5, "betas": [0.05, 0.2, 0.5], "accuracy": accuracy, "start": state}
    mean, half = gains(found)["0.05"]
    low, high = stats.t.interval(0.95, 2, mean, stats.sem([0.02, 0.01, 0.02]))
    assert (mean - half, mean + half) == pytest.approx((low, high))
    assert better(found) == ["0.05"]
    lines = tables({"chip": found}).splitlines()
    assert "+1.7 ± 1.4" in lines[2]
    assert "shipped" in lines[4]
    refused = found | {"accuracy": accuracy | {"0.05": [None, 0.7, 0.6]}}
    assert "1 of 3 refused" in tables({"chip": refused})
    assert better(refused) == []


def test_the_made_table_needs_more_than_a_linear_model(tmp_path: Path) -> None:
    from benchmarks.learning.beta import made_table

    header, *rows = Path(made_table(tmp_path)).read_text().split()
    assert header == "a,b,c,d,label"
    values = [[float(x) for x in row.split(",")[:2]] for row in rows]
    same = [row.endswith("same") for row in rows]
    right = [(a * b > 0) == s for (a, b), s in zip(values, same, strict=True)]
    assert 0.9 < sum(right) / len(right) < 1


def test_every_shipped_design_but_the_largest_is_a_case() -> None:
    from benchmarks.learning.beta import CASES
    from neuroep.design.files import built_in_designs

    assert {name.partition(",")[0] for name in CASES} == {
        name for name, _ in built_in_designs() if name not in ("imdb_paper", "snli_paper")
    }
