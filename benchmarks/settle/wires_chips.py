"""Ten chips with wires in ngspice: drawn chips of both families, and corners of them.

    python -m benchmarks.settle.wires_chips [--json FILE] [--write]        15 minutes on 1 busy core

attention_small and resistive_small, 2 ohm a segment, lines driven through 20 ohm and received
through 20 ohm: operating points of all phases, and ngspice's own differences of the settled cost
against its estimate at a small nudge.
"""

import sys
from typing import Any

import numpy as np

from benchmarks.measure import run, table
from neuroep.hardware.programs.spice import differences, ngspice_views
from neuroep.hardware.views.compare import compare
from neuroep.studies.verify.case import VerifyOptions, choose_target, open_case

WIRES = (
    "circuit.wires.resistance='2 ohm'",
    "circuit.wires.driver='20 ohm'",
    "circuit.wires.receiver='20 ohm'",
)
CHIPS = 10

CORNERS: dict[str, tuple[tuple[str, ...], ...]] = {
    "attention_small": (
        ("circuit.temperature=398.15 K",),
        ("circuit.temperature=233.15 K", "circuit.supply=1.6 V"),
    ),
    "resistive_small": (
        ("circuit.corner=fast", "resistive.diode.temperature=398.15 K"),
        ("circuit.corner=slow", "resistive.diode.temperature=233.15 K"),
    ),
}
"""Of chip 0."""


def measured(design: str, chip: int, *corner: str) -> dict[str, Any]:
    """Return how far ngspice is off, V and relative, and how much wires move the chip, V."""

    def case(*more: str) -> Any:
        overrides = (f"circuit.chip={chip}", *corner, *more)
        found = open_case(VerifyOptions(design=design, overrides=overrides))
        choose_target(found)
        return found.bench

    bench = case(*WIRES)
    ideal = case().settled
    points = compare(next(ngspice_views(bench)), bench.settled)
    own = differences(bench)
    assert own is not None
    assert own.against is not None
    return {
        "design": design,
        "chip": chip,
        "corner": list(corner),
        "volts": points.volts,
        "gradient": points.gradient,
        "differences": compare(own.view, own.against).gradient,
        "moved": max(
            float(np.abs(v - ideal.volts[name]).max()) for name, v in bench.settled.volts.items()
        ),
    }


def measure() -> tuple[dict[str, object], str]:
    """Measure every chip, and chip 0 at its corners."""
    rows = []
    for design, corners in CORNERS.items():
        wanted: list[tuple[int, tuple[str, ...]]] = [(chip, ()) for chip in range(CHIPS)]
        for chip, corner in [*wanted, *((0, corner) for corner in corners)]:
            rows.append(measured(design, chip, *corner))
            print(rows[-1], file=sys.stderr, flush=True)
    header = ["design", "chip", "wires move a node by, V", "ngspice off by, V"]
    header += ["its gradient", "its differences"]
    cells = [
        [
            row["design"],
            ", ".join([str(row["chip"]), *row["corner"]]),
            *(f"{row[name]:.1e}" for name in ("moved", "volts", "gradient", "differences")),
        ]
        for row in rows
    ]
    return {"wires": WIRES, "chips": rows}, table(header, cells)


if __name__ == "__main__":
    run("wires_chips", "Drawn chips with wires in ngspice.", measure, headline="gradient")
