"""Tables of numbers with labels: every format, columns, splits, what cannot be read."""

import gzip
import io
import os
import sys
import zipfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import h5py
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from neuroep.errors import InputError
from neuroep.tables import TableData, open_table, read_table

RNG = np.random.default_rng(3)
X = RNG.normal(size=(30, 3)).astype(np.float32)
Y = np.arange(30) % 3
NAMES = np.array(["setosa", "versicolor", "virginica"])


def write_csv(path: Path, header: str = "a,b,c,species\n", last: Any = NAMES[Y]) -> Path:
    rows = [",".join([*map(repr, map(float, row)), str(y)]) for row, y in zip(X, last, strict=True)]
    path.write_text(header + "\n".join(rows) + "\n")
    return path


def rows_of(data: TableData) -> set[tuple[float, ...]]:
    """Each row with the name of its label."""
    parts = [part for part in (data.train, data.validation, data.test) if part]
    return {
        (*row.tolist(), data.labels[label])
        for part in parts
        for row, label in zip(part.values, part.labels, strict=True)
    }


def test_csv_keeps_values_names_and_the_share_of_each_class(tmp_path: Path) -> None:
    data = open_table(write_csv(tmp_path / "iris.csv"))
    assert data.columns == ("a", "b", "c")
    assert data.labels == tuple(NAMES)
    assert data.train.values.dtype == np.float64
    assert rows_of(data) == {(*row.tolist(), NAMES[y]) for row, y in zip(X, Y, strict=True)}
    assert np.bincount(data.test.labels).tolist() == [2, 2, 2]
    assert data.note == "no test split in iris.csv: 20 % held out by seed 0"
    again = open_table(tmp_path / "iris.csv")
    np.testing.assert_array_equal(again.test.values, data.test.values)
    other = open_table(tmp_path / "iris.csv", share=0.5, seed=1)
    assert len(other.test.labels) == 15
    assert "50 % held out by seed 1" in other.note


def test_without_a_header_the_last_column_is_the_label(tmp_path: Path) -> None:
    data = open_table(write_csv(tmp_path / "a.csv", "", Y))
    assert data.columns == ("1", "2", "3")
    assert data.labels == ("0", "1", "2")
    assert data.note.startswith("labels are the last column of a.csv, 4;")


def test_the_label_may_stand_anywhere(tmp_path: Path) -> None:
    path = tmp_path / "wine.csv"
    path.write_text("".join(f"{y + 1},{a},{b}\n" for y, (a, b, _) in zip(Y, X, strict=True)))
    with pytest.raises(InputError, match=r"which column is the label\? its columns are 1, 2, 3;"):
        open_table(path)
    data = open_table(path, label="1")
    assert data.columns == ("2", "3")
    assert data.labels == ("1", "2", "3")


def test_a_column_that_numbers_the_rows_is_no_feature(tmp_path: Path) -> None:
    """Iris from Kaggle is sorted by species: its Id would tell them all."""
    path = tmp_path / "a.csv"
    rows = [f"{n},{a},{n % 7},{y}" for n, (a, y) in enumerate(zip(X[:, 0], Y, strict=True), 1)]
    path.write_text("Id,a,b,Species\n" + "\n".join(rows))
    data = open_table(path)
    assert data.columns == ("a", "b")
    assert data.note.startswith("left out, as it numbers the rows: Id;")
    assert data.train.values.shape == (24, 2)


def as_npz(path: Path, **named: Any) -> Path:
    np.savez(path, **named)
    return path


def as_h5(path: Path, **named: Any) -> Path:
    with h5py.File(path, "w") as file:
        for name, array in named.items():
            file[name] = array.astype(object) if array.dtype.kind == "U" else array
    return path


@pytest.mark.parametrize("write", [as_npz, as_h5])
@pytest.mark.parametrize("names", [("X", "y"), ("data", "target"), ("train_x", "train_labels")])
def test_arrays_by_their_usual_names(tmp_path: Path, write: Any, names: tuple[str, str]) -> None:
    path = write(tmp_path / ("a.npz" if write is as_npz else "a.h5"), **{names[0]: X, names[1]: Y})
    data = open_table(path)
    assert rows_of(data) == {(*row.tolist(), str(y)) for row, y in zip(X, Y, strict=True)}
    assert data.note == f"no test split in {path.name}: 20 % held out by seed 0"


@pytest.mark.parametrize("write", [as_npz, as_h5])
def test_arrays_with_splits_of_their_own_and_names(tmp_path: Path, write: Any) -> None:
    path = write(
        tmp_path / ("a.npz" if write is as_npz else "a.h5"),
        X_train=X[:20],
        y_train=NAMES[Y[:20]][:, None],
        X_val=X[20:25],
        y_val=NAMES[Y[20:25]],
        X_test=X[25:],
        y_test=NAMES[Y[25:]],
        other=np.zeros(3),
    )
    data = open_table(path)
    assert data.note == ""
    assert data.labels == tuple(NAMES)
    assert data.validation is not None
    np.testing.assert_array_equal(data.test.values, X[25:])
    np.testing.assert_array_equal(data.validation.labels, Y[20:25])


