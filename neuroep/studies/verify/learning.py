"""``neuroep verify DESIGN --learn N``: a chip that learns by itself, in every view."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.errors import InputError, named
from neuroep.hardware.plasticity.account import Account, one_cycle
from neuroep.hardware.plasticity.bench import LearningBench
from neuroep.hardware.plasticity.compare import SETTLED, Agreement, agreement
from neuroep.hardware.programs.catalogue import open_program
from neuroep.studies.verify.case import VerifyOptions, nudged, open_example

SPICE = "ngspice"

TOLD = 0.05
"""A threshold or a train that is off by as much must have made a difference, or was not tested."""


@dataclass(repr=False)
class LearningReport:
    """What was found.

    ``accounts``: exact, in time, and ngspice's unless it was left out; ``agreements``: of all but
    the one in time, which they are held against; ``failures``: one line each.
    """

    title: str
    bench: LearningBench
    notes: list[str]
    accounts: list[Account] = field(default_factory=list)
    agreements: list[Agreement] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Whether the chip wrote something, and every view agrees."""
        return not self.failures and all(a.passed for a in self.agreements)

    @property
    def timed(self) -> Account:
        """The account in time."""
        return next(a for a in self.accounts if a.waves)

    @property
    def shown(self) -> tuple[int, int]:
        """(example, synapse) of the cycle that tells most."""
        return one_cycle(self.timed, self.bench.schedule)

    def rows(self) -> list[dict[str, Any]]:
        """Return how each view compares with the one in time."""
        return [
            {
                "view": a.name,
                f"requests ({self.bench.circuits.unit})": f"{a.request:.1e}",
                "pulses that differ": a.pulses,
                "conductances (of range)": f"{a.conductance:.1e}",
                "energies": "-" if a.energy is None else f"{a.energy:.1e}",
                "s": f"{a.seconds:.1f}",
                "verdict": "agrees" if a.passed else "FAILS: " + ", ".join(a.failed),
            }
            for a in self.agreements
        ]

    def side_by_side(self) -> list[dict[str, Any]]:
        """Return, of each example, the synapse of the largest request, by every view in time."""
        found, accounts = [], [a for a in self.accounts if a.waves]
        volts = self.bench.circuits.unit == "V"
        scale, unit = (1e3, "mV") if volts else (1.0, self.bench.circuits.unit)
        for k, requests in enumerate(self.timed.request):
            s = int(np.abs(requests).argmax())
            first = int(np.flatnonzero(self.timed.device_of == s)[0])
            found.append(
                {
                    "example": k,
                    "pulses": int(np.abs(self.timed.pulses[k]).sum()),
                    "largest request": str(self.timed.synapses[s]),
                    **{f"{unit}, {a.name}": f"{scale * a.request[k, s]:.3f}" for a in accounts},
                    **{f"written, {a.name}": f"{a.net[k, s]:+.0f}" for a in accounts},
                    **{
                        f"uS, {a.name}": f"{1e6 * a.conductance[k + 1, first]:.4f}"
                        for a in accounts
                    },
                }
            )
        return found

    def content(self) -> dict[str, Any]:
        """Return everything for a JSON file: requests in their unit, S, J, and signed pulses."""
        return {
            "title": self.title,
            "notes": self.notes,
            "views": [asdict(a) | {"passed": a.passed} for a in self.agreements],
            "synapses": [str(s) for s in self.timed.synapses],
            "device_of": self.timed.device_of.tolist(),
            "learned": {
                a.name: {
                    f"request_{self.bench.circuits.unit}": a.request.tolist(),
                    f"left_{self.bench.circuits.unit}": a.left.tolist(),
                    "pulses": np.rint(a.pulses).astype(int).tolist(),
                    "conductance_S": a.conductance.tolist(),
                    "energy_J": {
                        name: joules.tolist()
                        for name, joules in a.energy(self.bench.schedule).items()
                    },
                }
                for a in self.accounts
            },
            "failures": self.failures,
            "remarks": self.remarks,
            "passed": self.passed,
        }


def open_learning(options: VerifyOptions, count: int) -> tuple[str, str, LearningBench]:
    """Put some examples of a design on the bench; return its title and where they are from, too."""
    path, design = design_path(options.design), load_design(options.design, options.overrides)
    opened = [
        open_example(design, replace(options, example=options.example + k), path)
        for k in range(count)
    ]
    system, _, note = opened[0]
    with named(path):
        bench = design.learning_bench(system, [e for _, e, _ in opened], options.beta, path)
    return design.title, note, bench


def verify_learning(
    options: VerifyOptions, count: int, progress: Callable[[str], object] = lambda _: None
) -> LearningReport:
    """Let a chip learn ``count`` examples from ``options.example`` on in every view, and compare.

    An InputError: design, run or data that cannot be used; ngspice missing, hanging or failing.
    """
    if options.target is not None:
        raise InputError("--target: examples are learned with their own labels")
    spice = SPICE not in options.without
    if spice and (reason := open_program(SPICE).available()):
        raise InputError(f"{SPICE}: {reason} or add --without {SPICE}")
    title, note, bench = open_learning(options, count)
    schedule = bench.schedule
    notes = [
        f"{note}; {count} examples of {schedule.cycle * 1e6:.3g} us each",
        f"beta = {options.beta:g}; couplings and biases learn",
        bench.told,
    ]
    report = LearningReport(title, bench, notes)
    with nudged(options):
        for account in bench.accounts(lambda k: progress(f"example {k + 1} of {count}")):
            report.accounts.append(account)
            progress(account.name)
    if spice:
        report.accounts.append(bench.in_ngspice(count * options.timeout))
        progress(SPICE)
    _judge(report)
    return report


def _judge(report: LearningReport) -> None:
    bench, timed = report.bench, report.timed
    circuits = bench.circuits
    for account in report.accounts:
        if account is timed:
            continue
        within = {} if account.waves else {"within": SETTLED}
        report.agreements.append(
            agreement(
                account,
                timed,
                bench.schedule,
                pulse=circuits.pulse,
                span=bench.span,
                **within,
            )
        )
    written = int(np.abs(timed.pulses).sum())
    low, high = circuits.bracket(timed)
    if not written:
        report.failures.append("not tested: no synapse was written; learn more")
    elif low < 1 - TOLD or high > 1 + TOLD:
        report.failures.append(f"not tested: what decides, off by {TOLD:.0%}; learn more")
    moved = float(np.abs(timed.conductance[-1] - timed.conductance[0]).max()) / bench.span
    report.remarks += [
        f"{written} pulses; the conductance that moved farthest went {moved:.2%} of its range; "
        f"{circuits.decides} from {low:.4f} to {high:.4f} of theirs would have decided the same",
        "energy an example, from the supplies: "
        + "; ".join(
            f"{circuits.rails[name]} "
            + ", ".join(
                f"{1e9 * a.energy(bench.schedule)[name].mean():.4g} nJ ({a.name})"
                for a in report.accounts
                if a.power
            )
            for name in timed.power
        ),
    ]
