"""neuroep compare: intervals over seeds, paired tests, and refusals."""

import json
from pathlib import Path

import numpy as np
import pytest
from experiment_support import LIMIT, metrics, neuroep, one_line, train
from scipy import stats

from neuroep.errors import InputError
from neuroep.learning.evaluation import evaluate
from neuroep.runs.intervals import student
from neuroep.runs.options import read_options
from neuroep.runs.trained import load_run
from neuroep.studies.compare import Answers, compare


def files(folder: Path, about: dict, name: str, accuracies: dict[int, float]) -> list[str]:
    """Write metrics files of seeds."""
    paths = []
    for seed, accuracy in accuracies.items():
        path = folder / f"{name}{seed}.json"
        path.write_text(json.dumps(about | {"seed": seed, "test_accuracy": accuracy}))
        paths.append(str(path))
    return paths


@pytest.fixture
def about(finished_run: Path) -> dict:
    found = json.loads((finished_run / "metrics.json").read_text())
    return found | {"baselines": {"mean vector": 0.7}, "untrained": 0.5}


def test_an_interval_is_that_of_students_t() -> None:
    values = [0.71, 0.74, 0.72, 0.78]
    mean, half = student(values)
    expected = stats.t.interval(0.95, 3, np.mean(values), stats.sem(values))
    assert (mean - half, mean + half) == pytest.approx(expected)
    assert student([0.5]) == (0.5, np.inf)


def test_gains_are_paired_by_seed(about: dict, tmp_path: Path) -> None:
    ours = files(tmp_path, about, "a", {0: 0.80, 1: 0.90, 2: 0.85, 5: 0.1})
    theirs = files(tmp_path, about, "b", {2: 0.84, 0: 0.79, 1: 0.88})
    found = compare(ours, theirs)
    other, untrained, baseline = found.gains
    assert other.apart == pytest.approx([0.01, 0.02, 0.01])
    expected = stats.ttest_rel([0.80, 0.90, 0.85], [0.79, 0.88, 0.84]).pvalue
    assert other.p == pytest.approx(expected)
    assert untrained.apart == pytest.approx([0.3, 0.4, 0.35, -0.4])
    assert baseline.name == "logistic regression, mean vector"
    assert baseline.p == pytest.approx(stats.ttest_1samp([0.8, 0.9, 0.85, 0.1], 0.7).pvalue)
    assert not found.answers  # files have none


