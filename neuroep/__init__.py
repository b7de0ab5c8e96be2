"""Simulate neuromorphic hardware that learns by equilibrium propagation.

The names below are imported when first used, so that ``import neuroep`` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from neuroep.api import load, load_design, train, verify
    from neuroep.errors import InputError
    from neuroep.hardware.chip import Chip
    from neuroep.hardware.hopfield.circuit import Circuit
    from neuroep.learning.estimate import centered, estimate
    from neuroep.learning.evaluation import evaluate
    from neuroep.learning.recipe import Recipe
    from neuroep.learning.trainer import Trainer
    from neuroep.network.hopfield.attention import PooledAttention, TokenAttention
    from neuroep.network.hopfield.clamped import Clamped
    from neuroep.network.hopfield.costs import CrossEntropy, SquaredError
    from neuroep.network.hopfield.drive import make_drive
    from neuroep.network.hopfield.network import Network
    from neuroep.network.hopfield.neurons import HardSigmoid, Linear, Neurons, Sigmoid, Tanh
    from neuroep.network.inputs import Sequences
    from neuroep.network.resistive.drive import make_resistive_drive
    from neuroep.network.resistive.network import ExponentialDiode, ResistiveNetwork
    from neuroep.settle import settle
    from neuroep.settle.hopfield.settled import Settled
    from neuroep.settle.hopfield.spiking import Spiking
    from neuroep.settle.resistive.settling import ResistiveSettled
    from neuroep.settle.result import Record, Status, Stop
    from neuroep.traces import open_traces

    __version__: str


_HOME = {
    "neuroep.api": ("load", "load_design", "train", "verify"),
    "neuroep.errors": ("InputError",),
    "neuroep.hardware.chip": ("Chip",),
    "neuroep.hardware.hopfield.circuit": ("Circuit",),
    "neuroep.learning.estimate": ("centered", "estimate"),
    "neuroep.learning.evaluation": ("evaluate",),
    "neuroep.learning.recipe": ("Recipe",),
    "neuroep.learning.trainer": ("Trainer",),
    "neuroep.network.hopfield.attention": ("PooledAttention", "TokenAttention"),
    "neuroep.network.hopfield.clamped": ("Clamped",),
    "neuroep.network.hopfield.costs": ("CrossEntropy", "SquaredError"),
    "neuroep.network.hopfield.drive": ("make_drive",),
    "neuroep.network.inputs": ("Sequences",),
    "neuroep.network.hopfield.network": ("Network",),
    "neuroep.network.resistive.drive": ("make_resistive_drive",),
    "neuroep.network.resistive.network": ("ExponentialDiode", "ResistiveNetwork"),
    "neuroep.network.hopfield.neurons": ("HardSigmoid", "Linear", "Neurons", "Sigmoid", "Tanh"),
    "neuroep.settle.hopfield.settled": ("Settled",),
    "neuroep.settle.hopfield.spiking": ("Spiking",),
    "neuroep.settle.resistive.settling": ("ResistiveSettled",),
    "neuroep.settle.result": ("Record", "Status", "Stop"),
    "neuroep.traces": ("open_traces",),
}
_MODULE_OF = {name: module for module, names in _HOME.items() for name in names}

__all__ = [
    "Chip",
    "Circuit",
    "Clamped",
    "CrossEntropy",
    "ExponentialDiode",
    "HardSigmoid",
    "InputError",
    "Linear",
    "Network",
    "Neurons",
    "PooledAttention",
    "Recipe",
    "Record",
    "ResistiveNetwork",
    "ResistiveSettled",
    "Sequences",
    "Settled",
    "Sigmoid",
    "Spiking",
    "SquaredError",
    "Status",
    "Stop",
    "Tanh",
    "TokenAttention",
    "Trainer",
    "centered",
    "estimate",
    "evaluate",
    "load",
    "load_design",
    "make_drive",
    "make_resistive_drive",
    "open_traces",
    "settle",
    "train",
    "verify",
]


def __getattr__(name: str) -> Any:
    if name == "settle":  # a package, and a function
        return import_module("neuroep.settle")
    if name == "__version__":
        return import_module("importlib.metadata").version("neuroep")
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'neuroep' has no attribute {name!r}")
    return getattr(import_module(_MODULE_OF[name]), name)
