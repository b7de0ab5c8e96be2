"""Learning by equilibrium propagation: systems, rules, updates, the trainer."""

from neuroep.learning.estimate import centered, estimate
from neuroep.learning.rules import RULES, Rule
from neuroep.learning.rules.rule import Estimate
from neuroep.learning.system import SYSTEMS, System, as_system
from neuroep.learning.updates import UPDATES, Update, Updater

__all__ = [
    "RULES",
    "SYSTEMS",
    "UPDATES",
    "Estimate",
    "Rule",
    "System",
    "Update",
    "Updater",
    "as_system",
    "centered",
    "estimate",
]