def test_npy_with_the_label_last_or_by_number(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.column_stack([X, Y]))
    data = open_table(tmp_path / "a.npy")
    assert rows_of(data) == {(*row.tolist(), str(y)) for row, y in zip(X, Y, strict=True)}
    np.save(tmp_path / "b.npy", np.column_stack([Y, X]))
    with pytest.raises(InputError, match=r"column 4 holds no labels; name theirs by --label"):
        open_table(tmp_path / "b.npy")
    assert rows_of(open_table(tmp_path / "b.npy", label="1")) == rows_of(data)


def test_splits_by_file_may_mix_formats_and_order_of_columns(tmp_path: Path) -> None:
    train = write_csv(tmp_path / "train.csv")
    test = tmp_path / "test.jsonl"
    test.write_text('{"species": "virginica", "c": 3, "b": 2, "a": 1}\n')
    held = as_npz(tmp_path / "held.npz", x=X[:6], y=NAMES[Y[:6]])
    data = open_table(train, validation=held, test=test)
    assert data.note == ""
    assert data.test.values.tolist() == [[1, 2, 3]]
    assert data.test.labels.tolist() == [2]
    assert data.validation is not None
    assert len(data.train.labels) == 30
    test.write_text('{"species": "rosa", "c": 3, "b": 2, "a": 1}\n')
    with pytest.raises(InputError, match=r"test.jsonl: species: label 'rosa' is on no training"):
        open_table(train, test=test)
    test.write_text('{"species": "setosa", "c": 3, "b": 2}\n')
    with pytest.raises(InputError, match=r"test.jsonl: no column 'a'; its columns are species"):
        open_table(train, test=test)


def test_a_column_may_say_the_split(tmp_path: Path) -> None:
    parts = ["train", "train", "dev", "test", "train"] * 6
    rows = [f"{k},{k}.5,{'ab'[k % 2]},{part}" for k, part in enumerate(parts)]
    (tmp_path / "a.csv").write_text("\n".join(["id,width,kind,split", *rows]))
    data = open_table(tmp_path / "a.csv")
    assert data.labels == ("a", "b")
    assert data.columns == ("width",)
    assert data.validation is not None
    assert [len(part.labels) for part in (data.train, data.validation, data.test)] == [18, 6, 6]
    assert data.test.values.ravel().tolist() == [k + 0.5 for k in range(3, 30, 5)]
    assert len(read_table(tmp_path / "a.csv", ("width",)).values) == 30
    (tmp_path / "b.csv").write_text("id,width,kind,split\n0,1,a,test\n1,2,b,test\n")
    assert len(open_table(tmp_path / "a.csv", test=tmp_path / "b.csv").test.labels) == 2
    (tmp_path / "c.csv").write_text("width,kind,split\n1,a,test\n2,a,dev\n3,b,dev\n4,b,test\n")
    with pytest.raises(InputError, match=r"c\.csv: no row to train on"):
        open_table(tmp_path / "c.csv")
    (tmp_path / "d.csv").write_text("split\ntrain\ntest\n")
    with pytest.raises(InputError, match=r"d\.csv: which column is the label"):
        open_table(tmp_path / "d.csv")


def test_rows_without_a_label_are_passed_by_and_counted(tmp_path: Path) -> None:
    last = [*map(str, Y[:-2]), "", ""]
    data = open_table(write_csv(tmp_path / "a.csv", last=last), label="species")
    assert len(data.train.labels) + len(data.test.labels) == 28
    assert data.note.startswith("2 rows without a label are passed by;")


@pytest.mark.parametrize(
    "data",
    [
        b"id,a,b\n5,1,2\n6,3,4\n",
        b"id\ta\tb\n5\t1\t2\n6\t3\t4\n",
        b'[{"id": 5, "a": 1, "b": 2}, {"id": 6, "a": 3, "b": 4}]',
        b'{"id": 5, "a": 1, "b": 2}\n{"id": 6, "a": 3, "b": 4}\n',
        gzip.compress(b"id,a,b\n5,1,2\n6,3,4\n", mtime=0),
    ],
    ids=["csv", "tsv", "json", "lines", "gzip"],
)
def test_rows_to_predict_may_come_by_standard_input(
    monkeypatch: pytest.MonkeyPatch, data: bytes
) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
    rows = read_table("-", ("b", "a"))
    assert rows.values.tolist() == [[2, 1], [4, 3]]
    assert list(map(str, rows.ids)) == ["5", "6"]


