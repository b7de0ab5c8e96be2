"""What pulses do to a device: the noise-free curve, and devices as they are fabricated."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import BLUE, FAINT_INK, VERMILLION, WIDTH_INCHES, readable, styled


@styled
def pulse_curves(
    title: str, pulses: int, noise_free: Sequence[ArrayLike], drawn: Sequence[ArrayLike]
) -> Figure:
    """Draw conductance over pulses up and then as many down.

    Parameters
    ----------
    title : str
    pulses : int
        Up, and down.
    noise_free : two arrays (pulses + 1,)
        Conductances (S) of the nominal device: up from its smallest, down from where that ended.
    drawn : sequence of arrays (2 pulses + 1,)
        Of single devices with their noise.

    Returns
    -------
    matplotlib.figure.Figure
    """
    figure = Figure(figsize=(0.6 * WIDTH_INCHES, 2.9), layout="constrained")
    axes = figure.subplots()
    for number, states in enumerate(drawn):
        label = "fabricated, with noise" if number == 0 else None
        axes.plot(1e6 * np.asarray(states), color=FAINT_INK, linewidth=0.6, alpha=0.7, label=label)
    up, down = (1e6 * np.asarray(states) for states in noise_free)
    axes.plot(up, color=VERMILLION, label="pulses up")
    axes.plot(np.arange(pulses, 2 * pulses + 1), down, color=BLUE, label="pulses down")
    axes.set(xlabel="pulses", ylabel="conductance (µS)", title=readable(title))
    axes.legend()
    return figure
