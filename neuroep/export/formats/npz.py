"""Arrays of numpy, compressed; no pickles."""

import io
import json

import numpy as np

from neuroep.export.format import Format
from neuroep.export.recording import UNIT_OF, Recording

ABOUT = "about"
"""Entry that holds JSON: title, units of every array, labels of its sides, where it is from."""


def write(recording: Recording) -> bytes:
    """Return every array by its full name, each section's axis among them.

    A ValueError: two have the same name.
    """
    arrays: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    axes: dict[str, dict[str, list[object]]] = {}

    def add(name: str, values: np.ndarray, unit: str) -> None:
        if name in arrays:
            raise ValueError(f"{name}: two arrays of that name; rename a layer")
        arrays[name], units[name] = values, unit

    for section in recording.sections:
        add(section.full(section.axis), section.points, UNIT_OF[section.axis])
        for signal in section.signals:
            name = section.full(signal.name)
            add(name, signal.values, signal.unit)
            axes[name] = {kind: labels.tolist() for kind, labels in signal.axes.items()}
        for spikes in section.spikes:
            for key, unit in (("neurons", "1"), ("times", "s"), ("neuron", "1"), ("sign", "1")):
                add(section.full(f"spikes/{spikes.name}/{key}"), getattr(spikes, key), unit)
    own = {"title": recording.title, **recording.about, "units": units, "axes": axes}
    said = json.dumps(own)
    image = io.BytesIO()
    np.savez_compressed(image, **arrays, about=np.array(said))  # type: ignore[arg-type]
    return image.getvalue()


FORMAT = Format("npz", (".npz",), "numpy", write)
