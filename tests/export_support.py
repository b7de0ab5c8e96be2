"""Recordings small enough to be looked at: two phases with waveforms and spikes of one chip."""

import numpy as np

from neuroep.export.recording import STEP, Recording, Section, Signal, Spikes, waveforms

TIME = np.linspace(0.0, 1e-6, 5)
WAVES = {
    "free": {"hidden": np.outer(TIME, [1.0, 2.0]) * 1e6},
    "plus": {"hidden": np.sin(np.outer(TIME, [3e6, 5e6])), "out": np.ones((5, 3)) / 3},
}
SPIKED = Spikes(
    "hidden",
    np.array([0, 1, 5]),
    np.array([1e-6, 2e-6, 2e-6, 7e-6], "f4"),
    np.array([1, 0, 1, 0], "i2"),
    np.array([1, 1, -1, 1], "i1"),
)


def waves() -> Recording:
    """Return waveforms of two phases, the second one a half as long."""
    sections = (waveforms("free", TIME, WAVES["free"]), waveforms("plus", TIME / 2, WAVES["plus"]))
    return Recording("tiny chip", sections, {"design": "tiny", "beta": 0.5, "seeds": [1, 2]})


def spikes() -> Recording:
    """Return the spikes of one phase, without waveforms."""
    return Recording("tiny chip", (Section("free", np.zeros(0), (), (SPIKED,)),))


def training() -> Recording:
    """Return a weight over three training steps."""
    values = np.arange(12.0).reshape(3, 2, 2) / 1e6
    axes = {"pre": np.array([4, 9]), "post": np.array(["a", "b"])}
    weight = Signal("synapses/a-b/weight", values, "S", axes)
    return Recording("tiny chip", (Section("", np.array([0, 10, 20]), (weight,), (), STEP),))
