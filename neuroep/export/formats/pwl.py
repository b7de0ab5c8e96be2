"""Piecewise linear sources: a file that a SPICE deck includes, and is driven by."""

import numpy as np

from neuroep.export.format import Format
from neuroep.export.names import Names
from neuroep.export.recording import Recording

SOURCES = {"V": "V", "A": "I"}
"""Element by unit: a source of volts, a source of amperes."""


def write(recording: Recording) -> bytes:
    """Return one source a node and section, from the node of its name to ground."""
    names, sources = Names("0"), []
    for section in recording.sections:
        # A program may record a breakpoint twice; times of a source must rise.
        rising = np.concatenate([[True], np.diff(section.points) > 0])[: len(section.points)]
        time = section.points[rising].tolist()
        for signal in section.signals:
            if signal.unit not in SOURCES or not time:
                continue
            for labels, values in signal.columns():
                if not np.isfinite(values).all():
                    raise ValueError(f"{section.full(signal.name)}: not finite")
                node = names.of(section.name, signal.name, *labels)
                # SPICE's current flows from the first node through the source to the second.
                ends = f"{node} 0" if signal.unit == "V" else f"0 {node}"
                points = zip(time, values[rising].tolist(), strict=True)
                rows = [f"+ {t!r} {float(v)!r}" for t, v in points]
                sources += [f"{SOURCES[signal.unit]}{node} {ends} PWL(", *rows, "+ )"]
    if not sources:
        raise ValueError("no waveforms in V or A in it")
    head = [
        f"* {' '.join(recording.title.split())}",
        "* Each source drives the node of its name: .include this file, and connect them.",
    ]
    return "\n".join([*head, *sources, ""]).encode()


FORMAT = Format("pwl", (".cir", ".pwl"), "sources that drive a SPICE deck", write, in_time=True)
