"""Learning rules: one file a rule, its line in the catalogue."""

from neuroep.learning.rules.bptt import Bptt
from neuroep.learning.rules.centered import Centered
from neuroep.learning.rules.continual import Continual
from neuroep.learning.rules.implicit import Implicit
from neuroep.learning.rules.one_bit import OneBit
from neuroep.learning.rules.one_sided import OneSided
from neuroep.learning.rules.oscillating import Oscillating
from neuroep.learning.rules.random_sign import RandomSign
from neuroep.learning.rules.rule import Rule
from neuroep.learning.rules.spike_driven import SpikeDriven

RULES: dict[str, type[Rule]] = {
    "centered": Centered,
    "one_sided": OneSided,
    "random_sign": RandomSign,
    "oscillating": Oscillating,
    "one_bit": OneBit,
    "continual": Continual,
    "spike_driven": SpikeDriven,
    "bptt": Bptt,
    "implicit": Implicit,
}
"""What designs, help, tables and figures know a rule by."""

__all__ = ["RULES", "Rule"]
