"""Traces of devices against the devices' own states, before and after every update."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import ON_DEVICES, tiny

from neuroep.design.load import load_design
from neuroep.devices.schemes.accumulate import Accumulator
from neuroep.devices.update import PulseUpdater
from neuroep.learning.updates import Updater
from neuroep.runs.folder import RunFolder
from neuroep.runs.options import TrainOptions
from neuroep.runs.run import Job, prepare
from neuroep.runs.tracing import open_traces
from neuroep.traces import open_traces as look
from neuroep.traces.observer import TrainingObserver

LIMIT = 50
NAME, BLOCK = "hidden-out", (slice(1, 5), slice(2, 9))


CONDUCTANCES = """
title = "digits"
[images]
[resistive]
inputs = 784
hidden = [8]
outputs = 10
input_gain = "1 V"
conductance_max = "100 uS"
nudge_conductance = "1 uS"
spread = ["20 uS", "20 uS"]
[learning]
epochs = 1
beta = 0.1
[traces]
interval = 1
[traces.synapses]
"1-2" = [[0, 8], [0, 20]]
"""


class Diary:
    """An observer that keeps what the devices were, step by step, beside the one that records."""

    def __init__(self, updater: PulseUpdater, observer: TrainingObserver) -> None:
        self.updater, self.observer = updater, observer
        self.before: list[dict[str, np.ndarray]] = []
        self.after: list[dict[str, np.ndarray]] = []

    def _now(self) -> dict[str, np.ndarray]:
        state = {key: value.copy() for key, value in self.updater.to_arrays().items()}
        array = self.updater.arrays[NAME]
        return state | {
            "values": array.values.copy(),
            "joules": np.array(array.joules(self.updater.books[NAME])),
        }

    def record(self, *given: Any) -> Any:
        return self.observer.record(*given)

    def before_update(self, *given: Any) -> None:
        self.before.append(self._now())
        self.observer.before_update(*given)

    def after_update(self, step: int) -> None:
        self.after.append(self._now())
        self.observer.after_update(step)


def job_of(folder: Path, *overrides: str) -> Job:
    path = str(tiny(folder, ON_DEVICES))
    return prepare(load_design(path, overrides), TrainOptions(design=path, limit=LIMIT), path)


def pulses_of(updater: Updater) -> PulseUpdater:
    assert isinstance(updater, PulseUpdater)
    return updater


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Diary]:
    folder = tmp_path_factory.mktemp("devices")
    job = job_of(folder)
    with open_traces(RunFolder(folder), job.design, job.trainer) as observer:
        job.trainer.observer = diary = Diary(pulses_of(job.trainer.updater), observer)
        while not job.trainer.finished:
            job.trainer.run_epoch()
    return folder, diary


def block_of(flat: np.ndarray) -> np.ndarray:
    return np.asarray(flat.reshape(6, 10)[BLOCK])


def test_conductances_pulses_and_charges_are_those_of_the_devices(
    course: tuple[Path, Diary],
) -> None:
    folder, diary = course
    device = diary.updater.arrays[NAME].device
    key = f"devices/{NAME}"
    with look(folder) as traces:
        synapses = traces.synapses[NAME]
        steps = list(synapses.step)
        assert steps == list(range(0, len(diary.before), 3))
        last = np.zeros((4, 7, 2), np.int64)
        for row, step in enumerate(steps):
            before, after = diary.before[step], diary.after[step]
            for side in ("plus", "minus"):
                siemens = device.conductance(block_of(before[f"{key}/{side}"]).astype(float))
                traced = synapses[f"conductance_{side}"][row]
                np.testing.assert_allclose(traced, siemens, rtol=1e-6)
            given = after[f"{key}/given"].astype(np.int64).reshape(6, 10, 2)[BLOCK]
            assert np.array_equal(synapses.pulses_up[row], given[..., 0] - last[..., 0])
            assert np.array_equal(synapses.pulses_down[row], given[..., 1] - last[..., 1])
            assert np.array_equal(synapses.pulses_total[row], given.sum(axis=-1))
            charge = block_of(after[f"scheme/charge/{NAME}"])
            assert np.array_equal(synapses.charge[row], charge)
            assert np.abs(charge).max() < 1.0
            last = given
        assert last.sum() > 20
        # A weight is the difference of both conductances, in the units that the traces tell.
        difference = np.asarray(synapses.conductance_plus) - np.asarray(synapses.conductance_minus)
        np.testing.assert_allclose(synapses.weight.in_si(), difference, atol=1e-11)


def test_what_was_asked_is_granted_or_on_the_capacitor(course: tuple[Path, Diary]) -> None:
    folder, diary = course
    pulse = diary.updater.arrays[NAME].pulse
    with look(folder) as traces:
        synapses = traces.synapses[NAME]
        for row, step in enumerate(synapses.step):
            before, after = diary.before[step], diary.after[step]
            charges = [block_of(state[f"scheme/charge/{NAME}"]) for state in (before, after)]
            given = [
                state[f"devices/{NAME}/given"].astype(np.int64).reshape(6, 10, 2)[BLOCK]
                for state in (before, after)
            ]
            fresh = given[1] - given[0]
            granted = fresh[..., 0] - fresh[..., 1] + charges[1] - charges[0]
            np.testing.assert_allclose(synapses.request_pulses[row], granted, atol=2e-6)
            np.testing.assert_allclose(
                synapses.request[row], pulse * synapses.request_pulses[row], rtol=1e-6
            )
            values = [block_of(state["values"]) for state in (before, after)]
            np.testing.assert_allclose(
                synapses.change_applied[row], values[1] - values[0], atol=1e-7
            )
        # The gain makes of what the rule asks for what the devices are asked for.
        asked, request = np.asarray(synapses.change_asked), np.asarray(synapses.request)
        assert not np.allclose(request, asked, rtol=0.1)


@pytest.mark.parametrize(
    ("overrides", "granted"),
    [
        (["learning.rates={'*'=3e-3}"], "change_applied"),
        (["learning.update=sgd", "learning.rates={'*'=1e-11}"], "change_applied"),
        (
            [
                "devices.card=soft_64", "devices.arrangement=single", "learning.update=pulses",
                "devices.full_scale={'*'=5e-5}",
            ],
            "request",
        ),
    ],
    ids=["projected", "sgd", "pulses"],
)  # fmt: skip
def test_what_a_rule_asks_of_conductances_is_what_a_plain_update_is_asked_for(
    tmp_path: Path, overrides: list[str], granted: str
) -> None:
    path = str(tiny(tmp_path, CONDUCTANCES))
    job = prepare(load_design(path, overrides), TrainOptions(design=path, limit=LIMIT), path)
    with open_traces(RunFolder(tmp_path), job.design, job.trainer) as observer:
        job.trainer.observer = observer
        job.trainer.run_epoch()
    with look(tmp_path) as traces:
        synapses = traces.synapses["1-2"]
        asked, found = np.asarray(synapses.change_asked), np.asarray(getattr(synapses, granted))
    shares = found[found != 0] / asked[found != 0]
    assert np.median(shares) == pytest.approx(1.0, abs=1e-3)  # some stop at a limit


def test_totals_of_an_array(course: tuple[Path, Diary]) -> None:
    folder, diary = course
    pages = [state[f"books/{NAME}"] for state in diary.after]
    joules = [float(state["joules"]) for state in diary.after]
    with look(folder) as traces:
        written = traces.writing[NAME]
        steps = list(written.step)
        total = np.array([pages[step][:2].sum() for step in steps])
        assert np.array_equal(written.pulses_total, total)
        assert np.array_equal(np.cumsum(written.pulses), total)
        np.testing.assert_allclose(np.cumsum(written.energy), [joules[s] for s in steps])
        assert written.energy.unit == "J"
        np.testing.assert_allclose(np.cumsum(written.duration), 50e-9 * total)
        most = [diary.after[s][f"devices/{NAME}/given"].sum(axis=1).max() for s in steps]
        assert np.array_equal(written.most_pulses, most)
        assert written.most_pulses.attributes["endurance"] == np.inf
        assert set(traces.writing) == set(diary.updater.arrays)
        bias = traces.synapses["hidden.bias"]
        assert bias.conductance_plus.axes == ("step", "neuron")
        assert np.asarray(bias.request_pulses).any()


def test_every_program_reads_them(course: tuple[Path, Diary]) -> None:
    xarray = pytest.importorskip("xarray")
    folder, _ = course
    with xarray.open_datatree(folder / "traces.h5", engine="h5netcdf") as tree:
        for name in ("conductance_plus", "charge", "pulses_up", "request_pulses"):
            variable = tree[f"synapses/{NAME}"][name].sel(pre=3, post=4)
            assert variable.attrs["long_name"]
            assert variable.attrs["units"] == ("S" if name.startswith("cond") else "1")
        assert list(tree[f"writing/{NAME}"]["energy"].dims) == ["step"]


def test_nothing_is_noted_beside_the_records(tmp_path: Path) -> None:
    job = job_of(tmp_path)
    updater = pulses_of(job.trainer.updater)
    with open_traces(RunFolder(tmp_path), job.design, job.trainer) as observer:
        job.trainer.observer = observer
        job.trainer.run_epoch()
        assert updater.noted == {}


def test_a_run_goes_on_counting_where_it_left(tmp_path: Path, course: tuple[Path, Diary]) -> None:
    """The first record of a resumed file counts from where the file begins."""
    whole, _ = course
    job = job_of(tmp_path)
    job.trainer.run_epoch()
    kept = {key: value.copy() for key, value in job.trainer.to_arrays().items()}
    again = job_of(tmp_path)
    again.trainer.from_arrays(kept)
    with open_traces(RunFolder(tmp_path), again.design, again.trainer) as observer:
        again.trainer.observer = observer
        again.trainer.run_epoch()
    with look(tmp_path) as traces, look(whole) as wanted:
        rest, all_of_it = traces.writing[NAME], wanted.writing[NAME]
        common = np.isin(all_of_it.step, rest.step)
        assert common.any()
        for name in ("pulses_total", "most_pulses", "at_bounds"):
            assert np.array_equal(rest[name], np.asarray(all_of_it[name])[common])
        start = job.trainer.updater.budget[NAME].pulses
        assert start > 0
        assert rest.pulses[0] == rest.pulses_total[0] - start


@pytest.mark.parametrize("kept", ["traces.h5.part", ""])
def test_a_resumed_run_counts_every_pulse_once(
    tmp_path: Path, course: tuple[Path, Diary], kept: str
) -> None:
    """Pulses between the last record and the checkpoint are told by the record after them."""
    whole, _ = course
    job = job_of(tmp_path)
    with (
        suppress(KeyboardInterrupt),
        open_traces(RunFolder(tmp_path), job.design, job.trainer) as observer,
    ):
        job.trainer.observer = observer
        job.trainer.run_epoch()
        saved = {key: value.copy() for key, value in job.trainer.to_arrays().items()}
        for step, chosen, rng in job.trainer.batches(job.trainer.epoch):  # it will do them again
            job.trainer.learn(step, chosen, rng)
        raise KeyboardInterrupt
    if not kept:
        (tmp_path / "traces.h5.part").write_bytes(b"damaged")
    again = job_of(tmp_path)
    again.trainer.from_arrays(saved)
    with open_traces(RunFolder(tmp_path), again.design, again.trainer) as observer:
        again.trainer.observer = observer
        while not again.trainer.finished:
            again.trainer.run_epoch()
    if not kept:
        (tmp_path / "traces.h5.part").unlink()
    with look(tmp_path) as traces, look(whole) as wanted:
        for of, name in (("writing", "pulses"), ("writing", "energy"), ("synapses", "pulses_up")):
            found, expected = (getattr(one, of)[NAME][name][:] for one in (traces, wanted))
            if kept:
                np.testing.assert_allclose(found, expected, rtol=1e-12, err_msg=name)
            else:
                assert (found[1:] == expected[-len(found) + 1 :]).all()


def test_floats_have_no_devices(tmp_path: Path) -> None:
    text = ON_DEVICES.replace('update = "pulses"\ngain = "line"\nmomentum = 0.5', 'update = "adam"')
    path = str(tiny(tmp_path, text))
    job = prepare(load_design(path), TrainOptions(design=path, limit=LIMIT), path)
    assert job.trainer.updater.devices == {}
    assert job.trainer.updater.budget == {}


def test_schemes_without_a_capacitor_trace_no_charge(tmp_path: Path) -> None:
    job = job_of(tmp_path, "learning.scheme=stochastic")
    devices = job.trainer.updater.devices[NAME]
    assert "charge" not in devices.after
    assert isinstance(pulses_of(job_of(tmp_path).trainer.updater).scheme, Accumulator)
    single = job_of(tmp_path, "devices.arrangement=reference").trainer.updater.devices[NAME]
    assert list(single.before) == ["conductance_plus"]
