"""Results as one HTML file that needs nothing else: from plain values, as the figures are."""

from neuroep.report.html.attention import attended_rows, attended_words
from neuroep.report.html.blocks import (
    AttendedRows,
    AttendedWords,
    Block,
    Chart,
    Code,
    Facts,
    Headline,
    Image,
    Matrix,
    Notes,
    Raster,
    Series,
    Table,
)
from neuroep.report.html.page import Page, Section, render

__all__ = [
    "AttendedRows",
    "AttendedWords",
    "Block",
    "Chart",
    "Code",
    "Facts",
    "Headline",
    "Image",
    "Matrix",
    "Notes",
    "Page",
    "Raster",
    "Section",
    "Series",
    "Table",
    "attended_rows",
    "attended_words",
    "render",
]
