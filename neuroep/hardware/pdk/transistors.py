"""Subcircuits with transistors of a process: cut models in, thresholds of one chip at the pins.

A file names them as the process does, ``XM1 d g s b sky130_fd_pr__nfet_01v8 w=8 l=2 m=1`` (um), so
that any simulator with the whole library runs it. In neuroep's netlists each becomes a plain
element with a cut card, and the subcircuit gets one parameter a transistor, ``dvt_m1``: by how far
its threshold lies off on this chip, V.
"""

import re
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from neuroep.errors import InputError
from neuroep.hardware.pdk.sky130 import PREFIX, Card, cut

DIFFUSION = 0.29
"""um: length of a source or drain, which sets its junction and its resistance."""

CONTACT = 0.14
"""um: squares of diffusion up to a contact are CONTACT / W, the library's own default."""


@dataclass(frozen=True)
class Transistor:
    """One in a subcircuit, or deeper: ``path`` to it, ``card``, sizes in um, ``count`` in parallel.

    ``source``, ``drain`` and the others are nodes of the subcircuit that it stands in.
    """

    path: str
    card: Card
    width: float
    length: float
    count: int

    @property
    def spread(self) -> float:
        """Standard deviation of its threshold, V: that of a unit over the root of their count."""
        return float(self.card.spread / np.sqrt(self.count))

    @property
    def area(self) -> float:
        """Of its gates, um^2."""
        return self.width * self.length * self.count


@dataclass(frozen=True)
class Expanded:
    """Subcircuits as ngspice loads them.

    ``text``; ``transistors`` of each subcircuit, by its name; ``models``: cards by name.
    """

    text: str
    transistors: Mapping[str, tuple[Transistor, ...]] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)


def uses_process(text: str) -> bool:
    """Return whether a file names transistors of a process."""
    return PREFIX in text.lower()


def expand(text: str, corner: str, known: Mapping[str, tuple[Transistor, ...]]) -> Expanded:
    """Replace the transistors of subcircuits by elements with cut cards.

    ``known``: of subcircuits in other files that these ones use.

    An InputError: a geometry that is no number, or a model that is not there.
    """
    found = dict(known)
    models: dict[str, str] = {}
    result: list[str] = []
    header, inside = -1, ""
    own: list[Transistor] = []
    for line in _logical(text):
        words = line.lower().split()
        if words[:1] == [".subckt"]:
            header, inside, own = len(result), words[1], []
        elif words[:1] == [".ends"] and header >= 0:
            found[inside] = tuple(own)
            result[header] += "".join(f" {_offset(t.path)}=0" for t in own)
            header = -1
        elif header >= 0 and words and words[0].startswith("x"):
            at = next((k for k, word in enumerate(words) if "=" in word), len(words)) - 1
            if words[at].startswith(PREFIX):
                made, line = _element(words, at, corner)
                models[made.card.name] = made.card.text
                own.append(made)
            elif words[at] in found:
                inner = found[words[at]]
                deeper = [_deeper(words[0][1:], t) for t in inner]
                passed = (
                    f"{_offset(t.path)}={{{_offset(d.path)}}}"
                    for t, d in zip(inner, deeper, strict=True)
                )
                line = " ".join([line, *passed])
                own += deeper
        result.append(line)
    return Expanded("\n".join(result), found, models)


def offsets(
    transistors: tuple[Transistor, ...], instance: str, chip: int | None
) -> dict[str, float]:
    """Return how far thresholds of an instance lie off on a chip, by parameter, V.

    ``chip``: which chip; none is the nominal one. The same instance of the same chip has the same
    transistors in whatever netlist it stands.
    """
    if chip is None:
        return {}
    rng = np.random.default_rng([chip, zlib.crc32(instance.encode())])
    normal = rng.standard_normal(len(transistors))
    return {_offset(t.path): float(t.spread * z) for t, z in zip(transistors, normal, strict=True)}


def _offset(path: str) -> str:
    return f"dvt_{path}"


def _deeper(instance: str, transistor: Transistor) -> Transistor:
    t = transistor
    return Transistor(f"{instance}_{t.path}", t.card, t.width, t.length, t.count)


def _element(words: list[str], at: int, corner: str) -> tuple[Transistor, str]:
    """Return a transistor and its line, from the words of an instance of it."""
    name, nodes = words[0][1:], words[1:at]
    given = dict(word.split("=", 1) for word in words[at + 1 :])
    try:
        width, length, count = (float(given.get(key, 1)) for key in ("w", "l", "m"))
    except ValueError:
        raise InputError(f"transistor {words[0]}: w, l and m must be numbers") from None
    if len(nodes) != 4 or count < 1 or count != int(count):
        raise InputError(f"transistor {words[0]}: needs four nodes and a whole number m of fingers")
    card = cut(words[at].removeprefix(PREFIX), corner, width, length)
    made = Transistor(name, card, width, length, int(count))
    around = 2.0 * (width + DIFFUSION)
    element = name if name.startswith("m") else f"m{name}"
    plane, squares = f"{width * DIFFUSION:.4g}p", f"{CONTACT / width:.4g}"
    line = (
        f"{element} {' '.join(nodes)} {card.name} w={width:g}u l={length:g}u m={made.count} "
        f"ad={plane} as={plane} pd={around:.4g}u ps={around:.4g}u nrd={squares} nrs={squares} "
        f"sa=0 sb=0 sd=0 "
        f"delvto={{{card.shift!r}+{_offset(name)}}}"
    )
    return made, line


def _logical(text: str) -> list[str]:
    """Return lines with what continues them, comments kept."""
    return re.sub(r"\n\s*\+", " ", text).splitlines()
