"""Arrays of numpy: each as a matrix, its names of rows and columns beside it."""

import io
import json
from collections.abc import Sequence

import numpy as np

from neuroep.export.format import Format
from neuroep.export.weights.learned import Learned


def write(learned: Sequence[Learned]) -> bytes:
    """Return ``NAME``, ``NAME/rows``, ``NAME/columns``, and in ``units`` the units, as JSON."""
    arrays: dict[str, np.ndarray] = {}
    for one in learned:
        arrays[one.name] = one.values
        arrays[f"{one.name}/rows"] = np.array(one.rows, "U")
        if one.columns:
            arrays[f"{one.name}/columns"] = np.array(one.columns, "U")
    units = json.dumps({one.name: one.unit for one in learned})
    image = io.BytesIO()
    np.savez_compressed(image, **arrays, units=np.array(units))  # type: ignore[arg-type]
    return image.getvalue()


FORMAT = Format("npz", (".npz",), "numpy", write)
