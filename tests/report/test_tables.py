"""The closing table, and figures that are saved whole or not at all."""

import errno

import pytest
from matplotlib.figure import Figure

from neuroep.errors import InputError
from neuroep.report import Number, save, table


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Number(0.8771, 0.0021, "%"), "87.71 ± 0.21 %"),
        (Number(0.8771, 0.012, "%"), "87.7 ± 1.2 %"),
        (Number(0.8794, unit="%"), "87.94 %"),
        (Number(1.0, 0.0, "%"), "100.00 %"),
        (Number(0.1, 1.7e-17, "%"), "10.00 %"),  # what sums of equal values round
        (Number(1.02, 0.0996), "1.02 ± 0.10"),
        (Number(3.371e-10, 2.04e-11, "J"), "(3.37 ± 0.20)e-10 J"),
        (Number(0.00102, 2e-5, "J"), "0.001020 ± 0.000020 J"),
        (Number(0.0, 2.04e-11, "J"), "(0.0 ± 2.0)e-11 J"),
        (Number(-2.5e8, 1.2e7), "(-2.50 ± 0.12)e+08"),
        (Number(0.9996), "1.00"),
        (Number(19.834), "19.8"),
        (Number(160), "160"),
        (Number(1234.5), "1234"),
        (Number(-0.01234), "-0.0123"),
        (Number(3.2e-9, unit="J"), "3.20e-09 J"),
        (Number(0.0), "0"),
        (Number(1543.2, unit="s"), "25 min 43 s"),
        (Number(7265, unit="s"), "2 h 01 min"),
        (Number(12.34, unit="s"), "12.3 s"),
        (Number(250.0, 12.0, "s"), "250 ± 12 s"),
        (Number(0.5, float("nan"), "V"), "0.500 V"),
        (Number(float("nan"), 0.1, "V"), "-"),
        (Number(float("inf")), "inf"),
    ],
)
def test_numbers_have_sensible_digits(number, text):
    assert str(number) == text


ROWS = [
    ("spiking accuracy", Number(0.8771, 0.0021, "%")),
    ("settle steps", 160),
    ("not run", None),
]


def test_plain_table_is_aligned():
    lines = table(ROWS, ["quantity", "value"]).splitlines()
    assert lines == [
        "quantity                   value",
        "----------------  --------------",
        "spiking accuracy  87.71 ± 0.21 %",
        "settle steps                 160",
        "not run                        -",
    ]


def test_markdown_table_is_one():
    lines = table([*ROWS, ("a|b", 0.25)], ["quantity", "value"], markdown=True).splitlines()
    assert lines[1] == "| ---------------- | -------------: |"
    assert lines[-1] == "| a\\|b             |          0.250 |"
    assert {line.count("|") - line.count("\\|") for line in lines} == {3}


def test_wide_and_combining_characters_keep_columns_straight():
    lines = table([("映画", "x"), ("e\u0301e", "x"), ("abcd", "x")], ["a", "b"]).splitlines()
    assert lines[2:] == ["映画  x", "e\u0301e    x", "abcd  x"]


def test_empty_table_keeps_its_headers():
    assert table([], ["a", "b"]) == "a  b\n-  -"


def test_a_row_of_another_length_is_refused():
    with pytest.raises(ValueError, match="has 1 cells under 2 headers"):
        table([("a",)], ["a", "b"])


@pytest.mark.parametrize(
    ("suffix", "magic"),
    [("png", b"\x89PNG"), ("svg", b"<?xml"), ("pdf", b"%PDF"), ("PNG", b"\x89PNG")],
)
def test_save_writes_by_suffix_the_same_bytes_each_time(suffix, magic, tmp_path):
    one, other = tmp_path / f"one.{suffix}", tmp_path / f"other.{suffix}"
    for path in (one, other):
        figure = Figure()
        figure.subplots().plot([1, 2])
        assert save(figure, str(path)) == path
    assert one.read_bytes().startswith(magic)
    assert one.read_bytes() == other.read_bytes()
    assert {path.name for path in tmp_path.iterdir()} == {one.name, other.name}


class Failing(Figure):
    """Writes a little, then fails the way a disk or a user does."""

    def __init__(self, failure: BaseException) -> None:
        super().__init__()
        self.failure = failure

    def savefig(self, fname, **_):
        fname.write_bytes(b"half a figure")
        raise self.failure


def test_a_full_disk_leaves_the_old_figure_and_nothing_else(tmp_path):
    path = tmp_path / "figure.png"
    path.write_bytes(b"old")
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(InputError, match=r"figure\.png: cannot write the figure: No sp") as caught:
        save(Failing(full), path)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_an_interrupt_leaves_nothing(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        save(Failing(KeyboardInterrupt()), tmp_path / "figure.png")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["figure.jpg", "figure", "missing/figure.png", "file/figure.png"])
def test_an_impossible_place_is_the_users_error(name, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(InputError, match="figure"):
        save(Figure(), tmp_path / name)
