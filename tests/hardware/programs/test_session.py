"""ngspice as a running circuit: it goes on from where it stood."""

import numpy as np
import pytest

from neuroep.errors import InputError
from neuroep.hardware.programs.session import Session

RC = """an RC circuit between two rails
.options reltol=1e-6
vdd vdd 0 1
vss vss 0 -1
rone vdd out 100k
rtwo out vss 100k
c1 out 0 100p
.save v(out) v(vdd) i(vdd) v(vss) i(vss)
.end
"""


def test_a_change_is_followed_from_where_the_circuit_stands(ngspice: str) -> None:
    with Session(RC, ["out"], quantum=1e-6) as session:
        (before,), moved, _ = session.settle(1e-6, 1e-3)
        assert before == pytest.approx(0.0, abs=1e-5)
        assert moved <= 1e-6
        (begun,) = session.read(["time"])
        session.change({"rone": 50e3})
        session.settle(1.0, 1e-6)
        after, now = session.read(["v(out)", "time"])
        # Towards 1/3 V with (50k || 100k) 100 pF = 3.33 us; a step may go beyond the quantum.
        assert after == pytest.approx((1 - np.exp((begun - now) / 3.333e-6)) / 3, rel=0.02)
        (end,), _, seconds = session.settle(1e-6, 1e-3)
        assert end == pytest.approx(1 / 3, abs=1e-5)
        assert 10e-6 < seconds < 100e-6


def test_what_is_drawn_is_the_power_of_the_rails(ngspice: str) -> None:
    with Session(RC, ["out"], quantum=1e-6) as session:
        session.settle(1e-6, 1e-3)
        _, _, seconds = session.settle(0.0, 20e-6)
        assert session.drawn == pytest.approx(2.0**2 / 200e3 * seconds, rel=1e-3)
    still = RC.replace("c1 out 0 100p", "")
    with Session(still, ["out"], quantum=1e-6) as session:  # from the first quantum on
        _, _, seconds = session.settle(0.0, 3e-6)
        assert session.drawn == pytest.approx(2.0**2 / 200e3 * seconds, rel=1e-3)


def test_a_netlist_that_ngspice_does_not_take(ngspice: str) -> None:
    with pytest.raises(InputError, match="ngspice"):
        Session("bad\nx1 a b nothing\n.end\n", ["a"])


def test_no_answer(ngspice: str) -> None:
    with pytest.raises(InputError, match="no answer within 1e-05 s"):
        Session(RC, ["out"], timeout=1e-5)


def test_a_missing_program() -> None:
    with pytest.raises(InputError, match="not found; install it"):
        Session(RC, ["out"], program="no-such-spice")