def test_what_is_no_table_on_standard_input_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for data, why in ((b"", "no record in it"), (b"a,b\n1,x\n", "line 2: b: 'x' is not a number")):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(data)))
        with pytest.raises(InputError, match=f"standard input: {why}"):
            read_table("-", ("a", "b"))


def test_rows_to_be_predicted_have_the_columns_of_the_training(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("c,Id,a,b\n3,7,1,2\n\n6,8,4,5\n")
    rows = read_table(path, ("a", "b", "c"))
    assert rows.values.tolist() == [[1, 2, 3], [4, 5, 6]]
    assert rows.labels == ("", "")
    assert rows.numbers.tolist() == [2, 4]
    path.write_text("1,2,3\n4,5,6\n")  # no header, but as many columns
    assert read_table(path, ("a", "b", "c")).values.tolist() == [[1, 2, 3], [4, 5, 6]]
    labelled = read_table(write_csv(path), ("b", "a"))
    np.testing.assert_array_equal(labelled.values, X[:, [1, 0]])
    assert labelled.labels == tuple(NAMES[Y])
    with pytest.raises(
        InputError, match=r"a\.csv: no column 'd'; its columns are a, b, c, species"
    ):
        read_table(path, ("a", "d"))
    np.save(tmp_path / "a.npy", X)
    np.testing.assert_array_equal(read_table(tmp_path / "a.npy", ("1", "2", "3")).values, X)
    both = as_npz(tmp_path / "a.npz", x_train=X, y_train=Y, x_test=X[:4], y_test=Y[:4])
    assert read_table(both, ("1", "2", "3")).labels == ("0", "1", "2", "0")


def test_columns_that_name_the_rows_by_letters_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    rows = [f"x{n},{n % 2},{n}.5,{'ab'[n % 2]}" for n in range(10)]
    path.write_text("\n".join([",p,q,label", *rows]))  # as R writes names of rows
    assert open_table(path).columns == ("p", "q")
    path.write_text("\n".join(["guid,p,q,label", *rows]))
    data = open_table(path)
    assert data.columns == ("p", "q")
    assert data.note.startswith("left out, as it names the rows: guid; no test split in a.csv")
    rows = read_table(path, ("q", "p"))
    assert rows.values[1].tolist() == [1.5, 1]
    assert rows.ids[:2] == ["x0", "x1"]


def test_all_of_a_table_may_be_tested_on(tmp_path: Path) -> None:
    data = open_table(write_csv(tmp_path / "a.csv"), share=1)
    assert len(data.test.labels) == 30
    assert data.note == ""
    path = tmp_path / "b.csv"
    path.write_text("p,label\n1,alba\n2,\n")
    assert open_table(path, share=1).labels == ("alba",)
    with pytest.raises(InputError, match="only 'alba': two classes at least"):
        open_table(path)


@pytest.mark.parametrize("opened", ["pipe.csv", "pipe.npz", "pipe.h5"])
def test_a_pipe_is_not_waited_for(tmp_path: Path, opened: str) -> None:
    os.mkfifo(tmp_path / opened)
    with pytest.raises(InputError, match=f"{opened}: is no regular file"):
        open_table(tmp_path / opened)


def test_an_h5_that_promises_too_much_or_points_elsewhere(tmp_path: Path) -> None:
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (4, 2), "f8", external=[("/etc/passwd", 0, 64)])
    with pytest.raises(InputError, match="x: kept in other files"):
        open_table(path)
    with h5py.File(path, "w") as file:
        file.create_dataset("x", (4, 2), "f8", chunks=(1 << 14, 1 << 14), maxshape=(None, None))
    with pytest.raises(InputError, match=r"x: chunks"):
        open_table(path)
    np.lib.format.open_memmap(tmp_path / "a.npy", "w+", np.float32, (1 << 15, 1 << 14))
    with pytest.raises(InputError, match="too large"):
        open_table(tmp_path / "a.npy")


BAD_CELLS = {
    "": "the number is missing",
    "NA": "the number is missing",
    "nan": "the number is missing",
    "?": "the number is missing",
    "inf": "'inf' is not finite",
    "1e39": "1e39 is not finite (in 32 bits)",
    "red": "'red' is not a number",
    "1_0": "'1_0' is not a number",
    "0x10": "'0x10' is not a number",
    '"1,000"': "'1,000' is not a number",
    "-Infinity": "'-Infinity' is not finite",
    "1e999": "'1e999' is not finite",
    "9" * 5000: "'" + "9" * 40 + "' is not finite",
}


