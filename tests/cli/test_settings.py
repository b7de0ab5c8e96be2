"""What users have set for programs of their own changes nothing here, and runs no code."""

import hashlib
import os
import pty
import stat
import subprocess
import sys
import termios
from pathlib import Path

import pytest
from experiment_support import more

from neuroep.hardware.programs.ngspice import run_deck
from neuroep.hardware.programs.session import Session

REPO = Path(__file__).resolve().parents[2]

DRAW = """
import sys
import numpy as np
from neuroep.report import confusion, save
save(confusion({"a": np.eye(2)}, ["x", "y"]), sys.argv[1])
"""
BRIAN = """
from neuroep.hardware.cells.brian import code_target
with code_target() as brian2:
    assert brian2.prefs.codegen.target == "numpy"
    group = brian2.NeuronGroup(1, "x : 1", dt=1 * brian2.second)
    print(group.x[:].dtype, brian2.__file__)
"""


def python(
    code: str, *arguments: object, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *map(str, arguments)],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(REPO), **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def digest(folder: Path, **environment: str) -> str:
    done = python(DRAW, "a.png", cwd=folder, **environment)
    assert (done.returncode, done.stderr) == (0, "")
    return hashlib.sha256((folder / "a.png").read_bytes()).hexdigest()


@pytest.fixture(scope="module")
def usual(tmp_path_factory: pytest.TempPathFactory) -> str:
    return digest(tmp_path_factory.mktemp("usual"))


RC = b"font.size: 30\nimage.cmap: hot\nsavefig.bbox: tight\nnonsense here\nlines.linewidth: many\n"


@pytest.mark.parametrize("content", [RC, b"\xff\xfe\x00", None])
@pytest.mark.parametrize("place", ["here", "variable", "home"])
def test_a_matplotlibrc_changes_no_figure(
    place: str, content: bytes | None, usual: str, tmp_path: Path
) -> None:
    folders = {"here": tmp_path, "variable": tmp_path / "set", "home": tmp_path / "home/matplotlib"}
    file = folders[place] / "matplotlibrc"
    file.parent.mkdir(parents=True, exist_ok=True)
    if content is None and place == "home":
        pytest.skip("matplotlib reads it by itself")
    file.write_bytes(content) if content is not None else os.mkfifo(file)
    more = {
        "variable": {"MATPLOTLIBRC": str(file)},
        "home": {"XDG_CONFIG_HOME": f"{tmp_path}/home"},
    }
    assert digest(tmp_path, **more.get(place, {})) == usual


@pytest.mark.parametrize(
    "environment",
    [
        {"HOME": "/proc/none", "XDG_CACHE_HOME": "", "XDG_CONFIG_HOME": ""},
        {"MPLCONFIGDIR": "/proc/none"},
    ],
)
def test_figures_need_no_home(environment: dict[str, str], usual: str, tmp_path: Path) -> None:
    assert digest(tmp_path, **environment) == usual


@pytest.mark.parametrize("place", ["brian_preferences", ".brian/user_preferences"])
@pytest.mark.parametrize("value", ["open('found', 'w')", *more("float32", "1 / 0", "(")])
def test_preferences_of_brian2_are_not_read(place: str, value: str, tmp_path: Path) -> None:
    file = tmp_path / place
    file.parent.mkdir(exist_ok=True)
    file.write_text(f"[core]\ndefault_float_dtype = {value}\n")
    done = python(BRIAN, cwd=tmp_path, HOME=str(tmp_path), NUMBA_CACHE_DIR=cache())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("float64")
    assert not (tmp_path / "found").exists()


def cache() -> str:
    return os.environ.get("NUMBA_CACHE_DIR") or str(Path.home() / ".cache" / "neuroep")


def test_preferences_that_a_user_has_set_are_put_back() -> None:
    import brian2
    import numpy as np

    from neuroep.hardware.cells.brian import code_target

    before = brian2.prefs.core.default_float_dtype
    brian2.prefs.core.default_float_dtype = np.float32
    try:
        with code_target():
            assert brian2.prefs.core.default_float_dtype is np.float64
        assert brian2.prefs.core.default_float_dtype is np.float32
    finally:
        brian2.prefs.core.default_float_dtype = before


DECK = "divider\nv1 in 0 1\nr1 in out 1k\nr2 out 0 3k\n.save v(out)\n"


