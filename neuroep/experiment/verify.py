"""``neuroep verify``: one circuit in every view, a verdict on each, and the waveforms drawn."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from neuroep.errors import InputError
from neuroep.experiment.design import Design, check_design, design_path, read_content
from neuroep.experiment.verify_network import Subject, network_subject
from neuroep.hardware import compare
from neuroep.hardware.compare import Comparison, Tolerances
from neuroep.hardware.netlist import network_netlist
from neuroep.hardware.network_views import Bench, scipy_view, sweep_view, transient_view
from neuroep.hardware.ngspice import available
from neuroep.hardware.ngspice_view import ngspice_views
from neuroep.hardware.views import View

HARD_CORNERS = Tolerances(volts=1e-4, cosine=0.999)
"""Where an activity has a corner: a step over it costs a solver digits, and a synapse its slope."""

SCIPY_VOLTS = 1e-8
"""V: the same equations by another integrator."""

PHASE_TITLES = ("free phase", "nudged, +β", "nudged, -β")

PROGRAMS = ("scipy", "ngspice", "brian2")


@dataclass(frozen=True)
class VerifyOptions:
    """What to verify, and how; see the help of ``neuroep verify``."""

    design: str
    weights: str | None = None
    data: str | None = None
    example: int = 0
    beta: float = 0.5
    overrides: Sequence[str] = ()
    without: Sequence[str] = ()
    timeout: float = 120.0


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
    if "ngspice" not in options.without and not available():
        raise InputError(
            "ngspice: not found; install it (apt-get install ngspice) or add --without ngspice"
        )
    path = design_path(options.design)
    design, subject = _subject(options, path)
    report = Report(design.title, list(subject.notes))
    for view in network_views(design, path, subject, options):
        _add(report, view, _network_tolerances(subject))
        progress(view.name)
    report.remarks.append(_in_time(report.timed[0]))
    report.remarks += beyond_rails(subject.bench, report.timed[0])
    return report


def netlist_of(options: VerifyOptions) -> str:
    """Return the netlist of one example of a design, in the phase that ``beta`` says.

    Raises
    ------
    InputError
        Design, run or data that cannot be used.
    """
    path = design_path(options.design)
    design, subject = _subject(options, path)
    bench = subject.bench
    try:
        return network_netlist(
            bench.circuit,
            bench.drive,
            design.circuit.cell_files(path),
            duration=float(bench.time[-1]),
            beta=options.beta,
            target=bench.target,
        )
    except ValueError as error:
        raise InputError(f"{path}: {error}") from None


def _subject(options: VerifyOptions, path: Path) -> tuple[Design, Subject]:
    design = check_design(read_content(options.design, options.overrides), str(path))
    subject = network_subject(
        design,
        path,
        weights=options.weights,
        data=options.data,
        example=options.example,
        beta=options.beta,
    )
    return design, subject


def beyond_rails(bench: Bench, view: View) -> list[str]:
    """Say which membranes and lines would leave the supply: a real amplifier clips there."""
    chip = bench.circuit.chip
    found = []
    for name, values in bench.circuit.layers.items():
        membrane = max(float(np.abs(w.volts[name]).max(initial=0.0)) for w in view.waveforms)
        line = chip.signal * float(np.abs(view.activities[name]).max(initial=0.0))
        if membrane > chip.supply:
            limit = values.volts * chip.supply / membrane
            found.append(
                f"beyond the rails: membranes of {name} reach {membrane:.3g} V at a supply of "
                f"{chip.supply:g} V; circuit.membrane_volts.{name} below {limit * 1e3:.3g} mV helps"
            )
        if line > chip.supply:
            found.append(
                f"beyond the rails: lines of {name} reach {line:.3g} V at a supply of "
                f"{chip.supply:g} V; circuit.signal below "
                f"{chip.signal * chip.supply / line * 1e3:.3g} mV helps"
            )
    return found


def _in_time(view: View) -> str:
    """Say how long a circuit takes and what it draws."""
    times = ", ".join(f"{compare.settling_time(w) * 1e6:.3g}" for w in view.waveforms)
    text = f"{view.name}: settles to {compare.SETTLED_WITHIN:.1%} of its swing in {times} us"
    if view.energy is not None:
        drawn = ", ".join(f"{e * 1e9:.3g}" for e in view.energy)
        end = view.waveforms[0].time[-1] * 1e6
        text += f"; draws {drawn} nJ in the {end:.3g} us watched"
    return f"{text} (free, +beta, -beta)"


def _add(report: Report, view: View, allowed: Tolerances) -> None:
    report.views.append(view)
    if view.name == "scipy":
        allowed = replace(allowed, waveform=SCIPY_VOLTS)
    settled, timed = report.views[0], report.views[1] if len(report.views) > 1 else None
    report.comparisons.append(compare.compare(view, settled, timed, allowed))


def _network_tolerances(subject: Subject) -> Tolerances:
    cells = {values.cell for values in subject.bench.circuit.layers.values()}
    return HARD_CORNERS if "hard_sigmoid" in cells else Tolerances()


def network_views(
    design: Design, path: Path, subject: Subject, options: VerifyOptions
) -> Iterator[View]:
    """Yield a network's views: sweep, transient, scipy, ngspice."""
    bench = subject.bench
    view, free = sweep_view(bench)
    yield view
    yield transient_view(bench, free)
    if "scipy" not in options.without:
        yield scipy_view(bench, free)
    if "ngspice" not in options.without:
        yield from ngspice_views(
            bench, view, design.circuit.cell_files(path), timeout=options.timeout
        )
