"""The transistors of a chip in ngspice, held to their own curves and to their own cost."""

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from neuroep.core.tables import Reals
from neuroep.errors import InputError
from neuroep.hardware.hopfield.transistors import Transistors
from neuroep.hardware.programs.ngspice import available
from neuroep.hardware.programs.program import Answer
from neuroep.hardware.programs.spice import each_within, largest
from neuroep.hardware.programs.transistor_spikes import rates_of_transistors, why_no_rates
from neuroep.hardware.views.bench import Bench
from neuroep.hardware.views.view import View

NOMINAL, DRAWN = 5e-3, 1e-2
"""Distance of activities from what the chip's own curves say: of a nominal chip, of a drawn one."""

SMALL_BETA = 0.02
DIFFERENCES = 2e-2
"""Relative distance of the chip's own estimate at that beta from differences of its own cost."""

EACH = 0.1
"""That of each synapse by itself: ways back are not quite ways there, and small slopes show it."""


class TransistorChip:
    """A chip of transistors, where the design names a library of them."""

    def available(self) -> str:
        """Say nothing: what it needs matters only where a design has transistors."""
        return ""

    def views(self, bench: Bench, timeout: float) -> Iterator[Answer]:
        """Yield the chip's states against its own curves, and its gradient against its own cost."""
        chip = bench.transistors
        if chip is None:
            return
        if not available():
            raise InputError(
                "ngspice: not found; install it (apt-get install ngspice) or add "
                "--without transistors"
            )
        chip.timeout = timeout
        try:
            yield self._states(bench, chip)
            answer = self._gradient(bench, chip)
            if reason := why_no_rates(bench):
                silent = f"transistors spikes: left out, {reason}"
                answer = replace(answer, remarks=(*answer.remarks, silent))
            yield answer
            if spikes := rates_of_transistors(bench, timeout):
                yield spikes
        finally:
            chip.close()

    def _states(self, bench: Bench, chip: Transistors) -> Answer:
        begun = time.perf_counter()
        found = chip.settle(bench.betas)
        view = _view("transistors", bench.betas, chip, found, time.perf_counter() - begun)
        failed = () if found.converged else ("not settled",)
        begun = time.perf_counter()
        try:
            broken = chip.broken()
            twin = chip.settle(bench.betas, by=chip.on_curves)
        except (ValueError, InputError) as error:
            return Answer(view, view, failed=("curves",), remarks=(f"transistors: {error}",))
        against = _view("own curves", bench.betas, chip, twin, time.perf_counter() - begun)
        within = NOMINAL if chip.circuit.chip.number is None else DRAWN
        ideal = bench.settled.activities
        apart = max(float(np.abs(view.activities[k][0] - ideal[k][0]).max()) for k in ideal)
        return Answer(
            view,
            against,
            tolerances={"activity": within, "gradient": 0.1},
            failed=(*failed, *(("range",) if broken else ())),
            remarks=(
                *(f"transistors: {line}" for line in broken),
                f"transistors: free activities are up to {apart:.2g} off those of ideal cells; "
                "what they are held to is a network of this chip's own curves",
            ),
        )

    def _gradient(self, bench: Bench, chip: Transistors) -> Answer:
        begun = time.perf_counter()
        estimate = chip.at_small_beta(SMALL_BETA)
        chosen = largest(estimate, bench.couplings)
        truth = chip.differences(chosen)
        seconds = time.perf_counter() - begun

        def view(name: str, values: Reals) -> View:
            return View(name, bench.betas, {}, {"chosen": values}, None, seconds)

        def entries(gradient: dict[str, Reals]) -> Reals:
            return np.array([gradient[name][i, j] for name, i, j in chosen])

        ideal, own = entries(dict(bench.settled.gradient)), entries(estimate)
        apart = float(np.linalg.norm(ideal - truth) / (np.linalg.norm(truth) or 1.0))
        return Answer(
            view("transistors EP", own),
            view("transistors dC/dg", truth),
            tolerances={"gradient": DIFFERENCES, "cosine": None},
            failed=() if each_within(EACH, own, truth) else ("gradient",),
            remarks=(
                f"transistors: EP at beta = {SMALL_BETA:g} against differences of the circuit's "
                f"own settled cost, by ngspice alone; the ideal network's gradient is {apart:.2g} "
                "off them, relative",
            ),
        )


def _view(name: str, betas: Reals, chip: Transistors, found: object, seconds: float) -> View:
    # Free ones: nudges have offsets of their own, which no curve of a neuron holds.
    activities = {name: v[:1] for name, v in chip.activities(found).items()}  # type: ignore[arg-type]
    return View(
        name,
        betas,
        {},
        chip.gradient(found),  # type: ignore[arg-type]
        None,
        seconds,
        activities=activities,
    )