@pytest.fixture
def spice_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ngspice: str) -> None:
    for name in ("SPICE_ASCIIRAWFILE", "NGSPICE_MEAS_PRECISION"):
        monkeypatch.setenv(name, "1")
    for name in ("SPICE_SCRIPTS", "SPICE_LIB_DIR", "SPICE_PATH", "SPICE_USERINIT_DIR", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.chdir(tmp_path)
    for name in (".spiceinit", "spinit", "spice.rc"):
        (tmp_path / name).write_text("* mine\nset filetype=ascii\nset temp=400\nquit\n")


@pytest.mark.usefixtures("spice_settings")
def test_settings_of_ngspice_change_no_batch_job() -> None:
    (plot,) = run_deck(DECK + ".op\n.end\n")
    assert plot.values["out"] == pytest.approx([0.75])


@pytest.mark.usefixtures("spice_settings")
def test_settings_of_ngspice_change_no_session() -> None:
    rails = "vdd vdd 0 1\nvss vss 0 -1\nc1 out 0 1p\n"
    deck = DECK + rails + ".save v(vdd) i(vdd) v(vss) i(vss)\n.end\n"
    with Session(deck, ["out"]) as session:
        volts, _, _ = session.settle(1e-9, 1e-4)
    assert volts == pytest.approx([0.75])


@pytest.mark.parametrize(
    ("kind", "columns", "moves"),
    [("xterm", 80, True), ("dumb", 80, False), ("xterm", 10, False), ("xterm", 0, False)],
)
def test_bars_move_only_where_they_can(kind: str, columns: int, moves: bool) -> None:
    code = (
        "from neuroep.cli.progress import Terminal\n"
        "with Terminal().stage('reading'): pass\n"
        "with Terminal().bar('training', 10, 'text') as bar: bar.update(10)\n"
    )
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    environment = {**os.environ, "PYTHONPATH": str(REPO), "TERM": kind}
    subprocess.run([sys.executable, "-c", code], env=environment, stdout=theirs, check=True)
    os.close(theirs)
    shown = os.read(ours, 100_000).decode()
    os.close(ours)
    assert ("training" in shown) == moves
    assert ("\rreading: " in shown) == moves


NO_HOME = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONPATH": str(REPO)}


@pytest.mark.parametrize("closed", [(0, 1, 2), (1,), (2,)])
def test_closed_streams(closed: tuple[int, ...]) -> None:
    shut = " ".join(f"{number}>&-" for number in closed)
    command = f'exec "{sys.executable}" -m neuroep list {shut}'
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert done.returncode == 0
    assert done.stderr == b""


@pytest.mark.parametrize("stream", ["1", "2"])
def test_full_streams(stream: str) -> None:
    full = 2 if stream == "1" else 0
    for what, code in (("list", full), ("--help", full), ("info /nonexistent", 2)):
        command = f'exec "{sys.executable}" -m neuroep {what} {stream}>/dev/full'
        # Unbuffered, argparse would meet the full stream itself and say nothing of it.
        buffered = {k: v for k, v in os.environ.items() if k != "PYTHONUNBUFFERED"}
        done = subprocess.run(
            ["/bin/sh", "-c", command], capture_output=True, check=False, env=buffered
        )
        assert done.returncode == code
        assert done.stderr.count(b"\n") == (stream == "1")


def test_another_user_without_a_home(tmp_path: Path) -> None:
    """Nothing but the temporary folder can be written by them."""
    if os.getuid() != 0:
        pytest.skip("only root can be another user")
    tmp_path.chmod(0o777)
    for parent in tmp_path.parents:
        if parent.stat().st_mode & 0o011 != 0o011 and parent.owner() == "root":
            parent.chmod(parent.stat().st_mode | 0o011)
    user = ["--reuid=12345", "--regid=12345", "--clear-groups"]
    reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    command = ["setpriv", *user, *reading, sys.executable, "-m", "neuroep", "list"]
    done = subprocess.run(
        command, cwd="/", env=NO_HOME | {"TMPDIR": str(tmp_path)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "imdb_pooled" in done.stdout
    private = tmp_path / "neuroep-12345"
    assert stat.S_IMODE(private.stat().st_mode) == 0o700
    said = "/nonexistent/.cache/neuroep: cannot be written; compiled kernels are kept in"
    assert done.stderr == f"neuroep: warning: {said} {private}\n"
