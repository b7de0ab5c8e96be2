"""What an oscilloscope on the chip would show: free phase, nudges, and the contrast at synapses."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import (
    FAINT_INK,
    PHASE_COLOURS,
    WIDTH_INCHES,
    name_nodes,
    palette,
    readable,
    styled,
    time_unit,
)

_NODES, _SYNAPSES = 4, 6


@styled
def oscilloscope(
    time: ArrayLike,
    volts: Mapping[str, Sequence[ArrayLike]],
    contrast: Mapping[str, ArrayLike],
    *,
    coupling: str,
    switch: float,
) -> Figure:
    """Membranes through the free phase and both nudges, and what synapses make of it.

    ``time`` (T,): of one phase, s; ``volts``: by layer, membranes (T, n) in the free phase, nudged
    by +beta, and by -beta, V; ``contrast`` (T,): by synapse of ``coupling``, -(1/2 beta) [s_i s_j
    (+beta) - s_i s_j (-beta)] over the nudged phases, the gradient that equilibrium propagation
    would read at that moment; ``switch``: when the nudge begins, s, at most the end of ``time``.
    """
    t = np.asarray(time, float)
    shown = t <= switch
    factor, unit = time_unit(2.0 * switch)
    figure = Figure(figsize=(WIDTH_INCHES, 1.2 + 1.3 * (len(volts) + 1.3)), layout="constrained")
    heights = [1.0] * len(volts) + [1.3]
    panels = figure.subplots(
        len(heights), 1, squeeze=False, sharex=True, height_ratios=heights
    ).ravel()
    for axes, (layer, phases) in zip(panels, volts.items(), strict=False):
        free, plus, minus = (np.asarray(v, float)[shown] for v in phases)
        # The nodes that the nudge moves farthest.
        moved = np.argsort(-np.abs((plus - minus)[-1]), kind="stable")
        chosen = moved[:_NODES].tolist()
        name_nodes(axes, chosen)
        for rank, node in enumerate(chosen):
            colour = palette(rank)
            axes.plot(t[shown] * factor, free[:, node], color=colour)
            later = (t[shown] + switch) * factor
            axes.plot(later, plus[:, node], color=colour)
            axes.plot(later, minus[:, node], color=colour, linewidth=1.0, dashes=(4, 2))
        axes.set_ylabel(f"{readable(layer, 12)} (V)")
    last = panels[-1]
    order = sorted(contrast, key=lambda name: -abs(float(np.asarray(contrast[name])[-1])))
    for rank, name in enumerate(order[:_SYNAPSES]):
        line = np.asarray(contrast[name], float)[shown]
        later = (t[shown] + switch) * factor
        last.plot(later, line, color=palette(rank), label=readable(name))
    last.set_ylabel(f"gradient at\n{readable(coupling, 16)} (1)")
    last.set_xlabel(f"time ({unit})")
    last.legend(loc="center left", ncols=1, title="synapse")
    for axes in panels:
        axes.axvline(switch * factor, color=FAINT_INK, linewidth=0.9, dashes=(2, 2))
        axes.set_xlim(0, 2 * switch * factor)
    for place, text, colour in (
        (0.25, "free phase", PHASE_COLOURS["free"]),
        (0.75, "nudged: +β solid, -β dashed", FAINT_INK),
    ):
        panels[0].annotate(
            text, (place, 1.03), xycoords="axes fraction", ha="center", va="bottom", color=colour
        )
    return figure
