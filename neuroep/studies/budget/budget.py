"""``neuroep budget``: an estimate for a chip of any size, held against the circuit that ran."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from neuroep.core.tables import Reals
from neuroep.design.bench import Stand
from neuroep.design.files import design_path
from neuroep.design.load import load_design
from neuroep.errors import InputError, named
from neuroep.hardware.account import SETTLED_WITHIN, Account, Part, known
from neuroep.hardware.views.bench import Bench, Metered
from neuroep.hardware.views.compare import swing
from neuroep.hardware.views.view import Waveform
from neuroep.runs.account import account

EQUATIONS, NGSPICE = "transient", "ngspice"
RUNNERS = (EQUATIONS, NGSPICE)
"""By what a chip can run: its own equations, or ngspice with ammeters in the supplies."""


@dataclass(frozen=True)
class Ran:
    """What a chip took that ran, in phases as long as ``seconds`` (3,).

    ``by``: of :data:`RUNNERS`; ``joules`` (3,): of each phase, from the supplies; ``parts``: of
    each cell and array in the free phase, J, where it was metered; ``settling`` (3,): to a
    hundredth of what a phase moves, s, where it was recorded; ``ratio`` (3,): the estimate for
    phases of this length over ``joules``.
    """

    by: str
    seconds: Reals
    joules: Reals
    parts: dict[str, float]
    settling: Reals
    ratio: Reals


@dataclass(frozen=True)
class Budget:
    """What was found of a design: the estimate, and what ran; None where it was too large."""

    title: str
    account: Account
    ran: Ran | None
    notes: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Return plain values."""
        ran = self.ran
        found: dict[str, Any] = {"title": self.title, **self.account.to_json()}
        found["notes"] = list(self.notes)
        if ran is not None:
            found["ran"] = {
                "by": ran.by,
                "phase_seconds": ran.seconds.tolist(),
                "phase_joules": ran.joules.tolist(),
                "parts_joules": ran.parts,
                "settling_seconds": [known(t) for t in ran.settling],
                "estimate_over_ran": ran.ratio.tolist(),
            }
        return found


def budget(
    name: str, overrides: Sequence[str] = (), by: str = EQUATIONS, timeout: float = 120.0
) -> Budget:
    """Account for one example of a design, drawn with the weights from its seed.

    ``by``: of :data:`RUNNERS`, for chips small enough; ``timeout``: for each run of ngspice, s. An
    InputError: a design that cannot be used or has no circuit; ngspice missing or failing.
    """
    if by not in RUNNERS:
        raise InputError(f"--by {by}: none of {', '.join(RUNNERS)}")
    path, design = design_path(name), load_design(name, overrides)
    system, example = design.draw_example(0)
    inputs = {key: np.asarray(given)[None] for key, given in example.inputs.items()}
    target = np.eye(design.outputs)[example.label][None]
    with named(path):
        found = account(design, system, inputs, target)
        if found is None:
            raise InputError("no cell realises one of its layers, so nobody knows what it draws")
        notes = [f"one example and weights drawn from seed {design.seed}"]
        try:
            stand = design.bench(system, example, design.beta, path)
        except ValueError as error:  # of a chip that no bench can carry, and an account can
            return Budget(design.title, found, None, (*notes, f"did not run: {error}"))
        ran, why = _run(stand, found, by, timeout)
    return Budget(design.title, found, ran, (*notes, *why))


def _run(stand: Stand, found: Account, by: str, timeout: float) -> tuple[Ran | None, list[str]]:
    """Return what the whole chip took, or why it did not run."""
    if stand.slice:
        return None, ["too large to run: estimated alone"]
    if by == NGSPICE:
        return _metered(stand.bench, found, timeout)
    return _integrated(stand.bench, found)


def _integrated(bench: Bench, found: Account) -> tuple[Ran | None, list[str]]:
    if bench.transistors is not None:
        return None, ["equations are those of ideal cells: --by ngspice runs the transistors"]
    view = bench.timed
    if view.energy is None:
        return None, ["its equations tell no energy"]
    seconds = np.array([wave.time[-1] for wave in view.waveforms])
    settling = np.array([_settling(wave) for wave in view.waveforms])
    ratio = found.lasting(seconds).phases / view.energy
    return Ran(EQUATIONS, seconds, view.energy, {}, settling, ratio), []


def _settling(wave: Waveform) -> float:
    moved = swing(wave)
    return wave.settling_time(SETTLED_WITHIN * moved) if moved else 0.0


def _metered(bench: Bench, found: Account, timeout: float) -> tuple[Ran | None, list[str]]:
    phases: list[Metered] = bench.metered(timeout)
    if not phases:
        return None, ["ammeters are for chips of layers: --by transient runs the equations"]
    seconds = np.array([phase.seconds for phase in phases])
    joules = np.array([phase.delivered for phase in phases])
    free = phases[0]
    ratio = found.lasting(seconds).phases / joules
    return Ran(NGSPICE, seconds, joules, free.drawn | free.heat, np.full(3, np.nan), ratio), []


def ran_of(part: Part, ran: Ran | None, account: Account) -> float | None:
    """Return the estimate of a part over what it took from the supplies, or an array made heat of.

    None where it was not metered, or takes nothing.
    """
    if ran is None or part.name not in ran.parts:
        return None
    watts = float((part.heat if part.passive else part.drawn)[0])
    joules = watts * float(ran.seconds[0])
    return joules / ran.parts[part.name] if joules else None
