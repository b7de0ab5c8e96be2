"""Whatever goes wrong ends in one line, and nothing of data reaches the terminal as it is."""

import os
import re
import signal
import stat
from collections.abc import Callable
from pathlib import Path

import pytest
from experiment_support import SIMS, neuroep, one_line, sim

from neuroep.cli.errors import DEBUG, guarded
from neuroep.cli.terminal import LONGEST, message
from neuroep.errors import InputError, Stopped


def raising(error: BaseException) -> Callable[[], None]:
    def command() -> None:
        raise error

    return command


@pytest.fixture(autouse=True)
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.delenv(DEBUG, raising=False)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (InputError("a.csv: row 3: empty"), "a.csv: row 3: empty"),
        (OSError(28, "No space left on device", "run/x"), "run/x: no space left on device"),
        (MemoryError(), "not enough memory"),
        (MemoryError("Unable to allocate 9 TiB"), "not enough memory: Unable to allocate 9 TiB"),
        (
            RuntimeError("can't start new thread"),
            "can't start new thread: too little memory, or too many processes; NEUROEP_THREADS=1 "
            "takes one",
        ),
        (RecursionError("maximum"), "something that was given is nested too deeply"),
    ],
)
def test_what_a_user_can_mend(
    error: Exception, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == 2
    assert capsys.readouterr().err == f"neuroep: {said}\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("NUMBA_DISABLE_JIT", "1"),
        ("NUMBA_NUM_THREADS", "0"),
        ("NUMBA_NUM_THREADS", "junk"),
        ("NEUROEP_THREADS", "0"),
    ],
)
def test_an_environment_that_cannot_be_used(
    variable: str,
    value: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv(variable, value)
    assert neuroep("list") == 2
    one_line(capsys.readouterr().err, f"neuroep: {variable}: ")


def test_a_present_folder_that_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    assert neuroep("list") == 2
    one_line(capsys.readouterr().err, "neuroep: the present folder: no such file or directory")


@pytest.mark.parametrize("error", [TypeError("a\nb"), KeyError("x"), ZeroDivisionError()])
def test_an_error_of_our_own_leaves_a_report(
    error: Exception, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(error)) == 70
    said = one_line(capsys.readouterr().err, f"neuroep: internal error: {type(error).__name__}")
    (report,) = tmp_path.iterdir()
    assert said.endswith(f"; please report it, with {report}\n")
    assert stat.S_IMODE(report.stat().st_mode) == 0o600
    text = report.read_text()
    for word in ("command: ", "python 3.", "neuroep 0.", "numpy ", "Traceback", "raise error"):
        assert word in text


def test_a_report_that_cannot_be_written(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "missing"))
    assert guarded(raising(TypeError("x"))) == 70
    one_line(capsys.readouterr().err, "TypeError: x", f"with what {DEBUG}=1 shows")


def test_debugging_shows_the_traceback(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DEBUG, "1")
    assert guarded(raising(InputError("bad"))) == 2
    said = capsys.readouterr().err
    assert said.startswith("Traceback")
    assert said.endswith("\nneuroep: bad\n")


def test_debug_is_an_option_of_every_command(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(DEBUG, "0")  # put back by the end of the test
    assert neuroep("info", "/nonexistent/run", "--debug") == 2
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("number", "code", "word"),
    [
        (signal.SIGINT, 130, "interrupted"),
        (signal.SIGTERM, 143, "terminated"),
        (signal.SIGHUP, 129, "terminated"),
    ],
)
def test_signals_end_in_one_line(
    number: signal.Signals, code: int, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    # Whoever runs the tests may ignore hang-ups, as nohup does.
    before = signal.signal(number, signal.default_int_handler if code == 130 else signal.SIG_DFL)
    try:
        kept = signal.getsignal(number)
        assert guarded(lambda: signal.raise_signal(number)) == code
        assert capsys.readouterr().err == f"neuroep: {word}\n"
        assert signal.getsignal(number) == kept
    finally:
        signal.signal(number, before)


def test_an_interrupt_that_a_library_wraps_is_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def serialized() -> None:  # what pydantic makes of Ctrl-C in a serializer
        try:
            try:
                raise Stopped(signal.SIGTERM)
            except KeyboardInterrupt as interrupt:
                raise TypeError("Error calling function: Stopped") from interrupt
        except TypeError as error:
            raise LookupError from error

    assert guarded(serialized) == 143
    assert capsys.readouterr().err == "neuroep: terminated\n"
    assert not list(tmp_path.iterdir())


def test_a_hang_up_that_is_ignored_stays_so() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert guarded(lambda: signal.raise_signal(signal.SIGHUP)) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


HOSTILE = "a\x1b[2J\x07b\x9b31m\u202ec\u2066d\x00e\x7f\u2028f"


def test_no_control_character_reaches_a_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert guarded(raising(InputError(f"{HOSTILE}\r\ng"))) == 2
    said = capsys.readouterr().err
    assert said == ("neuroep: a\\u001b[2J\\u0007b\\u009b31m\\u202ec\\u2066d\\u0000e\\u007f f g\n")
    guarded(lambda: print(f"{HOSTILE}\tg"))
    assert capsys.readouterr().out.startswith("a\\u001b[2J\\u0007b\\u009b31m\\u202ec")
    hostile = tmp_path / HOSTILE.replace("\x00", "")
    assert neuroep("info", hostile) == 2
    one_line(capsys.readouterr().err, "\\u001b[2J")


def test_no_message_is_longer_than_a_screenful() -> None:
    assert message("x" * LONGEST) == "x" * LONGEST
    cut = message("begin " + "x" * 100_000 + " end")
    assert len(cut) == LONGEST
    assert re.fullmatch(r"begin x+ \.\.\. x+ end", cut)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["train", "--x"], "neuroep train: unrecognized arguments: --x; see neuroep train --help"),
        ([], "neuroep: the following arguments are required: COMMAND; see neuroep --help"),
        (["info"], "neuroep info: the following arguments are required: FILE; see neuroep info"),
        (["train", "x", "--epochs", "9" * 5000], "neuroep train: argument --epochs: must be a"),
        (["info", "\x1b[2J", "\x1b[2J"], "neuroep info: unrecognized arguments: \\u001b[2J"),
    ],
)
def test_a_wrong_option_is_one_line(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert neuroep(*arguments) == 2
    line = one_line(capsys.readouterr().err)
    assert line.startswith(said)
    assert len(line) <= LONGEST + 100


@pytest.mark.parametrize("script", sorted(path.stem for path in SIMS.glob("*.py")))
def test_a_wrong_option_of_a_sim_is_one_line(
    script: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sim("--no-such-option", script=script) == 2
    one_line(capsys.readouterr().err, f"{script}.py: unrecognized arguments: --no-such-option")


def test_a_warning_is_one_line(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code = (
        "import sys, warnings; from neuroep.cli.errors import guarded; "
        "sys.exit(guarded(lambda: warnings.warn('first\\nsecond')))"
    )
    assert (
        os.spawnve(
            os.P_WAIT,
            "/bin/sh",
            ["sh", "-c", 'exec "$PY" -W error -c "$CODE"'],
            {
                **os.environ,
                "PY": os.sys.executable,
                "CODE": code,
            },
        )
        == 0
    )
    assert capfd.readouterr().err == "neuroep: warning: first second\n"
