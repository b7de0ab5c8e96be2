"""What an oscilloscope on the chip would show: free phase, nudges, and the contrast at synapses."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike, NDArray

from neuroep.report.style import (
    FAINT_INK,
    PHASE_COLOURS,
    QUERY_COLOURS,
    WIDTH_INCHES,
    name_nodes,
    note_below,
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
    numbers: Mapping[str, Sequence[int]] | None = None,
    note: str = "",
) -> Figure:
    """Membranes through the free phase and both nudges, and what synapses make of it.

    Parameters
    ----------
    time : (T,)
        Of one phase, s.
    volts : mapping of layer to three arrays (T, n)
        Membrane voltages in the free phase, nudged by +beta, and by -beta, V.
    contrast : mapping of synapse to array (T,)
        -(1/2 beta) [s_i s_j (+beta) - s_i s_j (-beta)] over the nudged phases: the gradient that
        equilibrium propagation would read at that moment.
    coupling : str
        Where these synapses are.
    switch : float
        When the free phase ends and the nudge begins, s, at most the end of ``time``.
    numbers : mapping of layer to sequence of int, optional
        What the nodes of a layer are called, where they are a part of a larger one.
    note : str
        What the reader has to know, such as that this is a slice of a larger chip.

    Returns
    -------
    matplotlib.figure.Figure
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
        chosen, called = _chosen(plus - minus), (numbers or {}).get(layer)
        name_nodes(axes, [called[node] if called is not None else node for node in chosen])
        for rank, node in enumerate(chosen):
            colour = QUERY_COLOURS[rank % len(QUERY_COLOURS)]
            axes.plot(t[shown] * factor, free[:, node], color=colour)
            later = (t[shown] + switch) * factor
            axes.plot(later, plus[:, node], color=colour)
            axes.plot(later, minus[:, node], color=colour, linewidth=1.0, dashes=(4, 2))
        axes.set_ylabel(f"{readable(layer, 12)} (V)")
    last = panels[-1]
    order = sorted(contrast, key=lambda name: -abs(float(np.asarray(contrast[name])[-1])))
    for rank, name in enumerate(order[:_SYNAPSES]):
        line = np.asarray(contrast[name], float)[shown]
        colour = QUERY_COLOURS[rank % len(QUERY_COLOURS)]
        last.plot((t[shown] + switch) * factor, line, color=colour, label=readable(name))
    last.set_ylabel(f"gradient at\n{readable(coupling, 16)} (1)")
    last.set_xlabel(f"time ({unit})")
    last.legend(loc="center left", ncols=1, title="synapse")
    for axes in panels:
        axes.axvline(switch * factor, color=FAINT_INK, linewidth=0.9, dashes=(2, 2))
        axes.set_xlim(0, 2 * switch * factor)
    top = panels[0]
    for place, text, key in (
        (0.25, "free phase", "free"),
        (0.75, "nudged: +β solid, -β dashed", ""),
    ):
        top.annotate(
            text, (place, 1.03), xycoords="axes fraction", ha="center", va="bottom",
            color=PHASE_COLOURS.get(key, FAINT_INK),
        )  # fmt: skip
    note_below(figure, note)
    return figure


def _chosen(difference: NDArray[np.float64]) -> list[int]:
    """Return the nodes that the nudge moves farthest, spread over the layer."""
    order = np.argsort(-np.abs(difference[-1]), kind="stable")
    return [int(k) for k in order[:_NODES]]
