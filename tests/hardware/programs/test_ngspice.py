"""The bridge to ngspice: right where ngspice is right, one line where anything is wrong."""

import struct
import time
from pathlib import Path

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.hardware.programs.ngspice import available, run_deck
from neuroep.hardware.programs.rawfile import read_raw

RC = """an RC circuit, charged by 1 V
.options reltol=1e-6 vntol=1e-12 abstol=1e-18
v1 in 0 dc 1
r1 in out 1k
c1 out 0 1n ic=0
.op
.tran 5n 5u 0 5n uic
.save v(out) i(v1)
.end
"""


def raw_plot(
    values: np.ndarray, names: list[str], *, name: str = "Operating Point", **changed: str
) -> bytes:
    header = {
        "Title": "a",
        "Plotname": name,
        "Flags": "real",
        "No. Variables": str(len(names)),
        "No. Points": str(len(values)),
    } | changed
    lines = [f"{key}: {value}" for key, value in header.items()]
    lines += ["Variables:", *(f"\t{k}\t{name}\tvoltage" for k, name in enumerate(names))]
    return "\n".join([*lines, "Binary:\n"]).encode() + values.astype("<f8").tobytes()


def program(folder: Path, body: str) -> str:
    path = folder / "fakespice"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


def answering(folder: Path, content: bytes) -> str:
    (folder / "answer").write_bytes(content)
    return program(folder, f"cp {folder / 'answer'} out.raw")


def test_an_rc_circuit_charges_as_it_must(ngspice: str) -> None:
    op, tran = run_deck(RC)
    assert op.time is None
    assert op.values["out"] == pytest.approx(1.0, abs=1e-12)
    assert tran.time is not None
    expected = 1 - np.exp(-tran.time / 1e-6)
    np.testing.assert_allclose(tran.values["out"], expected, atol=1e-5)
    np.testing.assert_allclose(tran.values["i(v1)"][1:], -1e-3 * (1 - expected[1:]), atol=1e-8)


def test_what_ngspice_refuses_is_one_line_with_its_own_words(ngspice: str) -> None:
    with pytest.raises(InputError, match=r"ngspice: failed.*nosuch") as error:
        run_deck("t\nv1 a 0 1\nx1 a 0 nosuch\n.op\n.end\n")
    assert "\n" not in str(error.value)


def test_a_faulty_line_is_quoted(ngspice: str) -> None:
    with pytest.raises(InputError, match=r"Error on line .*d1 a 0 nomodel"):
        run_deck("t\nv1 a 0 1\nd1 a 0 nomodel\n.op\n.end\n")


def test_an_operating_point_by_the_last_resort_is_none(ngspice: str) -> None:
    """A current into a capacitor has no operating point, yet ngspice returns one with code 0."""
    with pytest.raises(InputError, match=r"no operating point.*node b"):
        run_deck("t\nv1 a 0 1\nr1 a 0 1\nc1 b 0 1n\ni1 0 b 1n\n.op\n.end\n")


def test_an_overflow_is_named(ngspice: str) -> None:
    with pytest.raises(InputError, match=r"ngspice: b reaches .*Transient"):
        run_deck("t\nv1 a 0 1\nr1 a 0 1\nc1 b 0 1p\ni1 0 b 1e9\n.tran 1n 1m uic\n.end\n")


def test_a_deck_without_an_analysis(ngspice: str) -> None:
    with pytest.raises(InputError, match="wrote no raw file"):
        run_deck("t\nv1 a 0 1\nr1 a 0 1\n.end\n")


def test_a_missing_program() -> None:
    assert not available("no-such-spice")
    with pytest.raises(InputError, match="no-such-spice: not found; install"):
        run_deck(RC, program="no-such-spice")


