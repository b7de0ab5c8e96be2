"""The one place that lists the families of networks: by the table that only they have."""

from neuroep.design.design import Design
from neuroep.design.hopfield.design import HopfieldDesign
from neuroep.design.resistive.design import ResistiveDesign

FAMILIES: dict[str, type[Design]] = {"layers": HopfieldDesign, "resistive": ResistiveDesign}
