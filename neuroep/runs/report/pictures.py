"""The figures that a run has drawn, as pictures of its page."""

from collections.abc import Sequence
from pathlib import Path

from neuroep.errors import InputError
from neuroep.files import read_bytes
from neuroep.report.html import Block, Image, Notes

TITLES = {
    "settling": "Settling of one test example: energy and residual",
    "raster": "Spikes and potentials of one test example",
    "spikes": "Spikes of each neuron",
    "weights": "Weights of the last coupling, before and after",
    "conductances": "Conductances before and after, and the range of a device",
    "receptive_fields": "What hidden nodes see",
    "confusion": "Confusion on the test examples",
    "devices": "Pulses and conductances of all devices",
    "device_synapse": "The recorded synapse that got most pulses",
}
MOST_BYTES = 1_000_000
"""Of all pictures of a page."""

SIGNATURE = b"\x89PNG\r\n\x1a\n"


class Pictures:
    """Pictures of one folder, as long as there is room for them on a page."""

    def __init__(self, folder: Path, room: int = MOST_BYTES) -> None:
        self.folder, self.room = folder, room

    def of(self, names: Sequence[str]) -> list[Block]:
        """Return those of some figures that are there; a line for each that has no room."""
        blocks: list[Block] = []
        left: list[str] = []
        for name in names:
            path = self.folder / f"{name}.png"
            if not path.is_file():
                continue
            try:
                data = read_bytes(path)
            except InputError as error:
                left.append(str(error))
                continue
            if not data.startswith(SIGNATURE):
                left.append(f"{path}: is no PNG")
            elif len(data) > self.room:
                left.append(f"{path}: left out, for a page holds {MOST_BYTES / 1e6:g} MB of them")
            else:
                self.room -= len(data)
                title = TITLES.get(name, name.replace("_", " ").replace("-", ", "))
                blocks.append(Image(title, data))
        return [*blocks, Notes(left)] if left else blocks
