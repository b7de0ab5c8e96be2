"""A point settles one input in every view and compares, as ``neuroep verify`` does."""

from pathlib import Path
from typing import ClassVar

from neuroep.design.design import Design
from neuroep.errors import named
from neuroep.runs.progress import Progress
from neuroep.studies.sweep.measures import trial
from neuroep.studies.sweep.measures.measure import Figures, Shared, told
from neuroep.studies.sweep.plan import Plan
from neuroep.studies.verify.case import VerifyOptions, open_case, open_example
from neuroep.studies.verify.verify import verify


class Verifying:
    """Implements :class:`neuroep.studies.sweep.measures.measure.Measure`."""

    decides: ClassVar[tuple[str, ...] | None] = None

    def options(
        self, plan: Plan, overrides: tuple[str, ...], baselines: str | None
    ) -> VerifyOptions:
        """Ask for a comparison of views."""
        table = plan.tables.verify
        return VerifyOptions(
            **plan.data,
            design=plan.design,
            weights=plan.weights,
            overrides=overrides,
            example=table.example,
            target=table.target,
            beta=table.beta,
            without=tuple(table.without),
            timeout=table.timeout,
        )

    def files(self, options: VerifyOptions) -> list[str]:
        """Return the data, and the run's parameters."""
        return [name for name in (options.data, options.test, options.weights) if name]

    def measure(
        self, folder: Path, options: VerifyOptions, progress: Progress, shared: Shared
    ) -> Figures:
        """Compare the views; ``agrees`` is 1 where all do."""
        report = verify(options, lambda name: progress.say(f"  {name}"))
        for line in [*report.failures, *(f"{c.name}: {c.failed}" for c in report.comparisons)]:
            progress.say(line)
        figures = report.figures
        power, energy = figures["power_at_rest_W"], figures["energy_to_settle_J"]
        found: dict[str, float | None] = {
            "agrees": float(report.passed),
            "gradient": figures["gradient"],
            "swing": figures["nudged_swing_V"],
            "settling": figures["settling_s"][0],
            "energy": energy[0] if energy else None,
            "power": power[0] if power else None,
        }
        for one in report.comparisons[1:]:  # the first is the reference
            found |= {
                f"{name}.{one.name}": getattr(one, name)
                for name in ("volts", "gradient", "waveform")
            }
        return told(found)

    def trial(self, plan: Plan, design: Design, options: VerifyOptions) -> list[bytes]:
        """Return the chip as a netlist, and what the kernels make of it."""
        case = open_case(options)
        lines = case.bench.netlist(options.beta).text.splitlines()
        text = "\n".join(line for line in lines if not line.startswith("*"))
        material = trial.drawn(design)
        system, _, _ = open_example(design, options, Path(options.design))
        return [text.encode(), *trial.learned(system, material, options.beta)]

    def warm(self, options: VerifyOptions, progress: Progress) -> None:
        """Settle the input once."""
        with named(options.design):
            case = open_case(options)
            _ = case.bench.settled
