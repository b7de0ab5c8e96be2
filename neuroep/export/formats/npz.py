"""Arrays of numpy, compressed; no pickles."""

import io
import json

import numpy as np

from neuroep.export.format import Format
from neuroep.export.recording import UNIT_OF, Recording

ABOUT = "about"
"""Entry that holds JSON: title, units of every array, and where it all is from."""


def write(recording: Recording) -> bytes:
    """Return every array by its full name, each section's axis among them.

    A ValueError: two have the same name.
    """
    arrays: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}

    def add(name: str, values: np.ndarray, unit: str) -> None:
        if name in arrays:
            raise ValueError(f"{name}: two arrays of that name; rename a layer")
        arrays[name], units[name] = values, unit

    for section in recording.sections:
        add(section.full(section.axis), section.points, UNIT_OF[section.axis])
        for signal in section.signals:
            add(section.full(signal.name), signal.values, signal.unit)
        for spikes in section.spikes:
            for key, unit in (("neurons", "1"), ("times", "s"), ("neuron", "1"), ("sign", "1")):
                add(section.full(f"spikes/{spikes.name}/{key}"), getattr(spikes, key), unit)
    said = json.dumps({"title": recording.title, **recording.about, "units": units})
    image = io.BytesIO()
    np.savez_compressed(image, **arrays, about=np.array(said))  # type: ignore[arg-type]
    return image.getvalue()


FORMAT = Format("npz", (".npz",), "numpy", write)
