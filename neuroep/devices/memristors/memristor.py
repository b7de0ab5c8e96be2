"""What a memristor is: a state that moves with the volts across it, and a current that follows."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.integrate import solve_ivp

from neuroep.core.tables import Reals
from neuroep.devices.device import Device, Pulse
from neuroep.devices.laws.piecewise import Piecewise

NARROW = 1e-9
"""Relative tolerance of a step of the integration; absolute that of the state, which is 0 to 1."""


LEAST = 1e-6
"""Smallest change by a pulse, in half ranges, that makes a device of a memristor."""


@dataclass(frozen=True)
class Response:
    """What a waveform does.

    Attributes
    ----------
    state : array
        At the waveform's times, 0 (least conductive) to 1.
    current : array
        At those times (A).
    energy : float
        Drawn over the whole waveform (J).
    """

    state: Reals
    current: Reals
    energy: float


class Memristor(ABC):
    """A memristor: a frozen dataclass whose fields are its parameters, in SI units.

    Its state is 0 where it conducts least and 1 where it conducts most; positive volts raise it.
    """

    @abstractmethod
    def rate(self, state: float, volts: float) -> float:
        """Return what the state moves by in a second; the bounds are not its concern."""

    @abstractmethod
    def current(self, state: Reals, volts: Reals) -> Reals:
        """Return the current (A)."""

    @abstractmethod
    def state_of(self, conductance: Reals, volts: float) -> Reals:
        """Return the state that has a conductance (S) when it is read with so many volts."""

    def conductance(self, state: Reals, volts: float) -> Reals:
        """Return the conductance (S) that a read with so many volts finds."""
        return np.asarray(self.current(np.asarray(state, float), np.asarray(volts))) / volts

    def respond(self, start: float, times: Reals, volts: Reals) -> Response:
        """Return what a waveform does to the memristor, by its differential equation.

        Parameters
        ----------
        start : float
            State at the first time, 0 to 1.
        times, volts : (n,), (n,)
            The waveform (s, V): straight between its points. Two points at one time are an edge.

        Raises
        ------
        ValueError
            Times that run backwards, or a state that is none.
        """
        times, volts = np.asarray(times, float), np.asarray(volts, float)
        if times.ndim != 1 or times.shape != volts.shape or len(times) < 2:
            raise ValueError(f"times and volts must be as many: {times.shape}, {volts.shape}")
        if (np.diff(times) < 0).any() or not np.isfinite([times, volts]).all():
            raise ValueError("times must be finite and not run backwards, volts finite")
        if not 0 <= start <= 1:
            raise ValueError(f"a state is between 0 and 1, got {start}")
        states, energy = [float(start)], 0.0
        for first in range(len(times) - 1):
            state, joules = self._piece(states[-1], times[first : first + 2], volts[first:])
            states.append(state)
            energy += joules
        found = np.array(states)
        return Response(found, self.current(found, volts), energy)

    def _piece(self, start: float, times: Reals, volts: Reals) -> tuple[float, float]:
        """Return the state and the energy at the end of one straight piece of a waveform."""
        width = times[1] - times[0]
        if width == 0:
            return start, 0.0
        scale = width * (abs(volts[0]) + abs(volts[1]) + 1.0) ** 2
        scale *= float(np.max(self.conductance(np.ones(1), 0.1)))  # joules of the size of 1

        def slope(share: float, y: Sequence[float]) -> tuple[float, float]:
            now = volts[0] + share * (volts[1] - volts[0])
            state = min(max(y[0], 0.0), 1.0)
            rate = width * self.rate(state, now)
            if (y[0] == 0.0 and rate < 0.0) or (y[0] == 1.0 and rate > 0.0):
                rate = 0.0  # at rest there; beyond it the solver looks for where it arrived
            power = float(now * self.current(np.asarray(state), np.asarray(now)))
            return rate, width * power / scale

        # In the share of the piece that is over: pulses of ns and of ms look alike.
        begin, y = 0.0, [start, 0.0]
        while begin < 1.0:
            bounds = [event for event, bound in ((_empty, 0.0), (_full, 1.0)) if y[0] != bound]
            done = solve_ivp(
                slope, (begin, 1.0), y, "LSODA", rtol=NARROW, atol=1e-12, events=bounds
            )
            if not done.success:
                raise ValueError(f"the waveform cannot be followed: {done.message}")
            y = [float(done.y[0, -1]), float(done.y[1, -1])]
            if done.status == 1:
                y[0] = float(np.rint(y[0]))  # arrived at a bound
            begin = float(done.t[-1])
        return min(max(y[0], 0.0), 1.0), y[1] * scale

    def pulsed(self, start: float, volts: float, width: float, count: int) -> Reals:
        """Return the states before and after each of some rectangular pulses (V, s)."""
        found = [float(start)]
        for _ in range(count):
            state, _ = self._piece(found[-1], np.array([0.0, width]), np.array([volts, volts]))
            found.append(state)
        return np.array(found)

    def device(
        self, name: str, up: float, down: float, width: float, read: float = 0.1, nodes: int = 65
    ) -> Device:
        """Return the device that rectangular pulses make of the memristor.

        Its law is piecewise: at each node of the conductance the equation says what one pulse
        changes. A pulse costs the mean over nodes and directions.

        Parameters
        ----------
        name : str
        up, down : float
            Volts of a pulse up, and of one down.
        width : float
            Of both (s).
        read : float
            Volts by which conductances are told.
        nodes : int
            Of the law.

        Raises
        ------
        ValueError
            Pulses that do not move it the way they should.
        """
        g_min, g_max = (float(g) for g in self.conductance(np.array([0.0, 1.0]), read))
        grid = np.linspace(g_min, g_max, nodes)
        states, half = np.clip(self.state_of(grid, read), 0.0, 1.0), 0.5 * (g_max - g_min)
        changes, energy = np.empty((2, nodes)), 0.0
        for side, volts in enumerate((up, down)):
            pulse = np.array([volts, volts])
            for node, state in enumerate(states):
                after, joules = self._piece(state, np.array([0.0, width]), pulse)
                moved = float(self.conductance(np.array([after]), read)[0]) - grid[node]
                changes[side, node] = (1 - 2 * side) * moved / half
                energy += joules / (2 * nodes)
        steps = changes.max(axis=1)
        if not (steps > LEAST).all():
            raise ValueError(f"pulses of {up:g} V and {down:g} V do not move it up and down")
        rows = [tuple((row / step).tolist()) for row, step in zip(changes, steps, strict=True)]
        return Device(
            name,
            g_min,
            g_max,
            min(float(steps[0]), 2.0),
            min(float(steps[1]), 2.0),
            law=Piecewise(*rows),
            pulse=Pulse(max(abs(up), abs(down)), width, float(energy)),
            sources={"*": f"{self!r}, pulses of {up:g} V and {down:g} V for {width:g} s"},
        )


def _empty(share: float, y: Sequence[float]) -> float:
    return y[0]


def _full(share: float, y: Sequence[float]) -> float:
    return y[0] - 1.0


for _event, _direction in ((_empty, -1.0), (_full, 1.0)):
    _event.terminal, _event.direction = True, _direction  # type: ignore[attr-defined]
