"""What a run has learned, in siemens, with names."""

from pathlib import Path

import numpy as np
import pytest
from experiment_support import ON_DEVICES, QUICK, neuroep, tiny

from neuroep.errors import InputError
from neuroep.runs.trained import load_run
from neuroep.runs.weights import learned_arrays
from neuroep.traces import open_traces


def test_arrays_are_those_of_the_chip_with_names(finished_run: Path) -> None:
    run = load_run(str(finished_run))
    found = {one.name: one for one in learned_arrays(run)}
    assert list(found) == list(run.system.parameters)
    units = {name: one.unit for name, one in found.items()}
    assert (units["heads-hidden"], units["hidden.bias"], units["readout.bias"]) == ("S", "A", "1")
    coupling = found["heads-hidden"]
    assert (coupling.rows[0], coupling.columns[5]) == ("heads[0]", "hidden[5]")
    with open_traces(finished_run, si=True) as traces:
        factor = traces.synapses["heads-hidden"].weight.attributes["si_factor"]
    expected = factor * run.system.parameters["heads-hidden"].astype(float)
    np.testing.assert_allclose(coupling.values, expected)
    words = found["words.patterns"]
    assert list(words.rows) == list(run.encoder.vocabulary.words)  # type: ignore[attr-defined]
    assert found["readout.weight"].columns == list(run.labels)
    assert found["heads.queries"].rows == ["heads[0]", "heads[1]"]
    assert found["hidden.bias"].columns == ()


def test_some_arrays_can_be_chosen(finished_run: Path) -> None:
    run = load_run(str(finished_run))
    assert [one.name for one in learned_arrays(run, ["*.bias"])] == ["hidden.bias", "readout.bias"]
    with pytest.raises(InputError, match=r"--array nothing: there are words\.patterns"):
        learned_arrays(run, ["nothing"])


def test_devices_say_what_a_unit_is(tmp_path: Path) -> None:
    design = tiny(tmp_path, ON_DEVICES)
    out = tmp_path / "run"
    assert neuroep("train", design, "--limit", 40, *QUICK, "--out", out) == 0
    run = load_run(str(out))
    trained = run.system.parameters.copy()
    with open_traces(out, si=True) as traces:
        factors = {k: one.weight.attributes["si_factor"] for k, one in traces.synapses.items()}
    for one in learned_arrays(run, list(factors)):
        assert one.unit == "S"
        np.testing.assert_allclose(one.values, factors[one.name] * trained[one.name], rtol=1e-6)


def test_conductances_are_in_siemens_as_they_are(digits_run: Path) -> None:
    run = load_run(str(digits_run))
    one = learned_arrays(run)[0]
    assert one.unit == "S"
    assert one.rows[3] == f"{one.name.partition('-')[0]}[3]"
    np.testing.assert_array_equal(one.values, run.system.parameters[one.name])