def test_gains_that_are_all_the_same_have_no_p(
    about: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert 0.9 - 0.8 != 0.8 - 0.7  # as floats have it
    ours = files(tmp_path, about, "a", {0: 0.9, 1: 0.8})
    theirs = files(tmp_path, about, "b", {0: 0.8, 1: 0.7})
    assert compare(ours, theirs).gains[0].p is None
    assert neuroep("compare", *ours, "--with", *theirs) == 0
    line = next(row for row in capsys.readouterr().out.splitlines() if "+10.00 points" in row)
    assert line.split()[-1] == "-"


def test_baselines_of_a_file_go_before_those_of_the_runs(about: dict, tmp_path: Path) -> None:
    ours = files(tmp_path, about, "a", {0: 0.80, 1: 0.90})
    line = {"name": "rows", "test_accuracy": 0.6, "validation_accuracy": 0.6, "strength": 1.0}
    entry = {"data": about["data"], "limit": LIMIT, "test": 40, "baselines": {"same rows": line}}
    (tmp_path / "fitted.json").write_text(json.dumps({"text": entry}))
    _, found = compare(ours, baselines=[str(tmp_path / "fitted.json")]).gains
    assert found.name == "logistic regression, same rows"
    assert found.apart == pytest.approx([0.2, 0.3])
    (tmp_path / "fitted.json").write_text(json.dumps({"text": entry | {"data": "others"}}))
    with pytest.raises(InputError, match=r"text.data: 'others'"):
        compare(ours, baselines=[str(tmp_path / "fitted.json")])
    (tmp_path / "fitted.json").write_text(json.dumps({"text": entry | {"limit": None}}))
    with pytest.raises(InputError, match=f"text.data: '(.*)', not \\1 limited to {LIMIT}"):
        compare(ours, baselines=[str(tmp_path / "fitted.json")])
    (tmp_path / "fitted.json").write_text(json.dumps({"text": entry | {"test": 41}}))
    with pytest.raises(InputError, match=r"text.test: 41 test examples, not 40"):
        compare(ours, baselines=[str(tmp_path / "fitted.json")])


def test_each_seed_is_held_against_the_baselines_of_its_own(about: dict, tmp_path: Path) -> None:
    ours = files(tmp_path, about, "a", {0: 0.80, 1: 0.90, 4: 0.85})
    fitted = {}
    for seed, accuracy in {4: 0.86, 0: 0.79, 1: 0.88, 7: 0.1}.items():
        line = {"name": "relu", "test_accuracy": accuracy, "validation_accuracy": 1, "strength": 1}
        entry = {"data": about["data"], "limit": LIMIT, "test": 40, "seed": seed}
        fitted[seed] = tmp_path / f"fitted{seed}.json"
        content = {"text": entry | {"baselines": {"ReLU network": line}}}
        fitted[seed].write_text(json.dumps(content))
    paths = [str(path) for path in fitted.values()]
    _, found = compare(ours, baselines=paths).gains
    assert found.other == [0.79, 0.88, 0.86]
    assert found.p == pytest.approx(stats.ttest_rel([0.8, 0.9, 0.85], found.other).pvalue)
    assert compare(ours, baselines=paths[:1]).gains[1].other == [0.86] * 3  # one is for all
    with pytest.raises(InputError, match=r"fitted4.json: text.seed: 1 is in none of these files"):
        compare(ours, baselines=[paths[0], paths[1], paths[3]])
    with pytest.raises(InputError, match=r"fitted0.json: text.seed: 0, as in .*fitted0.json"):
        compare(ours, baselines=[*paths, paths[1]])
    fitted[1].write_text(fitted[1].read_text().replace('"seed": 1, ', ""))
    with pytest.raises(InputError, match=r"fitted1.json: text.seed: missing"):
        compare(ours, baselines=paths)


def test_answers_are_compared_by_mcnemars_test() -> None:
    assert Answers(0, 12, 3).p == pytest.approx(2 * stats.binom.cdf(3, 15, 0.5))
    assert Answers(0, 0, 0).p == 1.0


def test_what_cannot_be_compared_is_refused(about: dict, tmp_path: Path) -> None:
    ours = files(tmp_path, about, "a", {0: 0.80, 1: 0.90})
    other = about | {"data": "others"}
    with pytest.raises(InputError, match=r"tested on .*others"):
        compare(ours, files(tmp_path, other, "c", {0: 0.5}))
    other = about | {"labels": ["no", "yes"]}
    with pytest.raises(InputError, match="labels: other classes"):
        compare(ours, files(tmp_path, other, "e", {0: 0.5}))
    with pytest.raises(InputError, match="seed 0: as"):
        compare([ours[0], *files(tmp_path, about, "again", {0: 0.5})])
    with pytest.raises(InputError, match="given twice"):
        compare([ours[0], ours[0]])
    with pytest.raises(InputError, match="no seed in common"):
        compare(ours, files(tmp_path, about, "d", {7: 0.5}))


@pytest.mark.parametrize(
    ("entry", "value"),
    [
        ("rule", "bptt"),
        ("title", "another"),
        ("examples", {"train": 1, "test": 40}),
        ("labels", ["no", "yes"]),
    ],
)
def test_runs_of_several_kinds_are_no_seeds_of_one(
    entry: str, value: object, about: dict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = files(tmp_path, about, "a", {0: 0.80, 1: 0.90})
    others = files(tmp_path, about | {entry: value}, "b", {2: 0.5})
    assert neuroep("compare", *ours, *others) == 2
    one_line(capsys.readouterr().err, others[0], f"{entry}: other than in {ours[0]}")


def test_a_run_says_what_it_began_from_and_keeps_what_it_learned(digits_run: Path) -> None:
    found, run = metrics(digits_run), load_run(str(digits_run))
    assert run.evaluate().accuracy == found["test_accuracy"] > found["untrained"] + 0.3
    options, count = read_options(run.folder), found["examples"]["test"]
    _, examples, _ = run.test_examples(options, count)
    run.start.load_into(run.system.parameters)
    run.system.parameters.changes += 1
    assert evaluate(run.system, examples).accuracy == found["untrained"]


def test_runs_keep_their_answers(
    finished_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = json.loads((finished_run / "answers.json").read_text())
    for solver, accuracy in metrics(finished_run)["accuracy"].items():
        right = np.array(kept["answers"][solver]) == kept["labels"]
        assert right.mean() == pytest.approx(accuracy)
    other, file = tmp_path / "run", tmp_path / "run" / "answers.json"
    assert train(tmp_path, "--seed", 3, "--no-baselines", "--no-figures") == 0
    theirs = json.loads(file.read_text())
    theirs["answers"]["spiking"] = [0] * 40  # other answers than this network's, which are all 1
    file.write_text(json.dumps(theirs))
    right, wrong = (
        np.array(each["answers"]["spiking"]) == kept["labels"] for each in (kept, theirs)
    )
    alone = (right & ~wrong).sum(), (wrong & ~right).sum()
    capsys.readouterr()
    assert neuroep("compare", finished_run, "--with", other) == 0
    out = capsys.readouterr().out
    assert f"seed 3: {alone[0]} answers right here alone, {alone[1]} there alone" in out
    assert sum(alone) > 10
    assert "the same network before training" in out
    for content, said in (
        ('{"labels": [1], "answers": {}}', "answers.spiking: missing or damaged"),
        ('{"labels": ["1"], "answers": {"spiking": [1]}}', "labels.0: "),
    ):
        file.write_text(content)
        assert neuroep("compare", finished_run, "--with", other) == 2
        one_line(capsys.readouterr().err, "answers.json", said)
