"""Learned values: a table, matrices with names, and parameters that a netlist includes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.export import format_of, write
from neuroep.export.weights.catalogue import FORMATS
from neuroep.export.weights.learned import Learned
from neuroep.hardware.programs.ngspice import run_deck

COUPLING = Learned(
    "a-b", np.array([[1e-6, -2e-6], [3e-6, 4.0000000000000003e-6]]), "S", ["a[0]", "good; bad"],
    ["b[0]", "b[1]"],
)  # fmt: skip
BIAS = Learned("b.bias", np.array([1e-9]), "A", ["b[0]"])
BOTH = [COUPLING, BIAS]


def test_a_table_has_a_line_an_entry(tmp_path: Path) -> None:
    write(tmp_path / "w.csv", FORMATS["csv"], BOTH)
    with (tmp_path / "w.csv").open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["array", "row", "column", "value", "unit"]
    assert rows[1] == ["a-b", "a[0]", "b[1]", "-2e-06", "S"]
    assert float(rows[3][3]) == COUPLING.values[1, 1]
    assert rows[4] == ["b.bias", "b[0]", "", "1e-09", "A"]


def test_numpy_reads_matrices_and_names_without_pickle(tmp_path: Path) -> None:
    write(tmp_path / "w.npz", FORMATS["npz"], BOTH)
    with np.load(tmp_path / "w.npz", allow_pickle=False) as file:
        np.testing.assert_array_equal(file["a-b"], COUPLING.values)
        assert file["a-b/rows"].tolist() == ["a[0]", "good; bad"]
        assert "b.bias/columns" not in file
        assert json.loads(str(file["units"])) == {"a-b": "S", "b.bias": "A"}


def test_a_netlist_includes_parameters(ngspice: str, tmp_path: Path) -> None:
    write(tmp_path / "w.inc", FORMATS["inc"], BOTH)
    deck = f"""a synapse
.include {tmp_path / "w.inc"}
V1 in 0 1
B1 0 out I = {{a_b_1_1}} * V(in) + {{b_bias_0}}
R1 out 0 1meg
.save v(out)
.op
.end
"""
    (plot,) = run_deck(deck)
    assert plot.values["out"][0] == pytest.approx(4.001, rel=1e-9)


def test_another_format_is_one_line() -> None:
    with pytest.raises(InputError, match="--format raw: none of csv, npz, inc"):
        format_of("", FORMATS, "raw")