@pytest.mark.parametrize("cell", BAD_CELLS)
def test_a_number_that_is_none_is_named_with_line_and_column(tmp_path: Path, cell: str) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"a,b,label\n1,2,x\n3,{cell},y\n")
    with pytest.raises(InputError) as caught:
        open_table(path)
    assert str(caught.value) == f"{path}: line 3: b: {BAD_CELLS[cell]}"


def pickled(path: Path) -> None:
    np.save(path, np.array([{"a": 1}, print], object))


BAD: dict[str, tuple[str, Any, str]] = {
    "missing": ("a.npz", lambda path: None, "no such file"),
    "no csv": ("none.csv", lambda path: None, "no such file"),
    "pickle": ("a.npy", pickled, "cannot be read as arrays (Object arrays cannot"),
    "bytes": ("a.npy", lambda path: path.write_bytes(b"\x93NUMPY\1\0v\0{'descr"), "cannot be read"),
    "empty h5": ("a.h5", lambda path: path.write_bytes(b""), "not an HDF5 file"),
    "no names": ("a.npz", lambda path: as_npz(path, a=X, b=Y), "no arrays called x and y"),
    "twice": ("a.npz", lambda path: as_npz(path, x=X, data=X, y=Y), "x and data are both data"),
    "lengths": ("a.npz", lambda path: as_npz(path, x=X, y=Y[:5]), "y: shape (5,), but x has"),
    "NaN": ("a.npz", lambda path: as_npz(path, x=X * np.nan, y=Y), "row 1, column 1: nan"),
    "complex": ("a.npz", lambda path: as_npz(path, x=X * 1j, y=Y), "is no table of numbers"),
    "one class": ("a.npz", lambda path: as_npz(path, x=X, y=Y * 0), "only '0': two classes"),
    "few": ("a.npz", lambda path: as_npz(path, x=X[:2], y=Y[:2]), "2 rows are too few"),
    "label alone": ("a.csv", lambda path: path.write_text("label\nx\ny\n"), "no column beside"),
    "labels alone": (
        "a.npy",
        lambda path: np.save(path, Y[:, None]),
        "no column beside the labels",
    ),
    "no column": ("a.npy", lambda path: np.save(path, X[:, :0]), "0) is no table of numbers"),
    "no x": ("a.npz", lambda path: as_npz(path, x=X[:, :0], y=Y), "0) is no table of numbers"),
    "no row": ("a.npz", lambda path: as_npz(path, x=X[:0], y=Y[:0]), "train: no label"),
    "no key": ("a.jsonl", lambda path: path.write_text("{}\n{}\n"), "no column in it"),
    "measured": ("a.csv", lambda path: write_csv(path, "a,b,c,d\n", X[:, 0]), "--label-column"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, case: str) -> None:
    name, write, message = BAD[case]
    write(tmp_path / name)
    with pytest.raises(InputError) as caught:
        open_table(tmp_path / name)
    assert str(caught.value).startswith(str(tmp_path / name))
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_header_that_promises_too_much_takes_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    header = io.BytesIO()
    promise = {"descr": "<f8", "fortran_order": False, "shape": (1 << 40, 4)}
    np.lib.format.write_array_header_1_0(header, promise)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x.npy", header.getvalue() + bytes(64))
    with pytest.raises(InputError, match="more than the file holds"):
        open_table(path)
    np.save(tmp_path / "a.npy", X)
    whole = (tmp_path / "a.npy").read_bytes()
    (tmp_path / "a.npy").write_bytes(whole.replace(b"(30, 3), ", b"(9000000000000, 3), "))
    with pytest.raises(InputError, match="more than the file holds"):
        open_table(tmp_path / "a.npy")


@given(st.binary(max_size=120), st.sampled_from([".npy", ".npz", ".h5"]))
def test_any_bytes_are_a_table_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, suffix: str
) -> None:
    path = tmp_path_factory.mktemp("bytes") / f"a{suffix}"
    path.write_bytes((b"\x93NUMPY\1\0" if suffix == ".npy" else b"") + data)
    with pytest.raises(InputError):
        open_table(path)


@given(arrays(np.float32, (12, 2), elements=st.floats(-1e6, 1e6, width=32)))
def test_csv_and_arrays_hold_the_same_numbers(
    tmp_path_factory: pytest.TempPathFactory, values: np.ndarray
) -> None:
    folder = tmp_path_factory.mktemp("same")
    labels = np.arange(12) % 2
    lines = [f"{a!r},{b!r},{y}" for (a, b), y in zip(values.tolist(), labels, strict=True)]
    (folder / "a.csv").write_text("first,second,label\n" + "\n".join(lines))
    from_csv = open_table(folder / "a.csv")
    from_npz = open_table(as_npz(folder / "a.npz", x=values, y=labels))
    np.testing.assert_array_equal(from_csv.train.values, from_npz.train.values)
    np.testing.assert_array_equal(from_csv.test.labels, from_npz.test.labels)
