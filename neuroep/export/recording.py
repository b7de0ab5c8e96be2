"""What every format writes: signals and spikes along one axis a section."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product

import numpy as np

TIME, STEP = "time", "step"
UNIT_OF = {TIME: "s", STEP: "1"}
"""Unit of each axis."""


@dataclass(frozen=True, eq=False)
class Signal:
    """One quantity of many nodes.

    Attributes
    ----------
    name : str
        ``"hidden"``, nested with ``/``.
    values : array (T, ...)
        In ``unit``.
    unit : str
        SI, or ``"1"`` where a quantity is normalised.
    axes : dict of str to array
        Labels of the sides behind the first.
    """

    name: str
    values: np.ndarray
    unit: str
    axes: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        shape = tuple(len(labels) for labels in self.axes.values())
        if self.values.ndim < 1 or self.values.shape[1:] != shape:
            raise ValueError(f"{self.name}: shape {self.values.shape}, but labels {shape}")

    def columns(self) -> Iterator[tuple[tuple[str, ...], np.ndarray]]:
        """Yield the labels of every node, and its values (T,)."""
        flat = self.values.reshape(len(self.values), math.prod(self.values.shape[1:]))
        sides = [[str(label) for label in labels.tolist()] for labels in self.axes.values()]
        for k, labels in enumerate(product(*sides)):
            yield labels, flat[:, k]


@dataclass(frozen=True, eq=False)
class Spikes:
    """The spikes of one layer: ``times`` (s), ``neuron`` and ``sign`` (-1, 1), one row a spike.

    ``neurons``: all that were recorded, those that stayed silent included.
    """

    name: str
    neurons: np.ndarray
    times: np.ndarray
    neuron: np.ndarray
    sign: np.ndarray


@dataclass(frozen=True, eq=False)
class Section:
    """What shares one axis, such as a phase.

    ``name``: ``"free"``, empty where there is only one; ``points`` (T,): along ``axis``, in s where
    that is ``"time"``, training steps where it is ``"step"``.
    """

    name: str
    points: np.ndarray
    signals: tuple[Signal, ...] = ()
    spikes: tuple[Spikes, ...] = ()
    axis: str = TIME

    def __post_init__(self) -> None:
        for signal in self.signals:
            if len(signal.values) != len(self.points):
                raise ValueError(
                    f"{signal.name}: shape {signal.values.shape}, but {len(self.points)} points"
                )

    def full(self, name: str) -> str:
        """Return the name of what is in the section, with the section before it."""
        return f"{self.name}/{name}" if self.name else name


@dataclass(frozen=True, eq=False)
class Recording:
    """Sections, and what JSON can say of where they come from."""

    title: str
    sections: tuple[Section, ...]
    about: Mapping[str, object] = field(default_factory=dict)

    @property
    def axis(self) -> str:
        """What all sections run along."""
        return next((section.axis for section in self.sections), TIME)


def waveforms(name: str, time: np.ndarray, volts: Mapping[str, np.ndarray]) -> Section:
    """Return a section of node voltages.

    Parameters
    ----------
    name : str
        Of the phase.
    time : array (T,)
        s.
    volts : dict of str to array (T, n)
        V, by layer.
    """
    signals = tuple(
        Signal(layer, np.asarray(v), "V", {"node": np.arange(np.shape(v)[-1])})
        for layer, v in volts.items()
    )
    return Section(name, np.asarray(time), signals)
