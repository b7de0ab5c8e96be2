"""Which columns a network takes is settled by the rows it was trained on."""

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from neuroep.design.load import load_design
from neuroep.errors import InputError
from neuroep.tasks.table.scaling import Scaling
from neuroep.tasks.table.task import TableEncoder, TableSection, TableTask
from neuroep.tasks.task import DataOptions, InputLayer, Shape, Task


def task_of(width: int) -> TableTask:
    """Return a task whose layer takes rows of so many numbers."""
    layer = InputLayer("x", 1, width, 0)
    return TableTask(TableSection(), Shape({"x": layer}, 2, 0, "a.toml"))


def write(path: Path, indices: list[int]) -> DataOptions:
    """Write rows of an index, a measurement and one of two kinds, and say where they are."""
    rows = [f"{index},{index % 7}.5,{'ab'[k % 2]}" for k, index in enumerate(indices)]
    path.write_text("\n".join(["index,width,class", *rows]))
    return DataOptions(data=str(path), share=1.0)


def fitted(task: TableTask, options: DataOptions) -> TableEncoder:
    """Return what a task makes of rows to train on."""
    return task.fit(task.open(options), options, lambda _: nullcontext())


def test_two_rows_that_an_index_happens_to_number_keep_their_column(tmp_path: Path) -> None:
    task = task_of(2)
    encoder = fitted(task, write(tmp_path / "train.csv", [k // 4 for k in range(40)]))
    assert encoder.columns == ("index", "width")
    source = task.open(write(tmp_path / "few.csv", [0, 1]))
    assert source.columns == ("width",)
    given = encoder.examples(source, "test")
    np.testing.assert_allclose(
        given.values, encoder.scaling.apply(np.array([[0, 0.5], [1, 1.5]], np.float32))
    )
    assert "left out" in source.note
    assert "left out" not in given.note


def test_what_numbered_the_rows_to_train_on_is_passed_by(tmp_path: Path) -> None:
    task = task_of(1)
    encoder = fitted(task, write(tmp_path / "train.csv", list(range(40))))
    assert encoder.columns == ("width",)
    source = task.open(write(tmp_path / "twice.csv", [3, 3, 5, 5]))
    assert source.columns == ("index", "width")
    given = encoder.examples(source, "test")
    assert given.values.shape == (4, 1)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    task = task_of(2)
    encoder = fitted(task, write(tmp_path / "train.csv", [k // 4 for k in range(40)]))
    (tmp_path / "other.csv").write_text("id,width,class\n1,0.5,a\n2,1.5,b\n")
    source = task.open(DataOptions(data=str(tmp_path / "other.csv"), share=1.0))
    with pytest.raises(InputError, match=r"other\.csv: no column 'index', which was trained on"):
        encoder.examples(source, "test")


def test_rows_to_train_on_fill_their_layer(tmp_path: Path) -> None:
    options = write(tmp_path / "train.csv", list(range(40)))
    with pytest.raises(InputError, match=r"rows of train\.csv have 1 values each"):
        fitted(task_of(2), options)


def test_a_limit_leaves_no_class_of_a_sorted_table_out(tmp_path: Path) -> None:
    rows = [f"{k}.5,{name}" for name in "abc" for k in range(60)]
    (tmp_path / "sorted.csv").write_text("\n".join(["width,class", *rows]))
    task, options = task_of(1), DataOptions(data=str(tmp_path / "sorted.csv"), limit=20)
    source, encoder = task.open(options), fitted(task, options)
    found = task.material(source, encoder, options, lambda _: nullcontext(), {})
    assert np.bincount(np.append(found.train.labels, found.validation.labels)).tolist() == [6, 7, 7]
    assert np.bincount(encoder.examples(source, "test", 20).labels).tolist() == [6, 7, 7]
    np.testing.assert_array_equal(source.test.first(2).labels, [0, 0])


@pytest.mark.parametrize("suffix", ["csv", "npz"])
def test_seconds_of_a_day_are_told_apart_whatever_their_zero(tmp_path: Path, suffix: str) -> None:
    seconds, path = 1.7e9 + np.arange(40), tmp_path / f"a.{suffix}"
    if suffix == "npz":
        np.savez(path, x=seconds[:, None], y=np.arange(40) // 20)
    else:
        rows = [f"{second:.0f},{'ab'[k // 20]}" for k, second in enumerate(seconds)]
        path.write_text("\n".join(["time,class", *rows]))
    task, options = task_of(1), DataOptions(data=str(path), share=1.0)
    encoder = fitted(task, options)
    found = encoder.examples(task.open(options), "test")
    assert found.values.dtype == np.float32
    assert len(np.unique(found.values)) == 40


def test_a_column_that_never_changes_is_zero() -> None:
    for value in (0.1, 0.3, 1e-9, 37.2):
        scaling = Scaling.fit(np.full((101, 1), value), "standard", 3.0)
        assert abs(scaling.apply(np.array([[value]]))).max() < 1e-9


@pytest.mark.parametrize("task", [task_of(2), load_design("mnist_spiking").task("a.toml")])
def test_word_vectors_are_refused_where_no_words_are_read(task: Task, tmp_path: Path) -> None:
    """The network would not know of them, and its run would name them as what it started from."""
    options = replace(write(tmp_path / "a.csv", [0, 1]), vectors=["glove.txt"])
    with pytest.raises(InputError, match="--vectors: this task reads no words"):
        task.open(options)
