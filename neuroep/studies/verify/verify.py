"""``neuroep verify``: one circuit in every view, a verdict on each, and the waveforms drawn."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from neuroep.design.design import check_design, design_path, read_content
from neuroep.design.resistive import check_resistive, is_resistive
from neuroep.errors import InputError
from neuroep.hardware.programs.ngspice import available
from neuroep.hardware.views import compare
from neuroep.hardware.views.compare import Comparison
from neuroep.hardware.views.view import View
from neuroep.studies.verify.case import PROGRAMS, Case, VerifyOptions
from neuroep.studies.verify.network import NetworkCase
from neuroep.studies.verify.resistive import ResistiveCase

SCIPY_VOLTS = 1e-8
"""V: the same equations by another integrator."""

PHASE_TITLES = ("free phase", "nudged, +β", "nudged, -β")


@dataclass
class Report:
    """What was found.

    ``views``: all of them, the first two being neuroep's own (settled, and in time);
    ``comparisons``: one a view; ``notes``: what a reader must know beforehand; ``remarks``: what
    else came out.
    """

    title: str
    notes: list[str] = field(default_factory=list)
    views: list[View] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether every view agrees."""
        return all(c.passed for c in self.comparisons)

    @property
    def timed(self) -> list[View]:
        """The views that have waveforms."""
        return [view for view in self.views if view.waveforms]

    @property
    def longest(self) -> float:
        """What a figure should show of each phase, s: half as long again as the slowest settles."""
        waves = self.timed[0].waveforms
        end = float(waves[0].time[-1])
        return min(end, 1.5 * max(compare.settling_time(w) for w in waves) or end)


def verify(options: VerifyOptions, progress: Callable[[str], object] = print) -> Report:
    """Settle one input in every view and compare.

    Parameters
    ----------
    options : VerifyOptions
    progress : callable
        Called with the name of each view when it is done.

    Raises
    ------
    InputError
        Design, run or data that cannot be used; ngspice missing, hanging or answering nonsense.
    """
    for program in options.without:
        if program not in PROGRAMS:
            raise InputError(f"--without {program}: none of {', '.join(PROGRAMS)}")
    if options.wants("ngspice") and not available():
        raise InputError(
            "ngspice: not found; install it (apt-get install ngspice) or add --without ngspice"
        )
    case = open_case(options)
    report = Report(case.title, case.notes)
    for view in case.views(options):
        report.views.append(view)
        allowed = case.tolerances
        if view.name == "scipy":
            allowed = replace(allowed, waveform=SCIPY_VOLTS)
        settled, timed = report.views[0], report.views[1] if len(report.views) > 1 else None
        report.comparisons.append(compare.compare(view, settled, timed, allowed))
        progress(view.name)
    for found in case.more(options, report.views):
        if isinstance(found, Comparison):
            report.comparisons.append(found)
            progress(found.name)
        else:
            report.remarks.append(found)
    report.remarks.append(_in_time(report.timed[0]))
    return report


def open_case(options: VerifyOptions) -> Case:
    """Put one input of a design on the bench, whatever its family.

    Raises
    ------
    InputError
        Design, run or data that cannot be used.
    """
    path = design_path(options.design)
    content = read_content(options.design, options.overrides)
    if is_resistive(content):
        return ResistiveCase(check_resistive(content, path), path, options)
    return NetworkCase(check_design(content, str(path)), path, options)


def _in_time(view: View) -> str:
    """Say how long a circuit takes and what it draws."""
    times = ", ".join(f"{compare.settling_time(w) * 1e6:.3g}" for w in view.waveforms)
    text = f"{view.name}: settles to {compare.SETTLED_WITHIN:.1%} of its swing in {times} us"
    if view.energy is not None:
        drawn = ", ".join(f"{e * 1e9:.3g}" for e in view.energy)
        end = view.waveforms[0].time[-1] * 1e6
        text += f"; draws {drawn} nJ in the {end:.3g} us watched"
    return f"{text} (free, +beta, -beta)"
