"""Devices and pulses, one device and one pulse at a time, in Python's own numbers."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from neuroep.devices.device import Device

MASK = (1 << 64) - 1
PAIR, SINGLE, ONE_SIDED = range(3)


def mixed(word: int) -> int:
    """Return the finaliser of SplitMix64."""
    word = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    word = ((word ^ (word >> 27)) * 0x94D049BB133111EB) & MASK
    return word ^ (word >> 31)


def hashed(key: int, device: int, counter: int, stream: int) -> int:
    """Return 64 random bits."""
    key, device, counter, stream = map(int, (key, device, counter, stream))
    word = mixed((key + device * 0x9E3779B97F4A7C15) & MASK)
    word = mixed(word ^ (counter * 0xD1B54A32D192ED03 & MASK))
    return mixed((word + stream * 0x8CB92BA72F3D8DD7) & MASK)


def uniform(key: int, device: int, counter: int, stream: int) -> float:
    """Return a draw in [0, 1)."""
    return (hashed(key, device, counter, stream) >> 11) / 2**53


def normal_pair(key: int, device: int, counter: int, stream: int) -> tuple[float, float]:
    """Return two standard normal draws by Box and Muller."""
    first = 1.0 - uniform(key, device, counter, stream)
    angle = 2 * math.pi * uniform(key, device, counter, stream + 1)
    radius = math.sqrt(-2 * math.log(first))
    return radius * math.cos(angle), radius * math.sin(angle)


def normal(key: int, device: int, counter: int, stream: int) -> float:
    """Return the first of them."""
    return normal_pair(key, device, counter, stream)[0]


def born(device: Device, key: int, number: int) -> tuple[float, float, float, float]:
    """Return a device's own step up and down, and its bounds."""
    spread = device.spread

    def draw(stream: int) -> float:
        return normal(key, number, -1, stream)

    gain = 1 + spread.step * draw(0)
    if spread.log_normal:
        gain = math.exp(spread.step * draw(0) - spread.step**2 / 2)
    lean = spread.asymmetry * draw(2)
    up = device.step_up * max(gain + lean, spread.least)
    down = device.step_down * max(gain - lean, spread.least)
    lower = spread.bounds if spread.lower is None else spread.lower
    nothing = -(device.g_max + device.g_min) / (device.g_max - device.g_min)  # 0 S
    low = max(-max(1 + lower * draw(4), 0), nothing)
    high = max(1 + spread.bounds * draw(6), 0)
    if uniform(key, number, -1, 8) < device.stuck:
        up = down = 0.0
    return up, down, low, high


@dataclass
class Synapses:
    """An array of synapses in float64; ``values`` follow from the states of their devices."""

    device: Device
    key: int
    arrangement: int
    scale: float
    offset: float
    plus: np.ndarray
    minus: np.ndarray
    values: np.ndarray
    books: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(("up", "down", "moved", "bound", "refused"), 0.0)
    )

    def sides(self, count: int) -> Iterator[tuple[int, np.ndarray, int]]:
        """Yield which devices of a synapse get how many pulses."""
        if self.arrangement == ONE_SIDED:
            yield (0, self.plus, count) if count > 0 else (1, self.minus, -count)
            return
        yield 0, self.plus, count
        if self.arrangement == PAIR:
            yield 1, self.minus, -count

    def pulse(self, synapse: int, count: int, counter: int) -> None:
        """Give a synapse signed pulses."""
        law, constants = self.device.law, self.device.law.table(self.device.pulse_noise, False)[1]
        for side, states, pulses in self.sides(count):
            number = 2 * synapse + side
            up, down, low, high = born(self.device, self.key, number)
            w = before = states[synapse]
            for k in range(abs(pulses)):
                constants[:3] = low, high, normal(self.key, number, counter, 2 * k)
                if pulses > 0:
                    w += up * type(law).up(w, constants)
                else:
                    w -= down * type(law).down(w, constants)
                w = min(max(w, low), high)
            states[synapse] = w
            self.books["up" if pulses > 0 else "down"] += abs(pulses)
            self.books["moved"] += w - before
            self.books["bound"] += abs(pulses) * (w in (low, high))
        written = self.plus[synapse] - (self.minus[synapse] if self.minus.size else 0)
        if self.device.write_noise:
            spread = self.device.write_noise * math.sqrt(2 if self.minus.size else 1)
            written += spread * normal(self.key, synapse, counter, 14)
        self.values[synapse] = self.offset + self.scale * written

    def grant(self, synapse: int, count: int, most: int, counter: int) -> int:
        """Give pulses up to a most; return how many were given."""
        given = max(-most, min(most, count))
        self.books["refused"] += abs(count - given)
        self.pulse(synapse, given, counter)
        return given


def accumulate(
    synapses: Synapses,
    charge: np.ndarray,
    requests: np.ndarray,
    counter: int,
    *,
    keep: float,
    injection: float,
    most: int,
) -> None:
    """Add requests to charges, and fire whole pulses."""
    for i, request in enumerate(requests.flat):
        held = keep * charge.flat[i] + request
        held += injection * normal(synapses.key, i, 0, 10)
        if abs(held) >= 1:
            held -= synapses.grant(i, math.trunc(held), most, counter)
        charge.flat[i] = held


def memoryless(
    synapses: Synapses,
    count_of: Callable[..., float],
    options: list[float],
    requests: np.ndarray,
    counter: int,
    most: int,
) -> None:
    """Give each synapse as many pulses as a function of its request and a draw says."""
    for i, request in enumerate(requests.flat):
        draw = uniform(synapses.key, i, counter, 12)
        if request and (count := int(count_of(request, [draw, *options]))):
            synapses.grant(i, count, most, counter)


def train(key: int, line: int, counter: int, chance: float, length: int) -> list[bool]:
    """Return in which slots a line has a pulse."""
    return [uniform(key, line, counter, slot) < chance for slot in range(length)]


def coincide(
    synapses: Synapses,
    before: np.ndarray,
    behind: np.ndarray,
    length: int,
    counter: int,
) -> None:
    """Send trains for each pair of what rows (terms, n) and columns (terms, m) ask, in pulses."""
    columns = behind.shape[1]
    on_row, on_column = (hashed(synapses.key, side, 0, 0) for side in (1, 2))
    for term, (rows, others) in enumerate(zip(before, behind, strict=True)):
        event = (counter << 20) + term
        top_row, top_column = abs(rows).max(), abs(others).max()
        if top_row == 0 or top_column == 0:
            continue
        busiest = math.sqrt(top_row * top_column / length)
        p = np.minimum(busiest * abs(rows) / top_row, 1)
        q = np.minimum(busiest * abs(others) / top_column, 1)
        down = [train(on_column, c, event, q[c], length) for c in range(columns)]
        for r in range(len(rows)):
            across = train(on_row, r, event, p[r], length)
            for c in range(columns):
                count = sum(a and b for a, b in zip(across, down[c], strict=True))
                if count:
                    sign = 1 if rows[r] * others[c] > 0 else -1
                    synapses.pulse(r * columns + c, sign * count, event)
        if busiest > 1:
            asked = abs(rows).sum() * abs(others).sum()
            synapses.books["refused"] += asked - length * p.sum() * q.sum()
