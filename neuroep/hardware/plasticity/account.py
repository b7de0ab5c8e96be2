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
        What each synapse asks for when the write phase begins: voltage of its capacitor, V, or
        pulses to be expected.
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
        ``pre`` and ``post`` lines, what the circuit holds, ``up`` and ``down`` of each synapse, V;
        ``plus`` and ``minus``, conductances of its pair, S. All (T, synapses).
    power : dict of (T,)
        What the rails of what senses and of what writes deliver, W.
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
    power: dict[str, Reals] = field(default_factory=dict)

    @property
    def net(self) -> Reals:
        """Pulses of each example, up less down, (examples, synapses)."""
        return np.asarray(self.pulses.sum(axis=1))

    def energy(self, schedule: Schedule) -> dict[str, Reals]:
        """Return what each pair of rails delivers in each example, (examples,), J."""
        bounds = np.append(0.0, schedule.ends)
        steps = np.diff(self.time)
        found = {}
        for name, watts in self.power.items():
            joules = np.append(0.0, np.cumsum(0.5 * steps * (watts[1:] + watts[:-1])))
            found[name] = np.diff(np.interp(bounds, self.time, joules))
        return found

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
    equally far; where there is none, that of the largest request.
    """
    moved = _moved(account, schedule) if "acc" in account.waves else 0.0
    written = np.abs(account.pulses).sum(axis=1).T > 0
    score = np.where(written, 1.0 + moved, 0.0) + 1e-3 * np.abs(account.request.T)
    synapse, example = np.unravel_index(int(score.argmax()), score.shape)
    return int(example), int(synapse)


def _moved(account: Account, schedule: Schedule) -> Reals:
    """Return the least of what both windows and their sum move a capacitor by, V."""
    before, between, behind = (
        np.stack([np.interp(schedule.starts(p), account.time, v) for v in account.waves["acc"].T])
        for p in ("plus", "minus", "write")
    )
    windows = np.minimum(np.abs(between - before), np.abs(behind - between))
    return np.asarray(np.minimum(windows, np.abs(behind - before)))
