"""The page of one run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from neuroep import __version__
from neuroep.errors import InputError
from neuroep.hdf5 import whole
from neuroep.report.html import Block, Notes, Page, Section
from neuroep.runs.folder import FIGURES
from neuroep.runs.provenance import now
from neuroep.runs.report import devices, spikes, synapses
from neuroep.runs.report.attention import attention
from neuroep.runs.report.curves import curves
from neuroep.runs.report.hardware import hardware
from neuroep.runs.report.origin import again, design, provenance
from neuroep.runs.report.pictures import Pictures
from neuroep.runs.report.record import RunRecord
from neuroep.runs.report.verdict import MOST_CLASSES, verdict
from neuroep.traces import open_traces
from neuroep.traces.view import STEM


def made() -> str:
    """Return when a page was made, and by what."""
    return f"Made {now()} by neuroep {__version__}. Nothing outside this file is needed or asked."


def page_of(run: RunRecord, live: bool = False) -> Page:
    """Return the page of a run, finished or not; ``live``: it is written anew as that goes on."""
    about = f"{run.path}: {run.state}"
    return Page(run.title, about, sections_of(run), made(), running=live and run.running)


def sections_of(run: RunRecord) -> list[Section]:
    """Return the sections of a run's page; what cannot be read is said where it would stand."""
    first = [_guarded(part, run) for part in (verdict, curves, attention)]
    last = [_guarded(part, run) for part in (hardware, provenance, design, again)]
    return [*first, *_recorded(run), *last]


def _guarded(make: Callable[[RunRecord], Section], run: RunRecord) -> Section:
    blocks: list[Block] = []
    with _said(blocks):
        return make(run)
    return Section(make.__name__.capitalize(), blocks)


@contextmanager
def _said(blocks: list[Block]) -> Iterator[None]:
    """Say among some blocks what cannot be read, in the place of what would stand there."""
    try:
        yield
    except InputError as error:
        blocks.append(Notes([str(error)], warning=True))


def _recorded(run: RunRecord) -> Iterator[Section]:
    """Yield what traces and figures show: synapses, spikes, settling, devices."""
    pictures = Pictures(run.path / FIGURES)
    metrics = run.metrics
    parts: dict[str, list[Block]] = {
        "Synapses": [], "Neurons and settling": [], "Spikes": [], "Devices": [],
    }  # fmt: skip
    with _said(parts["Devices"]):
        if metrics:
            parts["Spikes"] += spikes.counted(metrics)
            parts["Devices"] += devices.books(metrics)
    with _said(parts["Synapses"]):
        _from_traces(run, parts)
    parts["Synapses"] += pictures.of(["weights", "conductances", "receptive_fields"])
    parts["Spikes"] += pictures.of(["raster", "spikes"])
    parts["Neurons and settling"] += pictures.of(["settling"])
    parts["Devices"] += pictures.of(["devices", "device_synapse"])
    yield from (Section(title, blocks) for title, blocks in parts.items())
    if metrics and len(metrics.labels) > MOST_CLASSES:
        yield Section("Confusion", pictures.of(["confusion"]))


def _from_traces(run: RunRecord, parts: dict[str, list[Block]]) -> None:
    if run.folder is None or not any(run.path.glob(f"{STEM}*")):
        return
    with open_traces(run.path) as traces, whole(str(traces.paths[-1])):
        parts["Synapses"] += synapses.synapses(traces)
        parts["Neurons and settling"] += synapses.neurons(traces) + synapses.settling(traces)
        parts["Spikes"] += spikes.rasters(traces)
        parts["Devices"] += devices.histograms(run, traces)
