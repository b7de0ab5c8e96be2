"""Make the figures and tables of docs/cells: schematics, parity runs, pins and parameters.

    python docs/cells/make.py [CELL ...]

Needs ``pip install neuroep[docs]`` and ngspice. Takes a minute for all cells; the index is always
made.
"""

import sys
from io import BytesIO
from pathlib import Path

import cell_schematics
import crossbar_schematics
import matplotlib.pyplot as plt
import neuron_schematics
import plasticity_schematics
import tables
from matplotlib.figure import Figure
from parity_figure import parity_figure
from PIL import Image

from neuroep.content import circuits_path
from neuroep.hardware.cells import CELLS, parity

SHOWN = {"differential_nudge": {"gm": 1e-5}}
"""Values for the figure, where those of the file do nothing."""

SCHEMATICS = (neuron_schematics, cell_schematics, plasticity_schematics)

HERE = Path(__file__).resolve().parent
IMAGES = HERE / "images"


def main(names: list[str]) -> None:
    """Make what belongs to the named cells, or to all."""
    IMAGES.mkdir(exist_ok=True)
    for name in names or CELLS:
        module = next(m for m in SCHEMATICS if hasattr(m, name))
        getattr(module, name)().save(IMAGES / f"{name}.svg")
        results = parity(CELLS[name], circuits_path() / "cells" / "ideal", values=SHOWN.get(name))
        write_png(parity_figure(results), IMAGES / f"{name}_parity.png")
        page = HERE / f"{name}.md"
        pins = tables.pins_and_parameters(CELLS[name])
        page.write_text(tables.replaced(page, "pins and parameters", pins), encoding="utf-8")
        page.write_text(tables.replaced(page, "views", tables.views(results)), encoding="utf-8")
        print(name)
    for drawing in (crossbar_schematics.attention_row, crossbar_schematics.couplings):
        drawing().save(IMAGES / f"{drawing.__name__}.svg")
    readme = HERE / "README.md"
    readme.write_text(tables.replaced(readme, "index", tables.index()), encoding="utf-8")


def write_png(figure: Figure, path: Path) -> None:
    """Write a figure with a palette of 64 colours, which is enough and small."""
    buffer = BytesIO()
    figure.savefig(buffer, format="png", dpi=120)
    plt.close(figure)
    Image.open(buffer).convert("RGB").quantize(64, dither=Image.Dither.NONE).save(
        path, optimize=True
    )


if __name__ == "__main__":
    main(sys.argv[1:])
