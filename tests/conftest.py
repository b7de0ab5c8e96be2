"""What all tests share: fixed seeds, and the folder of real data where there is one."""

import os
import random
import signal
from pathlib import Path

import numpy as np
import pytest
from hypothesis import settings

from neuroep.hardware.pdk import sky130
from neuroep.hardware.programs.ngspice import available
from neuroep.hardware.programs.vacask import Vacask

REPO = Path(__file__).resolve().parent.parent
SEED = 20240229

SLOW = (
    "sims", "studies", "digests", "extending", "hardware", "runs", "endurance", "test_packaging.py",
    "test_setup_commands.py", "cli/test_new.py", "cli/test_questions.py", "cli/test_commands.py",
    "cli/test_reading.py", "docs/test_pages.py", "core/test_cache.py", "cli/test_export.py",
    "text/pairs/test_baselines.py", "text/reviews/test_generator.py",
)  # fmt: skip
"""Folders and files whose tests train networks or run other programs for seconds."""

# The same examples on every machine, and no failure merely because a kernel was still compiling.
settings.register_profile("neuroep", derandomize=True, deadline=None)
settings.load_profile("neuroep")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what ``make quick`` leaves out beside the tests of real data."""
    here = Path(__file__).parent
    for item in items:
        if "ngspice" in getattr(item, "fixturenames", ()):
            item.add_marker("ngspice")
        if any(item.path.is_relative_to(here / path) for path in SLOW):
            item.add_marker("slow")


@pytest.fixture(autouse=True, scope="session")
def ctrl_c_is_heard() -> None:
    """Undo what a shell does to its background jobs: there Ctrl-C is ignored, and inherited so."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(autouse=True)
def fixed_seeds() -> None:
    """Seed the global generators before every test, for libraries that read them."""
    random.seed(SEED)
    np.random.seed(SEED)  # noqa: NPY002 - brian2 and scikit-learn draw from the global state


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a fresh generator, the same in every run."""
    return np.random.default_rng(SEED)


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """Return the folder of real data; skip the test where it is absent."""
    folder = Path(os.environ.get("NEUROEP_DATA") or REPO.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data at {folder}; set NEUROEP_DATA to their folder")
    return folder


@pytest.fixture(scope="session")
def ngspice() -> str:
    """Return the name of the SPICE program; skip the test where it is not installed."""
    if not available():
        pytest.skip("ngspice is not installed (apt-get install ngspice)")
    return "ngspice"


@pytest.fixture(scope="session")
def vacask() -> str:
    """Return the name of the simulator of Verilog-A; skip the test where it is not installed."""
    if reason := Vacask().available():
        pytest.skip(f"VACASK: {reason}")
    return "vacask"


@pytest.fixture(scope="session")
def process(ngspice: str) -> str:
    """Return the name of the transistors' process; skip the test where its models are missing."""
    if reason := sky130.available():
        pytest.skip(reason)
    return "sky130"


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of one tiny main job, trained to the end; tests only read it."""
    from experiment_support import train

    folder = tmp_path_factory.mktemp("finished")
    assert train(folder) == 0
    return folder / "run"


@pytest.fixture(scope="session")
def pairs_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a tiny run on pairs, with ``results.json`` beside it."""
    from experiment_support import train_pairs

    folder = tmp_path_factory.mktemp("pairs")
    assert train_pairs(folder, "--results", folder / "results.json") == 0
    return folder / "run"


@pytest.fixture(scope="session")
def questions_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a run that tells six kinds of questions apart."""
    import question_set
    from experiment_support import train_new

    folder = tmp_path_factory.mktemp("questions")
    question_set.write_questions(folder / "train.csv", 60)
    question_set.write_questions(folder / "test.csv", 90, seed=1)
    return train_new(folder, "texts", folder / "train.csv", "--test", folder / "test.csv")


@pytest.fixture(scope="session")
def digits_run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of a resistive chip that has learned 8 x 8 images of a .npz file."""
    from experiment_support import train_new
    from own_data import digit_images

    folder = tmp_path_factory.mktemp("digits")
    np.savez(folder / "digits.npz", **digit_images())
    return train_new(folder, "images", folder / "digits.npz", resistive=True)
