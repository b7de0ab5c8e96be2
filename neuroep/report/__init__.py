"""Figures and the closing table of a run, from plain numpy arrays.

Nothing here touches pyplot, so a figure can be drawn anywhere without a display and is freed like
any other object. Importing this package imports matplotlib: do it inside the function that draws.
"""

from neuroep.report import matplotlib_module  # noqa: F401 - first: it loads matplotlib
from neuroep.report.conductances import conductance_histograms, receptive_fields
from neuroep.report.confusion import confusion
from neuroep.report.convergence import settling
from neuroep.report.coupling import synapse, weights
from neuroep.report.learning_cycle import learning_cycle
from neuroep.report.oscilloscope import oscilloscope
from neuroep.report.retention import retention
from neuroep.report.saving import check_figure, inline, save
from neuroep.report.spikes import Spikes, raster, spike_histogram
from neuroep.report.sweep import (
    parallel_coordinates,
    sample_histogram,
    sample_quantiles,
    yield_matrix,
)
from neuroep.report.tables import Number, table
from neuroep.report.text_layout import AttendedText
from neuroep.report.training import training_curves
from neuroep.report.waveforms import waveforms
from neuroep.report.words import attention
from neuroep.report.writing import written_devices, written_synapse

__all__ = [
    "AttendedText",
    "Number",
    "Spikes",
    "attention",
    "check_figure",
    "conductance_histograms",
    "confusion",
    "inline",
    "learning_cycle",
    "oscilloscope",
    "parallel_coordinates",
    "raster",
    "receptive_fields",
    "retention",
    "sample_histogram",
    "sample_quantiles",
    "save",
    "settling",
    "spike_histogram",
    "synapse",
    "table",
    "training_curves",
    "waveforms",
    "weights",
    "written_devices",
    "written_synapse",
    "yield_matrix",
]
