"""Checkpoints and resuming take no second copy of what a network has learned."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from experiment_support import TINY, skip_reports, train_text

from neuroep.errors import InputError
from neuroep.runs.folder import CHECKPOINT, START, RunFolder
from neuroep.runs.progress import Progress
from neuroep.runs.run import Job, reopened
from neuroep.runs.trained import Saved, load_run
from neuroep.traces import checkpoint

WIDE = TINY.replace(
    'type = "hard_sigmoid"\nsize = 6\nbias = 0.5\n',
    'type = "hard_sigmoid"\nsize = 1024\nbias = 0.5\n'
    '[layers.second]\ntype = "hard_sigmoid"\nsize = 1024\n',
).replace(
    '[cost]\ntype = "cross_entropy"\nlayer = "hidden"',
    '[[couplings]]\nbetween = ["hidden", "second"]\n'
    '[cost]\ntype = "cross_entropy"\nlayer = "second"',
)
"""The tiny design with a coupling of 4 MB."""

SHARE = 0.2
"""Of the parameters' bytes: the most that may be held beside them for a moment."""


def allocated(work: Callable[[], Any]) -> tuple[int, Any]:
    """Return the most bytes that work holds for a moment beyond what it leaves, and its result."""
    tracemalloc.start()
    try:
        result = work()
        left, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return most - left, result


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a run of the wide design; tests only read it."""
    folder = tmp_path_factory.mktemp("wide")
    with pytest.MonkeyPatch.context() as patch:
        skip_reports(patch)
        assert train_text(folder, WIDE, "--set", "solver=sweep", "--set", "learning.epochs=1") == 0
    return folder / "run"


@pytest.fixture(scope="module")
def job(run: Path) -> Job:
    """Return its training, taken up; whatever is compiled is by now."""
    return reopened(RunFolder.open(str(run)), Progress(), {})


def test_a_checkpoint_is_written_from_where_the_arrays_stand(tmp_path: Path, job: Job) -> None:
    size = job.system.parameters.flat.nbytes
    assert size > 4 << 20
    path = tmp_path / "c.h5"
    most, _ = allocated(lambda: checkpoint.save(path, job.trainer.to_arrays(), {}))
    assert most < SHARE * size
    assert path.stat().st_size > 4 * size, "parameters, the best ones, both moments of Adam"


def test_resuming_reads_a_checkpoint_to_where_it_belongs(run: Path, job: Job) -> None:
    size = job.system.parameters.flat.nbytes
    most, again = allocated(lambda: reopened(RunFolder.open(str(run)), Progress(), {}))
    assert most < SHARE * size
    np.testing.assert_array_equal(again.system.parameters.flat, job.system.parameters.flat)
    careless, _ = allocated(lambda: checkpoint.load(run / CHECKPOINT) and None)
    assert careless > 4 * size, "what is measured is what is there"


def test_a_trained_network_is_read_to_where_it_belongs(run: Path) -> None:
    load_run(str(run))
    most, found = allocated(lambda: load_run(str(run)))
    assert most < SHARE * found.system.parameters.flat.nbytes


def test_parameters_of_a_file_are_read_one_by_one(run: Path, job: Job) -> None:
    stored = Saved.read(run / START).parameters
    assert sorted(stored) == sorted(job.system.parameters)
    assert len(stored) == len(job.system.parameters)
    for name, array in job.system.parameters.items():
        assert stored[name].shape == array.shape
    assert stored.get("nothing") is None
    most, _ = allocated(lambda: stored["heads-hidden"])
    assert most < SHARE * job.system.parameters.flat.nbytes


def test_damage_of_what_is_read_in_place_is_named(tmp_path: Path, run: Path, job: Job) -> None:
    name = "parameters/hidden-second"
    image = bytearray((run / START).read_bytes())
    start, _ = checkpoint.load(run / START)
    image[image.index(start[name].tobytes()[:4096]) + 100] ^= 1
    (tmp_path / "start.h5").write_bytes(image)
    with pytest.raises(InputError, match=rf"start\.h5: {name}: damaged$"):
        Saved.read(tmp_path / "start.h5").load_into(job.system.parameters.copy())
