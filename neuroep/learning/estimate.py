"""One gradient estimate, by any rule."""

from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from neuroep.learning.gradient import Gradient, sum_of
from neuroep.learning.rules import RULES, Rule
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.system import Drive, System, as_system

SETTLING = ("solver", "stop")
"""Options of a system among those of :func:`estimate`."""

ASKING = ("rng", "wanted", "record")
"""Options of a rule's step among them."""


def make_rule(name: str, **options: Any) -> Rule:
    """Return a rule of the catalogue with its options."""
    if name not in RULES:
        raise ValueError(f"rule {name!r}: choose one of {', '.join(RULES)}")
    made: Any = RULES[name]
    rule: Rule = made(**options)
    return rule


def estimate(
    system: System | Any,
    drive: Drive,
    target: ArrayLike,
    rule: str | Rule = "centered",
    **options: Any,
) -> Estimate:
    """Settle as a rule does, and return all that it asks for, added up; nothing is granted.

    Parameters
    ----------
    system : System, Network or ResistiveNetwork
    drive : Drive
        B clamped examples.
    target : (B, outputs)
    rule : str or Rule
        One of ``RULES`` or an instance of one.
    options
        ``solver`` and ``stop`` of the system; ``rng``, ``wanted`` and ``record`` as for
        :meth:`neuroep.learning.rules.rule.Rule.step`; all others, such as ``beta``, of a rule that
        is given by its name.

    Returns
    -------
    Estimate

    Raises
    ------
    ValueError
        The rule is unknown or cannot do what is asked, or what the settle raises.
    """
    settling = {name: options.pop(name) for name in SETTLING if name in options}
    asking = {name: options.pop(name) for name in ASKING if name in options}
    if isinstance(rule, str):
        rule = make_rule(rule, **options)
    elif options:
        raise ValueError(f"{', '.join(options)}: the rule that is given has its own options")
    rng = asking.pop("rng", None) or np.random.default_rng(0)
    found = as_system(system, **settling)
    rule.check(found)
    granted: list[Estimate] = []
    last = rule.step(found, drive, target, granted.append, rng, **asking)
    return replace(last, gradient=sum_of([each.gradient for each in granted]))


def centered(
    network: System | Any, drive: Drive, target: ArrayLike, beta: float = 0.5, **options: Any
) -> Gradient:
    """Return the centered estimate of the gradient, one array per parameter.

    ``options`` are those of :func:`estimate`.
    """
    return estimate(network, drive, target, "centered", beta=beta, **options).gradient
