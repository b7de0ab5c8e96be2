"""Vectors of chosen words in the traces, by name."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import QUICK, TINY, neuroep, one_line, tiny

from neuroep.runs.trained import load_run
from neuroep.traces import open_traces


def design(word: str) -> str:
    """Return the tiny design with the vectors of a word and of "the" recorded."""
    table = f'"words.patterns" = [["{word}", "the"], [2, 5]]\n[traces.neurons]'
    return TINY.replace("[traces.neurons]", table)


def test_the_vectors_of_words_are_recorded_by_name(tmp_path: Path) -> None:
    out = tmp_path / "run"
    chip = tiny(tmp_path, design("minute"))
    assert neuroep("train", chip, "--limit", 40, *QUICK, "--out", out) == 0
    run = load_run(str(out))
    names = list(run.encoder.vocabulary.words)  # type: ignore[attr-defined]
    with open_traces(out) as traces:
        recorded = traces.synapses["words.patterns"]
        assert recorded.pattern.tolist() == ["minute", "the"]
        assert recorded.weight.shape[1:] == (2, 3)
        ids = [names.index(word) for word in ("minute", "the")]
        start = run.start.parameters["words.patterns"][ids][:, 2:5]
        np.testing.assert_allclose(recorded.weight[0], start, rtol=1e-6)
        moved = recorded.weight[0] + recorded.change_applied[0]
        np.testing.assert_allclose(recorded.weight[1], moved, rtol=1e-4, atol=1e-7)
        assert recorded.change_asked[:].any()


def test_a_word_that_is_not_there_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    chip = tiny(tmp_path, design("zzyzx"))
    capsys.readouterr()
    assert neuroep("train", chip, "--limit", 40, *QUICK, "--out", tmp_path / "run") == 2
    error = capsys.readouterr().err.splitlines()[-1]
    one_line(f"{error}\n", "traces.synapses.words.patterns", "zzyzx")
    assert not (tmp_path / "run").exists()
