"""The waveforms of a view as what can be written for other programs."""

from neuroep.export.recording import Recording, waveforms
from neuroep.hardware.views.view import View
from neuroep.traces.record import PHASES


def recording_of(view: View, title: str, design: str) -> Recording:
    """Return node voltages of the phases free, plus and minus (nudged by +beta and -beta).

    Parameters
    ----------
    view : View
        One with waveforms.
    title, design : str
        What stood on the bench, and the design as it was asked for.
    """
    sections = tuple(
        waveforms(phase, wave.time, wave.volts)
        for phase, wave in zip(PHASES, view.waveforms, strict=True)
    )
    beta = float(max(view.betas, key=abs))
    return Recording(title, sections, {"design": design, "view": view.name, "beta": beta})
