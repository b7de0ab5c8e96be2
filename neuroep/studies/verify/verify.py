"""``neuroep verify``: one circuit in every view, a verdict on each, and the waveforms drawn."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from neuroep.core.jit import COMPILED
from neuroep.errors import InputError
from neuroep.hardware.programs.catalogue import OPTIONAL, PROGRAMS, open_program
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.views import compare
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.compare import Comparison
from neuroep.hardware.views.view import View
from neuroep.network.description import text_of
from neuroep.studies.verify.case import Case, VerifyOptions, choose_target, nudged, open_case

PHASE_TITLES = ("free phase", "nudged, +β", "nudged, -β")


@dataclass(repr=False)
class Report:
    """What was found.

    ``case``: what stood on the bench; ``views``: all of them, the first two being neuroep's own
    (settled, and in time); ``comparisons``: one a view; ``failures``: what is wrong whatever the
    views say, one line each; ``remarks``: what else came out.
    """

    case: Case
    views: list[View] = field(default_factory=list)
    comparisons: list[Comparison] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def __repr__(self) -> str:
        rows = [(c.name, "; ".join(c.failed) or "agrees") for c in self.comparisons]
        return text_of(
            f"Report: {self.case.title}", [*rows, *(("fails", f) for f in self.failures)]
        )

    @property
    def passed(self) -> bool:
        """Whether the chip was tested, and every view agrees."""
        return not self.failures and all(c.passed for c in self.comparisons)

    @property
    def timed(self) -> list[View]:
        """The views that have waveforms which are to be neuroep's own."""
        found = zip(self.views, self.comparisons, strict=True)
        return [view for view, c in found if c.waveform is not None]

    @property
    def longest(self) -> float:
        """What a figure should show of each phase, s: half as long again as the slowest settles."""
        waves = self.timed[0].waveforms
        end = float(waves[0].time[-1])
        return min(end, 1.5 * max(compare.settling_time(w) for w in waves) or end)

    @property
    def figures(self) -> dict[str, Any]:
        """What was measured on neuroep's own views; lists over the phases free, +beta, -beta."""
        settled, timed = self.views[0], self.timed[0]
        energy = compare.energy_to_settle(timed, timed)
        return {
            "gradient": settled.gradient_norm,
            "nudged_swing_V": settled.nudged_swing,
            "settling_s": [compare.settling_time(w) for w in timed.waveforms],
            "energy_to_settle_J": None if energy is None else energy.tolist(),
            "power_at_rest_W": None if timed.power is None else timed.power.tolist(),
        }


def verify(options: VerifyOptions, progress: Callable[[str], object] = lambda _: None) -> Report:
    """Settle one input in every view and compare; ``progress`` is told what is next or done.

    An InputError: design, run or data that cannot be used; a program missing, hanging or answering
    nonsense.
    """
    programs = {name: open_program(name) for name in PROGRAMS if name not in options.without}
    missing = {name: reason for name, p in programs.items() if (reason := p.available())}
    for name, reason in missing.items():
        if name not in OPTIONAL:
            raise InputError(f"{name}: {reason} or add --without {name}")
    case = open_case(options)
    progress(COMPILED)
    with nudged(options):
        note, untested = choose_target(case, options.target)
    case.notes.append(note)
    report, bench = Report(case), case.bench
    if untested:
        report.failures.append(f"not tested: {untested}")

    def answers() -> Iterator[Answer]:
        yield Answer(bench.settled)
        yield Answer(bench.timed)
        for name, program in programs.items():
            if name in missing:
                continue
            yield from program.views(bench, options.timeout)

    with nudged(options):
        for answer in answers():
            report.views.append(answer.view)
            report.comparisons.append(judge(answer, bench, case))
            report.remarks += answer.remarks
            progress(answer.view.name)
    report.failures += [f"beyond the rails: {line}" for line in bench.beyond_supply()]
    report.remarks.append(_in_time(bench.timed))
    report.remarks += [f"without {name}: {reason}" for name, reason in missing.items()]
    return report


def judge(answer: Answer, bench: Bench, case: Case) -> Comparison:
    """Hold a view against what it is to be held to."""
    allowed = replace(case.tolerances, **dict[str, Any](answer.tolerances))
    if answer.against is not None:
        found = compare.compare(answer.view, answer.against, None, allowed)
    else:
        timed = bench.timed if answer.view is not bench.settled else None
        second = bench.second_start
        found = compare.compare(answer.view, bench.settled, timed, allowed, second_start=second)
    return replace(found, failed=tuple(dict.fromkeys((*answer.failed, *found.failed))))


def _in_time(view: View) -> str:
    """Say how long a circuit takes, what it draws until then, and what at rest."""
    times = ", ".join(f"{compare.settling_time(w) * 1e6:.3g}" for w in view.waveforms)
    text = f"{view.name}: settles to {compare.SETTLED_WITHIN:.1%} of its swing in {times} us"
    energy = compare.energy_to_settle(view, view)
    if energy is not None and view.power is not None:
        drawn = ", ".join(f"{e * 1e9:.3g}" for e in energy)
        rest = ", ".join(f"{p * 1e3:.3g}" for p in view.power)
        text += f"; draws {drawn} nJ until then, and {rest} mW at rest"
    return f"{text} (free, +beta, -beta)"
