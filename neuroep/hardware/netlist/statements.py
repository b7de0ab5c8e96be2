"""What a deck says, statement by statement, for programs that do not read SPICE."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from neuroep.errors import InputError

_STATE = re.compile(r"v\((\w+)\)=(\S+)")
_WAVE = re.compile(r"(pwl|pulse)\((.*)\)", re.IGNORECASE)


@dataclass(frozen=True)
class Statement:
    """One thing that a deck holds.

    ``kind``: r, c, v, i of an element, x of an instance, * of a remark; ``name``: or the words of a
    remark; ``what``: the value of an element, the subcircuit of an instance, or what a source does
    over time, pwl or pulse; ``given``: to an instance; ``numbers``: of a source over time, in the
    order of SPICE.
    """

    kind: str
    name: str = ""
    nodes: tuple[str, ...] = ()
    what: str = ""
    given: Mapping[str, str] = field(default_factory=dict)
    numbers: tuple[str, ...] = ()


BLANK = Statement("*")
"""An empty line."""


@dataclass(frozen=True)
class Run:
    """A transient: ``step``, ``stop`` and ``longest`` step, s, as written.

    ``from_states``: it begins with the initial states as they are, not with an operating point.
    """

    step: str
    stop: str
    longest: str
    from_states: bool


@dataclass
class Statements:
    """All that a deck says besides its subcircuits; expressions stand without braces.

    ``head``: of its comments; ``body``; ``celsius``: temperature; ``options`` and ``parameters``,
    by name; ``saved``: nodes, then ``i(source)``; ``states``: initial voltages, ``guesses``: those
    near which an operating point is looked for, V, by node; ``point``: whether there is an
    operating point to find; ``run``: the transient.
    """

    head: list[str] = field(default_factory=list)
    body: list[Statement] = field(default_factory=list)
    celsius: str = "27"
    options: dict[str, str] = field(default_factory=dict)
    parameters: dict[str, str] = field(default_factory=dict)
    saved: list[str] = field(default_factory=list)
    states: dict[str, str] = field(default_factory=dict)
    guesses: dict[str, str] = field(default_factory=dict)
    point: bool = False
    run: Run | None = None

    @property
    def instances(self) -> list[Statement]:
        """The instances of cells."""
        return [one for one in self.body if one.kind == "x"]


def statements(text: str) -> Statements:
    """Return what a deck says.

    An InputError: a statement that only SPICE knows.
    """
    found, inside = Statements(), False
    title, *lines = text.splitlines()
    _remark(found, title)
    for line in lines:
        words = line.split()
        word = words[0].lower() if words else ""
        if word in (".subckt", ".ends"):
            inside = word == ".subckt"
        elif not inside:
            _add(found, line, words)
    return found


def _add(found: Statements, line: str, words: list[str]) -> None:
    word, rest = (words[0].lower(), words[1:]) if words else ("", [])
    if not word or word.startswith("*"):
        _remark(found, line)
    elif word.startswith("x"):
        found.body.append(_instance(words))
    elif word[0] in "rcvi" and len(words) > 3:
        found.body.append(_element(line, words))
    elif word == ".temp":
        found.celsius = rest[0]
    elif word == ".options":
        found.options |= _entries([entry for entry in rest if "=" in entry])
    elif word == ".param":
        found.parameters |= {k: _plain(v) for k, v in _entries(rest).items()}
    elif word == ".save":
        found.saved += [re.sub(r"^v\((\w+)\)$", r"\1", what) for what in rest]
    elif word in (".ic", ".nodeset"):
        states = found.states if word == ".ic" else found.guesses
        states |= dict(_STATE.findall(line))
    elif word == ".op":
        found.point = True
    elif word == ".tran":
        step, stop, _, longest, *uic = rest
        found.run = Run(step, stop, longest, bool(uic))
    elif word not in (".meas", ".end"):
        raise _unknown(line)


def _remark(found: Statements, line: str) -> None:
    words = line.strip().removeprefix("*").strip()
    if found.parameters or found.body:
        if words or (found.body and found.body[-1] != BLANK):
            found.body.append(Statement("*", words))
    elif words and "ngspice" not in words:
        found.head.append(words.replace(".param", "parameter").replace(".temp", "option temp"))


def _element(line: str, words: list[str]) -> Statement:
    name, one, other, *rest = words
    made = Statement(name[0].lower(), name.lower(), (one, other))
    if wave := _WAVE.fullmatch(" ".join(rest)):
        numbers = tuple(map(_plain, wave[2].split()))
        return replace(made, what=wave[1].lower(), numbers=numbers)
    if len(rest) > 1:
        raise _unknown(line)
    return replace(made, what=_plain(rest[0]))


def _unknown(line: str) -> InputError:
    return InputError(f"{line[:60]!r} can be said in SPICE alone")


def _instance(words: list[str]) -> Statement:
    at = next((k for k, word in enumerate(words) if "=" in word), len(words))
    given = {k: _plain(v) for k, v in _entries(words[at:]).items()}
    return Statement("x", words[0].lower(), tuple(words[1 : at - 1]), words[at - 1], given)


def _entries(words: list[str]) -> dict[str, str]:
    return dict(word.split("=", 1) for word in words)


def _plain(value: str) -> str:
    return value.removeprefix("{").removesuffix("}")
