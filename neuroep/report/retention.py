"""What a trained chip still knows some time after its last write."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from neuroep.report.style import WIDTH_INCHES, entitle, legend_of, palette, readable, styled

MARKS = {
    "1 ms": 1e-3, "1 s": 1.0, "1 min": 60.0, "1 h": 3600.0, "1 day": 86400.0, "1 month": 2629800.0,
    "1 year": 31557600.0, "10 years": 315576000.0,
}  # fmt: skip


@styled
def retention(times: Sequence[float], accuracies: Mapping[str, ArrayLike]) -> Figure:
    """Accuracy (fractions, one a time) of each run over the time since its last write, s.

    Time is logarithmic; 0 stands a decade before the first time that is not.
    """
    seconds = np.asarray(times, float)
    least = min(seconds[seconds > 0], default=1.0)
    figure = Figure(figsize=(WIDTH_INCHES, 3.2), layout="constrained")
    axes = figure.subplots()
    places = np.where(seconds > 0, seconds, least / 10)
    for number, (name, found) in enumerate(accuracies.items()):
        percent = 100 * np.asarray(found, float)
        axes.plot(places, percent, "o-", ms=4, color=palette(number), label=readable(name))
    axes.set_xscale("log")
    low, high = places.min(), places.max()
    marks = {text: at for text, at in MARKS.items() if least <= at <= high}
    if low < least:
        marks["written"] = low
    axes.set_xticks(list(marks.values()), list(marks), minor=False)
    axes.set_xticks([], minor=True)
    axes.set_xlim(low / 2, high * 2)
    axes.set_xlabel("time since the last write")
    axes.set_ylabel("test accuracy (%)")
    entitle(figure, "What is left after storage")
    if len(accuracies) > 1:
        legend_of(figure, axes, loc="outside upper right", ncols=3)
    return figure
