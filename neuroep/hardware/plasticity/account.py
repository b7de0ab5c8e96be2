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

    def margin(self, threshold: float, packet: float) -> float:
        """Return how near a capacitor came to the threshold when it was asked, V.

        ``packet``: by how much a pulse lowers it, V. Two programs that differ by the margin may
        decide differently.
        """
        taken = np.cumsum(self.pulses, axis=1) - self.pulses
        asked = self.request[:, None, :] - packet * taken
        return float(np.abs(np.abs(asked) - threshold).min())


def one_cycle(account: Account, schedule: Schedule) -> tuple[int, int]:
    """Return (example, synapse) of the cycle to show: one with pulses, and the largest request."""
    written = np.abs(account.pulses).sum(axis=1)
    size = np.abs(account.request) * (1.0 + 1e3 * (written > 0))
    example, synapse = np.unravel_index(int(size.argmax()), size.shape)
    return int(example), int(synapse)
