"""What a view says of a chip that learns: requests, pulses, conductances, and waveforms."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from neuroep.core.tables import Reals
from neuroep.hardware.cells.schedule import Schedule


class Synapse(NamedTuple):
    """A synapse that learns: its coupling, and which units it connects, by number and by name."""

    coupling: str
    i: int
    j: int
    pre: str
    post: str

    def __str__(self) -> str:
        return f"{self.coupling}[{self.i}, {self.j}]"


@dataclass(frozen=True)
class Account:
    """How a chip learned, as one program tells it.

    Attributes
    ----------
    name : str
    synapses : tuple of Synapse
    request : (examples, synapses)
        Voltage of each capacitor when the write phase begins, V.
    left : (examples, synapses)
        The same when it is over: what was not written.
    pulses : (examples, slots, synapses)
        +1 where the weight was raised, -1 where it was lowered, 0.
    conductance : (examples + 1, devices)
        Of every device of the chip, before and after each example, S.
    device_of : (devices,)
        Number of the synapse that each device belongs to.
    seconds : float
        Time taken.
    time : (T,), s
    waves : dict of (T, n)
        ``pre`` and ``post`` lines, ``acc``, ``up`` and ``down`` of each synapse, V; ``plus`` and
        ``minus``, conductances of its pair, S. All (T, synapses).
    """

    name: str
    synapses: tuple[Synapse, ...]
    request: Reals
    left: Reals
    pulses: Reals
    conductance: Reals
    device_of: np.ndarray
    seconds: float
    time: Reals = field(default_factory=lambda: np.zeros(0))
    waves: dict[str, Reals] = field(default_factory=dict)

    @property
    def net(self) -> Reals:
        """Pulses of each example, up less down, (examples, synapses)."""
        return np.asarray(self.pulses.sum(axis=1))

    def bracket(self, packet: float) -> tuple[float, float]:
        """Return between which voltages a threshold would have decided the same, V.

        The highest at which a capacitor was asked in vain, and the lowest at which it got its
        pulse; ``packet``: by how much a pulse lowers it, V.
        """
        taken = np.cumsum(self.pulses, axis=1) - self.pulses
        asked = np.abs(self.request[:, None, :] - packet * taken)
        fired = np.abs(self.pulses) > 0.5
        return float(asked[~fired].max(initial=0.0)), float(asked[fired].min(initial=np.inf))


def one_cycle(account: Account, schedule: Schedule) -> tuple[int, int]:
    """Return (example, synapse) of the cycle to show.

    One that ends in a pulse, if there is any, whose windows both move the capacitor far, and not
    equally far.
    """
    phases = ("plus", "minus", "write")
    before, between, behind = (
        np.stack([np.interp(schedule.starts(p), account.time, v) for v in account.waves["acc"].T])
        for p in phases
    )
    moved = np.minimum(np.abs(between - before), np.abs(behind - between))
    moved = np.minimum(moved, np.abs(behind - before))
    written = np.abs(account.pulses).sum(axis=1).T > 0
    score = np.where(written, 1.0 + moved, 0.0) + 1e-3 * np.abs(account.request.T)
    synapse, example = np.unravel_index(int(score.argmax()), score.shape)
    return int(example), int(synapse)