def test_a_hanging_program_is_killed_with_its_children(tmp_path: Path) -> None:
    late = tmp_path / "late"
    hanging = program(tmp_path, f"(sleep 1; touch {late}) & sleep 60")
    with pytest.raises(InputError, match=r"no answer within 0\.3 s"):
        run_deck(RC, program=hanging, timeout=0.3)
    time.sleep(1.2)
    assert not late.exists()


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("exit 3", "exit code 3"),
        ("kill -SEGV $$", "exit code -11"),
        ("echo 'Error: no luck' >&2; exit 1", "no luck"),
        ("exit 0", "wrote no raw file"),
        (": > out.raw", "wrote no raw file"),
        ("echo hello > out.raw", "no data section"),
        ("head -c 1000 /dev/zero > out.raw", "no data section"),
    ],
)
def test_a_program_that_fails(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(InputError, match=message) as error:
        run_deck(RC, program=program(tmp_path, body))
    assert "fakespice" in str(error.value) or "ngspice" in str(error.value)
    assert "\n" not in str(error.value)


def test_values_that_are_not_finite_name_the_node(tmp_path: Path) -> None:
    content = raw_plot(np.array([[1.0, np.nan, np.inf]]), ["v(a)", "v(hidden_3_mem)", "v(c)"])
    with pytest.raises(InputError, match="hidden_3_mem is not finite"):
        run_deck(".op\n", program=answering(tmp_path, content))


def test_an_analysis_that_is_not_there(tmp_path: Path) -> None:
    content = raw_plot(np.ones((1, 1)), ["v(a)"])
    with pytest.raises(InputError, match="holds no 'Transient Analysis'"):
        run_deck(RC, program=answering(tmp_path, content))


def test_a_transient_that_stopped_early(tmp_path: Path) -> None:
    half = np.stack([np.linspace(0, 2.5e-6, 5), np.ones(5)], axis=1)
    content = raw_plot(half, ["time", "v(a)"], name="Transient Analysis")
    with pytest.raises(InputError, match=r"stopped at 2\.5e-06 s of 5e-06 s"):
        run_deck(".tran 1n 5u\n", program=answering(tmp_path, content))


def test_time_that_runs_backwards(tmp_path: Path) -> None:
    values = np.array([[0.0, 1.0], [5e-6, 1.0], [1e-6, 1.0]])
    content = raw_plot(values, ["time", "v(a)"], name="Transient Analysis")
    with pytest.raises(InputError, match="does not increase"):
        run_deck(".tran 1n 5u\n", program=answering(tmp_path, content))


def test_several_plots_in_one_file() -> None:
    first = raw_plot(np.array([[1.0, 2.0]]), ["v(A)", "i(vdd)"])
    second = raw_plot(np.array([[0.0, 3.0], [1.0, 4.0]]), ["time", "v(a)"], name="Transient")
    op, tran = read_raw(first + second)
    assert (op.name, op.time) == ("Operating Point", None)
    assert {name: float(v[0]) for name, v in op.values.items()} == {"a": 1.0, "i(vdd)": 2.0}
    np.testing.assert_array_equal(tran.time, [0.0, 1.0])
    np.testing.assert_array_equal(tran.values["a"], [3.0, 4.0])


@pytest.mark.parametrize(
    "changed",
    [
        {"No. Points": "-1"},
        {"No. Points": ""},
        {"No. Points": "0"},
        {"Flags": "[" * 5000},
        {"No. Points": "2"},
        {"No. Points": "99999999999999"},
        {"No. Points": "1" * 5000},
        {"No. Variables": "3"},
        {"No. Variables": "1"},
        {"No. Variables": "99999999999"},
        {"Flags": "complex"},
        {"Flags": ""},
    ],
)
def test_a_hostile_header_is_refused(changed: dict[str, str]) -> None:
    with pytest.raises(InputError, match="raw file") as caught:
        read_raw(raw_plot(np.ones((1, 2)), ["v(a)", "v(b)"], **changed))
    assert len(str(caught.value)) < 200


def test_every_truncation_is_refused() -> None:
    whole = raw_plot(np.ones((2, 2)), ["v(a)", "v(b)"])
    for length in range(1, len(whole)):
        with pytest.raises(InputError, match="raw file"):
            read_raw(whole[:length])
    with pytest.raises(InputError, match="raw file"):
        read_raw(whole + struct.pack("<d", 1.0))
