"""Tables: a column a node with its unit, sections side by side."""

import csv
from pathlib import Path

import numpy as np
from export_support import SPIKED, TIME, WAVES, spikes, training, waves

from neuroep.export import export
from neuroep.export.recording import Recording, waveforms


def read(path: Path, recording: Recording) -> tuple[list[str], list[list[str]]]:
    export(path, recording)
    with path.open(newline="") as file:
        header, *rows = csv.reader(file)
    return header, rows


def test_a_table_has_a_column_a_node(tmp_path: Path) -> None:
    header, rows = read(tmp_path / "a.csv", waves())
    assert header[:4] == ["free/time (s)", "free/hidden[0] (V)", "free/hidden[1] (V)",
                          "plus/time (s)"]  # fmt: skip
    free, plus = WAVES.values()
    expected = [TIME, free["hidden"], TIME / 2, plus["hidden"], plus["out"]]
    np.testing.assert_array_equal(np.array(rows, float), np.column_stack(expected))


def test_a_shorter_section_leaves_cells_empty(tmp_path: Path) -> None:
    sections = (waveforms("a", TIME, {"x": np.ones((5, 1))}),
                waveforms("b", TIME[:2], {"x": np.ones((2, 1))}))  # fmt: skip
    _, rows = read(tmp_path / "a.csv", Recording("t", sections))
    assert rows[1] == ["2.5e-07", "1.0", "2.5e-07", "1.0"]
    assert rows[2][2:] == ["", ""]


def test_training_and_spikes_are_tables_too(tmp_path: Path) -> None:
    header, rows = read(tmp_path / "a.csv", training())
    assert header[:2] == ["step (1)", "synapses/a-b/weight[4,a] (S)"]
    assert rows[1] == ["10", "4e-06", "5e-06", "6e-06", "7e-06"]
    header, rows = read(tmp_path / "b.csv", spikes())
    assert header == [f"free/spikes/hidden/{name}" for name in ("times (s)", "neuron", "sign")]
    assert len(rows) == len(SPIKED.times)
    assert rows[2] == ["2e-06", "1", "-1"]
