"""Arrays of numpy, compressed; no pickles."""

import io
import json

import numpy as np

from neuroep.export.format import Format
from neuroep.export.recording import UNIT_OF, Recording

ABOUT = "about"
"""Entry that holds JSON: title, units of every array, and where it all is from."""


def write(recording: Recording) -> bytes:
    """Return every array by its full name, each section's axis among them."""
    arrays: dict[str, np.ndarray] = {}
    units: dict[str, str] = {}
    for section in recording.sections:
        axis = section.full(section.axis)
        arrays[axis], units[axis] = section.points, UNIT_OF[section.axis]
        for signal in section.signals:
            name = section.full(signal.name)
            arrays[name], units[name] = signal.values, signal.unit
        for spikes in section.spikes:
            for key, unit in (("neurons", "1"), ("times", "s"), ("neuron", "1"), ("sign", "1")):
                name = section.full(f"spikes/{spikes.name}/{key}")
                arrays[name], units[name] = getattr(spikes, key), unit
    said = json.dumps({"title": recording.title, **recording.about, "units": units})
    image = io.BytesIO()
    np.savez_compressed(image, **arrays, about=np.array(said))  # type: ignore[arg-type]
    return image.getvalue()


FORMAT = Format("npz", (".npz",), "numpy", write)
