"""A trained chip some time after its last write: what its devices have become by then."""

import math
from copy import deepcopy
from dataclasses import dataclass, replace

from neuroep.errors import InputError
from neuroep.runs.trained import TrainedRun


@dataclass(frozen=True)
class Stored:
    """How a trained chip is kept, and read.

    Parameters
    ----------
    seconds : float
        Since its devices were programmed with what it has learned, without an error.
    read_noise : bool
        Whether a read finds the card's noise on every device: drawn once, for all that is settled.
    """

    seconds: float = 0.0
    read_noise: bool = False

    def of(self, run: TrainedRun) -> TrainedRun:
        """Return the run with the parameters that its devices then weigh.

        Raises
        ------
        InputError
            Its design has no devices, or its weights are beyond them.
        """
        where = run.folder.path
        if run.design.devices is None:
            raise InputError(f"{where}: --after: its design has no [devices]")
        if not 0 <= self.seconds < math.inf:
            raise InputError(f"--after: must not be negative, got {self.seconds:g} s")
        system = deepcopy(run.system)
        parameters = system.parameters
        try:
            chip = run.design.devices.chip()
            initial = run.start.parameters
            arrays = chip.arrays(parameters, list(parameters), system.limits, initial)
        except ValueError as error:
            raise InputError(f"{where}: {error}") from None
        for array in arrays.values():
            array.age(self.seconds)
            if self.read_noise:
                array.values[...] = array.read_noisily(0)
        parameters.changes += 1
        return replace(run, system=system)
