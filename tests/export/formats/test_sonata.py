"""SONATA: libsonata reads spikes and reports."""

from pathlib import Path

import numpy as np
import pytest
from export_support import SPIKED, TIME, WAVES, spikes, waves

from neuroep.export import export
from neuroep.export.recording import Recording, waveforms

libsonata = pytest.importorskip("libsonata")


def test_spikes_of_negative_sign_are_a_population_of_their_own(tmp_path: Path) -> None:
    export(tmp_path / "a.sonata.h5", spikes())
    found = libsonata.SpikeReader(str(tmp_path / "a.sonata.h5"))
    names = ["free_hidden", "free_hidden_negative"]
    assert sorted(found.get_population_names()) == names
    for name, sign in zip(names, (1, -1), strict=True):
        mine = SPIKED.sign == sign
        ids, times = zip(*found[name].get(), strict=True)
        assert found[name].sorting == "by_time"
        np.testing.assert_array_equal(ids, SPIKED.neuron[mine])
        np.testing.assert_allclose(times, 1e3 * SPIKED.times[mine])


def test_waveforms_are_reports(tmp_path: Path) -> None:
    export(tmp_path / "a.sonata.h5", waves())
    found = libsonata.ElementReportReader(str(tmp_path / "a.sonata.h5"))
    assert sorted(found.get_population_names()) == ["free_hidden", "plus_hidden", "plus_out"]
    report = found["plus_hidden"]
    assert (report.time_units, report.data_units) == ("ms", "V")
    assert report.times == pytest.approx((0.0, 0.625e-3, 0.125e-3))
    assert report.get_node_ids() == [0, 1]
    values = report.get()
    np.testing.assert_allclose(values.times, 0.5e3 * TIME, atol=1e-12)
    np.testing.assert_allclose(values.data, WAVES["plus"]["hidden"], rtol=1e-6)


def test_unequal_steps_become_equal_ones(tmp_path: Path) -> None:
    time = np.array([0.0, 1e-6, 4e-6])
    section = waveforms("", time, {"x": (1e6 * time)[:, None]})
    export(tmp_path / "a.sonata.h5", Recording("t", (section,)))
    values = libsonata.ElementReportReader(str(tmp_path / "a.sonata.h5"))["x"].get()
    np.testing.assert_allclose(values.data[:, 0], [0, 2, 4], rtol=1e-6)
