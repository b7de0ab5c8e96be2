"""What can be watched of a network while it learns, whatever its physics.

A probe stands at one learned array and reads there what the learning rule reads; a meter stands at
one layer. Each family makes its own, in ``learning/<family>/probes.py``. A gauge stands at the
devices behind a learned array, where there are any: the update that writes them makes it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from neuroep.core.tables import Floats, Reals
from neuroep.network.parameters import Parameters

Block = tuple[Any, ...]
"""One slice a side of the array; of the rows of a table also an array of their numbers."""

Attributes = Mapping[str, float | str]
SI_FACTOR, SI_UNITS = "si_factor", "si_units"
"""What one unit of a normalised quantity is on the chip, and in which SI unit."""


def in_si(factor: float, units: str) -> Attributes:
    """Return what says that one unit of a normalised quantity is ``factor`` times an SI unit."""
    return {SI_FACTOR: factor, SI_UNITS: units}


@dataclass(frozen=True)
class Probe:
    """What stands at one learned array.

    ``axes``: what its sides are, ``("pre", "post")`` for a coupling; ``unit``, ``meaning``: of its
    entries, SI, or ``"1"`` and normalised to what; ``seen_unit``, ``seen_meaning``: of what is
    read.

    ``read(settled, phase, block)`` returns the batch mean of what the rule reads in the block in
    one phase of a settle; NaN where nothing stands there in this phase.

    ``attributes``: SI value of a unit, as of :func:`in_si`, none where the unit is SI;
    ``rate_unit``: change per unit of rate and of gradient, as :meth:`Watched.written` says it.
    """

    shape: tuple[int, ...]
    axes: tuple[str, ...]
    unit: str
    meaning: str
    seen_unit: str
    seen_meaning: str
    read: Callable[[Any, int, Block], Floats]
    attributes: Attributes | None = None
    rate_unit: float = 1.0


@dataclass(frozen=True)
class Meter:
    """A quantity of the units of one layer.

    ``read(settled)`` returns it for all phases, examples and units, (P, B, size).
    """

    unit: str
    meaning: str
    read: Callable[[Any], Floats]
    attributes: Attributes | None = None


@dataclass(frozen=True)
class WatchedLayer:
    """What can be watched of a layer.

    ``axis``: what its units are called; ``trace(settled, slot)``: what a settle keeps of it
    on the way for a recorded example, its potentials (steps + 1, size); None where nothing is kept.
    """

    size: int
    axis: str
    meters: Mapping[str, Meter]
    trace: Callable[[Any, int], Floats] | None = None


@dataclass(frozen=True)
class Gauge:
    """A quantity of devices; without a ``unit``, that of the array and its attributes.

    ``read(block)`` returns it for the synapses of a block, or one number for the whole array;
    ``since``: whether it is counted from the beginning on, so that a record tells how much came
    since the record before; ``dtype``: of what is stored.
    """

    unit: str
    meaning: str
    read: Callable[[Block], np.ndarray | float]
    since: bool = False
    dtype: str = "f4"
    attributes: Attributes | None = None


@dataclass(frozen=True)
class WatchedDevices:
    """What can be watched of the devices behind one learned array.

    ``before``, ``after``: of single synapses, to be read before a step's update, and after it;
    ``totals``: of the whole array, to be read after an update; ``begin(block)``: from now on what
    is asked of the synapses of a block is added up; ``end()``: no longer; ``attributes``: SI value
    of a unit of the array.
    """

    before: Mapping[str, Gauge]
    after: Mapping[str, Gauge]
    totals: Mapping[str, Gauge]
    begin: Callable[[Block], None]
    end: Callable[[], None]
    attributes: Attributes


Spikes = tuple[Floats, Floats, Floats]
"""When (s), which unit, and with which sign (-1, 1)."""


@dataclass(frozen=True)
class Watched:
    """Everything that can be watched of a network.

    ``parameters``: the learned arrays themselves; ``probes``: one for each; ``layers``: those that
    settle; ``energy``, ``residual``: read (P, B); ``spikes(settled, layer, slot)`` returns the
    spikes of one recorded example, None where nothing spikes; ``most_spikes``: the most that one
    unit can send in all phases of one example; ``clock(settled)`` returns when what
    :attr:`WatchedLayer.trace` keeps was taken, s (steps + 1,), None where no settle runs in time;
    ``along(settled, slot, example)`` returns energy
    (steps + 1,) and residual (steps,) of a recorded example at every step, None where nothing is
    recorded on the way; ``devices``: by learned array, empty where an update moves floats.
    """

    parameters: Parameters
    probes: Mapping[str, Probe]
    layers: Mapping[str, WatchedLayer]
    energy: Meter
    residual: Meter
    spikes: Callable[[Any, str, int], Spikes] | None = None
    most_spikes: int = 0
    clock: Callable[[Any], Reals] | None = None
    along: Callable[[Any, int, int], tuple[Floats, Floats]] | None = None
    devices: Mapping[str, WatchedDevices] = field(default_factory=dict)

    def written(
        self, devices: Mapping[str, WatchedDevices], unit: Callable[[str], float]
    ) -> "Watched":
        """Return the same with devices, whose range says what a unit of a normalised array is.

        ``unit``: of a parameter's rate, as of :class:`neuroep.learning.updates.Updater`.
        """
        probes = {
            name: replace(
                probe,
                attributes=devices[name].attributes
                if probe.unit == "1" and name in devices
                else probe.attributes,
                rate_unit=unit(name),
            )
            for name, probe in self.probes.items()
        }
        return replace(self, probes=probes, devices=devices)

    def scaled(
        self,
        arrays: Mapping[str, Attributes],
        meters: Mapping[str, Mapping[str, Attributes]],
        energy: Attributes,
    ) -> "Watched":
        """Return the same with the SI values of normalised units, as attributes."""
        probes = {
            name: replace(probe, attributes=arrays[name]) if name in arrays else probe
            for name, probe in self.probes.items()
        }
        layers = {
            name: replace(
                layer,
                meters={
                    key: replace(meter, attributes=meters.get(name, {}).get(key))
                    for key, meter in layer.meters.items()
                },
            )
            for name, layer in self.layers.items()
        }
        return replace(
            self, probes=probes, layers=layers, energy=replace(self.energy, attributes=energy)
        )
