"""Which class a chip is nudged to: one whose gradient is large enough to be a test."""

import numpy as np

from neuroep.errors import InputError
from neuroep.hardware.views.bench import Bench
from neuroep.studies.verify.case import Case

LEAST_SWING = 20.0
"""A nudge is a test where it moves a node by that many tolerances of a voltage, ..."""

LEAST_COST = 1e-9
"""... and where a small change of the parameters would change the cost by that much."""


def choose_target(case: Case, wanted: int | None = None) -> tuple[str, str]:
    """Let the bench of a case be nudged to a class that tells something.

    The input's own label where that moves the chip enough; otherwise, as on a chip that has
    learned it, the class whose cost is largest in the free state.

    Parameters
    ----------
    case : Case
        Its bench is replaced.
    wanted : int, optional
        The class, whatever comes of it.

    Returns
    -------
    note : str
        Which class, and how much it moves the chip.
    untested : str
        Why the nudge is no test; nothing if it is one.

    Raises
    ------
    InputError
        There is no such class.
    """
    scores = case.bench.scores()
    if wanted is not None and not 0 <= wanted < scores.size:
        raise InputError(f"--target {wanted}: classes are 0 to {scores.size - 1}")
    floor = LEAST_SWING * case.tolerances.volts
    least = int(np.argmin(scores))
    which = case.label if wanted is None else wanted
    kind = "the input's own label" if which == case.label else "as asked"
    case.bench = _towards(case.bench, which)
    if wanted is None and which != least and not _tells(case.bench, floor):
        kind = f"least likely; its own label {case.label} moves it too little"
        which = least
        case.bench = _towards(case.bench, which)
    found = case.bench.settled
    size = f"|gradient| {found.gradient_norm:.3g}, nudged swing {found.nudged_swing * 1e3:.3g} mV"
    note = f"nudged to class {which} ({kind}): {size}"
    if _tells(case.bench, floor):
        return note, ""
    return note, f"the nudge to class {which} is too weak to tell ({size}); try another --target"


def _towards(bench: Bench, which: int) -> Bench:
    return bench.towards(np.eye(bench.scores().size)[which])


def _tells(bench: Bench, floor: float) -> bool:
    felt = bench.settled.gradient_norm * bench.small_change >= LEAST_COST
    return felt and bench.settled.nudged_swing >= floor
