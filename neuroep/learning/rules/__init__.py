"""Learning rules: one file a rule, its line in the catalogue."""

from neuroep.learning.rules.bptt import Bptt
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.implicit import Implicit
from neuroep.learning.rules.one_sided import OneSided
from neuroep.learning.rules.random_sign import RandomSign
from neuroep.learning.rules.rule import Rule

RULES: dict[str, type[Rule]] = {
    "centered": Centered,
    "one_sided": OneSided,
    "random_sign": RandomSign,
    "bptt": Bptt,
    "implicit": Implicit,
}
"""What designs, help, tables and figures know a rule by."""

__all__ = ["RULES", "Rule"]
